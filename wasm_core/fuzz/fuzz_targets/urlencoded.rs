//! Reads an urlencoded form, whole and in pieces. The first byte of the input selects the limits.
#![no_main]

use fastapi_core_fuzz::forms::check;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&limits, body)) = data.split_first() else { return };
    let limits = [1000, if limits % 4 == 3 { 2 } else { 1000 }, if limits % 2 == 1 { 12 } else { 1 << 20 }];
    check(b"application/x-www-form-urlencoded", limits, &body[..body.len().min(1500)]);
});
