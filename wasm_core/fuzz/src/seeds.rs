//! Writes the rows of tests/conformance as inputs of the targets: with SEEDS=FOLDER to FOLDER/<target>/<row>.
//!
//! The program is built like the targets, and so has libFuzzer's `main`; it exits before fuzzing starts.
#![no_main]

use std::fs;
use std::path::{Path, PathBuf};

use fastapi_core::contract::*;
use fastapi_core_fuzz::frames::Value;
use fastapi_core_fuzz::{param, plan, request, route};
use libfuzzer_sys::fuzz_target;
use toml::Table;

fuzz_target!(
    init: {
        write_all(std::env::var_os("SEEDS").expect("SEEDS=FOLDER").into());
        // A function pointer hides that it does not return; the macro's next statement would be unreachable.
        let end: fn() = || std::process::exit(0);
        end();
    },
    |_data: &[u8]| {}
);

fn write_all(folder: PathBuf) {
    let seeds = Seeds { folder };
    seeds.texts("query", &["query.toml"], |case| vec![bytes(case, "input")]);
    seeds.texts("headers", &["cookie.toml", "header.toml", "authorization.toml"], |case| vec![headers(case)]);
    let scalars = ["int", "float", "bool", "str"].map(|name| format!("coerce_{name}.toml"));
    seeds.texts("coerce", &scalars.each_ref().map(String::as_str), inputs);
    seeds.texts("routing", &["routing.toml"], |case| vec![routing(case)]);
    seeds.texts("plan", &["routing.toml"], |case| vec![plan(PLAN_FLAG_REDIRECT_SLASHES, routes(case))]);
    seeds.write("plan", "every-parameter", &every_parameter());
    seeds.texts("json", &["json.toml"], |case| vec![bytes(case, "input")]);
    seeds.texts("frames", &["json.toml"], |case| vec![[&[2], &bytes(case, "input")[..]].concat()]);
    seeds.write("frames", "plan", &[&[0], &every_parameter()[..]].concat());
    seeds.write("frames", "request", &[&[1], &request("GET", "/a", b"q=1", Vec::new())[..]].concat());
    seeds.write("heads", "get", b"GET /a%20b?q=1 HTTP/1.1\r\nHost: x\r\n\r\n");
    seeds.write("heads", "post", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\nConnection: close\r\n\r\n");
    seeds.texts("urlencoded", &["forms.toml"], |case| form(case, "application/x-www-form-urlencoded"));
    seeds.texts("multipart", &["forms.toml"], |case| form(case, "multipart/form-data"));
    seeds.texts("tokens", &["security_messages.toml"], |case| vec![token(case)]);
    seeds.texts("passwords", &["security_passwords.toml"], |case| vec![password(case)]);
}

struct Seeds {
    folder: PathBuf,
}

impl Seeds {
    /// Writes a file for each input of each row.
    fn texts(&self, target: &str, files: &[&str], inputs: impl Fn(&Table) -> Vec<Vec<u8>>) {
        for case in files.iter().flat_map(|file| cases(file)) {
            for (i, input) in inputs(&case).iter().enumerate() {
                self.write(target, &format!("{}-{i}", case["name"].as_str().unwrap()), input);
            }
        }
    }

    fn write(&self, target: &str, name: &str, input: &[u8]) {
        let folder = self.folder.join(target);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(name), input).unwrap();
    }
}

fn cases(file: &str) -> Vec<Table> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance").join(file);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let table: Table = text.parse().unwrap();
    table["case"].as_array().unwrap().iter().map(|case| case.as_table().unwrap().clone()).collect()
}

fn text<'a>(case: &'a Table, key: &str) -> &'a str {
    case.get(key).map_or("", |value| value.as_str().unwrap())
}

fn number(case: &Table, key: &str, default: i64) -> i64 {
    case.get(key).map_or(default, |value| value.as_integer().unwrap())
}

/// Returns the bytes of a row's value, which is a text or, under `..._hex`, digits.
fn bytes(case: &Table, key: &str) -> Vec<u8> {
    match case.get(&format!("{key}_hex")) {
        Some(digits) => unhex(digits.as_str().unwrap()),
        None => text(case, key).into(),
    }
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|character| u8::try_from(u32::from(character)).unwrap()).collect()
}

fn list<'a>(case: &'a Table, key: &str) -> &'a [toml::Value] {
    case.get(key).and_then(toml::Value::as_array).map_or(&[], Vec::as_slice)
}

fn inputs(case: &Table) -> Vec<Vec<u8>> {
    match &case["input"] {
        toml::Value::Array(items) => items.iter().map(|item| item.as_str().unwrap().into()).collect(),
        text => vec![text.as_str().unwrap().into()],
    }
}

fn headers(case: &Table) -> Vec<u8> {
    let line = |name: &str, value: &str| [&latin1(name)[..], b": ", &latin1(value)].concat();
    let lines: Vec<Vec<u8>> = match list(case, "headers") {
        [] => vec![line("authorization", text(case, "input"))],
        rows => rows
            .iter()
            .map(|row| match row.as_array() {
                Some(pair) => line(pair[0].as_str().unwrap(), pair[1].as_str().unwrap()),
                None => line("cookie", row.as_str().unwrap()),
            })
            .collect(),
    };
    lines.join(&b'\n')
}

fn templates(case: &Table) -> impl Iterator<Item = (&str, bool)> {
    list(case, "routes").iter().map(|row| {
        let get = toml::Value::from("GET");
        let gets = row.get("methods").is_none_or(|methods| methods.as_array().unwrap().contains(&get));
        (row["path"].as_str().unwrap(), gets)
    })
}

fn routing(case: &Table) -> Vec<u8> {
    let rows = templates(case).map(|(path, gets)| format!("{}{path}", if gets { "" } else { "!" }));
    let lines: Vec<String> = [text(case, "path").to_string()].into_iter().chain(rows).collect();
    lines.join("\n").into()
}

fn routes(case: &Table) -> Vec<Value> {
    templates(case)
        .map(|(path, gets)| route(ROUTE_OPERATION, path, &[if gets { "GET" } else { "PUT" }], Vec::new()))
        .collect()
}

/// Returns a plan with a parameter for each kind and scalar, single and list.
fn every_parameter() -> Vec<u8> {
    let mut params = vec![param(KIND_PATH, "item_id", SCALAR_INT, FLAG_REQUIRED)];
    params.push(param(KIND_HEADER, "authorization", SCALAR_AUTHORIZATION, 0));
    for scalar in [SCALAR_RAW, SCALAR_STR, SCALAR_INT, SCALAR_FLOAT, SCALAR_BOOL] {
        for flags in [0, FLAG_REQUIRED, FLAG_LIST] {
            params.extend([KIND_QUERY, KIND_HEADER].map(|kind| param(kind, "a", scalar, flags)));
        }
        params.push(param(KIND_COOKIE, "a", scalar, 0));
    }
    let items = route(ROUTE_OPERATION, "/items/{item_id}", &["GET", "PUT"], params);
    plan(PLAN_FLAG_REDIRECT_SLASHES, vec![items, route(ROUTE_OPAQUE, "/files/{path:path}", &[], Vec::new())])
}

fn form(case: &Table, media_type: &str) -> Vec<Vec<u8>> {
    let content_type = text(case, "content_type");
    if !content_type.to_ascii_lowercase().starts_with(media_type) {
        return Vec::new();
    }
    let body = bytes(case, "input");
    let line = if media_type.starts_with('m') { format!("{content_type}\n") } else { String::new() };
    // The targets choose their limits by the first byte.
    [0u8, 1, 2, 3].map(|limits| [&[limits], line.as_bytes(), &body].concat()).into()
}

fn id(names: &[&str], wanted: &str) -> u8 {
    names.iter().position(|name| *name == wanted).unwrap() as u8
}

fn token(case: &Table) -> Vec<u8> {
    let mut input = vec![id(&TOKEN_ALGORITHMS, text(case, "algorithm")), id(&KEY_FORMATS, text(case, "format"))];
    for part in list(case, "parts") {
        let part = unhex(part.as_str().unwrap());
        input.extend((part.len() as u16).to_le_bytes());
        input.extend(part);
    }
    input.extend([0xff, 0xff]);
    input.extend(bytes(case, "message"));
    input
}

fn password(case: &Table) -> Vec<u8> {
    let variant = ["d", "i", "id"].iter().position(|name| *name == text(case, "variant")).unwrap() as i64;
    let mut numbers = vec![variant];
    numbers.extend(["version", "memory", "passes", "lanes", "length"].map(|key| number(case, key, 0)));
    let mut input: Vec<u8> = numbers.iter().flat_map(|number| (*number as i32).to_le_bytes()).collect();
    input.extend([text(case, "password"), "\n", text(case, "salt")].concat().into_bytes());
    input
}
