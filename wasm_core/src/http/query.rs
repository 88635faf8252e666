//! Query strings, as `urllib.parse.parse_qsl(query, keep_blank_values=True)` reads them.
//!
//! The query string is latin-1 text for Starlette. `parse_qsl` cuts it at "&", drops empty pieces, cuts each piece
//! at its first "=", turns "+" into a space and decodes percent-encoding: runs of ASCII are decoded together, other
//! characters stay what they are.

use alloc::string::String;
use alloc::vec::Vec;

use super::header::push_latin1;
use super::percent::{decode_bytes, push_utf8_replacing};

/// Room for what has to be decoded, reused from value to value.
#[derive(Default)]
pub struct Scratch {
    pub text: String,
    bytes: Vec<u8>,
}

impl Scratch {
    pub const fn new() -> Self {
        Scratch { text: String::new(), bytes: Vec::new() }
    }
}

/// The pairs of a query string, still encoded.
pub fn pairs(query: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    query.split(|&byte| byte == b'&').filter(|piece| !piece.is_empty()).map(|piece| match memchr::memchr(b'=', piece) {
        Some(position) => (&piece[..position], &piece[position + 1..]),
        None => (piece, &piece[piece.len()..]),
    })
}

/// Decodes a name or a value; borrows when there is nothing to decode.
pub fn decode<'a>(raw: &'a [u8], scratch: &'a mut Scratch) -> &'a str {
    if is_plain(raw) {
        return core::str::from_utf8(raw).unwrap_or_default();
    }
    let Scratch { text, bytes } = scratch;
    text.clear();
    // Without "%" unquote() gives the text back as it is.
    if memchr::memchr(b'%', raw).is_none() {
        text.extend(raw.iter().map(|&byte| if byte == b'+' { ' ' } else { char::from(byte) }));
        return text;
    }
    for run in raw.chunk_by(|a, b| a.is_ascii() == b.is_ascii()) {
        if run[0].is_ascii() {
            decode_run(run, bytes, text);
        } else {
            push_latin1(run, text);
        }
    }
    text
}

/// Whether a name or a value stands for itself.
fn is_plain(raw: &[u8]) -> bool {
    raw.iter().all(|&byte| byte.is_ascii() && byte != b'%' && byte != b'+')
}

/// Decodes a run of ASCII: "+" first, so that "%2B" stays a plus sign.
fn decode_run(run: &[u8], bytes: &mut Vec<u8>, text: &mut String) {
    bytes.clear();
    let mut pieces = run.split(|&byte| byte == b'+');
    if let Some(first) = pieces.next() {
        decode_bytes(first, bytes);
    }
    for piece in pieces {
        bytes.push(b' ');
        decode_bytes(piece, bytes);
    }
    push_utf8_replacing(bytes, text);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(raw: &[u8]) -> String {
        decode(raw, &mut Scratch::new()).into()
    }

    #[test]
    fn runs_of_ascii_are_decoded_apart() {
        assert_eq!(decoded(b"%C3\xe9%A9"), "\u{fffd}\u{e9}\u{fffd}");
        assert_eq!(decoded(b"%C3%A9+%2B%zz%"), "\u{e9} +%zz%");
        assert_eq!(decoded(b"\xe9+"), "\u{e9} ");
    }

    #[test]
    fn a_plus_cuts_no_escape() {
        // "%+2" becomes "% 2" before it is decoded: not an escape either way.
        assert_eq!(decoded(b"%+20%2"), "% 20%2");
    }
}
