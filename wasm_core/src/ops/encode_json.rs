//! `encode_json` and `dump_json`: a document of marshal to JSON.

use crate::frame::writer::Writer;
use crate::json::encode::{encode, Buffers, PrivateKeys};

/// Answers the JSON as bytes, or None when it is left to Python. Gives whether it was encoded.
pub(crate) fn encode_json(input: &[u8], private: PrivateKeys, buffers: &mut Buffers, answer: &mut Writer) -> bool {
    let start = answer.begin_bytes();
    if encode(input, private, buffers, answer.bytes_mut()).is_some() && answer.end_bytes(start) {
        return true;
    }
    answer.clear();
    answer.none();
    false
}
