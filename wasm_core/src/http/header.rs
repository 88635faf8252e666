//! Header values: latin-1 text.

use alloc::string::String;

/// Reads latin-1 as Python's `bytes.decode("latin-1")`; borrows when the value is ASCII.
pub fn latin1<'a>(raw: &'a [u8], scratch: &'a mut String) -> &'a str {
    if raw.is_ascii() {
        return core::str::from_utf8(raw).unwrap_or_default();
    }
    scratch.clear();
    push_latin1(raw, scratch);
    scratch
}

/// Appends latin-1 bytes to a text.
pub fn push_latin1(raw: &[u8], text: &mut String) {
    text.extend(raw.iter().map(|&byte| char::from(byte)));
}

/// A plan's name as it would stand in a header; None: it never can.
pub fn to_latin1(text: &str) -> Option<alloc::vec::Vec<u8>> {
    text.chars().map(|character| u8::try_from(u32::from(character)).ok()).collect()
}

/// Strips as Python's `str.strip()` does on latin-1 text.
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

/// `str.isspace()` for the characters of latin-1: also the separators 1C-1F, NEL and NO-BREAK SPACE.
fn is_space(byte: u8) -> bool {
    matches!(byte, 0x09..=0x0d | 0x1c..=0x20 | 0x85 | 0xa0)
}
