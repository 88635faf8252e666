//! Text to str: nothing to convert, everything to count.

/// The length that Pydantic compares: code points.
pub fn length(text: &str) -> i64 {
    text.chars().count() as i64
}
