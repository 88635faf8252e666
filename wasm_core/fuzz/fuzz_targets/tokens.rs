//! Signs and verifies: a key verifies the signature that it made, and no changed one.
//!
//! The input starts with two bytes for algorithm and format. Then follow the parts of the key, each after its length in two
//! bytes; the length 0xffff ends them. The rest is the message.
#![no_main]

use fastapi_core::contract::*;
use fastapi_core::ops::vault::Vault;
use fastapi_core_fuzz::ask_vault;
use fastapi_core_fuzz::frames::{tuple, Value};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let [algorithm, format, rest @ ..] = data else { return };
    let (algorithm, format) = (i64::from(algorithm % 8), i64::from(format % 10));
    let (parts, message) = key(rest);
    let key = Value::Tuple(parts.iter().map(|part| Value::Bytes(part.to_vec())).collect());
    let frame = |last: Value| {
        tuple([Value::Int(algorithm), Value::Int(format), key.clone(), Value::Bytes(message.into()), last]).dump()
    };
    let presented = message.get(..64).unwrap_or(message).to_vec();
    ask_vault(Vault::verify_message, &frame(Value::Bytes(presented)));
    let Value::Bytes(signature) = ask_vault(Vault::sign_message, &frame(Value::Bytes(vec![7; 32]))) else { return };
    assert_eq!(ask_vault(Vault::verify_message, &frame(Value::Bytes(signature.clone()))), Value::Bool(true));
    for changed in [changed(&signature), signature[1..].to_vec(), [&signature[..], b"\0"].concat()] {
        assert_eq!(ask_vault(Vault::verify_message, &frame(Value::Bytes(changed))), Value::Bool(false));
    }
    // Signing is deterministic; an RSA signature does not depend on the seed.
    let seed = Value::Bytes(vec![9; 32]);
    assert_eq!(ask_vault(Vault::sign_message, &frame(seed)), Value::Bytes(signature));
    assert!(algorithm <= i64::from(ALGORITHM_EDDSA));
});

fn key(mut rest: &[u8]) -> (Vec<&[u8]>, &[u8]) {
    let mut parts = Vec::new();
    while let [low, high, after @ ..] = rest {
        let length = usize::from(u16::from_le_bytes([*low, *high]));
        if length == 0xffff {
            return (parts, after);
        }
        let Some((part, next)) = after.split_at_checked(length) else { break };
        parts.push(part);
        rest = next;
    }
    (parts, rest)
}

fn changed(signature: &[u8]) -> Vec<u8> {
    let mut changed = signature.to_vec();
    changed[signature.len() / 2] ^= 1;
    changed
}
