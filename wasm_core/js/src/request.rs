//! A request of JavaScript as a frame of the core.
//!
//! Servers agree on the path, the query and the headers of most requests. Where they may not, there is no frame, and the
//! application decides:
//!
//! - a target that does not start with one slash, that has a fragment, or bytes other than printable ASCII;
//! - a path with an escape that is malformed or not UTF-8, with a control character, or with a segment `.` or `..`;
//! - a method that parsers may refuse;
//! - a header whose name has an underscore (some servers drop it), or whose value has a control character, a character
//!   beyond latin-1, or whitespace at an end;
//! - a request for another protocol, such as WebSocket.

use fastapi_core::frame::writer::Writer;
use js_sys::{decode_uri_component, Array, TypeError};
use wasm_bindgen::prelude::*;

use crate::value::get;

/// The methods that every server passes on.
const METHODS: [&str; 8] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"];

/// Returns the frame of `match_request`. None: servers may read the request in different ways.
pub fn frame_of(request: &JsValue, root_path: &str) -> Result<Option<Vec<u8>>, JsValue> {
    let (method, target) = (text(request, "method")?, text(request, "target")?);
    let headers = headers_of(&get(request, "headers"))?;
    Ok(write(&method, &target, &headers, root_path))
}

/// Writes `(method, path, query_string, headers)`.
fn write(method: &str, target: &str, headers: &[(String, String)], root_path: &str) -> Option<Vec<u8>> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if !METHODS.contains(&method) || !is_plain(target) {
        return None;
    }
    let path = decoded(path)?;
    let mut frame = Writer::new();
    frame.tuple(4);
    frame.str(method);
    frame.str(route_path(&path, root_path));
    frame.bytes(query.as_bytes());
    frame.list(headers.len());
    headers.iter().try_for_each(|(name, value)| write_header(name, value, &mut frame))?;
    Some(frame.as_bytes().into())
}

fn is_plain(target: &str) -> bool {
    let is_printable = |byte: u8| byte.is_ascii_graphic() && byte != b'#';
    target.starts_with('/') && !target.starts_with("//") && target.bytes().all(is_printable)
}

/// Returns the path of an ASGI scope. None: servers may read it in different ways.
fn decoded(path: &str) -> Option<String> {
    let path = match path.contains('%') {
        true => decode_uri_component(path).ok()?.into(),
        false => String::from(path),
    };
    let has_dots = || path.split('/').any(|segment| matches!(segment, "." | ".."));
    (!path.contains(|each: char| each.is_control()) && !has_dots()).then_some(path)
}

/// Returns the path below the root path of the application, as `get_route_path` of Starlette.
fn route_path<'a>(path: &'a str, root_path: &str) -> &'a str {
    match path.strip_prefix(root_path) {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => rest,
        _ => path,
    }
}

/// Writes a header. None: it asks for another protocol, or its bytes are not certain.
fn write_header(name: &str, value: &str, frame: &mut Writer) -> Option<()> {
    let name = name.to_ascii_lowercase();
    if name == "upgrade" || !name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'_') {
        return None;
    }
    let value: Vec<u8> = value.chars().map(|each| u8::try_from(each).ok()).collect::<Option<_>>()?;
    if value.iter().any(u8::is_ascii_control) || value.trim_ascii().len() != value.len() {
        return None;
    }
    frame.tuple(2);
    frame.bytes(name.as_bytes());
    frame.bytes(&value);
    Some(())
}

fn text(request: &JsValue, name: &str) -> Result<String, JsValue> {
    get(request, name).as_string().ok_or_else(|| wrong(&format!("{name} of a request is a string")))
}

/// Returns the headers from pairs of name and value, or from names and values in turn.
fn headers_of(headers: &JsValue) -> Result<Vec<(String, String)>, JsValue> {
    if !headers.is_object() {
        return Err(wrong("headers of a request are pairs, or names and values in turn"));
    }
    let all = Array::from(headers);
    if all.get(0).is_string() {
        return all.to_vec().chunks(2).map(|pair| header(&pair[0], pair.get(1))).collect();
    }
    all.iter().map(|pair| Array::from(&pair)).map(|pair| header(&pair.get(0), Some(&pair.get(1)))).collect()
}

fn header(name: &JsValue, value: Option<&JsValue>) -> Result<(String, String), JsValue> {
    let value = value.and_then(JsValue::as_string);
    name.as_string().zip(value).ok_or_else(|| wrong("a header of a request is a name and a value, both strings"))
}

fn wrong(message: &str) -> JsValue {
    TypeError::new(message).into()
}
