//! Reads query strings as `urllib.parse.parse_qsl(query, keep_blank_values=True)` does.
//!
//! For Starlette a query string is latin-1 text. `parse_qsl` splits it at "&", drops empty pieces, splits each piece at its
//! first "=", and replaces "+" with a space. Then it decodes the percent-encoding of each run of ASCII; other characters
//! stay unchanged. `a=1&&b=x%20y+z&c` has the pairs `(a, 1)`, `(b, x y z)` and `(c, )`.

use alloc::string::String;
use alloc::vec::Vec;

use super::header::push_latin1;
use super::percent::{decode_bytes, push_utf8_replacing};

/// Memory for decoded text, used again for the next value.
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

/// Returns the pairs of a query string, still encoded.
pub fn pairs(query: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    query.split(|&byte| byte == b'&').filter(|piece| !piece.is_empty()).map(|piece| match memchr::memchr(b'=', piece) {
        Some(position) => (&piece[..position], &piece[position + 1..]),
        None => (piece, &piece[piece.len()..]),
    })
}

/// Decodes a name or a value. Borrows one that contains no encoding.
pub fn decode<'a>(raw: &'a [u8], scratch: &'a mut Scratch) -> &'a str {
    if is_plain(raw) {
        return core::str::from_utf8(raw).unwrap_or_default();
    }
    let Scratch { text, bytes } = scratch;
    text.clear();
    // Without a "%" unquote() returns its argument unchanged.
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

/// Returns whether a name or a value contains no encoding.
fn is_plain(raw: &[u8]) -> bool {
    raw.iter().all(|&byte| byte.is_ascii() && byte != b'%' && byte != b'+')
}

/// Decodes a run of ASCII. It replaces "+" first, so "%2B" becomes a plus sign and not a space.
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
    fn runs_of_ascii_are_decoded_separately() {
        assert_eq!(decoded(b"%C3\xe9%A9"), "\u{fffd}\u{e9}\u{fffd}");
        assert_eq!(decoded(b"%C3%A9+%2B%zz%"), "\u{e9} +%zz%");
        assert_eq!(decoded(b"\xe9+"), "\u{e9} ");
    }

    #[test]
    fn a_plus_sign_inside_an_escape_ends_it() {
        // "%+20" becomes "% 20" before it is decoded, which contains no escape.
        assert_eq!(decoded(b"%+20%2"), "% 20%2");
    }
}
