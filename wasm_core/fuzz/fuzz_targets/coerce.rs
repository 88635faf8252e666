//! A text as each scalar: what comes out is what a slow reading of the grammar gives, and nothing else is a value.
#![no_main]

use fastapi_core::contract::*;
use fastapi_core_fuzz::frames::{str, Value};
use fastapi_core_fuzz::{extract, param};
use libfuzzer_sys::fuzz_target;

const MOST: usize = 4200;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(&data[..data.len().min(MOST)]).into_owned();
    check(SCALAR_STR, &text, Some(str(&text)));
    check(SCALAR_RAW, &text, Some(str(&text)));
    check(SCALAR_BOOL, &text, boolean(&text));
    match integer(&text) {
        Some(None) => check_large(&text),
        small => check(SCALAR_INT, &text, small.flatten().map(Value::Int)),
    }
    check(SCALAR_FLOAT, &text, float(&text).map(Value::Float));
});

/// What the core answers to a text.
fn answer(scalar: i32, text: &str) -> Result<Vec<Value>, Vec<Value>> {
    let query: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let params = vec![param(KIND_QUERY, "x", scalar, FLAG_REQUIRED)];
    extract(0, params, format!("x={query}").as_bytes(), Vec::new())
}

/// An integer of more than 64 bits is no error, and no other integer; its digits are compared in `large.rs`.
fn check_large(text: &str) {
    match answer(SCALAR_INT, text) {
        Ok(values) => assert!(!matches!(values[..], [Value::Int(_)]), "{text:?} is {values:?}"),
        // The digits that Python takes are limited; no text here has more.
        Err(answer) => assert_ne!(answer[0], Value::Int(OUTCOME_INVALID.into()), "{text:?} is refused: {answer:?}"),
    }
}

/// The core gives this value; without one an error. It may decline, but not what is short and plain.
fn check(scalar: i32, text: &str, expected: Option<Value>) {
    match (answer(scalar, text), expected) {
        (Ok(values), Some(expected)) => assert_eq!(values, [expected], "{text:?}"),
        (Ok(values), None) => panic!("{text:?} is {values:?}"),
        (Err(answer), expected) if answer[0] == Value::Int(OUTCOME_INVALID.into()) => {
            assert!(expected.is_none(), "{text:?} is refused: {answer:?}");
        }
        (Err(answer), expected) => {
            let plain = text.len() < 19 && text.bytes().all(|byte| byte.is_ascii_digit());
            assert!(expected.is_none() || !plain, "{text:?} is left: {answer:?}");
        }
    }
}

fn boolean(text: &str) -> Option<Value> {
    match text.to_ascii_lowercase().as_str() {
        "1" | "on" | "t" | "true" | "y" | "yes" => Some(Value::Bool(true)),
        "0" | "off" | "f" | "false" | "n" | "no" => Some(Value::Bool(false)),
        _ => None,
    }
}

/// `[+-]?\d+(_\d+)*(\.0+)?` between white space; Some(None) where 64 bits are not enough.
fn integer(text: &str) -> Option<Option<i64>> {
    let text = text.trim();
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, decimals) = unsigned.split_once('.').unwrap_or((unsigned, "0"));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !whole.split('_').all(is_digits) || decimals.is_empty() || decimals.bytes().any(|byte| byte != b'0') {
        return None;
    }
    let digits: String = whole.chars().filter(|&character| character != '_').collect();
    let sign = if text.starts_with('-') { "-" } else { "" };
    // Leading zeros take no room.
    Some(format!("{sign}0{}", digits.trim_start_matches('0')).parse().ok())
}

/// As Rust reads it, between white space; single underscores between other characters go, where no white space is.
fn float(text: &str) -> Option<f64> {
    if let Ok(value) = text.trim().parse() {
        return Some(value);
    }
    let parts: Vec<&str> = text.split('_').collect();
    if parts.iter().any(|part| part.is_empty()) || text.trim() != text {
        return None;
    }
    parts.concat().parse().ok()
}
