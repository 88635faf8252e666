//! Hashes a password: the result is a hash of the requested length, the same one for the same input, or a refusal.
//!
//! The first 24 bytes of the input are the parameters of Argon2; password and salt are two lines after them. The target
//! skips parameters that are valid but take long.
#![no_main]

use fastapi_core::ops::vault::Vault;
use fastapi_core_fuzz::ask_vault;
use fastapi_core_fuzz::frames::Value;
use libfuzzer_sys::fuzz_target;

/// In KiB. The module refuses more memory.
const MAX_MEMORY: i64 = 192 << 10;
/// In KiB times passes.
const MAX_WORK: i64 = 2 << 10;

fuzz_target!(|data: &[u8]| {
    let Some((head, texts)) = data.split_at_checked(24) else { return };
    let numbers: Vec<i64> =
        head.chunks_exact(4).map(|bytes| i32::from_le_bytes(bytes.try_into().unwrap()).into()).collect();
    let [_, _, memory, passes, _, length] = numbers[..] else { return };
    if (0..=MAX_MEMORY).contains(&memory) && memory * passes > MAX_WORK {
        return;
    }
    let cut = texts.iter().position(|&byte| byte == b'\n').unwrap_or(texts.len());
    let (password, salt) = (&texts[..cut], texts.get(cut + 1..).unwrap_or_default());
    let mut items: Vec<Value> = numbers.iter().map(|&number| Value::Int(number)).collect();
    items.extend([Value::Bytes(password.into()), Value::Bytes(salt.into())]);
    let first = ask_vault(Vault::derive_password, &Value::Tuple(items.clone()).dump());
    match &first {
        Value::Bytes(hash) => {
            assert_eq!(hash.len() as i64, length);
            assert_eq!(ask_vault(Vault::derive_password, &Value::Tuple(items.clone()).dump()), first);
            items[6] = Value::Bytes([password, b"x"].concat());
            assert_ne!(ask_vault(Vault::derive_password, &Value::Tuple(items).dump()), first);
        }
        Value::Int(_) => {}
        answer => panic!("{answer:?}"),
    }
});
