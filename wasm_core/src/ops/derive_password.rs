//! `derive_password`: the Argon2 hash of a password.

use super::secrets::{finish, Frame};
use crate::frame::writer::Writer;
use crate::security::password::{derive, Costs};

/// Input: `(variant, version, memory in KiB, passes, lanes, length, password, salt)`. Answer: the hash as bytes, or the id
/// of a refusal.
///
/// Returns how many bytes of the input the caller must clear.
pub(crate) fn derive_password(input: &[u8], answer: &mut Writer) -> usize {
    let mut frame = Frame::new(input);
    let hash = read(&mut frame).map(|(costs, password, salt)| derive(&costs, password, salt));
    finish(hash, answer, |hash, answer| answer.bytes(&hash));
    frame.used()
}

fn read<'a>(frame: &mut Frame<'a>) -> Option<(Costs, &'a [u8], &'a [u8])> {
    let reader = &mut frame.reader;
    if reader.sequence()? != 8 {
        return None;
    }
    let costs = Costs {
        variant: reader.int()?,
        version: reader.int()?,
        memory: reader.int()?,
        passes: reader.int()?,
        lanes: reader.int()?,
        length: reader.int()?,
    };
    let password = reader.bytes()?;
    let salt = frame.optional_bytes()??;
    Some((costs, password, salt))
}
