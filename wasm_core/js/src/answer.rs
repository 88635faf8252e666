//! The answer to one request: the answer of the core, with the refusals of the plan.

use core::array::from_fn;

use fastapi_core::contract::{KINDS, OUTCOME_INVALID, OUTCOME_METHOD_NOT_ALLOWED, OUTCOME_NOT_FOUND};
use fastapi_core::frame::reader::Reader;
use fastapi_core::ops::Core;
use js_sys::Object;
use wasm_bindgen::JsValue;

use crate::exported::{Param, Plan, Refusal, Route};
use crate::value::{new_object, read, set, skip};

/// The first kinds of the contract: path, query, header and cookie. The others are about bodies.
const PLACES: usize = 4;

pub enum Answer<'a> {
    Matched { route: &'a JsValue, params: Object },
    Refused { refusal: &'a Refusal, body: Vec<u8> },
}

/// Returns the answer to the frame of a request. None: only the application knows it.
pub fn ask<'a>(core: &mut Core, plan: &'a Plan, frame: &[u8]) -> Option<Answer<'a>> {
    core.match_request(plan.id, frame);
    let mut reader = Reader::new(core.answer());
    reader.sequence()?;
    let outcome = reader.int()?;
    if let Ok(index) = usize::try_from(outcome) {
        return matched(plan.routes.get(index)?, &mut reader);
    }
    match i32::try_from(outcome).ok()? {
        OUTCOME_NOT_FOUND => recorded(plan.not_found.as_ref()),
        OUTCOME_METHOD_NOT_ALLOWED => recorded(route_of(plan, &mut reader)?.method_not_allowed.as_ref()),
        OUTCOME_INVALID => invalid(route_of(plan, &mut reader)?, &mut reader),
        _ => None,
    }
}

fn matched<'a>(route: &'a Route, reader: &mut Reader<'_>) -> Option<Answer<'a>> {
    let read_params = route.params.as_ref()?;
    skip(reader)?;
    let places: [Object; PLACES] = from_fn(|_| new_object());
    for param in read_params {
        match param {
            Some(Param { kind, name }) => set(places.get(*kind)?, name, &read(reader)?),
            None => skip(reader)?,
        }
    }
    let params = Object::new();
    KINDS.iter().zip(&places).for_each(|(kind, place)| set(&params, &(*kind).into(), place));
    Some(Answer::Matched { route: &route.title, params })
}

/// Returns the refusal of a request with invalid parameters. None: the application writes the body, or knows more errors.
fn invalid<'a>(route: &'a Route, reader: &mut Reader<'_>) -> Option<Answer<'a>> {
    let refusal = route.invalid.as_ref()?;
    // The path parameters and the errors precede the body.
    skip(reader)?;
    skip(reader)?;
    Some(Answer::Refused { refusal, body: reader.bytes()?.to_vec() })
}

fn route_of<'a>(plan: &'a Plan, reader: &mut Reader<'_>) -> Option<&'a Route> {
    plan.routes.get(usize::try_from(reader.int()?).ok()?)
}

fn recorded(refusal: Option<&Refusal>) -> Option<Answer<'_>> {
    let refusal = refusal?;
    Some(Answer::Refused { refusal, body: refusal.body.as_ref()?.clone().into_bytes() })
}
