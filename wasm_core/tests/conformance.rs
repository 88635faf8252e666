//! Runs the rows of the project's `tests/conformance/*.toml`. The README there describes the rows.

mod frames;

use std::fs;
use std::path::Path;

use fastapi_core::contract::*;
use fastapi_core::ops::Core;
use frames::{str, tuple, Value};
use toml::Table;

/// Returns the rows of one file.
fn cases(file: &str) -> Vec<Table> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/conformance").join(file);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let table: Table = text.parse().unwrap();
    table["case"].as_array().unwrap().iter().map(|case| case.as_table().unwrap().clone()).collect()
}

/// Runs every row of a file, and fails with the names of all rows that fail.
fn run(file: &str, failure: impl Fn(&Table) -> Option<String>) {
    let failures: Vec<String> = cases(file)
        .iter()
        .filter_map(|case| failure(case).map(|failure| format!("{}: {failure}", case["name"])))
        .collect();
    assert!(failures.is_empty(), "{file}\n{}", failures.join("\n"));
}

fn compare(answer: Value, expected: Value) -> Option<String> {
    (answer != expected).then(|| format!("{answer:?}\n  expected {expected:?}"))
}

fn flag(case: &Table, key: &str, default: bool) -> bool {
    case.get(key).map_or(default, |value| value.as_bool().unwrap())
}

fn text<'a>(case: &'a Table, key: &str) -> Option<&'a str> {
    case.get(key).map(|value| value.as_str().unwrap())
}

fn value(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => str(text),
        toml::Value::Integer(number) => Value::Int(*number),
        toml::Value::Float(number) => Value::Float(*number),
        toml::Value::Boolean(value) => Value::Bool(*value),
        toml::Value::Array(items) => Value::List(items.iter().map(self::value).collect()),
        toml::Value::Table(table) => {
            Value::Dict(table.iter().map(|(key, item)| (str(key), self::value(item))).collect())
        }
        toml::Value::Datetime(_) => panic!("a row has a date"),
    }
}

/// Returns an int from its decimal digits, converted bit by bit.
fn large(text: &str) -> Value {
    let (negative, text) = text.strip_prefix('-').map_or((false, text), |text| (true, text));
    let mut decimal: Vec<u8> = text.bytes().map(|byte| byte - b'0').collect();
    let mut digits = vec![0u16];
    for bit in 0.. {
        if decimal.iter().all(|digit| *digit == 0) {
            break;
        }
        if bit % 15 == 0 && bit > 0 {
            digits.push(0);
        }
        let mut rest = 0;
        for digit in &mut decimal {
            let value = rest * 10 + *digit;
            (*digit, rest) = (value / 2, value % 2);
        }
        *digits.last_mut().unwrap() |= u16::from(rest) << (bit % 15);
    }
    Value::Large(negative, digits)
}

fn latin1(text: &str) -> Vec<u8> {
    text.chars().map(|character| u8::try_from(u32::from(character)).unwrap()).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// Returns a param of a plan that is optional and has no default.
fn param(kind: i32, name: &str, scalar: i32, flags: i32, constraints: Vec<Value>) -> Value {
    let ids = [kind, scalar, flags].map(|id| Value::Int(id.into()));
    let [kind, scalar, flags] = ids;
    tuple([kind, str(name), str(name), scalar, flags, Value::None, Value::Tuple(constraints)])
}

fn route(kind: i32, template: &str, methods: &[&str], params: Vec<Value>) -> Value {
    let methods = methods.iter().map(|method| str(method)).collect();
    tuple([Value::Int(kind.into()), str(template), Value::Tuple(methods), Value::Tuple(params)])
}

fn load(core: &mut Core, flags: i32, routes: Vec<Value>) -> i32 {
    let plan = tuple([Value::Int(PLAN_VERSION.into()), Value::Int(flags.into()), Value::Tuple(routes)]);
    core.load_plan(&plan.dump());
    match Value::load(core.answer()) {
        Value::Int(id) => id as i32,
        refusal => panic!("{refusal:?}"),
    }
}

fn match_request(core: &mut Core, plan: i32, method: &str, path: &str, query: &[u8], headers: Headers) -> Vec<Value> {
    let headers = headers.into_iter().map(|(name, value)| tuple([Value::Bytes(name), Value::Bytes(value)]));
    let request = tuple([str(method), str(path), Value::Bytes(query.into()), Value::List(headers.collect())]);
    core.match_request(plan, &request.dump());
    match Value::load(core.answer()) {
        Value::Tuple(answer) => answer,
        answer => panic!("{answer:?}"),
    }
}

type Headers = Vec<(Vec<u8>, Vec<u8>)>;

/// Returns the answer of a plan with one operation to one request.
fn extract(flags: i32, params: Vec<Value>, query: &[u8], headers: Headers) -> Vec<Value> {
    let mut core = Core::new();
    let plan = load(&mut core, flags, vec![route(ROUTE_OPERATION, "/", &[], params)]);
    match_request(&mut core, plan, "GET", "/", query, headers)
}

fn outcome(number: i32) -> Value {
    Value::Int(number.into())
}

fn coerce(file: &str, scalar: i32) {
    run(file, |case| {
        let is_list = flag(case, "list", false);
        let inputs = match &case["input"] {
            toml::Value::Array(items) => items.clone(),
            text => vec![text.clone()],
        };
        let pairs: Vec<String> =
            inputs.iter().map(|input| format!("x={}", percent_encoded(input.as_str().unwrap()))).collect();
        let flags = FLAG_REQUIRED | if is_list { FLAG_LIST } else { 0 };
        let params = vec![param(KIND_QUERY, "x", scalar, flags, constraints(case))];
        let answer = extract(0, params, pairs.join("&").as_bytes(), Vec::new());
        if flag(case, "declined", false) {
            return compare(answer[0].clone(), outcome(OUTCOME_DECLINED));
        }
        match case.get("value").map(value).or_else(|| text(case, "value_int").map(large)) {
            Some(expected) => compare(Value::Tuple(answer), tuple([outcome(0), Value::Dict(Vec::new()), expected])),
            None => compare(answer[3].clone(), Value::List(errors(case))),
        }
    });
}

fn percent_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

fn constraints(case: &Table) -> Vec<Value> {
    let Some(table) = case.get("constraints") else {
        return Vec::new();
    };
    let id = |name: &String| CONSTRAINTS.iter().position(|known| known == name).unwrap() as i64;
    // A TOML table has no order. The order of the contract is the order in which Pydantic checks.
    let mut rows: Vec<_> = table.as_table().unwrap().iter().map(|(name, limit)| (id(name), value(limit))).collect();
    rows.sort_by_key(|(id, _)| *id);
    rows.into_iter().map(|(id, limit)| tuple([Value::Int(id), limit])).collect()
}

/// Returns the errors that a row expects, as the core writes them.
fn errors(case: &Table) -> Vec<Value> {
    let rows = match case.get("errors") {
        Some(rows) => rows.as_array().unwrap().clone(),
        None => vec![case["error"].clone()],
    };
    rows.iter().map(|row| error(row.as_table().unwrap(), &case["input"])).collect()
}

fn error(row: &Table, input: &toml::Value) -> Value {
    let mut loc = vec![str("query"), str("x")];
    if let Some(positions) = row.get("loc") {
        loc.extend(positions.as_array().unwrap().iter().map(value));
    }
    let mut pairs = vec![
        (str("type"), value(&row["type"])),
        (str("loc"), Value::Tuple(loc)),
        (str("msg"), value(&row["msg"])),
        (str("input"), value(row.get("input").unwrap_or(input))),
    ];
    if let Some(context) = row.get("ctx") {
        pairs.push((str("ctx"), value(context)));
    }
    Value::Dict(pairs)
}

#[test]
fn coerce_int() {
    coerce("coerce_int.toml", SCALAR_INT);
}

#[test]
fn coerce_float() {
    coerce("coerce_float.toml", SCALAR_FLOAT);
}

#[test]
fn coerce_bool() {
    coerce("coerce_bool.toml", SCALAR_BOOL);
}

#[test]
fn coerce_str() {
    coerce("coerce_str.toml", SCALAR_STR);
}

/// The rows of scripts/generate_conformance.py: every type with every constraint that it can have.
#[test]
fn generated() {
    coerce("generated_int.toml", SCALAR_INT);
    coerce("generated_float.toml", SCALAR_FLOAT);
    coerce("generated_bool.toml", SCALAR_BOOL);
    coerce("generated_str.toml", SCALAR_STR);
    coerce("generated_raw.toml", SCALAR_RAW);
}

#[test]
fn query() {
    run("query.toml", |case| {
        let query = match text(case, "input_hex") {
            Some(digits) => unhex(digits),
            None => text(case, "input").unwrap().into(),
        };
        let expected = case["value"].as_table().unwrap();
        let mut params = Vec::new();
        let mut values = vec![outcome(0), Value::Dict(Vec::new())];
        for (name, items) in expected {
            params.push(param(KIND_QUERY, name, SCALAR_RAW, FLAG_LIST, Vec::new()));
            params.push(param(KIND_QUERY, name, SCALAR_RAW, 0, Vec::new()));
            values.push(value(items));
            values.push(value(items.as_array().unwrap().last().unwrap()));
        }
        params.push(param(KIND_QUERY, "absent", SCALAR_RAW, 0, Vec::new()));
        values.push(Value::Ellipsis);
        compare(Value::Tuple(extract(0, params, &query, Vec::new())), Value::Tuple(values))
    });
}

#[test]
fn cookie() {
    run("cookie.toml", |case| {
        let headers = case["headers"].as_array().unwrap().iter();
        let headers = headers.map(|header| (b"cookie".to_vec(), latin1(header.as_str().unwrap()))).collect();
        let flags = if flag(case, "every_header", true) { PLAN_FLAG_COOKIES_FROM_EVERY_HEADER } else { 0 };
        let mut params = vec![param(KIND_COOKIE, "absent", SCALAR_RAW, 0, Vec::new())];
        let mut values = vec![outcome(0), Value::Dict(Vec::new()), Value::Ellipsis];
        for (name, item) in case["value"].as_table().unwrap() {
            params.push(param(KIND_COOKIE, name, SCALAR_RAW, 0, Vec::new()));
            values.push(value(item));
        }
        compare(Value::Tuple(extract(flags, params, b"", headers)), Value::Tuple(values))
    });
}

#[test]
fn header() {
    run("header.toml", |case| {
        let headers = case["headers"].as_array().unwrap().iter();
        let headers =
            headers.map(|pair| (latin1(pair[0].as_str().unwrap()), latin1(pair[1].as_str().unwrap()))).collect();
        let expected = case["value"].as_table().unwrap();
        let mut params = Vec::new();
        let mut values = vec![outcome(0), Value::Dict(Vec::new())];
        for name in expected.keys().map(String::as_str).chain(["x-a", "x-b"]) {
            params.push(param(KIND_HEADER, name, SCALAR_RAW, FLAG_LIST, Vec::new()));
            params.push(param(KIND_HEADER, name, SCALAR_RAW, 0, Vec::new()));
            values.push(expected.get(name).map_or(Value::Ellipsis, value));
            values.push(expected.get(name).map_or(Value::Ellipsis, |items| value(&items[0])));
        }
        compare(Value::Tuple(extract(0, params, b"", headers)), Value::Tuple(values))
    });
}

#[test]
fn authorization() {
    run("authorization.toml", |case| {
        let header = text(case, "input").map(|input| (b"authorization".to_vec(), latin1(input)));
        let params = vec![param(KIND_HEADER, "authorization", SCALAR_AUTHORIZATION, 0, Vec::new())];
        let answer = extract(0, params, b"", header.into_iter().collect());
        let expected = match case.get("value") {
            Some(pair) => tuple([value(&pair[0]), value(&pair[1])]),
            None => Value::None,
        };
        compare(answer[2].clone(), expected)
    });
}

#[test]
fn json() {
    run("json.toml", |case| {
        let mut core = Core::new();
        let document = unhex(text(case, "input_hex").unwrap());
        if flag(case, "encoded", false) {
            core.dump_json(&document);
        } else {
            core.encode_json(&document);
        }
        let expected = match text(case, "value") {
            Some(json) => Value::Bytes(json.into()),
            None => Value::None,
        };
        compare(Value::load(core.answer()), expected)
    });
}

#[test]
fn forms() {
    run("forms.toml", |case| {
        let body = match text(case, "input_hex") {
            Some(digits) => unhex(digits),
            None => text(case, "input").unwrap().into(),
        };
        for size in [1, 2, 7, 1 << 20] {
            let expected = match (text(case, "message"), flag(case, "declined", false)) {
                (_, true) => Value::None,
                (Some(message), _) => str(message),
                (None, _) => value(&case["value"]),
            };
            let failure = compare(read_form(case, &body, size), expected);
            if failure.is_some() {
                return failure;
            }
        }
        None
    });
}

/// Returns the core's result for a form that arrives in chunks of this size, in the notation of the rows.
fn read_form(case: &Table, body: &[u8], size: usize) -> Value {
    let limit = |name: &str, default: i64| case.get(name).map_or(default, |value| value.as_integer().unwrap());
    let [max_files, max_fields, max_part_size] =
        [("max_files", 1000), ("max_fields", 1000), ("max_part_size", 1 << 20)].map(|(name, n)| limit(name, n));
    let content_type = Value::Bytes(text(case, "content_type").unwrap().into());
    let mut core = Core::new();
    core.open_form(
        &tuple([content_type, Value::Int(max_files), Value::Int(max_fields), Value::Int(max_part_size)]).dump(),
    );
    let mut state = match Value::load(core.answer()) {
        Value::Tuple(opened) => opened[1].clone(),
        answer => return answer,
    };
    let mut form = Form::default();
    let empty: &[u8] = b"";
    for (piece, flags) in body.chunks(size).map(|piece| (piece, 0)).chain([(empty, FORM_FLAG_LAST)]) {
        core.parse_form(&tuple([state, Value::Int(flags.into()), Value::Bytes(piece.into())]).dump());
        let Value::Tuple(mut answer) = Value::load(core.answer()) else { panic!("the core refused the state") };
        state = answer.pop().unwrap();
        let Some(Value::List(events)) = answer.into_iter().next() else { panic!("no events") };
        for event in events {
            if let Value::Int(error) = event {
                let kib = (max_part_size / 1024).to_string();
                return str(&FORM_ERROR_MESSAGES[error as usize]
                    .1
                    .replace("{max_files}", &max_files.to_string())
                    .replace("{max_fields}", &max_fields.to_string())
                    .replace("{max_part_kib}", &kib));
            }
            form.follow(event, piece);
        }
    }
    Value::List(form.items)
}

/// Collects the events of a form as Python does.
#[derive(Default)]
struct Form {
    items: Vec<Value>,
    head: Vec<Value>,
    data: Vec<u8>,
}

impl Form {
    fn follow(&mut self, event: Value, piece: &[u8]) {
        match event {
            Value::Tuple(pair) if pair.len() == 2 => self.items.push(Value::List(pair)),
            Value::Tuple(head) => self.head = head.into_iter().map(in_words).collect(),
            Value::Bytes(bytes) => self.data.extend(bytes),
            Value::List(place) => match place[..] {
                [Value::Int(start), Value::Int(end)] => self.data.extend(&piece[start as usize..end as usize]),
                _ => panic!("{place:?}"),
            },
            Value::None => self.end(),
            event => panic!("{event:?}"),
        }
    }

    fn end(&mut self) {
        let (mut head, data) = (std::mem::take(&mut self.head), std::mem::take(&mut self.data));
        match head.len() {
            0 => {
                let cut = data.iter().position(|&byte| byte == b'=');
                let (name, value) = cut.map_or((&data[..], &b""[..]), |cut| (&data[..cut], &data[cut + 1..]));
                head.extend([unquoted_plus(name), unquoted_plus(value)]);
            }
            1 => head.push(str(&String::from_utf8(data.clone()).unwrap_or_else(|_| from_latin1(&data)))),
            _ => head.push(str(&from_latin1(&data))),
        }
        self.items.push(Value::List(head));
    }
}

/// Decodes the bytes of headers, so that a row can write them as text.
fn in_words(value: Value) -> Value {
    match value {
        Value::Bytes(bytes) => str(&from_latin1(&bytes)),
        Value::List(items) | Value::Tuple(items) => Value::List(items.into_iter().map(in_words).collect()),
        value => value,
    }
}

fn from_latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

/// Decodes a name or a value that came in several pieces: it asks the core for the same bytes as one whole field.
fn unquoted_plus(raw: &[u8]) -> Value {
    let mut core = Core::new();
    let kind = Value::Bytes(b"application/x-www-form-urlencoded".to_vec());
    core.open_form(&tuple([kind, Value::Int(1), Value::Int(1), Value::Int(1 << 20)]).dump());
    let Value::Tuple(opened) = Value::load(core.answer()) else { panic!() };
    let piece = [b"=", raw].concat();
    core.parse_form(&tuple([opened[1].clone(), Value::Int(FORM_FLAG_LAST.into()), Value::Bytes(piece)]).dump());
    match Value::load(core.answer()) {
        Value::Tuple(answer) => match &answer[0] {
            Value::List(events) => match &events[0] {
                Value::Tuple(pair) => pair[1].clone(),
                event => panic!("{event:?}"),
            },
            events => panic!("{events:?}"),
        },
        answer => panic!("{answer:?}"),
    }
}

#[test]
fn routing() {
    run("routing.toml", |case| {
        let mut core = Core::new();
        let flags = if flag(case, "redirect_slashes", true) { PLAN_FLAG_REDIRECT_SLASHES } else { 0 };
        let routes = case["routes"].as_array().unwrap().iter().map(routing_row).collect();
        let plan = load(&mut core, flags, routes);
        let method = text(case, "method").unwrap_or("GET");
        let answer = match_request(&mut core, plan, method, text(case, "path").unwrap(), b"", Vec::new());
        if flag(case, "declined", false) {
            return compare(answer[0].clone(), outcome(OUTCOME_DECLINED));
        }
        let expected = if let Some(index) = case.get("route") {
            let params = match case.get("large_path_params") {
                Some(params) => large_values(params.as_table().unwrap()),
                None => value(&case["path_params"]),
            };
            tuple([value(index), params])
        } else if let Some(index) = case.get("method_not_allowed") {
            tuple([outcome(OUTCOME_METHOD_NOT_ALLOWED), value(index)])
        } else {
            assert!(flag(case, "not_found", false));
            tuple([outcome(OUTCOME_NOT_FOUND)])
        };
        compare(Value::Tuple(answer), expected)
    });
}

fn large_values(table: &Table) -> Value {
    Value::Dict(table.iter().map(|(name, digits)| (str(name), large(digits.as_str().unwrap()))).collect())
}

fn routing_row(row: &toml::Value) -> Value {
    let kind = match row.get("kind").map_or("operation", |kind| kind.as_str().unwrap()) {
        "operation" => ROUTE_OPERATION,
        "opaque" => ROUTE_OPAQUE,
        "barrier" => ROUTE_BARRIER,
        kind => panic!("route kind {kind}"),
    };
    let methods: Vec<&str> = match row.get("methods") {
        Some(methods) => methods.as_array().unwrap().iter().map(|method| method.as_str().unwrap()).collect(),
        None => vec!["GET"],
    };
    route(kind, row["path"].as_str().unwrap(), &methods, Vec::new())
}
