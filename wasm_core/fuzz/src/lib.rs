//! What the targets share: frames, plans, and how the core and the vault are asked.
//!
//! Every target looks for panics (also of arithmetic: overflow checks are on), and compares: with an obvious twin, or with the
//! same question put in another way. The core must never know more than its input, so many questions are put
//! twice.

pub mod forms;
#[path = "../../tests/frames/mod.rs"]
pub mod frames;

use fastapi_core::contract::*;
use fastapi_core::ops::vault::Vault;
use fastapi_core::ops::Core;

use crate::frames::{str, tuple, Value};

pub type Headers = Vec<(Vec<u8>, Vec<u8>)>;

/// A row of params: not required, no default.
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

/// Loads a plan that is one.
pub fn load(core: &mut Core, flags: i32, routes: Vec<Value>) -> i32 {
    core.load_plan(&plan(flags, routes));
    match Value::load(core.answer()) {
        Value::Int(id) => id as i32,
        refusal => panic!("{refusal:?}"),
    }
}

/// The answer to a request. What follows the frame in the buffer changes nothing, and all of the frame will be cleared.
pub fn ask(core: &mut Core, plan: i32, frame: &[u8]) -> Vec<Value> {
    let mut buffer = frame.to_vec();
    buffer.extend([0xff; 8]);
    assert_eq!(core.match_request(plan, &buffer), frame.len());
    match Value::load(core.answer()) {
        Value::Tuple(answer) => answer,
        answer => panic!("{answer:?}"),
    }
}

/// The values that one operation reads from a request, or the whole answer when it is another one.
pub fn extract(flags: i32, params: Vec<Value>, query: &[u8], headers: Headers) -> Result<Vec<Value>, Vec<Value>> {
    let mut core = Core::new();
    let plan = load(&mut core, flags, vec![route(ROUTE_OPERATION, "/", &[], params)]);
    let mut answer = ask(&mut core, plan, &request("GET", "/", query, headers));
    match answer[0] {
        Value::Int(0) => Ok(answer.split_off(2)),
        _ => Err(answer),
    }
}

/// What an operation of the vault answers; the frame ends where the operation says.
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

/// `str.strip()` on latin-1 text.
pub fn stripped(text: &str) -> &str {
    text.trim_matches(|character: char| character.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&character))
}

/// Parts of an input that a byte begins: `,` 2 0 ... is no text, so lines are.
pub fn lines(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    data.split(|&byte| byte == b'\n')
}
