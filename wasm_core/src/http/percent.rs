//! Decodes percent-encoding as `urllib.parse.unquote` does.
//!
//! RFC 3986 section 2.1: pct-encoded = "%" HEXDIG HEXDIG. Other bytes stay unchanged, also a "%" that starts no such
//! triplet: `%41%zz` becomes `A%zz`.

use alloc::string::String;
use alloc::vec::Vec;

/// Appends `raw` with its percent-encoded bytes decoded.
pub fn decode_bytes(raw: &[u8], decoded: &mut Vec<u8>) {
    let mut rest = raw;
    while let Some(position) = memchr::memchr(b'%', rest) {
        decoded.extend_from_slice(&rest[..position]);
        match escape(&rest[position..]) {
            Some(byte) => {
                decoded.push(byte);
                rest = &rest[position + 3..];
            }
            None => {
                decoded.push(b'%');
                rest = &rest[position + 1..];
            }
        }
    }
    decoded.extend_from_slice(rest);
}

fn escape(raw: &[u8]) -> Option<u8> {
    match raw {
        [_, high, low, ..] => Some(hex(*high)? << 4 | hex(*low)?),
        _ => None,
    }
}

fn hex(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// Appends UTF-8 to a text as `bytes.decode("utf-8", errors="replace")` decodes it.
///
/// CPython replaces each maximal subpart of an ill-formed sequence with one U+FFFD (Unicode section 3.9,
/// "U+FFFD substitution of maximal subparts"). `utf8_chunks` splits bytes at the same places.
pub fn push_utf8_replacing(bytes: &[u8], text: &mut String) {
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push('\u{fffd}');
        }
    }
}
