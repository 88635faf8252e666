//! Decodes header values, which are latin-1 text for Starlette.

use alloc::string::String;

/// Decodes bytes as Python's `bytes.decode("latin-1")` does. Borrows ASCII.
pub fn latin1<'a>(raw: &'a [u8], scratch: &'a mut String) -> &'a str {
    if raw.is_ascii() {
        return core::str::from_utf8(raw).unwrap_or_default();
    }
    scratch.clear();
    push_latin1(raw, scratch);
    scratch
}

/// Appends latin-1 bytes to a text, decoded.
pub fn push_latin1(raw: &[u8], text: &mut String) {
    text.extend(raw.iter().map(|&byte| char::from(byte)));
}

/// Encodes a name of the plan as latin-1. None: no header can contain it.
pub fn to_latin1(text: &str) -> Option<alloc::vec::Vec<u8>> {
    text.chars().map(|character| u8::try_from(u32::from(character)).ok()).collect()
}

/// Strips white space as Python's `str.strip()` does on latin-1 text.
pub fn strip(mut raw: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = raw {
        if !is_space(*first) {
            break;
        }
        raw = rest;
    }
    while let [rest @ .., last] = raw {
        if !is_space(*last) {
            break;
        }
        raw = rest;
    }
    raw
}

/// Returns `str.isspace()` of a latin-1 character. The separators 1C-1F, NEL and NO-BREAK SPACE are white space.
fn is_space(byte: u8) -> bool {
    matches!(byte, 0x09..=0x0d | 0x1c..=0x20 | 0x85 | 0xa0)
}
