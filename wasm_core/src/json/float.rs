//! Floats as `repr()` of Python writes them.
//!
//! The digits are the shortest that read back to the same float, the nearest of them, the even one on a tie. Layout:
//! from 1e-4 up to 1e16 without exponent and with at least one decimal, otherwise `d.ddde+XX` with an exponent of at
//! least two digits.

use alloc::vec::Vec;

use crate::frame::append::append;

/// Exponents (of the first digit) that are written out.
const WRITTEN_OUT: core::ops::Range<i32> = -4..16;

/// Appends a finite float.
pub fn push(value: f64, out: &mut Vec<u8>) {
    // PERF: whole numbers are common and need no search for digits.
    if value.abs() < 1e15 && value == (value as i64) as f64 && (value != 0.0 || value.is_sign_positive()) {
        push_int(value as i64, out);
        out.extend_from_slice(b".0");
        return;
    }
    let mut buffer = ryu::Buffer::new();
    push_layout(buffer.format_finite(value).as_bytes(), out);
}

/// Appends an int in decimal.
pub fn push_int(value: i64, out: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let mut start = digits.len();
    let mut rest = value.unsigned_abs();
    loop {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        out.push(b'-');
    }
    append(out, &digits[start..]);
}

/// Lays out the digits of another notation: `[-]d+[.d+][e[-]d+]`.
fn push_layout(text: &[u8], out: &mut Vec<u8>) {
    let (negative, text) = match text {
        [b'-', text @ ..] => (true, text),
        text => (false, text),
    };
    if negative {
        out.push(b'-');
    }
    let mut digits = Digits::default();
    digits.read(text);
    match digits.significant() {
        [] => out.extend_from_slice(b"0.0"),
        significant if WRITTEN_OUT.contains(&digits.exponent) => push_plain(significant, digits.exponent, out),
        significant => push_scientific(significant, digits.exponent, out),
    }
}

/// Significant digits and the power of ten of the first of them.
#[derive(Default)]
struct Digits {
    digits: [u8; 32],
    count: usize,
    exponent: i32,
}

impl Digits {
    fn read(&mut self, text: &[u8]) {
        let (mantissa, exponent) = match memchr::memchr(b'e', text) {
            Some(position) => (&text[..position], read_exponent(&text[position + 1..])),
            None => (text, 0),
        };
        let mut before_point = memchr::memchr(b'.', mantissa).unwrap_or(mantissa.len()) as i32;
        for &byte in mantissa.iter().filter(|&&byte| byte != b'.') {
            if self.count == 0 && byte == b'0' {
                before_point -= 1;
            } else if self.count < self.digits.len() {
                self.digits[self.count] = byte;
                self.count += 1;
            }
        }
        self.exponent = exponent + before_point - 1;
    }

    /// The digits without zeros at the end.
    fn significant(&self) -> &[u8] {
        let digits = &self.digits[..self.count];
        let count = digits.iter().rposition(|&byte| byte != b'0').map_or(0, |last| last + 1);
        &digits[..count]
    }
}

fn read_exponent(text: &[u8]) -> i32 {
    match text {
        [b'-', digits @ ..] => -read_exponent(digits),
        digits => digits.iter().fold(0, |value, &byte| value * 10 + i32::from(byte - b'0')),
    }
}

fn push_plain(digits: &[u8], exponent: i32, out: &mut Vec<u8>) {
    if exponent < 0 {
        out.extend_from_slice(b"0.");
        out.resize(out.len() + (-exponent - 1) as usize, b'0');
        append(out, digits);
        return;
    }
    let whole = exponent as usize + 1;
    match digits.split_at_checked(whole) {
        Some((whole, decimals)) if !decimals.is_empty() => {
            append(out, whole);
            out.push(b'.');
            append(out, decimals);
        }
        _ => {
            out.extend_from_slice(digits);
            out.resize(out.len() + whole - digits.len(), b'0');
            out.extend_from_slice(b".0");
        }
    }
}

fn push_scientific(digits: &[u8], exponent: i32, out: &mut Vec<u8>) {
    out.push(digits[0]);
    if digits.len() > 1 {
        out.push(b'.');
        append(out, &digits[1..]);
    }
    out.extend_from_slice(if exponent < 0 { b"e-" } else { b"e+" });
    if exponent.abs() < 10 {
        out.push(b'0');
    }
    push_int(i64::from(exponent.abs()), out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_python() {
        for (value, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-1.5, "-1.5"),
            (0.1, "0.1"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (1.5e-7, "1.5e-07"),
            (1e15, "1000000000000000.0"),
            (9007199254740993.0, "9007199254740992.0"),
            (1e16, "1e+16"),
            (1.2345e22, "1.2345e+22"),
            (5e-324, "5e-324"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
            (2098726887856592.25, "2098726887856592.2"),
            (123456789.123, "123456789.123"),
        ] {
            let mut out = Vec::new();
            push(value, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
