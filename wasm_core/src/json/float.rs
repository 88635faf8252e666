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
    if push_short_decimal(value, out) {
        return;
    }
    let mut buffer = ryu::Buffer::new();
    push_layout(buffer.format_finite(value).as_bytes(), out);
}

/// Appends a float that has at most six decimals and fifteen digits; false: it is none of these.
///
/// PERF: prices and measures are of this kind. A decimal of up to fifteen digits that reads back as the float is the
/// shortest that does; reading `scaled / 10^6` back is one division, which IEEE 754 rounds correctly.
fn push_short_decimal(value: f64, out: &mut Vec<u8>) -> bool {
    const MILLION: u32 = 1_000_000;
    let magnitude = value.abs();
    if !(1e-3..1e9).contains(&magnitude) {
        return false;
    }
    let scaled = (magnitude * f64::from(MILLION) + 0.5) as u64;
    if scaled as f64 / f64::from(MILLION) != magnitude {
        return false;
    }
    if value < 0.0 {
        out.push(b'-');
    }
    // Invariant: the whole part is below 10^9, so both parts fit 32 bits.
    let whole = scaled / u64::from(MILLION);
    push_u32(whole as u32, out);
    let mut decimals = (scaled - whole * u64::from(MILLION)) as u32;
    let mut digits = [b'0'; 7];
    digits[0] = b'.';
    for digit in digits[1..].iter_mut().rev() {
        *digit = b'0' + (decimals % 10) as u8;
        decimals /= 10;
    }
    out.extend_from_slice(&digits);
    while out.last() == Some(&b'0') {
        out.pop();
    }
    true
}

/// Appends an int in decimal.
pub fn push_int(value: i64, out: &mut Vec<u8>) {
    if value < 0 {
        out.push(b'-');
    }
    push_u64(value.unsigned_abs(), out);
}

/// PERF: wasm divides 64 bits slowly, so there are at most two such divisions.
fn push_u64(value: u64, out: &mut Vec<u8>) {
    const BILLION: u64 = 1_000_000_000;
    match u32::try_from(value) {
        Ok(small) => push_u32(small, out),
        Err(_) => {
            push_u64(value / BILLION, out);
            push_nine(value % BILLION, out);
        }
    }
}

/// Appends nine digits, with zeros in front.
pub fn push_nine(value: u64, out: &mut Vec<u8>) {
    let mut digits = [0; 9];
    let mut rest = value as u32;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    out.extend_from_slice(&digits);
}

fn push_u32(value: u32, out: &mut Vec<u8>) {
    let mut digits = [0; 10];
    let mut start = digits.len();
    let mut rest = value;
    loop {
        start -= 1;
        digits[start] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
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
            (8394907551426369.0 / 4.0, "2098726887856592.2"),
            (123456789.123, "123456789.123"),
        ] {
            let mut out = Vec::new();
            push(value, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected);
        }
    }
}
