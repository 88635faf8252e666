//! Loads any bytes as a plan, then sends requests: each gets the same answer twice.
#![no_main]

use fastapi_core::ops::Core;
use fastapi_core_fuzz::frames::Value;
use fastapi_core_fuzz::{ask, request};
use libfuzzer_sys::fuzz_target;

const PATHS: [&str; 7] = ["/", "/a", "/a/1", "/items/5", "/items/a/b/", "//", "/files/a/b/c"];

fuzz_target!(|data: &[u8]| {
    let mut core = Core::new();
    core.load_plan(data);
    let id = match Value::load(core.answer()) {
        Value::Int(id) => id as i32,
        Value::Tuple(refusal) => return assert!(matches!(refusal[..], [Value::None, Value::Str(_)])),
        answer => panic!("{answer:?}"),
    };
    for path in PATHS {
        let headers = [(&b"cookie"[..], &b"a=1; b=\"2\""[..]), (b"a", b"1"), (b"authorization", b"Bearer x")];
        let headers = headers.map(|(name, value)| (name.to_vec(), value.to_vec()));
        let frame = request("GET", path, b"a=1&b=x&a=%31&q=1.5", headers.into());
        let first = ask(&mut core, id, &frame);
        assert!(matches!(first[0], Value::Int(_)));
        assert_eq!(ask(&mut core, id, &frame), first);
    }
    core.drop_plan(id);
});
