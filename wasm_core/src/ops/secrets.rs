//! The frames of operations with secrets.
//!
//! An operation returns how many bytes of its input the caller must clear: the frame, or all of an input that it did not
//! understand.

use crate::contract::REFUSED_FRAME;
use crate::frame::reader::{Item, Reader};
use crate::frame::writer::Writer;
use crate::security::key::{Key, Refusal, MAX_PARTS};

/// Writes a result, or the id of a refusal. None means that the input is not a frame of the operation.
pub(super) fn finish<T>(result: Option<Result<T, Refusal>>, answer: &mut Writer, write: impl FnOnce(T, &mut Writer)) {
    match result {
        Some(Ok(value)) => write(value, answer),
        Some(Err(refusal)) => answer.int(refusal.id().into()),
        None => answer.int(REFUSED_FRAME.into()),
    }
}

/// Refuses an operation that this module was built without. The caller must clear the whole input.
#[cfg(not(feature = "hashes"))]
pub(super) fn refuse(input: &[u8], answer: &mut Writer) -> usize {
    answer.int(Refusal::Parameters.id().into());
    input.len()
}

/// The input of an operation with secrets.
pub(super) struct Frame<'a> {
    pub(super) reader: Reader<'a>,
    length: usize,
    understood: bool,
}

impl<'a> Frame<'a> {
    pub(super) fn new(input: &'a [u8]) -> Self {
        Frame { reader: Reader::new(input), length: input.len(), understood: false }
    }

    /// Reads the algorithm, the key and the message.
    pub(super) fn message(&mut self) -> Option<(i32, Parts<'a>, &'a [u8])> {
        if self.reader.sequence()? != 5 {
            return None;
        }
        let algorithm = i32::try_from(self.reader.int()?).ok()?;
        let format = i32::try_from(self.reader.int()?).ok()?;
        let mut parts = Parts { format, count: self.reader.sequence()?, parts: [&[]; MAX_PARTS] };
        for place in parts.parts.get_mut(..parts.count)? {
            *place = self.reader.bytes()?;
        }
        Some((algorithm, parts, self.reader.bytes()?))
    }

    /// Reads the last item, which is bytes or None.
    pub(super) fn optional_bytes(&mut self) -> Option<Option<&'a [u8]>> {
        let last = match self.reader.next()? {
            Item::Bytes(bytes) => Some(bytes),
            Item::None => None,
            _ => return None,
        };
        self.understood = true;
        Some(last)
    }

    /// Returns how many bytes the caller must clear.
    pub(super) fn used(&self) -> usize {
        if self.understood {
            self.reader.position()
        } else {
            self.length
        }
    }
}

/// The parts of a key; each is a slice of the frame.
pub(super) struct Parts<'a> {
    format: i32,
    count: usize,
    parts: [&'a [u8]; MAX_PARTS],
}

impl Parts<'_> {
    pub(super) fn key(&self) -> Key<'_> {
        Key { format: self.format, parts: &self.parts[..self.count] }
    }
}
