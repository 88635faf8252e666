//! Converts text to float.
//!
//! Pydantic strips Unicode White_Space and parses the rest as Rust does. If that fails, it removes the underscores and
//! parses again, unless an underscore is first or last or two are adjacent: "1_000.5" is 1000.5. A text with both
//! underscores and white space around it takes the exact way.

use alloc::string::String;

use super::Wrong;
use crate::contract::{ErrorType, DECLINED_FLOAT};

/// Bytes of a text. A longer one takes the exact way.
const MAX_LENGTH: usize = 4000;

/// Converts a text. "nan", "inf" and "infinity" are floats, in upper and lower case.
pub fn convert(text: &str) -> Result<f64, Wrong> {
    if text.len() > MAX_LENGTH {
        return Err(Wrong::Unsure(DECLINED_FLOAT));
    }
    if let Ok(value) = text.trim().parse() {
        return Ok(value);
    }
    if !text.contains('_') {
        return Err(Wrong::plain(ErrorType::FloatParsing));
    }
    if text.trim().len() != text.len() {
        return Err(Wrong::Unsure(DECLINED_FLOAT));
    }
    let misplaced =
        text.starts_with('_') || text.ends_with('_') || text.as_bytes().windows(2).any(|pair| pair == b"__");
    let cleaned = if misplaced { String::new() } else { text.replace('_', "") };
    cleaned.parse().map_err(|_| Wrong::plain(ErrorType::FloatParsing))
}
