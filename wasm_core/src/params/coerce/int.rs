//! Text to int.
//!
//! ```text
//! text     = *WSP [ "+" / "-" ] digits [ "." 1*"0" ] *WSP         WSP: White_Space of Unicode
//! digits   = 1*DIGIT *( "_" 1*DIGIT )
//! ```
//! NOTE: Pydantic takes zeros and underscores off the front and then reads an int again, with a sign of its own: "0__1" is 1
//! and "0-1" is -1. What starts with a zero and is not of the form above is left to Python.

use super::Wrong;
use crate::contract::{ErrorType, DECLINED_INT};

/// Longer texts are left to Python: Pydantic limits digits to 4300, versions count the sign differently.
const MAX_LENGTH: usize = 4000;

/// Converts a text. Values beyond 64 bits are left to Python.
pub fn convert(text: &str) -> Result<i64, Wrong> {
    if text.len() > MAX_LENGTH {
        return Err(Wrong::Unsure(DECLINED_INT));
    }
    let text = text.trim().as_bytes();
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let magnitude = magnitude(without_decimals(digits))?;
    let value = if negative { -magnitude } else { magnitude };
    i64::try_from(value).map_err(|_| Wrong::Unsure(DECLINED_INT))
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
                // Saturates far beyond 64 bits: such values are left to Python anyway.
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
