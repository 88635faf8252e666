//! The data of a part, up to the delimiter that ends it.

use core::ops::Range;

use super::{Multipart, Part, Phase};
use crate::contract::FORM_ERROR_PART_TOO_LARGE;
use crate::forms::events::{Events, FormError};

impl Multipart {
    /// Reads data up to the end of the part or of the piece. Returns the position after it.
    pub(super) fn data(&mut self, piece: &[u8], start: usize, events: &mut Events<'_>) -> Result<usize, FormError> {
        let length = self.delimiter.len();
        // `from` is the start of the data that no event has reported. `candidate` is the place of a candidate for a
        // delimiter, and `held` the number of its bytes in earlier pieces. While `held` is not 0, `from` and `candidate`
        // are the start of the data in this piece.
        let (mut at, from, mut candidate, mut held) = (start, start, start, self.matched);
        loop {
            if self.matched == 0 {
                held = 0;
                candidate = at + find_candidate(&self.delimiter, &piece[at..]);
                at = candidate;
            }
            if self.matched < length {
                let same = common_length(&self.delimiter[self.matched..], &piece[at..]);
                self.matched += same;
                at += same;
            }
            let Some(&byte) = piece.get(at) else {
                self.tell_data(piece, from, candidate, events)?;
                return Ok(at);
            };
            if self.matched == length && matches!(byte, b'\r' | b'-') {
                self.after = byte;
                self.matched += 1;
                at += 1;
                continue;
            }
            let next = match (self.matched.checked_sub(length), byte) {
                (Some(0), b' ' | b'\t') => Some(Phase::Padding),
                (Some(1), b'\n') if self.after == b'\r' => Some(Phase::HeaderStart),
                (Some(1), b'-') if self.after == b'-' => Some(Phase::Epilogue),
                _ => None,
            };
            if let Some(next) = next {
                return self.end_data(piece, from..candidate, next, events).map(|()| at + 1);
            }
            if held > 0 {
                self.tell_held(held, events)?;
            }
            self.matched = 0;
        }
    }

    /// Ends the data of a part at a delimiter. `next` depends on the bytes after the delimiter.
    fn end_data(
        &mut self,
        piece: &[u8],
        data: Range<usize>,
        next: Phase,
        events: &mut Events<'_>,
    ) -> Result<(), FormError> {
        self.matched = 0;
        self.phase = next;
        if self.part == Part::NewField {
            self.measure_data(data.len())?;
            if next != Phase::Padding {
                events.field(&self.name, &piece[data]);
                self.new_part();
                return Ok(());
            }
            self.size = 0;
        }
        self.tell_data(piece, data.start, data.end, events)?;
        if next != Phase::Padding {
            self.end_part(events);
        }
        Ok(())
    }

    pub(super) fn end_part(&mut self, events: &mut Events<'_>) {
        events.end_part();
        self.new_part();
    }

    /// Announces a field that did not end in the piece where it began.
    pub(super) fn tell_field(&mut self, events: &mut Events<'_>) {
        events.begin_field(&self.name);
        self.part = Part::Field;
    }

    fn tell_data(&mut self, piece: &[u8], start: usize, end: usize, events: &mut Events<'_>) -> Result<(), FormError> {
        debug_assert!(start <= end && end <= piece.len());
        if self.part == Part::NewField {
            self.tell_field(events);
        }
        self.measure_data(end - start)?;
        events.data(start, end);
        Ok(())
    }

    /// Reports the `held` bytes of a candidate that is not a delimiter; they were in earlier pieces.
    fn tell_held(&mut self, held: usize, events: &mut Events<'_>) -> Result<(), FormError> {
        self.measure_data(held)?;
        let bytes = &self.delimiter[..held.min(self.delimiter.len())];
        if held > bytes.len() {
            events.held_back(&[bytes, &[self.after]].concat());
        } else {
            events.held_back(bytes);
        }
        Ok(())
    }

    /// Adds to the size of a field. Files have no limit, as in Starlette.
    fn measure_data(&mut self, bytes: usize) -> Result<(), FormError> {
        if self.part != Part::File && bytes > 0 {
            self.size = self.size.saturating_add(bytes as i64);
            if self.size > self.limits.max_part_size {
                return Err(FormError(FORM_ERROR_PART_TOO_LARGE));
            }
        }
        Ok(())
    }
}

/// Returns the position of the delimiter, or of a beginning of it at the end of the data, or the length of the data.
///
/// It is linear in the data: only the first byte of a delimiter is a CR (`content_type`), so it compares no byte twice.
pub(super) fn find_candidate(delimiter: &[u8], data: &[u8]) -> usize {
    let is_candidate = |at: &usize| {
        let rest = &data[*at..];
        common_length(delimiter, rest) == delimiter.len().min(rest.len())
    };
    memchr::memchr_iter(b'\r', data).find(is_candidate).unwrap_or(data.len())
}

fn common_length(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}
