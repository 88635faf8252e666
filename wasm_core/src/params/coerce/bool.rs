//! Text to bool.
//!
//! Pydantic takes six words for each value, in any case of ASCII, and strips nothing.

use super::Wrong;
use crate::contract::ErrorType;

const TRUE: [&str; 6] = ["1", "on", "t", "true", "y", "yes"];
const FALSE: [&str; 6] = ["0", "off", "f", "false", "n", "no"];

/// Converts a word.
pub fn convert(text: &str) -> Result<bool, Wrong> {
    let is = |word: &&str| text.eq_ignore_ascii_case(word);
    if TRUE.iter().any(|word| is(word)) {
        Ok(true)
    } else if FALSE.iter().any(|word| is(word)) {
        Ok(false)
    } else {
        Err(Wrong::plain(ErrorType::BoolParsing))
    }
}
