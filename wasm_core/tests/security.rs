//! Runs the rows of the project's `tests/conformance/security_*.toml`, and Wycheproof's test vectors, on the operations of
//! the core and its extras.

#[allow(dead_code)]
mod frames;

use std::fs;
use std::path::Path;

use fastapi_core::contract::*;
use fastapi_core::ops::vault::Vault;
use frames::{tuple, Value};
use toml::Table;
use wycheproof::{ecdsa, eddsa, mac, rsa_pkcs1_verify, TestResult};

fn cases(file: &str) -> Vec<Table> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/conformance").join(file);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let table: Table = text.parse().unwrap();
    table["case"].as_array().unwrap().iter().map(|case| case.as_table().unwrap().clone()).collect()
}

fn unhex(text: &toml::Value) -> Vec<u8> {
    let text = text.as_str().unwrap();
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn number(case: &Table, key: &str) -> Value {
    Value::Int(case[key].as_integer().unwrap())
}

fn id(names: &[&str], wanted: &toml::Value) -> i64 {
    names.iter().position(|name| Some(*name) == wanted.as_str()).unwrap_or_else(|| panic!("{wanted}")) as i64
}

fn bytes(bytes: &[u8]) -> Value {
    Value::Bytes(bytes.into())
}

fn frame(algorithm: i64, format: i64, parts: &[&[u8]], message: &[u8], last: Value) -> Vec<u8> {
    let parts = parts.iter().map(|part| bytes(part)).collect();
    tuple([Value::Int(algorithm), Value::Int(format), Value::Tuple(parts), bytes(message), last]).dump()
}

/// Returns the answer of an operation. The operation must ask the caller to clear the frame, and no byte after it.
fn ask(run: fn(&mut Vault, &[u8]) -> usize, frame: &[u8]) -> Value {
    let mut vault = Vault::new();
    let mut room = frame.to_vec();
    room.extend_from_slice(&[0xff; 16]);
    assert_eq!(run(&mut vault, &room), frame.len());
    let answer = Value::load(vault.answer());
    let mut output = [0; OUTPUT_BUFFER_SIZE];
    vault.publish(&mut output);
    assert_eq!(Value::load(&output), answer);
    assert!(vault.answer().is_empty());
    answer
}

fn refusal(case: &Table) -> Option<Value> {
    case.get("refused").map(|reason| Value::Int(id(&SECURITY_REFUSALS, reason)))
}

#[test]
fn messages() {
    for case in cases("security_messages.toml") {
        let algorithm = id(&TOKEN_ALGORITHMS, &case["algorithm"]);
        let format = id(&KEY_FORMATS, &case["format"]);
        let parts: Vec<Vec<u8>> = case["parts"].as_array().unwrap().iter().map(unhex).collect();
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        let message = unhex(&case["message_hex"]);
        let signature = case.get("signature_hex").map(unhex);
        let seed = bytes(&[7; 32]);
        let name = &case["name"];
        if let Some(signature) = &signature {
            let answer = ask(Vault::verify_message, &frame(algorithm, format, &parts, &message, bytes(signature)));
            let expected = refusal(&case).unwrap_or_else(|| Value::Bool(case["value"].as_bool().unwrap()));
            assert_eq!(answer, expected, "{name}");
        }
        if case.get("sign").is_some_and(|sign| sign.as_bool() == Some(false)) {
            continue;
        }
        let answer = ask(Vault::sign_message, &frame(algorithm, format, &parts, &message, seed));
        match (refusal(&case), &case.get("value"), signature) {
            (Some(refusal), _, _) => assert_eq!(answer, refusal, "{name}"),
            (None, Some(toml::Value::Boolean(true)), Some(signature)) => {
                assert_eq!(answer, bytes(&signature), "{name}")
            }
            (None, _, signature) => assert_ne!(answer, bytes(&signature.unwrap()), "{name}"),
        }
    }
}

#[test]
fn passwords() {
    for case in cases("security_passwords.toml") {
        let variant = match case["variant"].as_str().unwrap() {
            "d" => 0,
            "i" => 1,
            _ => 2,
        };
        let frame = tuple([
            Value::Int(variant),
            number(&case, "version"),
            number(&case, "memory"),
            number(&case, "passes"),
            number(&case, "lanes"),
            number(&case, "length"),
            bytes(case["password"].as_str().unwrap().as_bytes()),
            bytes(case["salt"].as_str().unwrap().as_bytes()),
        ]);
        let expected = refusal(&case).unwrap_or_else(|| bytes(&unhex(&case["value_hex"])));
        assert_eq!(ask(Vault::derive_password, &frame.dump()), expected, "{}", case["name"]);
    }
}

/// An operation refuses an input that is not a frame, and asks the caller to clear all of it.
#[test]
fn inputs_that_are_not_frames_are_refused() {
    let whole = frame(0, KEY_SECRET.into(), &[b"key"], b"message", bytes(b"signature"));
    for end in 0..whole.len() {
        let mut vault = Vault::new();
        assert_eq!(vault.verify_message(&whole[..end]), end);
        assert_eq!(Value::load(vault.answer()), Value::Int(REFUSED_FRAME.into()));
    }
    for input in [&b""[..], b"N", b"(\x08\0\0\0", b"(\x05\0\0\0NNNNN", b"\xff\xff\xff"] {
        for run in [Vault::sign_message, Vault::verify_message, Vault::derive_password] {
            let mut vault = Vault::new();
            assert_eq!(run(&mut vault, input), input.len());
            assert_eq!(Value::load(vault.answer()), Value::Int(REFUSED_FRAME.into()));
        }
    }
}

#[test]
fn rsa_signatures_do_not_depend_on_the_seed() {
    let case = cases("security_messages.toml").into_iter().find(|case| case["name"].as_str() == Some("rs256-pkcs8"));
    let case = case.unwrap();
    let key = unhex(&case["parts"].as_array().unwrap()[0]);
    let frame = |seed| frame(ALGORITHM_RS256.into(), KEY_PKCS8.into(), &[&key], &unhex(&case["message_hex"]), seed);
    for seed in [[0; 32], [0xff; 32]] {
        assert_eq!(ask(Vault::sign_message, &frame(bytes(&seed))), bytes(&unhex(&case["signature_hex"])));
    }
    assert_eq!(ask(Vault::sign_message, &frame(Value::None)), Value::Int(REFUSED_PARAMETERS.into()));
    assert_eq!(Vault::new().sign_message(&frame(bytes(&[0; 31]))), frame(bytes(&[0; 31])).len());
}

// Wycheproof ---------------------------------------------------------------------------------------------------------

/// Compares an answer with the expected result of a vector, and counts it. Both answers to an "acceptable" vector pass.
fn judge(name: &str, result: TestResult, answer: Value, count: &mut usize) {
    *count += 1;
    match result {
        TestResult::Valid => assert_eq!(answer, Value::Bool(true), "{name}"),
        TestResult::Invalid => assert_ne!(answer, Value::Bool(true), "{name}"),
        TestResult::Acceptable => {}
    }
}

fn verify(algorithm: i32, format: i32, parts: &[&[u8]], message: &[u8], signature: &[u8]) -> Value {
    ask(Vault::verify_message, &frame(algorithm.into(), format.into(), parts, message, bytes(signature)))
}

#[test]
fn wycheproof_hmac() {
    let mut count = 0;
    for (name, algorithm, size) in [
        (mac::TestName::HmacSha256, ALGORITHM_HS256, 256),
        (mac::TestName::HmacSha384, ALGORITHM_HS384, 384),
        (mac::TestName::HmacSha512, ALGORITHM_HS512, 512),
    ] {
        for group in mac::TestSet::load(name).unwrap().test_groups {
            for test in group.tests {
                let vector = format!("{name:?} {}", test.tc_id);
                let answer = verify(algorithm, KEY_SECRET, &[&test.key], &test.msg, &test.tag);
                // A truncated tag is valid for Wycheproof, but not as the signature of a token.
                let result = if group.tag_size == size { test.result } else { TestResult::Invalid };
                judge(&vector, result, answer, &mut count);
            }
        }
    }
    assert!(count > 300, "{count}");
}

#[test]
fn wycheproof_ecdsa() {
    let mut count = 0;
    for group in ecdsa::TestSet::load(ecdsa::TestName::EcdsaSecp256r1Sha256P1363).unwrap().test_groups {
        for test in group.tests {
            let answer = verify(ALGORITHM_ES256, KEY_SPKI, &[&group.der], &test.msg, &test.sig);
            judge(&format!("ES256 {}", test.tc_id), test.result, answer, &mut count);
        }
    }
    assert!(count > 200, "{count}");
}

#[test]
fn wycheproof_eddsa() {
    let mut count = 0;
    for group in eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap().test_groups {
        for test in group.tests {
            for (format, key) in [(KEY_SPKI, &group.der), (KEY_JWK_PUBLIC, &group.key.pk)] {
                let answer = verify(ALGORITHM_EDDSA, format, &[key], &test.msg, &test.sig);
                judge(&format!("EdDSA {}", test.tc_id), test.result, answer, &mut count);
            }
        }
    }
    assert!(count > 200, "{count}");
}

#[test]
fn wycheproof_rsa() {
    use rsa_pkcs1_verify::{TestName, TestSet};
    let mut count = 0;
    for name in [TestName::Rsa2048Sha256, TestName::Rsa3072Sha256, TestName::Rsa4096Sha256, TestName::Rsa8192Sha256] {
        for group in TestSet::load(name).unwrap().test_groups {
            for test in group.tests {
                let answer = verify(ALGORITHM_RS256, KEY_SPKI, &[&group.der], &test.msg, &test.sig);
                judge(&format!("{name:?} {}", test.tc_id), test.result, answer, &mut count);
            }
        }
    }
    assert!(count > 500, "{count}");
}
