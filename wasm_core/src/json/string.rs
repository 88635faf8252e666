//! Writes strings as Python's `json.encoder.encode_basestring` does.
//!
//! RFC 8259 section 7: unescaped = %x20-21 / %x23-5B / %x5D-10FFFF. The short escapes are `\" \\ \b \f \n \r \t`; other
//! control characters become `\u00xx` in lower case. DEL and U+2028 are not escaped.

use alloc::vec::Vec;

use crate::frame::append::append;

/// Appends a text without quotes around it. `text` is a part of valid UTF-8.
pub fn push_escaped(text: &[u8], out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(position) = find_special(rest) {
        append(out, &rest[..position]);
        push_escape(rest[position], out);
        rest = &rest[position + 1..];
    }
    append(out, rest);
}

fn push_escape(byte: u8, out: &mut Vec<u8>) {
    let short = match byte {
        b'"' | b'\\' => byte,
        0x08 => b'b',
        0x0c => b'f',
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        _ => {
            const HEX: &[u8; 16] = b"0123456789abcdef";
            let digits = [HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]];
            out.extend_from_slice(&[b'\\', b'u', b'0', b'0', digits[0], digits[1]]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

const EVERY_BYTE: u64 = 0x0101_0101_0101_0101;
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

/// Returns the position of the first byte that needs an escape.
///
/// PERF: it looks at eight bytes at a time (benchmark of long texts).
fn find_special(text: &[u8]) -> Option<usize> {
    let mut position = 0;
    for chunk in text.chunks_exact(8) {
        let word = u64::from_le_bytes(chunk.try_into().unwrap_or_default());
        if has_special(word) {
            break;
        }
        position += 8;
    }
    let rest = &text[position..];
    rest.iter().position(|&byte| is_special(byte)).map(|found| position + found)
}

fn is_special(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// Returns whether one of eight bytes is special. Bytes from 0x80 on are masked out. A borrow comes only from a byte that
/// is special itself, so it cannot cause a wrong answer.
fn has_special(word: u64) -> bool {
    let quote = word ^ (EVERY_BYTE * b'"' as u64);
    let backslash = word ^ (EVERY_BYTE * b'\\' as u64);
    let below = |value: u64, limit: u64| value.wrapping_sub(EVERY_BYTE * limit) & !value;
    (below(word, 0x20) | below(quote, 1) | below(backslash, 1)) & HIGH_BITS != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_first_special_byte_equals_that_of_a_plain_loop(text in prop::collection::vec(prop_oneof![0x1eu8..0x24, 0x5bu8..0x5e, any::<u8>()], 0..40)) {
            prop_assert_eq!(find_special(&text), text.iter().position(|&byte| is_special(byte)));
        }
    }
}
