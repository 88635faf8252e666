//! Text to int.
//!
//! ```text
//! text     = *WSP [ "+" / "-" ] digits [ "." 1*"0" ] *WSP         WSP: White_Space of Unicode
//! digits   = 1*DIGIT *( "_" 1*DIGIT )
//! ```
//! NOTE: Pydantic takes zeros and underscores off the front and then reads an int again, with a sign of its own: "0__1" is 1
//! and "0-1" is -1. What starts with a zero and is not of the form above is left to Python.

use super::large::Large;
use super::Wrong;
use crate::contract::{ErrorType, DECLINED_INT};

/// Digits that Pydantic reads.
const MAX_DIGITS: usize = 4300;

/// An int of any size.
#[derive(Clone, Debug, PartialEq)]
pub enum Int {
    Small(i64),
    Large(Large),
}

/// Converts a text.
pub fn convert(text: &str) -> Result<Int, Wrong> {
    // What is as long as this with its sign and its white space is read by all versions.
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

/// What is wrong with a long text. Versions count the sign and what else is no digit differently, then Python decides.
fn too_long(text: &[u8]) -> Wrong {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let is_plain = !digits.starts_with(b"0") && digits.iter().all(u8::is_ascii_digit);
    if is_plain && digits.len() > MAX_DIGITS {
        Wrong::plain(ErrorType::IntParsingSize)
    } else {
        Wrong::Unsure(DECLINED_INT)
    }
}

/// Takes ".", one or more zeros off the end.
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
                // Saturates far beyond 64 bits: such values are read again, digit by digit.
                value = (value * 10 + i128::from(byte - b'0')).min(i128::MAX / 16);
                after_digit = true;
            }
            b'_' if after_digit => after_digit = false,
            _ => return Err(no_int(digits)),
        }
    }
    if after_digit {
        Ok(value)
    } else {
        Err(no_int(digits))
    }
}

fn no_int(digits: &[u8]) -> Wrong {
    match digits {
        [b'0', ..] => Wrong::Unsure(DECLINED_INT),
        _ => Wrong::plain(ErrorType::IntParsing),
    }
}
