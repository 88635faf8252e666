//! The package in a JavaScript engine: `wasm-pack test --node`.

use fastapi_core::contract::{
    CONTRACT_HASH, FLAG_REQUIRED, KIND_PATH, KIND_QUERY, PLAN_FLAG_REDIRECT_SLASHES, PLAN_VERSION, ROUTE_OPERATION,
    SCALAR_INT, SCALAR_STR,
};
use fastapi_core::frame::writer::Writer;
use fastapi_rs_edge::{EdgeRequest, Gateway};
use js_sys::{Array, Object, Reflect, Uint8Array, JSON};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;

/// The plan of `GET /items/{item_id}` with the query parameter `q`, of `POST /orders`, whose errors are not certain, and of
/// `GET /guided`, whose parameters only the application reads.
fn plan() -> String {
    let mut frame = Writer::new();
    frame.tuple(3);
    frame.int(PLAN_VERSION.into());
    frame.int(PLAN_FLAG_REDIRECT_SLASHES.into());
    frame.tuple(3);
    route(&mut frame, "/items/{item_id}", "GET", &[(KIND_PATH, "item_id", SCALAR_INT), (KIND_QUERY, "q", SCALAR_STR)]);
    route(&mut frame, "/orders", "POST", &[(KIND_QUERY, "n", SCALAR_INT)]);
    route(&mut frame, "/guided", "GET", &[]);
    let plan = base64(frame.as_bytes());
    let release = env!("CARGO_PKG_VERSION");
    format!(
        r#"{{
  "format": 1, "release": "{release}", "contract": "{CONTRACT_HASH}", "root_path": "/api", "plan": "{plan}",
  "not_found": {{"status": 404, "headers": [["content-length", "4"], ["x", "y"]], "body": "gone"}},
  "routes": [
    {{
      "route": "GET /items/{{item_id}}",
      "params": [{{"in": "path", "name": "item_id"}}, {{"in": "query", "name": "q"}}],
      "method_not_allowed": {{"status": 405, "headers": [["allow", "GET"]], "body": "no"}},
      "invalid": {{"status": 422, "headers": [["content-length", "13"]]}}
    }},
    {{"route": "POST /orders", "params": [null], "method_not_allowed": null, "invalid": null}},
    {{"route": "GET /guided", "params": null, "method_not_allowed": null, "invalid": null}}
  ]
}}"#
    )
}

fn route(frame: &mut Writer, template: &str, method: &str, params: &[(i32, &str, i32)]) {
    frame.tuple(4);
    frame.int(ROUTE_OPERATION.into());
    frame.str(template);
    frame.tuple(1);
    frame.str(method);
    frame.tuple(params.len());
    for (kind, name, scalar) in params {
        frame.tuple(7);
        frame.int((*kind).into());
        frame.str(name);
        frame.str(name);
        frame.int((*scalar).into());
        frame.int(FLAG_REQUIRED.into());
        frame.none();
        frame.tuple(0);
    }
}

fn base64(bytes: &[u8]) -> String {
    let text: String = bytes.iter().map(|&byte| char::from(byte)).collect();
    btoa(&text)
}

#[wasm_bindgen]
extern "C" {
    fn btoa(text: &str) -> String;
}

/// Returns an answer as JSON, with the body as a list of numbers.
fn ask(method: &str, target: &str, headers: &str) -> String {
    let mut gateway = Gateway::new(&plan().into()).expect("a plan");
    let request = Object::new();
    let set = |name: &str, value: &JsValue| Reflect::set(&request, &name.into(), value).unwrap();
    set("method", &method.into());
    set("target", &target.into());
    set("headers", &JSON::parse(headers).unwrap());
    let answer: JsValue = match gateway.match_request(request.unchecked_ref::<EdgeRequest>()) {
        Ok(answer) => answer.into(),
        Err(error) => return js_sys::Error::from(error).to_string().into(),
    };
    if let Ok(body) = Reflect::get(&answer, &"body".into()) {
        if body.is_instance_of::<Uint8Array>() {
            let text = String::from_utf8(Uint8Array::from(body).to_vec()).unwrap();
            Reflect::set(&answer, &"body".into(), &text.into()).unwrap();
        }
    }
    JSON::stringify(&answer).unwrap().into()
}

fn get(target: &str) -> String {
    ask("GET", target, "[]")
}

const MATCHED: &str =
    r#"{"route":"GET /items/{item_id}","params":{"path":{"item_id":7},"query":{"q":"a b"},"header":{},"cookie":{}}}"#;

#[wasm_bindgen_test]
fn a_match_has_the_route_and_the_converted_parameters() {
    assert_eq!(get("/items/7?q=a+b"), MATCHED);
    assert_eq!(get("/api/items/7?q=a%20b"), MATCHED);
    assert_eq!(get("/items/%37?q=a+b"), MATCHED);
    assert_eq!(ask("GET", "/items/7?q=a+b", r#"["Host", "a", "X", "b"]"#), MATCHED);
    assert_eq!(ask("GET", "/items/7?q=a+b", r#"[["Host", "a"]]"#), MATCHED);
    let nothing = r#""query":{},"header":{},"cookie":{}"#;
    assert_eq!(
        ask("POST", "/orders?n=1", "[]"),
        format!(r#"{{"route":"POST /orders","params":{{"path":{{}},{nothing}}}}}"#)
    );
}

#[wasm_bindgen_test]
fn a_refusal_is_the_recorded_one() {
    assert_eq!(get("/other"), r#"{"status":404,"headers":[["content-length","4"],["x","y"]],"body":"gone"}"#);
    assert_eq!(ask("PUT", "/items/7", "[]"), r#"{"status":405,"headers":[["allow","GET"]],"body":"no"}"#);
}

#[wasm_bindgen_test]
fn invalid_parameters_are_refused_with_their_errors() {
    let error = concat!(
        r#"{\"detail\":[{\"type\":\"int_parsing\",\"loc\":[\"path\",\"item_id\"],"#,
        r#"\"msg\":\"Input should be a valid integer, unable to parse string as an integer\",\"input\":\"x\"}]}"#
    );
    let length = error.replace('\\', "").len();
    let answer = format!(r#"{{"status":422,"headers":[["content-length","{length}"]],"body":"{error}"}}"#);
    assert_eq!(get("/items/x?q=a"), answer);
}

#[wasm_bindgen_test]
fn only_the_application_answers_in_doubt() {
    for target in [
        "//other",
        "*",
        "http://a/other",
        "/other#a",
        "/oth er",
        "/%zz",
        "/%ff",
        "/caf\u{e9}",
        "",
        "/a\n",
        "/%0A",
        "/%00",
        "/a/../b",
        "/%2e/b",
    ] {
        assert_eq!(get(target), "null", "{target:?}");
    }
    // Errors and the header Allow of an order are not certain; a redirect answers the path with a slash.
    for (method, target) in [
        ("POST", "/orders?n=x"),
        ("GET", "/orders"),
        ("GET", "/guided"),
        ("POST", "/orders/"),
        ("get", "/other"),
        ("CONNECT", "/other"),
    ] {
        assert_eq!(ask(method, target, "[]"), "null", "{method} {target}");
    }
    for headers in [
        r#"["Upgrade", "websocket"]"#,
        r#"["a_b", "c"]"#,
        r#"["a", "\u0416"]"#,
        r#"["a", " b"]"#,
        r#"["a", "b\r\nc: d"]"#,
    ] {
        assert_eq!(ask("GET", "/other", headers), "null", "{headers}");
    }
}

#[wasm_bindgen_test]
fn a_request_with_a_part_missing_is_a_type_error() {
    let mut gateway = Gateway::new(&plan().into()).expect("a plan");
    for (request, message) in [
        ("{}", "method of a request is a string"),
        (r#"{"method": "GET"}"#, "target of a request is a string"),
        (r#"{"method": "GET", "target": "/"}"#, "headers of a request are pairs, or names and values in turn"),
        (
            r#"{"method": "GET", "target": "/", "headers": ["a"]}"#,
            "a header of a request is a name and a value, both strings",
        ),
    ] {
        let error = gateway.match_request(JSON::parse(request).unwrap().unchecked_ref()).err().expect("an error");
        assert!(error.is_instance_of::<js_sys::TypeError>());
        assert_eq!(String::from(js_sys::TypeError::from(error).message()), message);
    }
}

#[wasm_bindgen_test]
fn another_document_is_no_plan() {
    let refused = |document: JsValue| {
        String::from(js_sys::Error::from(JsValue::from(Gateway::new(&document).err().unwrap())).message())
    };
    let no_plan = "this is no plan; run: fastapi-rs export-plan main:app > plan.json";
    let cut = plan().replace(r#""plan": ""#, r#""plan": "AAAA"#);
    for document in ["", "{", "null", "[]", "{}", &cut] {
        assert_eq!(refused(document.into()), no_plan);
    }
    assert_eq!(refused(Array::new().into()), no_plan);
    let other = plan().replace(CONTRACT_HASH, "0");
    assert!(refused(JSON::parse(&other).unwrap()).starts_with("the plan is of release "));
}
