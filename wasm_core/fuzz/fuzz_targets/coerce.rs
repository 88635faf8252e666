//! Converts a text to each scalar: the value, or the lack of one, equals the result of a slow reading of the grammar.
#![no_main]

use fastapi_core::contract::*;
use fastapi_core_fuzz::frames::{str, Value};
use fastapi_core_fuzz::{extract, param};
use libfuzzer_sys::fuzz_target;

const MAX_LENGTH: usize = 4200;

fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(&data[..data.len().min(MAX_LENGTH)]).into_owned();
    check(SCALAR_STR, &text, Some(str(&text)));
    check(SCALAR_RAW, &text, Some(str(&text)));
    check(SCALAR_BOOL, &text, boolean(&text));
    match integer(&text) {
        Some(None) => check_large(&text),
        small => check(SCALAR_INT, &text, small.flatten().map(Value::Int)),
    }
    check(SCALAR_FLOAT, &text, float(&text).map(Value::Float));
});

/// Returns the answer of the core to a text.
fn answer(scalar: i32, text: &str) -> Result<Vec<Value>, Vec<Value>> {
    let query: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let params = vec![param(KIND_QUERY, "x", scalar, FLAG_REQUIRED)];
    extract(0, params, format!("x={query}").as_bytes(), Vec::new())
}

/// An integer beyond 64 bits is not an error and not another integer. The tests of `large.rs` compare its digits.
fn check_large(text: &str) {
    match answer(SCALAR_INT, text) {
        Ok(values) => assert!(!matches!(values[..], [Value::Int(_)]), "{text:?} is {values:?}"),
        // `MAX_LENGTH` is below the number of digits that Pydantic accepts.
        Err(answer) => assert_ne!(answer[0], Value::Int(OUTCOME_INVALID.into()), "{text:?} is refused: {answer:?}"),
    }
}

/// The core must answer the value, or an error when there is none. It may decline, but not a short text of digits.
fn check(scalar: i32, text: &str, expected: Option<Value>) {
    match (answer(scalar, text), expected) {
        (Ok(values), Some(expected)) => assert_eq!(values, [expected], "{text:?}"),
        (Ok(values), None) => panic!("{text:?} is {values:?}"),
        (Err(answer), expected) if answer[0] == Value::Int(OUTCOME_INVALID.into()) => {
            assert!(expected.is_none(), "{text:?} is refused: {answer:?}");
        }
        (Err(answer), expected) => {
            let plain = text.len() < 19 && text.bytes().all(|byte| byte.is_ascii_digit());
            assert!(expected.is_none() || !plain, "{text:?} is declined: {answer:?}");
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

/// Reads `[+-]?\d+(_\d+)*(\.0+)?` with white space around it. Some(None) stands for an integer beyond 64 bits.
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
    // Leading zeros do not count.
    Some(format!("{sign}0{}", digits.trim_start_matches('0')).parse().ok())
}

/// Reads a float as Rust does, with white space around it, or with single underscores between other characters.
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
