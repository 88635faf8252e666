//! `encode_json` and `dump_json`: a document of marshal to JSON.

use crate::frame::writer::Writer;
use crate::json::encode::{encode, Buffers, PrivateKeys};

/// Answers the JSON as bytes, or None when it is left to Python. Gives where the document ended, if it was encoded.
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
