//! `match_head` reads the heads of simple requests, and leaves every other head to the parser of the server.

mod frames;

use fastapi_core::contract::{HEAD_FLAG_CLOSE, HEAD_FLAG_FORWARDED};
use fastapi_core::ops::Core;
use frames::{str, tuple, Value};

/// Returns the parts of a head before the match, None for a head that is not simple.
fn read(head: &str) -> Option<Vec<Value>> {
    let mut core = Core::new();
    core.match_head(0, &Value::Bytes(head.as_bytes().to_vec()).dump());
    match Value::load(core.answer()) {
        Value::Tuple(mut parts) => {
            assert_eq!(parts.len(), 9);
            parts.pop();
            Some(parts)
        }
        Value::None => None,
        other => panic!("{other:?}"),
    }
}

fn request(line: &str, fields: &str) -> String {
    format!("{line} HTTP/1.1\r\nHost: x\r\n{fields}\r\n")
}

fn bytes(text: &str) -> Value {
    Value::Bytes(text.as_bytes().to_vec())
}

fn pair(name: &str, value: &str) -> Value {
    tuple([bytes(name), bytes(value)])
}

#[test]
fn the_parts_of_a_simple_head() {
    let head =
        request("PATCH /a%20%C3%A9/%FF?b[]=c?d", "X-A: 1 2\r\nContent-Length: 120\r\nConnection: Keep-Alive\r\n");
    let parts = read(&(head.clone() + "body")).unwrap();
    assert_eq!(parts[0], Value::Int(head.len() as i64));
    assert_eq!(parts[1], Value::Int(120));
    assert_eq!(parts[2], Value::Int(0));
    assert_eq!(parts[3], str("PATCH"));
    assert_eq!(parts[4], str("/a \u{e9}/\u{fffd}"));
    assert_eq!(parts[5], bytes("/a%20%C3%A9/%FF"));
    assert_eq!(parts[6], bytes("b[]=c?d"));
    let fields = [("host", "x"), ("x-a", "1 2"), ("content-length", "120"), ("connection", "Keep-Alive")];
    assert_eq!(parts[7], Value::List(fields.map(|(name, value)| pair(name, value)).into()));
}

#[test]
fn a_head_without_a_length_and_a_query() {
    let parts = read(&request("GET /items", "")).unwrap();
    assert_eq!(parts[1], Value::Int(-1));
    assert_eq!((&parts[4], &parts[5], &parts[6]), (&str("/items"), &bytes("/items"), &bytes("")));
}

#[test]
fn the_methods_of_a_simple_head() {
    for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
        assert_eq!(read(&request(&format!("{method} /"), "")).unwrap()[3], str(method));
    }
    for method in ["HEAD", "OPTIONS", "TRACE", "get"] {
        assert_eq!(read(&request(&format!("{method} /"), "")), None);
    }
}

#[test]
fn the_flags_of_a_head() {
    for (field, flags) in [
        ("", 0),
        ("connection: keep-alive\r\n", 0),
        ("CONNECTION: close\r\n", HEAD_FLAG_CLOSE),
        ("Forwarded: for=1\r\n", HEAD_FLAG_FORWARDED),
        ("X-Forwarded-For: 1\r\n", HEAD_FLAG_FORWARDED),
        ("x-forwarded-proto: https\r\nConnection: close\r\n", HEAD_FLAG_CLOSE | HEAD_FLAG_FORWARDED),
    ] {
        assert_eq!(read(&request("GET /", field)).unwrap()[2], Value::Int(flags.into()), "{field:?}");
    }
}

/// Fields that change the meaning of the connection or of the body.
#[test]
fn fields_of_a_head_that_is_not_simple() {
    for field in [
        "TE: trailers",
        "Expect: 100-continue",
        "Upgrade: h2c",
        "Trailer: X-A",
        "Keep-Alive: timeout=5",
        "HTTP2-Settings: AA",
        "Proxy-Connection: close",
        "Transfer-Encoding: chunked",
        "Connection: upgrade",
        "Connection: Close",
        "Connection: close\r\nConnection: close",
        "Content-Length: ",
        "Content-Length: 01",
        "Content-Length: 1234567",
        "Content-Length: 1a",
        "Content-Length: 1\r\nContent-Length: 1",
        "Host: y",
        "X-A: \u{e9}",
    ] {
        assert_eq!(read(&request("GET /", &format!("{field}\r\n"))), None, "{field:?}");
    }
}

/// A name of the length of a special one is not special.
#[test]
fn fields_with_names_of_the_same_lengths() {
    for name in [
        "ab",
        "abcd",
        "abcdef",
        "abcdefg",
        "abcdefghi",
        "abcdefghij",
        "abcdefghijklmn",
        "abcdefghijklmnop",
        "abcdefghijklmnopq",
        "x-forwardedness-a",
    ] {
        let parts = read(&request("GET /", &format!("{name}: 1\r\n"))).unwrap();
        assert_eq!((&parts[1], &parts[2]), (&Value::Int(-1), &Value::Int(0)), "{name:?}");
    }
}

#[test]
fn targets_of_a_head_that_is_not_simple() {
    for target in ["*", "http://x/", "//x", "/a\"b", "/a^b", "/a[b]", "/a?b^c", "/a#b", "/\u{e9}"] {
        assert_eq!(read(&request(&format!("GET {target}"), "")), None, "{target:?}");
    }
    let all = "/AZaz09-._~!$&'()*+,;=:@%25";
    assert_eq!(read(&request(&format!("GET {all}"), "")).unwrap()[5], bytes(all));
}

#[test]
fn an_input_that_is_no_head() {
    assert_eq!(read(""), None);
    assert_eq!(read("GET / HTTP/1.1\r\n\r\n"), None, "no host");
    assert_eq!(read("GET / HTTP/1.0\r\nHost: x\r\n\r\n"), None);
    assert_eq!(read("GET / HTTP/1.1\nHost: x\n\n"), None);
    assert_eq!(read(&request("GET /", &"X: 1\r\n".repeat(40))), None, "too many fields");
    let mut core = Core::new();
    core.match_head(0, &Value::Int(1).dump());
    assert_eq!(Value::load(core.answer()), Value::None);
}
