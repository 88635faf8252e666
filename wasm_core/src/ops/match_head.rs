//! `match_head`: reads the head of a request from the bytes of a connection, and matches it as `match_request` does.
//!
//! | answer | meaning |
//! | --- | --- |
//! | `(end, length, flags, method, path, raw_path, query, headers, matched)` | a simple request |
//! | `None` | no simple request: the server's own parser reads it |
//!
//! `end` is the position behind the head, `length` the Content-Length or -1, `headers` a list of pairs of a name in lower
//! case and a value, and `matched` the answer of `match_request`. The flags are `head_flags` of the contract.

use alloc::string::String;
use alloc::vec::Vec;

use super::load_plan::LoadedPlan;
use super::match_request::{match_parts, Answered};
use crate::contract::{HEAD_FLAG_CLOSE, HEAD_FLAG_FORWARDED};
use crate::frame::reader::Reader;
use crate::frame::writer::Writer;
use crate::http::head::{Head, EMPTY_HEADER, MAX_FIELDS};
use crate::http::percent::{decode_bytes, push_utf8_replacing};
use crate::json::encode::Buffers as JsonBuffers;
use crate::params::extract::Request;

/// Buffers of an operation, which the next one uses again.
pub(crate) struct Buffers {
    headers: Writer,
    matched: Writer,
}

impl Buffers {
    pub const fn new() -> Self {
        Buffers { headers: Writer::new(), matched: Writer::new() }
    }

    /// Clears the buffers, and frees those larger than `kept` bytes.
    pub fn forget(&mut self, kept: usize) {
        self.headers.reset(kept);
        self.matched.reset(kept);
    }
}

/// Writes the answer. Returns its kind, None for a request that is not simple, and the bytes of the input that hold the
/// frame.
pub(crate) fn match_head(
    plan: Option<&LoadedPlan>,
    input: &[u8],
    buffers: &mut Buffers,
    json: &mut JsonBuffers,
    answer: &mut Writer,
) -> (Option<Answered>, usize) {
    let mut reader = Reader::new(input);
    let Some(bytes) = reader.bytes() else {
        answer.none();
        return (None, input.len());
    };
    let mut room = [EMPTY_HEADER; MAX_FIELDS];
    let answered = Head::read(bytes, &mut room).map(|head| write(plan, &head, buffers, json, answer));
    if answered.is_none() {
        answer.none();
    }
    (answered, reader.position())
}

fn write(
    plan: Option<&LoadedPlan>,
    head: &Head<'_, '_>,
    buffers: &mut Buffers,
    json: &mut JsonBuffers,
    answer: &mut Writer,
) -> Answered {
    let Buffers { headers, matched } = buffers;
    let mut decoded = String::new();
    let path = unquote(head.path, &mut decoded);
    write_headers(head, headers);
    let request = Request { path, query: head.query.as_bytes(), headers: Reader::new(headers.as_bytes()) };
    let answered = match_parts(plan, head.method, &request, json, matched);
    answer.tuple(9);
    answer.int(head.end as i64);
    answer.int(head.content_length.map_or(-1, |length| length as i64));
    answer.int(i64::from(flags(head)));
    answer.name(head.method);
    answer.str(path);
    answer.bytes(head.path.as_bytes());
    answer.bytes(head.query.as_bytes());
    answer.verbatim(headers.as_bytes());
    answer.verbatim(matched.as_bytes());
    answered
}

fn flags(head: &Head<'_, '_>) -> i32 {
    let close = if head.keeps_alive { 0 } else { HEAD_FLAG_CLOSE };
    close | if head.is_forwarded { HEAD_FLAG_FORWARDED } else { 0 }
}

/// Decodes a path as `urllib.parse.unquote` does, which servers call for a path with a "%".
fn unquote<'a>(raw: &'a str, decoded: &'a mut String) -> &'a str {
    if memchr::memchr(b'%', raw.as_bytes()).is_none() {
        return raw;
    }
    let mut bytes = Vec::new();
    decode_bytes(raw.as_bytes(), &mut bytes);
    push_utf8_replacing(&bytes, decoded);
    decoded
}

fn write_headers(head: &Head<'_, '_>, headers: &mut Writer) {
    headers.bytes_mut().reserve(head.end + 16 * head.fields.len());
    headers.list(head.fields.len());
    for field in head.fields {
        headers.tuple(2);
        let start = headers.len() + 5;
        headers.bytes(field.name.as_bytes());
        headers.bytes_mut()[start..].make_ascii_lowercase();
        headers.bytes(field.value);
    }
}
