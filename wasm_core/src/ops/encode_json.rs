//! `encode_json` and `dump_json`: encode a marshal document as JSON.

use crate::frame::writer::Writer;
use crate::json::encode::{encode, Buffers, PrivateKeys};

/// Writes the JSON as bytes, or None when Python must encode the document.
///
/// Returns the position where the document ends, or None if it was not encoded.
pub(crate) fn encode_json(
    input: &[u8],
    private: PrivateKeys,
    buffers: &mut Buffers,
    answer: &mut Writer,
) -> Option<usize> {
    let start = answer.begin_bytes();
    let end = encode(input, private, buffers, answer.bytes_mut()).filter(|_| answer.end_bytes(start));
    if end.is_none() {
        answer.clear();
        answer.none();
    }
    end
}
