//! `verify_message`: checks the signature of a token.

use super::secrets::{finish, Frame};
use crate::frame::writer::Writer;
use crate::security::signature::verify;

/// Input: `(algorithm, key format, (part, ...), message, signature)`. Answer: whether the signature is valid, as a bool,
/// or the id of a refusal.
///
/// Returns how many bytes of the input the caller must clear.
pub(crate) fn verify_message(input: &[u8], answer: &mut Writer) -> usize {
    let mut frame = Frame::new(input);
    let verified = frame.message().and_then(|(algorithm, key, message)| {
        let signature = frame.optional_bytes()??;
        Some(verify(algorithm, &key.key(), message, signature))
    });
    finish(verified, answer, |verified, answer| answer.bool(verified));
    frame.used()
}
