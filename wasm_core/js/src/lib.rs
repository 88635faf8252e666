//! The package for JavaScript: matches requests in front of an application, from the plan that `fastapi-rs export-plan`
//! prints, and refuses those that the application certainly refuses.
//!
//! | module | purpose |
//! | --- | --- |
//! | `exported` | the exported plan: routes, names of parameters, recorded refusals |
//! | `request` | a request of JavaScript as a frame of the core; None where servers may read it in different ways |
//! | `answer` | the answer of the core, with the refusals of the plan |
//! | `value` | items of a frame as values of JavaScript |
//!
//! The rules of routing, conversion and JSON are in the core, and the answers to 404 and 405 are in the plan. This crate
//! has only the rules about certainty: in doubt it answers null, and the application decides.

mod answer;
mod exported;
mod request;
mod value;

use fastapi_core::ops::Core;
use js_sys::{Array, Object, Uint8Array};
use wasm_bindgen::prelude::*;

use answer::Answer;
use exported::Plan;
use value::set;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** A request as the gateway forwards it to the application. */
export interface EdgeRequest {
  method: string;
  /** The request target: path and query as they are on the wire, such as `request.url` of Node.js. */
  target: string;
  /** Pairs of name and value, or `request.rawHeaders` of Node.js: names and values in turn. */
  headers: Iterable<readonly [string, string]> | readonly string[];
}
/** A value that the core has converted; undefined where only the application knows the default. */
export type Param = undefined | null | boolean | number | bigint | string | Param[] | { [key: string]: Param };
/** The route that the application selects, and the parameters that the core reads, by the names of the request. */
export interface Matched {
  route: string;
  params: Record<"path" | "query" | "header" | "cookie", Record<string, Param>>;
  status?: undefined;
}
/** The answer of the application, byte for byte. */
export interface Refused {
  status: 404 | 405 | 422;
  headers: [string, string][];
  body: Uint8Array;
}
"#;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(typescript_type = "EdgeRequest")]
    pub type EdgeRequest;
    #[wasm_bindgen(typescript_type = "Matched | Refused | null")]
    pub type EdgeAnswer;
}

/// The routes of one application.
#[wasm_bindgen]
pub struct Gateway {
    core: Core,
    plan: Plan,
}

#[wasm_bindgen]
impl Gateway {
    /// Loads the document that `fastapi-rs export-plan` prints, as text or as a parsed object. Throws an Error if it is
    /// no plan, or the plan of another release.
    #[wasm_bindgen(constructor)]
    pub fn new(#[wasm_bindgen(unchecked_param_type = "string | object")] plan: &JsValue) -> Result<Gateway, JsError> {
        let mut core = Core::new();
        let plan = Plan::load(plan, &mut core)?;
        Ok(Gateway { core, plan })
    }

    /// Returns the route and the parameters of a request, or the refusal of the application, or null: only the
    /// application knows the answer. Throws a TypeError if a part of the request is missing.
    #[wasm_bindgen(js_name = "match")]
    pub fn match_request(&mut self, request: &EdgeRequest) -> Result<EdgeAnswer, JsValue> {
        let frame = request::frame_of(request, &self.plan.root_path)?;
        let answer = frame.and_then(|frame| answer::ask(&mut self.core, &self.plan, &frame));
        Ok(answer.map_or(JsValue::NULL, to_js).unchecked_into())
    }
}

fn to_js(answer: Answer<'_>) -> JsValue {
    let object = Object::new();
    match answer {
        Answer::Matched { route, params } => {
            set(&object, &"route".into(), route);
            set(&object, &"params".into(), &params);
        }
        Answer::Refused { refusal, body } => {
            set(&object, &"status".into(), &refusal.status.into());
            set(&object, &"headers".into(), &headers_of(&refusal.headers, body.len()));
            set(&object, &"body".into(), &Uint8Array::from(&body[..]));
        }
    }
    object.into()
}

/// Returns the recorded headers, with the length of this body.
fn headers_of(headers: &[(String, String)], length: usize) -> Array {
    let pair = |(name, value): &(String, String)| {
        let value = if name == "content-length" { JsValue::from(length.to_string()) } else { value.into() };
        Array::of2(&name.into(), &value)
    };
    headers.iter().map(pair).collect()
}
