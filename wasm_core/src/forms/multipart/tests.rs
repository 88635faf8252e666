//! Properties of the search for delimiters, and of the pieces that Python does not send.

use alloc::vec::Vec;

use super::data::find_candidate;
use super::Multipart;
use crate::forms::events::Events;
use crate::forms::state::{Pack, Unpack};
use crate::forms::Limits;
use crate::frame::writer::Writer;
use proptest::prelude::*;

const DELIMITER: &[u8] = b"\r\n--ab";

fn state_of(form: &Multipart) -> Vec<u8> {
    let mut state = Pack::default();
    form.pack(&mut state);
    state.bytes
}

fn written(tell: impl FnOnce(&mut Events<'_>)) -> Vec<u8> {
    let mut answer = Writer::default();
    let mut events = Events::new(&mut answer, true);
    tell(&mut events);
    events.end();
    answer.as_bytes().to_vec()
}

fn holds_or_begins_a_delimiter(piece: &[u8]) -> bool {
    (1..DELIMITER.len()).any(|length| piece.ends_with(&DELIMITER[..length]))
        || piece.windows(DELIMITER.len()).any(|window| window == DELIMITER)
}

/// The slow, obvious twin of `find_candidate`.
fn first_candidate(delimiter: &[u8], data: &[u8]) -> usize {
    let is_one = |at: &usize| data[*at..].starts_with(delimiter) || delimiter.starts_with(&data[*at..]);
    (0..data.len()).find(is_one).unwrap_or(data.len())
}

proptest! {
    #[test]
    fn find_candidate_equals_its_twin(
        boundary in proptest::collection::vec(proptest::sample::select(&b"\n-ab"[..]), 1..5),
        mut data in proptest::collection::vec(proptest::sample::select(&b"\r\n-abc"[..]), 0..400),
        at in 0usize..400,
        kept in 0usize..9,
    ) {
        let delimiter = [b"\r\n--", &boundary[..]].concat();
        prop_assert_eq!(find_candidate(&delimiter, &data), first_candidate(&delimiter, &data));
        let at = at.min(data.len());
        data.splice(at..at, delimiter.iter().copied());
        data.truncate(at + kept.max(1));
        prop_assert_eq!(find_candidate(&delimiter, &data), first_candidate(&delimiter, &data));
    }

    #[test]
    fn a_piece_of_file_data_does_not_change_the_state(
        pieces in proptest::collection::vec(
            proptest::collection::vec(proptest::sample::select(&b"\r\n-abc"[..]), 1..12), 1..9,
        ),
    ) {
        let limits = Limits { max_files: 1, max_fields: 0, max_part_size: 0 };
        let mut form = Multipart::new(limits, &DELIMITER[4..], true);
        let head = b"--ab\r\nContent-Disposition: form-data; name=f; filename=f\r\nX: y\r\n\r\nx";
        written(|events| form.feed(head, false, events).unwrap());
        for piece in pieces.iter().filter(|piece| !holds_or_begins_a_delimiter(piece)) {
            form = Multipart::unpack(&mut Unpack::new(&state_of(&form))).unwrap();
            let before = state_of(&form);
            let told = written(|events| form.feed(piece, false, events).unwrap());
            prop_assert_eq!(told, written(|events| events.data(0, piece.len())));
            prop_assert_eq!(state_of(&form), before);
        }
    }
}
