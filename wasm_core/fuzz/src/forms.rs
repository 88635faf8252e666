//! Reads a form in pieces: the result must not depend on where the pieces end.

use fastapi_core::contract::*;
use fastapi_core::ops::Core;

use crate::frames::{tuple, Value};

/// The fields and files of a form, each with its head and its bytes, or the error.
pub type Read = Result<Vec<(Vec<Value>, Vec<u8>)>, i64>;

/// More bytes than a parser can hold between two pieces: eight headers and a boundary.
const MAX_STATE: usize = 36 << 10;

/// A body up to this length is split at every position.
const SHORT: usize = 160;

/// Reads a form whole, byte by byte, and split at many positions, and compares the results.
///
/// A chunk in several pieces gives the same result as in one. The ends of chunks may matter while python-multipart skips
/// line ends before the first delimiter, and so they may matter to the core; after the delimiter they must not.
pub fn check(content_type: &[u8], limits: [i64; 3], body: &[u8]) {
    let read = |pieces: &[&[u8]], flags: i32| read(content_type, limits, pieces, flags);
    let Some(whole) = read(&[body], 0) else { return };
    let same = |pieces: &[&[u8]]| {
        assert_eq!(read(pieces, FORM_FLAG_CONTINUED).as_ref(), Some(&whole), "pieces {pieces:?}");
        if !body.starts_with(b"\r") && !body.starts_with(b"\n") {
            assert_eq!(read(pieces, 0).as_ref(), Some(&whole), "chunks {pieces:?}");
        }
    };
    same(&body.chunks(1).collect::<Vec<_>>());
    same(&body.chunks(7).collect::<Vec<_>>());
    let step = 1 + body.len() / SHORT;
    for place in (0..=body.len()).step_by(step) {
        same(&[&body[..place], &body[place..]]);
    }
}

/// Reads a form in pieces. `flags` are those of every piece but the last.
fn read(content_type: &[u8], limits: [i64; 3], pieces: &[&[u8]], flags: i32) -> Option<Read> {
    let [max_files, max_fields, max_part_size] = limits.map(Value::Int);
    let mut core = Core::new();
    core.open_form(&tuple([Value::Bytes(content_type.into()), max_files, max_fields, max_part_size]).dump());
    let Value::Tuple(opened) = Value::load(core.answer()) else { return None };
    let mut state = opened[1].clone();
    let urlencoded = opened[0] == Value::Int(FORM_URLENCODED.into());
    let mut form = Form { urlencoded, ..Form::default() };
    let last: &[u8] = b"";
    let ends = pieces.len().saturating_sub(1);
    let flagged = pieces.iter().enumerate().map(|(i, piece)| (*piece, if i < ends { flags } else { 0 }));
    for (piece, flags) in flagged.chain([(last, FORM_FLAG_LAST)]) {
        let frame = tuple([state, Value::Int(flags.into()), Value::Bytes(piece.into())]).dump();
        assert_eq!(core.parse_form(&frame), frame.len());
        let Value::Tuple(answer) = Value::load(core.answer()) else { panic!("the core refused the state") };
        let Ok([Value::List(events), _, next]) = <[Value; 3]>::try_from(answer) else { panic!("no events") };
        for event in events {
            if let Value::Int(error) = event {
                assert_eq!(next, Value::None);
                return Some(Err(error));
            }
            form.follow(event, piece);
        }
        match &next {
            Value::Bytes(bytes) => assert!(bytes.len() < MAX_STATE),
            next => panic!("{next:?} without an error"),
        }
        state = next;
    }
    Some(Ok(form.items))
}

/// Collects the events of a form as Python does.
#[derive(Default)]
struct Form {
    urlencoded: bool,
    items: Vec<(Vec<Value>, Vec<u8>)>,
    head: Vec<Value>,
    data: Vec<u8>,
}

impl Form {
    fn follow(&mut self, event: Value, piece: &[u8]) {
        match event {
            Value::Tuple(pair) if pair.len() == 2 => self.items.push((pair, Vec::new())),
            Value::Tuple(head) => self.head = head,
            Value::Bytes(bytes) => self.data.extend(bytes),
            Value::List(place) => match place[..] {
                [Value::Int(start), Value::Int(end)] => self.data.extend(&piece[start as usize..end as usize]),
                _ => panic!("{place:?}"),
            },
            Value::None => self.end(),
            event => panic!("{event:?}"),
        }
    }

    /// Ends a field or a file. The events give a field in several pieces as bytes, and a whole one as a pair of texts.
    fn end(&mut self) {
        let (mut head, data) = (std::mem::take(&mut self.head), std::mem::take(&mut self.data));
        if self.urlencoded {
            self.items.push((whole_field(&data), Vec::new()));
        } else if head.len() == 1 {
            // The head is bytes, for Python to decode, in a form of another charset.
            head.push(match &head[0] {
                Value::Bytes(_) => Value::Bytes(data),
                _ => Value::Str(String::from_utf8(data).unwrap_or_else(|error| crate::latin1(error.as_bytes()))),
            });
            self.items.push((head, Vec::new()));
        } else {
            self.items.push((head, data));
        }
    }
}

/// Reads the bytes of one urlencoded field as a whole.
fn whole_field(raw: &[u8]) -> Vec<Value> {
    let [one, size] = [1, 1 << 30].map(Value::Int);
    let mut core = Core::new();
    core.open_form(
        &tuple([Value::Bytes(b"application/x-www-form-urlencoded".to_vec()), one.clone(), one, size]).dump(),
    );
    let Value::Tuple(opened) = Value::load(core.answer()) else { panic!("not opened") };
    core.parse_form(&tuple([opened[1].clone(), Value::Int(FORM_FLAG_LAST.into()), Value::Bytes(raw.into())]).dump());
    let Value::Tuple(answer) = Value::load(core.answer()) else { panic!("the core refused the state") };
    match &answer[0] {
        Value::List(events) => match &events[..] {
            [Value::Tuple(pair)] => pair.clone(),
            events => panic!("{raw:?} is {events:?}"),
        },
        answer => panic!("{raw:?} is {answer:?}"),
    }
}
