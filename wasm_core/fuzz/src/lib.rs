//! Functions that the targets share: they build frames and plans, and call the core and the vault.
//!
//! Every target fails on a panic; overflow checks are on, so arithmetic overflow is one. Every target also compares the
//! answer: with the result of a slow, obvious twin, or with the answer to the same question in another form. An answer must
//! not depend on earlier calls, so many targets ask twice.

pub mod forms;
#[path = "../../tests/frames/mod.rs"]
pub mod frames;

use fastapi_core::contract::*;
use fastapi_core::ops::vault::Vault;
use fastapi_core::ops::Core;

use crate::frames::{str, tuple, Value};

pub type Headers = Vec<(Vec<u8>, Vec<u8>)>;

/// Returns a param of a plan that is optional and has no default.
pub fn param(kind: i32, name: &str, scalar: i32, flags: i32) -> Value {
    let [kind, scalar, flags] = [kind, scalar, flags].map(|id| Value::Int(id.into()));
    tuple([kind, str(name), str(name), scalar, flags, Value::None, Value::Tuple(Vec::new())])
}

pub fn route(kind: i32, template: &str, methods: &[&str], params: Vec<Value>) -> Value {
    let methods = methods.iter().map(|method| str(method)).collect();
    tuple([Value::Int(kind.into()), str(template), Value::Tuple(methods), Value::Tuple(params)])
}

pub fn plan(flags: i32, routes: Vec<Value>) -> Vec<u8> {
    tuple([Value::Int(PLAN_VERSION.into()), Value::Int(flags.into()), Value::Tuple(routes)]).dump()
}

pub fn request(method: &str, path: &str, query: &[u8], headers: Headers) -> Vec<u8> {
    let headers = headers.into_iter().map(|(name, value)| tuple([Value::Bytes(name), Value::Bytes(value)]));
    tuple([str(method), str(path), Value::Bytes(query.into()), Value::List(headers.collect())]).dump()
}

/// Loads a plan that the core must accept.
pub fn load(core: &mut Core, flags: i32, routes: Vec<Value>) -> i32 {
    core.load_plan(&plan(flags, routes));
    match Value::load(core.answer()) {
        Value::Int(id) => id as i32,
        refusal => panic!("{refusal:?}"),
    }
}

/// Returns the answer to a request. Bytes after the frame must not matter, and the core must use the whole frame.
pub fn ask(core: &mut Core, plan: i32, frame: &[u8]) -> Vec<Value> {
    let mut buffer = frame.to_vec();
    buffer.extend([0xff; 8]);
    assert_eq!(core.match_request(plan, &buffer), frame.len());
    match Value::load(core.answer()) {
        Value::Tuple(answer) => answer,
        answer => panic!("{answer:?}"),
    }
}

/// Returns the values that one operation reads from a request, or as Err any other answer.
pub fn extract(flags: i32, params: Vec<Value>, query: &[u8], headers: Headers) -> Result<Vec<Value>, Vec<Value>> {
    let mut core = Core::new();
    let plan = load(&mut core, flags, vec![route(ROUTE_OPERATION, "/", &[], params)]);
    let mut answer = ask(&mut core, plan, &request("GET", "/", query, headers));
    match answer[0] {
        Value::Int(0) => Ok(answer.split_off(2)),
        _ => Err(answer),
    }
}

/// Returns the answer of an operation of the vault. Unless it refuses the frame, it must use the whole frame.
pub fn ask_vault(run: fn(&mut Vault, &[u8]) -> usize, frame: &[u8]) -> Value {
    let mut vault = Vault::new();
    let mut buffer = frame.to_vec();
    buffer.extend([0xff; 8]);
    let used = run(&mut vault, &buffer);
    let answer = Value::load(vault.answer());
    assert!(used == frame.len() || answer == Value::Int(REFUSED_FRAME.into()), "{used} of {}", frame.len());
    let mut output = vec![0; OUTPUT_BUFFER_SIZE];
    vault.publish(&mut output);
    assert_eq!(Value::load(&output), answer);
    answer
}

pub fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

/// Returns Python's `text.strip()` for latin-1 text.
pub fn stripped(text: &str) -> &str {
    text.trim_matches(|character: char| character.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&character))
}

/// Splits an input into lines. A fuzzer mutates lines more easily than parts with a length in front.
pub fn lines(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    data.split(|&byte| byte == b'\n')
}
