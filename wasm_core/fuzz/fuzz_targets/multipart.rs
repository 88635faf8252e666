//! Reads a multipart form, whole and in pieces. The first byte of the input selects the limits. The line after it is the
//! content type; an empty line stands for a default.
#![no_main]

use fastapi_core_fuzz::forms::check;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&limits, rest)) = data.split_first() else { return };
    let end = rest.iter().position(|&byte| byte == b'\n').unwrap_or(0);
    let (line, body) = (&rest[..end], rest.get(end + 1..).unwrap_or_default());
    let content_type = if line.is_empty() { &b"multipart/form-data; boundary=b"[..] } else { line };
    let limits = match limits % 4 {
        0 => [1000, 1000, 1 << 20],
        1 => [1, 1000, 1 << 20],
        2 => [1000, 1, 1 << 20],
        _ => [1000, 1000, 20],
    };
    check(content_type, limits, &body[..body.len().min(2000)]);
});
