//! Encodes a document made from the input, with and without references: the JSON has the same values.
//! Encodes the input itself as a document: the result is valid UTF-8 or None.
#![no_main]

use fastapi_core::ops::Core;
use fastapi_core_fuzz::frames::Value;
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;

const MAX_DEPTH: usize = 6;

fuzz_target!(|data: &[u8]| {
    encoded(data);
    let Ok(value) = value(&mut Unstructured::new(data), MAX_DEPTH) else { return };
    let json = encoded(&value.dump());
    assert_eq!(encoded(&with_references(&value)), json);
    match json {
        Some(json) => {
            let mut rest = &json[..];
            follow(&value, &mut rest);
            assert!(rest.is_empty(), "{value:?}: {rest:?} is left");
        }
        None => assert!(!plain(&value), "{value:?} is left to Python"),
    }
});

fn encoded(document: &[u8]) -> Option<Vec<u8>> {
    let mut core = Core::new();
    core.encode_json(document);
    match Value::load(core.answer()) {
        Value::Bytes(json) => {
            std::str::from_utf8(&json).unwrap();
            Some(json)
        }
        Value::None => None,
        answer => panic!("{answer:?}"),
    }
}

fn value(input: &mut Unstructured<'_>, depth: usize) -> Result<Value> {
    let kinds = if depth == 0 { 7 } else { 10 };
    Ok(match input.int_in_range(0..=kinds - 1)? {
        0 => Value::None,
        1 => Value::Bool(input.arbitrary()?),
        2 => Value::Int(input.int_in_range(-300..=300)?),
        3 => Value::Int(input.arbitrary()?),
        4 => Value::Float(input.arbitrary()?),
        // Floats with few decimals, as people write them.
        5 => Value::Float(input.int_in_range(-100_000i64..=100_000)? as f64 / 10f64.powi(input.int_in_range(0..=9)?)),
        6 => Value::Str(text(input)?),
        7 => Value::List(items(input, depth)?),
        8 => Value::Tuple(items(input, depth)?),
        _ => {
            let mut pairs = Vec::new();
            for _ in 0..input.int_in_range(0..=5)? {
                pairs.push((Value::Str(text(input)?), value(input, depth - 1)?));
            }
            Value::Dict(pairs)
        }
    })
}

fn items(input: &mut Unstructured<'_>, depth: usize) -> Result<Vec<Value>> {
    (0..input.int_in_range(0..=5)?).map(|_| value(input, depth - 1)).collect()
}

fn text(input: &mut Unstructured<'_>) -> Result<String> {
    Ok(match input.int_in_range(0..=3)? {
        0 => ["a", "id", "_sa", "_sa_x", "name"][input.int_in_range(0..=4)?].into(),
        1 => char::from_u32(input.int_in_range(0..=0x10_ffff)?)
            .unwrap_or('\u{7f}')
            .to_string()
            .repeat(input.int_in_range(1..=70)?),
        _ => input.arbitrary::<&str>()?.into(),
    })
}

/// Returns whether the core must encode a value.
fn plain(value: &Value) -> bool {
    match value {
        Value::Float(number) => number.is_finite(),
        Value::List(items) | Value::Tuple(items) => items.iter().all(plain),
        Value::Dict(pairs) => pairs.iter().all(|(_, value)| plain(value)),
        _ => true,
    }
}

/// Returns the document with references to repeated texts, as `marshal.dumps(value, 4)` writes them.
fn with_references(value: &Value) -> Vec<u8> {
    let (mut out, mut seen) = (Vec::new(), Vec::new());
    refer(value, &mut seen, &mut out);
    out
}

fn refer(value: &Value, seen: &mut Vec<String>, out: &mut Vec<u8>) {
    let mut head = |code: u8, count: usize| {
        out.push(code);
        out.extend((count as u32).to_le_bytes());
    };
    match value {
        Value::Str(text) => match seen.iter().position(|known| known == text) {
            Some(number) => head(b'r', number),
            None => {
                head(b'u' | 0x80, text.len());
                out.extend(text.as_bytes());
                seen.push(text.clone());
            }
        },
        Value::List(items) | Value::Tuple(items) => {
            head(if matches!(value, Value::List(_)) { b'[' } else { b'(' }, items.len());
            items.iter().for_each(|item| refer(item, seen, out));
        }
        Value::Dict(pairs) => {
            out.push(b'{');
            for (key, item) in pairs {
                refer(key, seen, out);
                refer(item, seen, out);
            }
            out.push(b'0');
        }
        value => out.extend(value.dump()),
    }
}

/// Removes the JSON of a value from the front of `json`, and fails if it is the JSON of another value.
fn follow(value: &Value, json: &mut &[u8]) {
    match value {
        Value::None => take(json, b"null"),
        Value::Bool(value) => take(json, if *value { b"true" } else { b"false" }),
        Value::Int(number) => take(json, number.to_string().as_bytes()),
        Value::Float(number) => {
            let end = json.iter().position(|byte| b",]}".contains(byte)).unwrap_or(json.len());
            let written = std::str::from_utf8(&json[..end]).unwrap();
            assert!(written.contains(['.', 'e']) && written.len() <= 24, "{number:?} is written {written}");
            assert_eq!(written.parse::<f64>().unwrap().to_bits(), number.to_bits());
            *json = &json[end..];
        }
        Value::Str(text) => take(json, quoted(text).as_bytes()),
        Value::List(items) | Value::Tuple(items) => {
            take(json, b"[");
            for (i, item) in items.iter().enumerate() {
                take(json, if i == 0 { b"" } else { b"," });
                follow(item, json);
            }
            take(json, b"]");
        }
        Value::Dict(pairs) => {
            take(json, b"{");
            let kept = pairs.iter().filter(|(key, _)| !matches!(key, Value::Str(key) if key.starts_with("_sa")));
            for (i, (key, item)) in kept.enumerate() {
                take(json, if i == 0 { b"" } else { b"," });
                follow(key, json);
                take(json, b":");
                follow(item, json);
            }
            take(json, b"}");
        }
        value => panic!("{value:?}"),
    }
}

fn take(json: &mut &[u8], expected: &[u8]) {
    *json = json.strip_prefix(expected).unwrap_or_else(|| panic!("{expected:?} expected, {json:?} found"));
}

/// Returns `json.dumps(text, ensure_ascii=False)`.
fn quoted(text: &str) -> String {
    let escaped: String = text
        .chars()
        .map(|character| match character {
            '"' => "\\\"".into(),
            '\\' => "\\\\".into(),
            '\n' => "\\n".into(),
            '\r' => "\\r".into(),
            '\t' => "\\t".into(),
            '\u{8}' => "\\b".into(),
            '\u{c}' => "\\f".into(),
            '\0'..='\u{1f}' => format!("\\u{:04x}", u32::from(character)),
            character => character.to_string(),
        })
        .collect();
    format!("\"{escaped}\"")
}
