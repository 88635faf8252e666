//! Writes floats as Python's `repr()` does.
//!
//! The digits are the shortest that read back as the same float. Of several shortest texts it takes the nearest one, and
//! on a tie the one with an even last digit. A float that is at least 1e-4 and below 1e16 has no exponent and at least one
//! decimal (`0.0001`, `1.0`). Any other has an exponent of at least two digits (`1e-05`, `1.5e+16`).

use alloc::vec::Vec;

use crate::frame::append::append;

/// The floats for which zmij's text differs from Python's (`tests/properties/test_core_floats.py`).
const LAID_OUT_HERE: core::ops::Range<f64> = 1e-9..1e-4;

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
    let mut buffer = zmij::Buffer::new();
    let text = buffer.format_finite(value).as_bytes();
    if LAID_OUT_HERE.contains(&value.abs()) {
        push_small(text, out);
    } else {
        append(out, text);
    }
}

/// Appends a float that has at most six decimals and fifteen digits. False: the float is of another kind.
///
/// PERF: prices and measures are of this kind. A decimal of up to fifteen digits that reads back as the float is the
/// shortest such decimal. Reading it back is one division, `scaled / 10^6`, which IEEE 754 rounds correctly.
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

/// PERF: dividing 64 bits is slow in wasm, so there are at most two such divisions.
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

/// Appends a number below 10^9 as nine digits, with leading zeros.
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

/// Appends Python's text of a float from 1e-9 up to 1e-4, given zmij's: `0.0000d[d]` and `d[.d]e-X` become `d[.d]e-0X`.
fn push_small(text: &[u8], out: &mut Vec<u8>) {
    let unsigned = match text {
        [b'-', unsigned @ ..] => {
            out.push(b'-');
            unsigned
        }
        unsigned => unsigned,
    };
    match (unsigned.strip_prefix(b"0.0000"), unsigned) {
        (Some([digit]), _) => out.extend_from_slice(&[*digit, b'e', b'-', b'0', b'5']),
        (Some([first, digits @ ..]), _) => {
            out.extend_from_slice(&[*first, b'.']);
            append(out, digits);
            out.extend_from_slice(b"e-05");
        }
        (_, [mantissa @ .., exponent]) => {
            append(out, mantissa);
            out.extend_from_slice(&[b'0', *exponent]);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_equal_repr_of_python() {
        for (value, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-1.5, "-1.5"),
            (0.1, "0.1"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (0.00001234, "1.234e-05"),
            (-0.00001, "-1e-05"),
            (9.999999999999999e-5, "9.999999999999999e-05"),
            (1.5e-7, "1.5e-07"),
            (-1e-9, "-1e-09"),
            (9.999999999999999e-10, "9.999999999999999e-10"),
            (1e-10, "1e-10"),
            (0.00010000000000000002, "0.00010000000000000002"),
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
