//! `verify_message`: whether a token's signature is right.

use super::secrets::{finish, Frame};
use crate::frame::writer::Writer;
use crate::security::signature::verify;

/// Input `(algorithm, key format, (part, ...), message, signature)`; answers a bool or, as an int, why there is none.
///
/// Gives how many bytes of the input were the frame.
pub(crate) fn verify_message(input: &[u8], answer: &mut Writer) -> usize {
    let mut frame = Frame::new(input);
    let verified = frame.message().and_then(|(algorithm, key, message)| {
        let signature = frame.optional_bytes()??;
        Some(verify(algorithm, &key.key(), message, signature))
    });
    finish(verified, answer, |verified, answer| answer.bool(verified));
    frame.used()
}
