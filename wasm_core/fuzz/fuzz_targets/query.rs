//! Reads a query string: every name has the values that `parse_qsl` returns.
#![no_main]

use fastapi_core::contract::*;
use fastapi_core_fuzz::frames::{str, Value};
use fastapi_core_fuzz::{extract, latin1, param};
use libfuzzer_sys::fuzz_target;

const MAX_NAMES: usize = 20;

fuzz_target!(|data: &[u8]| {
    let pairs = parse_qsl(data);
    let mut names: Vec<&String> = pairs.iter().map(|(name, _)| name).collect();
    names.sort();
    names.dedup();
    names.truncate(MAX_NAMES);
    let mut params = Vec::new();
    let mut expected = Vec::new();
    for name in names {
        let values: Vec<Value> = pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| str(value)).collect();
        params.push(param(KIND_QUERY, name, SCALAR_RAW, 0));
        expected.push(values.last().unwrap().clone());
        params.push(param(KIND_QUERY, name, SCALAR_RAW, FLAG_LIST));
        expected.push(Value::List(values));
    }
    match extract(0, params, data, Vec::new()) {
        Ok(values) => assert_eq!(values, expected),
        Err(answer) => assert_eq!(answer[1], Value::Int(DECLINED_SIZE.into()), "{answer:?}"),
    }
});

fn parse_qsl(query: &[u8]) -> Vec<(String, String)> {
    let text = latin1(query);
    let pieces = text.split('&').filter(|piece| !piece.is_empty());
    pieces
        .map(|piece| piece.split_once('=').unwrap_or((piece, "")))
        .map(|(name, value)| (unquote(name), unquote(value)))
        .collect()
}

/// Returns Python's `unquote(text.replace("+", " "))`. It decodes the bytes of a run of ASCII together.
fn unquote(text: &str) -> String {
    let text = text.replace('+', " ");
    if !text.contains('%') {
        return text;
    }
    let mut result = String::new();
    let mut run = Vec::new();
    let mut rest = text.as_str();
    while let Some(character) = rest.chars().next() {
        let digits =
            rest.get(1..3).filter(|digits| character == '%' && digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match digits {
            Some(digits) => run.push(u8::from_str_radix(digits, 16).unwrap()),
            None if character.is_ascii() => run.push(character as u8),
            None => {
                result += &String::from_utf8_lossy(&std::mem::take(&mut run));
                result.push(character);
            }
        }
        rest = &rest[if digits.is_some() { 3 } else { character.len_utf8() }..];
    }
    result + &String::from_utf8_lossy(&run)
}
