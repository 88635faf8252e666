//! Converts text to int.
//!
//! ```text
//! text     = *WSP [ "+" / "-" ] digits [ "." 1*"0" ] *WSP         WSP: Unicode White_Space
//! digits   = 1*DIGIT *( "_" 1*DIGIT )
//! ```
//! So " +1_000.0" is 1000.
//!
//! NOTE: Pydantic removes leading zeros and underscores and then parses an int with a sign: "0__1" is 1 and "0-1" is -1. A
//! text that starts with a zero and is not of the form above takes the exact way.

use super::large::Large;
use super::Wrong;
use crate::contract::{ErrorType, DECLINED_INT};

/// The number of digits that Pydantic converts.
const MAX_DIGITS: usize = 4300;

/// An int of any size.
#[derive(Clone, Debug, PartialEq)]
pub enum Int {
    Small(i64),
    Large(Large),
}

/// Converts a text.
pub fn convert(text: &str) -> Result<Int, Wrong> {
    // Up to this length, with its sign and white space, every version of Pydantic converts the text.
    if text.len() > MAX_DIGITS {
        return Err(too_long(text.as_bytes()));
    }
    let text = text.trim().as_bytes();
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let magnitude = magnitude(without_decimals(digits))?;
    let value = if negative { -magnitude } else { magnitude };
    Ok(match i64::try_from(value) {
        Ok(value) => Int::Small(value),
        Err(_) => Int::Large(Large::from_decimal(negative, without_decimals(digits))),
    })
}

/// Returns the error of a long text. Versions of Pydantic differ in whether the sign and other characters count as digits;
/// a text with such characters takes the exact way.
fn too_long(text: &[u8]) -> Wrong {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let is_plain = !digits.starts_with(b"0") && digits.iter().all(u8::is_ascii_digit);
    if is_plain && digits.len() > MAX_DIGITS {
        Wrong::plain(ErrorType::IntParsingSize)
    } else {
        Wrong::Unsure(DECLINED_INT)
    }
}

/// Removes a "." with one or more zeros from the end.
fn without_decimals(digits: &[u8]) -> &[u8] {
    match memchr::memchr(b'.', digits) {
        Some(position) => match &digits[position + 1..] {
            [] => digits,
            decimals if decimals.iter().all(|&byte| byte == b'0') => &digits[..position],
            _ => digits,
        },
        None => digits,
    }
}

/// Reads digits and single underscores between them.
fn magnitude(digits: &[u8]) -> Result<i128, Wrong> {
    let mut value: i128 = 0;
    let mut after_digit = false;
    for &byte in digits {
        match byte {
            b'0'..=b'9' => {
                // The value saturates far beyond 64 bits; `Large` then converts the text again.
                value = (value * 10 + i128::from(byte - b'0')).min(i128::MAX / 16);
                after_digit = true;
            }
            b'_' if after_digit => after_digit = false,
            _ => return Err(not_an_int(digits)),
        }
    }
    if after_digit {
        Ok(value)
    } else {
        Err(not_an_int(digits))
    }
}

/// Returns the error of a text that is not an int.
fn not_an_int(digits: &[u8]) -> Wrong {
    match digits {
        [b'0', ..] => Wrong::Unsure(DECLINED_INT),
        _ => Wrong::plain(ErrorType::IntParsing),
    }
}
