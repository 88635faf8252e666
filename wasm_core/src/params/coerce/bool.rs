//! Converts text to bool.
//!
//! Pydantic accepts six words for each value. It ignores the case of ASCII letters and does not strip white space.

use super::Wrong;
use crate::contract::ErrorType;

const TRUE: [&str; 6] = ["1", "on", "t", "true", "y", "yes"];
const FALSE: [&str; 6] = ["0", "off", "f", "false", "n", "no"];

/// Converts a word: "yes" is true, "Off" is false.
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
