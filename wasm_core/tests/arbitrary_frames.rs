//! Sends arbitrary bytes as frames: no operation panics, and each answer is a marshal document.

mod frames;

use fastapi_core::ops::Core;
use frames::{str, tuple, Value};
use proptest::prelude::*;

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::None),
        Just(Value::Ellipsis),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::Int),
        (-3i64..9).prop_map(Value::Int),
        any::<f64>().prop_map(Value::Float),
        ".{0,6}".prop_map(Value::Str),
        "(/(\\{[ab](:int|:path)?\\}|x|))*".prop_map(Value::Str),
        prop::collection::vec(any::<u8>(), 0..9).prop_map(Value::Bytes),
    ];
    leaf.prop_recursive(6, 60, 8, |inner| {
        let items = prop::collection::vec(inner.clone(), 0..8);
        prop_oneof![
            items.clone().prop_map(Value::Tuple),
            items.prop_map(Value::List),
            prop::collection::vec((inner.clone(), inner), 0..4).prop_map(Value::Dict),
        ]
    })
}

/// Frames of arbitrary values, with a few bytes changed.
fn frames() -> impl Strategy<Value = Vec<u8>> {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4);
    (values(), changes).prop_map(|(value, changes)| {
        let mut frame = value.dump();
        for (index, byte) in changes {
            let position = index.index(frame.len());
            frame[position] = byte;
        }
        frame
    })
}

/// Plans of the right shape with arbitrary numbers.
fn plans() -> impl Strategy<Value = Vec<u8>> {
    let number = || prop_oneof![4 => (0i64..7).prop_map(Value::Int), 1 => any::<f64>().prop_map(Value::Float)];
    let name = || "[ab]".prop_map(Value::Str);
    let constraint = (0i64..10, number()).prop_map(|(id, number)| tuple([Value::Int(id), number]));
    let constraints = prop::collection::vec(constraint, 0..3).prop_map(Value::Tuple);
    let param = (0i64..5, name(), 0i64..6, 0i64..4, any::<bool>(), constraints).prop_map(
        |(kind, name, scalar, flags, default, constraints)| {
            let default = if default { Value::Bytes(b"N".to_vec()) } else { Value::None };
            let [kind, scalar, flags] = [kind, scalar, flags].map(Value::Int);
            tuple([kind, name.clone(), name, scalar, flags, default, constraints])
        },
    );
    let params = prop::collection::vec(param, 0..5).prop_map(Value::Tuple);
    let route =
        (0i64..3, "(/(\\{a(:int)?\\}|\\{b(:path)?\\}|x|)){1,3}", params).prop_map(|(kind, template, params)| {
            tuple([Value::Int(kind), Value::Str(template), tuple([str("GET")]), params])
        });
    (0i64..4, prop::collection::vec(route, 0..4))
        .prop_map(|(flags, routes)| tuple([Value::Int(1), Value::Int(flags), Value::Tuple(routes)]).dump())
}

fn requests() -> impl Strategy<Value = Vec<u8>> {
    let bytes = || {
        prop_oneof!["[ab]=[0-9.e_-]{0,4}(&[ab]=[0-9a-z%+]{0,3}){0,3}".prop_map(String::into_bytes), any::<Vec<u8>>()]
    };
    let name = prop_oneof![Just("cookie"), Just("a"), Just("b")].prop_map(|name| name.as_bytes().to_vec());
    let header = (name, bytes()).prop_map(|(name, value)| tuple([Value::Bytes(name), Value::Bytes(value)]));
    let headers = prop::collection::vec(header, 0..4).prop_map(Value::List);
    ("(/(x|1|22|)){1,4}", bytes(), headers)
        .prop_map(|(path, query, headers)| tuple([str("GET"), Value::Str(path), Value::Bytes(query), headers]).dump())
}

/// Forms for `read_form`, with arbitrary routes, fields and limits.
fn forms() -> impl Strategy<Value = Vec<u8>> {
    let body = prop_oneof!["([ab]=[0-9a-z.e%+]{0,4}&?){0,6}".prop_map(String::into_bytes), any::<Vec<u8>>()];
    (0i64..3, body, 0i64..7, 0i64..9).prop_map(|(index, body, fields, size)| {
        tuple([Value::Int(index), Value::Bytes(body), Value::Int(fields), Value::Int(size)]).dump()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn operations_answer_any_frame(plan in frames(), request in frames(), document in frames()) {
        let mut core = Core::new();
        core.load_plan(&plan);
        Value::load(core.answer());
        core.match_request(0, &request);
        Value::load(core.answer());
        core.match_head(0, &request);
        Value::load(core.answer());
        core.read_form(0, &request);
        Value::load(core.answer());
        core.encode_json(&document);
        Value::load(core.answer());
        core.dump_json(&document);
        Value::load(core.answer());
        core.open_form(&document);
        Value::load(core.answer());
        core.parse_form(&document);
        Value::load(core.answer());
    }

    /// `parse_form` answers a piece with arbitrary bytes as its state.
    #[test]
    fn parse_form_answers_any_state(kind in 0u8..3, rest: Vec<u8>, changes: Vec<(prop::sample::Index, u8)>, piece: Vec<u8>, flags in 0i64..4) {
        let mut core = Core::new();
        let content_type = Value::Bytes(b"multipart/form-data; boundary=b".to_vec());
        core.open_form(&tuple([content_type, Value::Int(9), Value::Int(9), Value::Int(9)]).dump());
        let Value::Tuple(opened) = Value::load(core.answer()) else { panic!("not opened") };
        let Value::Bytes(mut state) = opened[1].clone() else { panic!("no state") };
        for (place, byte) in changes {
            let place = place.index(state.len());
            state[place] = byte;
        }
        for state in [state, [vec![kind], rest].concat()] {
            core.parse_form(&tuple([Value::Bytes(state), Value::Int(flags), Value::Bytes(piece.clone())]).dump());
            Value::load(core.answer());
        }
    }

    #[test]
    fn operations_answer_any_bytes(bytes: Vec<u8>) {
        let mut core = Core::new();
        core.load_plan(&bytes);
        core.encode_json(&bytes);
        Value::load(core.answer());
    }

    /// A request gets the same answer again after another request.
    #[test]
    fn answers_do_not_depend_on_earlier_requests(plan in plans(), first in requests(), second in requests()) {
        let mut core = Core::new();
        core.load_plan(&plan);
        prop_assert_eq!(Value::load(core.answer()), Value::Int(0));
        core.match_request(0, &first);
        let answer = core.answer().to_vec();
        Value::load(&answer);
        core.match_request(0, &second);
        core.match_request(0, &first);
        prop_assert_eq!(core.answer(), &answer[..]);
    }

    /// A form gets the same answer again after another form: a tuple of values, or None.
    #[test]
    fn answers_do_not_depend_on_earlier_forms(plan in plans(), first in forms(), second in forms()) {
        let mut core = Core::new();
        core.load_plan(&plan);
        core.read_form(0, &first);
        let answer = core.answer().to_vec();
        prop_assert!(matches!(Value::load(&answer), Value::None | Value::Tuple(_)));
        core.read_form(0, &second);
        core.read_form(0, &first);
        prop_assert_eq!(core.answer(), &answer[..]);
    }
}
