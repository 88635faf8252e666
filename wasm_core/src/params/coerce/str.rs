//! A str needs no conversion, only its length for constraints.

/// Returns the length that Pydantic compares: the number of code points.
pub fn length(text: &str) -> i64 {
    text.chars().count() as i64
}
