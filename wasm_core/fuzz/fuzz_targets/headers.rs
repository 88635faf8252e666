//! Reads lines `name: value`: the first value and all values of a header, the two parts of Authorization, the last value of
//! a cookie.
#![no_main]

use fastapi_core::contract::*;
use fastapi_core_fuzz::frames::{str, tuple, Value};
use fastapi_core_fuzz::{extract, latin1, lines, param, stripped, Headers};
use libfuzzer_sys::fuzz_target;

const NAMES: [&str; 3] = ["x-a", "x-b", ""];
const COOKIES: usize = 12;

fuzz_target!(|data: &[u8]| {
    let headers: Headers = lines(data).map(cut).collect();
    let every_header = data.len() % 2 == 0;
    let jar = cookies(&headers, every_header);
    let mut params = Vec::new();
    let mut expected = Vec::new();
    for name in NAMES {
        let all = values(&headers, name);
        params.push(param(KIND_HEADER, name, SCALAR_RAW, 0));
        expected.push(all.first().map_or(Value::Ellipsis, |value| str(value)));
        params.push(param(KIND_HEADER, name, SCALAR_RAW, FLAG_LIST));
        expected.push(if all.is_empty() {
            Value::Ellipsis
        } else {
            Value::List(all.iter().map(|value| str(value)).collect())
        });
    }
    params.push(param(KIND_HEADER, "authorization", SCALAR_AUTHORIZATION, 0));
    expected.push(authorization(values(&headers, "authorization").first()));
    for (name, value) in jar.iter().take(COOKIES) {
        params.push(param(KIND_COOKIE, name, SCALAR_RAW, 0));
        expected.push(str(value));
    }
    let flags = if every_header { PLAN_FLAG_COOKIES_FROM_EVERY_HEADER } else { 0 };
    match extract(flags, params, b"", headers) {
        Ok(values) => assert_eq!(values, expected),
        Err(answer) => assert_eq!(answer[1], Value::Int(DECLINED_SIZE.into()), "{answer:?}"),
    }
});

fn cut(line: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let name: Vec<u8> = line.iter().copied().take_while(|&byte| byte != b':').collect();
    let value = line.get(name.len() + 1..).unwrap_or_default();
    (name, value.strip_prefix(b" ").unwrap_or(value).into())
}

fn values(headers: &Headers, name: &str) -> Vec<String> {
    headers.iter().filter(|(key, _)| latin1(key) == name).map(|(_, value)| latin1(value)).collect()
}

/// Splits as Python's `scheme, _, rest = value.partition(" ")` and `rest.strip()`; None when the header is empty or absent.
fn authorization(value: Option<&String>) -> Value {
    match value.filter(|value| !value.is_empty()) {
        Some(value) => {
            let (scheme, rest) = value.split_once(' ').unwrap_or((value, ""));
            tuple([str(scheme), str(stripped(rest))])
        }
        None => Value::None,
    }
}

/// Reads cookies as Starlette's `cookie_parser` does: a later cookie of a name replaces an earlier one.
fn cookies(headers: &Headers, every_header: bool) -> Vec<(String, String)> {
    let mut jar: Vec<(String, String)> = Vec::new();
    for header in values(headers, "cookie").iter().take(if every_header { usize::MAX } else { 1 }) {
        for piece in header.split(';') {
            let (name, value) = piece.split_once('=').unwrap_or(("", piece));
            let (name, value) = (stripped(name), stripped(value));
            if !name.is_empty() || !value.is_empty() {
                jar.retain(|(known, _)| known != name);
                jar.push((name.into(), unquoted(value)));
            }
        }
    }
    jar
}

/// Unquotes as `http.cookies._unquote` does: `\ooo` and `\c` between quotation marks.
fn unquoted(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else { return text.into() };
    let mut result = String::new();
    let mut pieces = inner.split('\\');
    result += pieces.next().unwrap_or_default();
    let mut escaped = false;
    for piece in pieces {
        if escaped {
            // The piece after an escaped backslash.
            result += piece;
            escaped = false;
            continue;
        }
        let octal =
            piece.get(..3).filter(|digits| digits.bytes().all(|byte| matches!(byte, b'0'..=b'7')) && digits < &"400");
        match (octal, piece.chars().next()) {
            (Some(digits), _) => {
                result.push(char::from(u8::from_str_radix(digits, 8).unwrap()));
                result += &piece[3..];
            }
            (None, Some('\n')) => result += &format!("\\{piece}"),
            (None, Some(_)) => result += piece,
            // Two adjacent backslashes, or one at the end.
            (None, None) => {
                result.push('\\');
                escaped = true;
            }
        }
    }
    result
}
