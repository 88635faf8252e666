//! `sign_message`: signs the message of a token.

use super::secrets::{finish, Frame};
use crate::frame::writer::Writer;
use crate::security::signature::sign;

/// Input: `(algorithm, key format, (part, ...), message, seed or None)`. Answer: the signature as bytes, or the id of a
/// refusal.
///
/// Returns how many bytes of the input the caller must clear.
pub(crate) fn sign_message(input: &[u8], answer: &mut Writer) -> usize {
    let mut frame = Frame::new(input);
    let signature = frame.message().and_then(|(algorithm, key, message)| {
        let seed = frame.optional_bytes()?;
        let seed = seed.map(|seed| seed.try_into()).transpose().ok()?;
        Some(sign(algorithm, &key.key(), message, seed))
    });
    finish(signature, answer, |signature, answer| answer.bytes(&signature));
    frame.used()
}
