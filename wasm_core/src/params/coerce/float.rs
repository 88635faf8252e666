//! Text to float.
//!
//! Pydantic strips White_Space of Unicode and reads the rest as Rust does. What that refuses is read once more without its
//! underscores, unless one stands at either end or two stand together; with white space around it, Python decides.

use alloc::string::String;

use super::Wrong;
use crate::contract::{ErrorType, DECLINED_FLOAT};

/// Longer texts are left to Python.
const MAX_LENGTH: usize = 4000;

/// Converts a text; "nan", "inf" and "infinity" are floats, in any case.
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
