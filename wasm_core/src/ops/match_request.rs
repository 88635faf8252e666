//! `match_request`: finds the route of a request and reads the values of its parameters.
//!
//! | answer | meaning |
//! | --- | --- |
//! | `(index, path_params, value, ...)` | the route, the dict of its path parameters, one value per parameter |
//! | `(-1,)` | no route: 404 |
//! | `(-2, index)` | the first route of this path has other methods: 405 |
//! | `(-3, reason)` | declined: the exact way handles the request |
//! | `(-4, index, path_params, errors, body)` | the route, one error record per invalid value, and the response's body |
//!
//! The body is the JSON of `{"detail": errors}`, or None when Python must encode it.

use super::load_plan::LoadedPlan;
use crate::contract::{
    DECLINED_INPUT, DECLINED_OPAQUE, DECLINED_PLAN, DECLINED_SIZE, OUTCOME_DECLINED, OUTCOME_METHOD_NOT_ALLOWED,
    OUTCOME_NOT_FOUND,
};
use crate::frame::reader::Reader;
use crate::frame::writer::Writer;
use crate::json::encode::{encode, Buffers as JsonBuffers, PrivateKeys};
use crate::params::extract::{End, Request};
use crate::router::matching::Outcome;

/// Bytes of a request. The core declines a larger one.
const MAX_REQUEST: usize = 4 << 20;

/// The kind of an answer, for the counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answered {
    Matched,
    Invalid,
    NotFound,
    Declined,
}

/// Matches a request against a plan and reads its parameters.
///
/// It never fails: the answer reports every error of the request. Returns the kind of the answer, and how many bytes of
/// the input hold the frame.
pub(crate) fn match_request(
    plan: Option<&LoadedPlan>,
    input: &[u8],
    json: &mut JsonBuffers,
    answer: &mut Writer,
) -> (Answered, usize) {
    if input.len() > MAX_REQUEST {
        return (decline(DECLINED_SIZE, answer), input.len());
    }
    let Some((method, request)) = read(input) else {
        return (decline(DECLINED_INPUT, answer), input.len());
    };
    let answered = match_parts(plan, method, &request, json, answer);
    (answered, end(request.headers).unwrap_or(input.len()))
}

/// Writes the same answer for the parts of a request.
pub(crate) fn match_parts(
    plan: Option<&LoadedPlan>,
    method: &str,
    request: &Request<'_>,
    json: &mut JsonBuffers,
    answer: &mut Writer,
) -> Answered {
    match plan {
        Some(plan) => find(plan, method, request, json, answer),
        None => decline(DECLINED_PLAN, answer),
    }
}

fn find(
    plan: &LoadedPlan,
    method: &str,
    request: &Request<'_>,
    json: &mut JsonBuffers,
    answer: &mut Writer,
) -> Answered {
    let index = match plan.router.find(request.path, plan.plan.method_bit(method)) {
        Outcome::Found(index) => index,
        Outcome::NotFound => {
            answer.tuple(1);
            answer.int(i64::from(OUTCOME_NOT_FOUND));
            return Answered::NotFound;
        }
        Outcome::MethodNotAllowed(index) => {
            pair(OUTCOME_METHOD_NOT_ALLOWED, i64::from(index), answer);
            return Answered::NotFound;
        }
        Outcome::Declined(reason) => return decline(reason, answer),
    };
    let Some(Some(operation)) = plan.operations.get(index as usize) else {
        return decline(DECLINED_OPAQUE, answer);
    };
    match operation.answer(request, answer) {
        End::Valid => Answered::Matched,
        End::Invalid { errors } => {
            write_body(errors, json, answer);
            Answered::Invalid
        }
        End::Declined(reason) => decline(reason, answer),
    }
}

/// Appends the body of the response, with the errors that the answer has from the position `errors` on.
fn write_body(errors: usize, json: &mut JsonBuffers, answer: &mut Writer) {
    let document = answer.as_bytes()[errors..].to_vec();
    let start = answer.begin_bytes();
    let out = answer.bytes_mut();
    out.extend_from_slice(b"{\"detail\":");
    let is_encoded = encode(&document, PrivateKeys::Dropped, json, out).is_some();
    out.push(b'}');
    json.forget();
    if !(is_encoded && answer.end_bytes(start)) {
        answer.truncate(start);
        answer.none();
    }
}

/// Reads `(method, path, query_string, headers)`. The headers stay unread until an operation needs one.
fn read(input: &[u8]) -> Option<(&str, Request<'_>)> {
    let mut reader = Reader::new(input);
    if reader.sequence()? != 4 {
        return None;
    }
    let method = reader.text()?;
    let path = reader.text()?;
    let query = reader.bytes()?;
    Some((method, Request { path, query, headers: reader }))
}

/// Returns the position where the frame ends, after the headers. None: the headers are not a list of pairs of bytes.
fn end(mut headers: Reader<'_>) -> Option<usize> {
    for _ in 0..headers.sequence()? {
        headers.pair()?;
    }
    Some(headers.position())
}

fn decline(reason: i32, answer: &mut Writer) -> Answered {
    answer.clear();
    pair(OUTCOME_DECLINED, i64::from(reason), answer);
    Answered::Declined
}

fn pair(outcome: i32, detail: i64, answer: &mut Writer) {
    answer.tuple(2);
    answer.int(i64::from(outcome));
    answer.int(detail);
}
