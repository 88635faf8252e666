//! `parse_form`: reads one piece of a form.
//!
//! The parser's state comes with the piece and goes with the answer, so the core keeps nothing between two pieces.

use crate::contract::{FORM_FLAG_CONTINUED, FORM_FLAG_LAST, FORM_MULTIPART, FORM_URLENCODED};
use crate::forms::events::Events;
use crate::forms::multipart::Multipart;
use crate::forms::state::{Pack, Unpack};
use crate::forms::urlencoded::Urlencoded;
use crate::frame::reader::Reader;
use crate::frame::writer::Writer;
use crate::http::query::Scratch;

/// Input: `(state, flags, piece)`. Answer: `(events, whether each event is a whole field, state)`; `(events, False, None)`
/// when the form is wrong; None when the input is not a state and a piece.
///
/// Returns how many bytes of the input hold the frame.
pub(crate) fn parse_form(input: &[u8], scratch: &mut Scratch, answer: &mut Writer) -> usize {
    let mut reader = Reader::new(input);
    if parsed(&mut reader, scratch, answer).is_some() {
        return reader.position();
    }
    answer.clear();
    answer.none();
    input.len()
}

fn parsed(reader: &mut Reader<'_>, scratch: &mut Scratch, answer: &mut Writer) -> Option<()> {
    if reader.sequence()? != 3 {
        return None;
    }
    let (state, flags) = (reader.bytes()?, i32::try_from(reader.int()?).ok()?);
    let piece = reader.bytes()?;
    let mut state = Unpack::new(state);
    let kind = state.byte()?;
    let mut next = Pack::default();
    next.byte(kind);
    answer.tuple(3);
    let (result, mut events) = match i32::from(kind) {
        FORM_URLENCODED => {
            let mut form = Urlencoded::unpack(&mut state).filter(|_| state.is_empty())?;
            let mut events = Events::new(answer, true);
            let result = form.feed(piece, flags & FORM_FLAG_LAST != 0, scratch, &mut events);
            form.pack(&mut next);
            (result, events)
        }
        FORM_MULTIPART => {
            let mut form = Multipart::unpack(&mut state).filter(|_| state.is_empty())?;
            let mut events = Events::new(answer, form.is_utf_8());
            let result = form.feed(piece, flags & FORM_FLAG_CONTINUED != 0, &mut events);
            form.pack(&mut next);
            (result, events)
        }
        _ => return None,
    };
    if let Err(error) = result {
        events.error(error);
    }
    let only_fields = events.end();
    answer.bool(only_fields);
    match result {
        Ok(()) => answer.bytes(&next.bytes),
        Err(_) => answer.none(),
    }
    Some(())
}
