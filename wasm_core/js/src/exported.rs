//! The document of `fastapi-rs export-plan`, which `fastapi/_plan_export.py` writes.

use fastapi_core::contract::{CONTRACT_HASH, KINDS};
use fastapi_core::frame::reader::Reader;
use fastapi_core::ops::Core;
use js_sys::{Array, JSON};
use wasm_bindgen::prelude::*;

use crate::value::get;

const FORMAT: f64 = 1.0;
const NO_PLAN: &str = "this is no plan; run: fastapi-rs export-plan main:app > plan.json";

pub struct Plan {
    /// The number of the plan in the core.
    pub id: i32,
    pub root_path: String,
    pub not_found: Option<Refusal>,
    pub routes: Vec<Route>,
}

// PERF: the names are values of JavaScript, so an answer copies none of them.
pub struct Route {
    pub title: JsValue,
    /// One for each value in an answer of the core, None for a value that is no declared parameter. None instead of all:
    /// only the application reads the parameters.
    pub params: Option<Vec<Option<Param>>>,
    pub method_not_allowed: Option<Refusal>,
    pub invalid: Option<Refusal>,
}

pub struct Param {
    /// The index of the kind in the contract.
    pub kind: usize,
    pub name: JsValue,
}

/// An answer that the application gives to every request of a kind.
pub struct Refusal {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    /// None: the body depends on the request.
    pub body: Option<String>,
}

impl Plan {
    /// Reads a document, as text or as a parsed object, and loads its plan into the core.
    pub fn load(document: &JsValue, core: &mut Core) -> Result<Plan, JsError> {
        let document = match document.as_string() {
            Some(text) => JSON::parse(&text).map_err(|_| JsError::new(NO_PLAN))?,
            None => document.clone(),
        };
        check_release(&document)?;
        let routes = get(&document, "routes");
        Ok(Plan {
            id: load_frame(&document, core).ok_or_else(|| JsError::new(NO_PLAN))?,
            root_path: text(&document, "root_path"),
            not_found: Refusal::read(&get(&document, "not_found")),
            routes: items(&routes).iter().map(Route::read).collect(),
        })
    }
}

impl Route {
    fn read(route: &JsValue) -> Route {
        Route {
            title: get(route, "route"),
            params: array(&get(route, "params")).map(|params| params.iter().map(|each| Param::read(&each)).collect()),
            method_not_allowed: Refusal::read(&get(route, "method_not_allowed")),
            invalid: Refusal::read(&get(route, "invalid")),
        }
    }
}

impl Param {
    fn read(param: &JsValue) -> Option<Param> {
        let place = get(param, "in").as_string()?;
        Some(Param { kind: KINDS.iter().position(|kind| *kind == place)?, name: get(param, "name") })
    }
}

impl Refusal {
    fn read(refusal: &JsValue) -> Option<Refusal> {
        Some(Refusal {
            status: get(refusal, "status").as_f64()? as u16,
            headers: items(&get(refusal, "headers")).iter().map(pair_of).collect::<Option<_>>()?,
            body: get(refusal, "body").as_string(),
        })
    }
}

fn check_release(document: &JsValue) -> Result<(), JsError> {
    if get(document, "format").as_f64() != Some(FORMAT) {
        return Err(JsError::new(NO_PLAN));
    }
    let (theirs, ours) = (text(document, "release"), env!("CARGO_PKG_VERSION"));
    if theirs == ours && text(document, "contract") == CONTRACT_HASH {
        return Ok(());
    }
    let message =
        format!("the plan is of release {theirs} of fastapi-rs, this package of {ours}: use the same release");
    Err(JsError::new(&message))
}

/// Returns the number of the plan in the core. None: this is no plan.
fn load_frame(document: &JsValue, core: &mut Core) -> Option<i32> {
    let frame = from_base64(&get(document, "plan").as_string()?)?;
    core.load_plan(&frame);
    Reader::new(core.answer()).int().and_then(|id| i32::try_from(id).ok())
}

/// Decodes RFC 4648 base64 with padding.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    let mut decoded = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0);
    for byte in text.trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            decoded.push((bits >> count) as u8);
        }
    }
    Some(decoded)
}

fn text(object: &JsValue, name: &str) -> String {
    get(object, name).as_string().unwrap_or_default()
}

fn items(value: &JsValue) -> Vec<JsValue> {
    array(value).map_or_else(Vec::new, |array| array.to_vec())
}

fn array(value: &JsValue) -> Option<Array> {
    Array::is_array(value).then(|| Array::from(value))
}

fn pair_of(header: &JsValue) -> Option<(String, String)> {
    let parts = array(header)?;
    Some((parts.get(0).as_string()?, parts.get(1).as_string()?))
}
