//! Reads Cookie headers as Starlette's `cookie_parser` and the standard library's `http.cookies._unquote` do.
//!
//! RFC 6265 section 4.2.1: cookie-string = cookie-pair *( ";" SP cookie-pair ). Starlette also accepts a pair without "=",
//! as a value with an empty name, and strips the name and the value; browsers do the same.

use alloc::string::String;

use super::header::{latin1, strip};

/// Returns the pairs of a Cookie header, with names and values stripped and values still quoted.
///
/// `a=1; b="x y"` has the pairs `(a, 1)` and `(b, "x y")`, the latter with its quotation marks.
pub fn pairs(header: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    header.split(|&byte| byte == b';').filter_map(|piece| {
        let (name, value) = match memchr::memchr(b'=', piece) {
            Some(position) => (&piece[..position], &piece[position + 1..]),
            None => (&piece[..0], piece),
        };
        let (name, value) = (strip(name), strip(value));
        (!name.is_empty() || !value.is_empty()).then_some((name, value))
    })
}

/// Removes the quotation marks of a value and decodes the escapes `\ooo` (octal) and `\c` inside. Borrows an unquoted value.
pub fn unquote<'a>(raw: &'a [u8], scratch: &'a mut String) -> &'a str {
    let inner = match raw {
        [b'"', inner @ .., b'"'] => inner,
        _ => return latin1(raw, scratch),
    };
    if memchr::memchr(b'\\', inner).is_none() {
        return latin1(inner, scratch);
    }
    scratch.clear();
    let mut rest = inner;
    while let [first, after @ ..] = rest {
        let (character, consumed) = match (first, after) {
            (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', ..]) => {
                ((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'), 4)
            }
            // NOTE: the pattern of http.cookies is a backslash and `.`, which does not match a newline.
            (b'\\', [escaped, ..]) if *escaped != b'\n' => (*escaped, 2),
            _ => (*first, 1),
        };
        scratch.push(char::from(character));
        rest = &rest[consumed..];
    }
    scratch
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_and_escapes() {
        let mut scratch = String::new();
        for (raw, expected) in [
            (&br#""a\"b""#[..], "a\"b"),
            (br#""\101\\101\400""#, "A\\101400"),
            (br#"""#, "\""),
            (br#""""#, ""),
            (br#""\""#, "\\"),
            (b"\"\\377\xe9\"", "\u{ff}\u{e9}"),
            (b"plain", "plain"),
        ] {
            assert_eq!(unquote(raw, &mut scratch), expected);
        }
    }
}
