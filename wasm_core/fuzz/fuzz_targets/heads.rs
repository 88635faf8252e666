//! Reads the head of a request: a head that the core accepts has the parts that a slow, obvious reader finds in its lines.
#![no_main]

use fastapi_core::contract::*;
use fastapi_core::ops::Core;
use fastapi_core_fuzz::frames::{tuple, Value};
use fastapi_core_fuzz::{ask, load, request, route, Headers};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let mut core = Core::new();
    let plan = load(&mut core, 0, vec![route(ROUTE_OPERATION, "/{rest:path}", &["GET"], Vec::new())]);
    core.match_head(plan, &Value::Bytes(data.to_vec()).dump());
    let answer = match Value::load(core.answer()) {
        Value::None => return,
        Value::Tuple(answer) => answer,
        answer => panic!("{answer:?}"),
    };
    let Value::Int(end) = answer[0] else { panic!("{answer:?}") };
    let text = std::str::from_utf8(&data[..end as usize]).expect("a simple head is ASCII");
    let mut lines = text.strip_suffix("\r\n\r\n").expect("an empty line").split("\r\n");
    let words: Vec<&str> = lines.next().unwrap().split(' ').collect();
    assert_eq!((words.len(), words[2]), (3, "HTTP/1.1"));
    let (path, query) = words[1].split_once('?').unwrap_or((words[1], ""));
    let fields = lines.map(|line| line.split_once(": ").expect("a field"));
    let headers: Headers =
        fields.map(|(name, value)| (name.to_ascii_lowercase().into_bytes(), value.as_bytes().to_vec())).collect();
    let length = headers.iter().find(|(name, _)| name == b"content-length");
    let length = length.map_or(-1, |(_, value)| std::str::from_utf8(value).unwrap().parse::<i64>().unwrap());
    assert_eq!(answer[1], Value::Int(length));
    assert_eq!(answer[5..7], [Value::Bytes(path.into()), Value::Bytes(query.into())]);
    let pairs = headers.iter().map(|(name, value)| tuple([Value::Bytes(name.clone()), Value::Bytes(value.clone())]));
    assert_eq!(answer[7], Value::List(pairs.collect()));
    if !path.contains('%') {
        let matched = ask(&mut core, plan, &request(words[0], path, query.as_bytes(), headers));
        assert_eq!(answer[8], Value::Tuple(matched));
    }
});
