//! Text to bool.
//!
//! Pydantic takes six words for each value, in any case of ASCII, and strips nothing.

use super::Wrong;
use crate::contract::ErrorType;

const TRUE: [&str; 6] = ["1", "on", "t", "true", "y", "yes"];
const FALSE: [&str; 6] = ["0", "off", "f", "false", "n", "no"];

/// Converts a word.
pub fn convert(text: &str) -> Result<bool, Wrong> {
    if is_one_of(text, &TRUE) {
        Ok(true)
    } else if is_one_of(text, &FALSE) {
        Ok(false)
    } else {
        Err(Wrong::plain(ErrorType::BoolParsing))
    }
}

fn is_one_of(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.eq_ignore_ascii_case(word))
}
