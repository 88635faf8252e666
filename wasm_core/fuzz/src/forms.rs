//! A form in pieces: what is read must not depend on where it is cut.

use fastapi_core::contract::*;
use fastapi_core::ops::Core;

use crate::frames::{tuple, Value};

/// Fields and files, each its head and its bytes; or the error.
pub type Read = Result<Vec<(Vec<Value>, Vec<u8>)>, i64>;

/// More than a parser can hold between two pieces: eight headers and a boundary.
const MOST_STATE: usize = 36 << 10;

/// Bodies up to this length are cut everywhere.
const SHORT: usize = 160;

/// Reads a form whole, byte by byte, and cut at many places.
pub fn check(content_type: &[u8], limits: [i64; 3], body: &[u8]) {
    let Some(whole) = read(content_type, limits, &[body]) else { return };
    let same = |pieces: &[&[u8]]| {
        let answer = read(content_type, limits, pieces);
        assert_eq!(answer.as_ref(), Some(&whole), "cut as {pieces:?}");
    };
    same(&body.chunks(1).collect::<Vec<_>>());
    same(&body.chunks(7).collect::<Vec<_>>());
    let step = 1 + body.len() / SHORT;
    for place in (0..=body.len()).step_by(step) {
        same(&[&body[..place], &body[place..]]);
    }
}

fn read(content_type: &[u8], [max_files, max_fields, max_part_size]: [i64; 3], pieces: &[&[u8]]) -> Option<Read> {
    let limits = [max_files, max_fields, max_part_size].map(Value::Int);
    let [max_files, max_fields, max_part_size] = limits;
    let mut core = Core::new();
    core.open_form(&tuple([Value::Bytes(content_type.into()), max_files, max_fields, max_part_size]).dump());
    let Value::Tuple(opened) = Value::load(core.answer()) else { return None };
    let mut state = opened[1].clone();
    let urlencoded = opened[0] == Value::Int(FORM_URLENCODED.into());
    let mut form = Form { urlencoded, ..Form::default() };
    let last: &[u8] = b"";
    for (piece, flags) in pieces.iter().map(|piece| (*piece, 0)).chain([(last, FORM_FLAG_LAST)]) {
        let frame = tuple([state, Value::Int(flags.into()), Value::Bytes(piece.into())]).dump();
        assert_eq!(core.parse_form(&frame), frame.len());
        let Value::Tuple(answer) = Value::load(core.answer()) else { panic!("no state and piece") };
        let Ok([Value::List(events), _, next]) = <[Value; 3]>::try_from(answer) else { panic!("no events") };
        for event in events {
            if let Value::Int(error) = event {
                assert_eq!(next, Value::None);
                return Some(Err(error));
            }
            form.follow(event, piece);
        }
        match &next {
            Value::Bytes(bytes) => assert!(bytes.len() < MOST_STATE),
            next => panic!("{next:?} after no error"),
        }
        state = next;
    }
    Some(Ok(form.items))
}

/// A form put together as Python does it.
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

    /// A field that was cut comes as bytes; whole, it is a pair of texts.
    fn end(&mut self) {
        let (mut head, data) = (std::mem::take(&mut self.head), std::mem::take(&mut self.data));
        if self.urlencoded {
            self.items.push((whole_field(&data), Vec::new()));
        } else if head.len() == 1 {
            head.push(Value::Str(String::from_utf8(data).unwrap_or_else(|error| crate::latin1(error.as_bytes()))));
            self.items.push((head, Vec::new()));
        } else {
            self.items.push((head, data));
        }
    }
}

/// A field that was cut, asked for in one piece.
fn whole_field(raw: &[u8]) -> Vec<Value> {
    let [one, size] = [1, 1 << 30].map(Value::Int);
    let mut core = Core::new();
    core.open_form(
        &tuple([Value::Bytes(b"application/x-www-form-urlencoded".to_vec()), one.clone(), one, size]).dump(),
    );
    let Value::Tuple(opened) = Value::load(core.answer()) else { panic!("not opened") };
    core.parse_form(&tuple([opened[1].clone(), Value::Int(FORM_FLAG_LAST.into()), Value::Bytes(raw.into())]).dump());
    let Value::Tuple(answer) = Value::load(core.answer()) else { panic!("no state and piece") };
    match &answer[0] {
        Value::List(events) => match &events[..] {
            [Value::Tuple(pair)] => pair.clone(),
            events => panic!("{raw:?} is {events:?}"),
        },
        answer => panic!("{raw:?} is {answer:?}"),
    }
}
