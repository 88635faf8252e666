//! Routes a path with several templates, one per line: the result is the first template that matches when it is alone.
#![no_main]

use fastapi_core::contract::*;
use fastapi_core::ops::Core;
use fastapi_core_fuzz::frames::Value;
use fastapi_core_fuzz::{ask, lines, load, request, route};
use libfuzzer_sys::fuzz_target;

const MAX_ROUTES: usize = 12;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut texts = lines(text.as_bytes()).map(|line| std::str::from_utf8(line).unwrap_or_default());
    let path = texts.next().unwrap_or_default();
    // A "!" before a template gives the route another method.
    let templates: Vec<&str> = texts.take(MAX_ROUTES).collect();
    let other_method: Vec<bool> = templates.iter().map(|template| template.starts_with('!')).collect();
    let routes: Vec<Value> = templates.into_iter().map(row).collect();
    let frame = request("GET", path, b"", Vec::new());
    let together = answer(routes.clone(), &frame);
    let alone: Vec<Vec<Value>> = routes.into_iter().map(|route| answer(vec![route], &frame)).collect();
    let is = |answer: &Vec<Value>, outcome: i32| answer[0] == Value::Int(outcome.into());
    match &together[0] {
        Value::Int(index @ 0..) => {
            let index = *index as usize;
            assert!(is(&alone[index], 0), "{together:?} {alone:?}");
            assert_eq!(together[1], alone[index][1]);
            // Alone, the core may decline an earlier route of another method; that route cannot be the first match.
            let earlier = alone[..index].iter().zip(&other_method);
            let passed =
                |(answer, other): (&Vec<Value>, &bool)| *other || is(answer, OUTCOME_NOT_FOUND) || is_redirect(answer);
            assert!(earlier.into_iter().all(passed), "{together:?} {alone:?}");
        }
        Value::Int(outcome) if *outcome == i64::from(OUTCOME_NOT_FOUND) => {
            assert!(alone.iter().all(|answer| is(answer, OUTCOME_NOT_FOUND)), "{alone:?}");
        }
        Value::Int(outcome) if *outcome == i64::from(OUTCOME_METHOD_NOT_ALLOWED) => {
            let Value::Int(index) = together[1] else { panic!("{together:?}") };
            assert!(!alone.iter().any(|answer| is(answer, 0)), "{alone:?}");
            assert!(is(&alone[index as usize], OUTCOME_METHOD_NOT_ALLOWED), "{alone:?}");
        }
        // Declined: the core declines at least one route that is alone, or the path.
        _ => assert!(
            alone.is_empty() || alone.iter().any(|answer| is(answer, OUTCOME_DECLINED)),
            "{together:?} {alone:?}"
        ),
    }
});

fn is_redirect(answer: &[Value]) -> bool {
    answer == [Value::Int(OUTCOME_DECLINED.into()), Value::Int(DECLINED_REDIRECT.into())]
}

fn row(template: &str) -> Value {
    match template.strip_prefix('!') {
        Some(template) => route(ROUTE_OPERATION, template, &["PUT"], Vec::new()),
        None => route(ROUTE_OPERATION, template, &["GET"], Vec::new()),
    }
}

fn answer(routes: Vec<Value>, frame: &[u8]) -> Vec<Value> {
    let mut core = Core::new();
    let plan = load(&mut core, PLAN_FLAG_REDIRECT_SLASHES, routes);
    ask(&mut core, plan, frame)
}
