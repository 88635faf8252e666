//! The slow, obvious twin of the router: it tries the templates one by one, with the backtracking of a regular expression.

use proptest::prelude::*;

use super::matching::{Outcome, Router};
use super::template::Template;
use crate::plan::{Plan, Route, RouteKind, ANY_METHOD};

/// One piece of a template.
#[derive(Clone, Debug)]
enum Piece {
    Text(char),
    Str,
    Int,
    Path,
}

/// Returns whether a template matches a path, as `re.match("^...$")` of Starlette's pattern does.
fn matches(pieces: &[Piece], path: &[char]) -> bool {
    let Some((piece, pieces)) = pieces.split_first() else {
        return path.is_empty();
    };
    let (least, accepts): (usize, fn(char) -> bool) = match piece {
        Piece::Text(character) => return path.first() == Some(character) && matches(pieces, &path[1..]),
        Piece::Str => (1, |character| character != '/'),
        Piece::Int => (1, |character| character.is_ascii_digit()),
        Piece::Path => (0, |_| true),
    };
    let most = path.iter().take_while(|&&character| accepts(character)).count();
    (least..=most).any(|count| matches(pieces, &path[count..]))
}

fn pieces(template: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some(character) = rest.chars().next() {
        let known = [("{a}", Piece::Str), ("{b}", Piece::Str), ("{n:int}", Piece::Int), ("{p:path}", Piece::Path)];
        match known.into_iter().find(|(text, _)| rest.starts_with(text)) {
            Some((text, piece)) => {
                pieces.push(piece);
                rest = &rest[text.len()..];
            }
            None => {
                pieces.push(Piece::Text(character));
                rest = &rest[character.len_utf8()..];
            }
        }
    }
    pieces
}

/// Returns Starlette's result: the first FULL match, else the first PARTIAL one, else a redirect, else 404. None: the
/// router must decline.
fn expected(routes: &[(String, u64, RouteKind)], path: &str, method: u64, redirect: bool) -> Option<Outcome> {
    let first = |path: &str, wanted: &dyn Fn(u64) -> bool| {
        let path: Vec<char> = path.chars().collect();
        routes.iter().position(|(template, methods, kind)| {
            *kind == RouteKind::Barrier || matches(&pieces(template), &path) && wanted(*methods)
        })
    };
    let known = |index: usize, outcome| (routes[index].2 == RouteKind::Operation).then_some(outcome);
    if let Some(index) = first(path, &|methods| methods & (method | ANY_METHOD) != 0) {
        return known(index, Outcome::Found(index as u32));
    }
    if let Some(index) = first(path, &|_| true) {
        return known(index, Outcome::MethodNotAllowed(index as u32));
    }
    let toggled = match path.strip_suffix('/') {
        Some(_) => path.trim_end_matches('/').to_string(),
        None => format!("{path}/"),
    };
    if redirect && path != "/" && first(&toggled, &|_| true).is_some() {
        return None;
    }
    Some(Outcome::NotFound)
}

fn found(routes: &[(String, u64, RouteKind)], path: &str, method: u64, redirect_slashes: bool) -> Outcome {
    let plan = Plan {
        redirect_slashes,
        cookies_from_every_header: true,
        methods: Vec::new(),
        routes: routes
            .iter()
            .map(|(template, methods, kind)| Route {
                kind: *kind,
                template: template.clone(),
                methods: *methods,
                params: Vec::new(),
            })
            .collect(),
    };
    let templates: Vec<_> = routes.iter().map(|(template, ..)| Template::parse(template)).collect();
    Router::new(&plan, &templates).find(path, method)
}

fn template(segments: &'static str) -> impl Strategy<Value = String> {
    proptest::string::string_regex(segments).unwrap()
}

fn methods() -> impl Strategy<Value = u64> {
    prop_oneof![Just(1), Just(2), Just(3), Just(ANY_METHOD)]
}

fn kinds() -> impl Strategy<Value = RouteKind> {
    prop_oneof![12 => Just(RouteKind::Operation), 2 => Just(RouteKind::Opaque), 1 => Just(RouteKind::Barrier)]
}

const EXACT: &str = r"(/(x|y|1|\{a\}|\{n:int\}|)){1,3}(/\{p:path\})?";
const ANY: &str = r"(/(x|y|1|\{a\}|\{n:int\}|\{p:path\}|x\{a\}|)){1,3}";
const PATH: &str = r"(/(x|y|1|12|xy|)){1,4}";

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    #[test]
    fn exact_templates_get_the_answer_of_the_twin(
        routes in prop::collection::vec((template(EXACT), methods(), kinds()), 1..6),
        path in PATH, method in 1u64..4, redirect: bool,
    ) {
        prop_assume!(!routes.iter().any(|(text, ..)| text.matches("{a}").count() > 1 || text.matches("{n").count() > 1));
        let answer = found(&routes, &path, method, redirect);
        match expected(&routes, &path, method, redirect) {
            Some(outcome) if path.trim_matches('/').is_empty() && path != "/" => {
                prop_assert!(answer == outcome || matches!(answer, Outcome::Declined(_)));
            }
            Some(outcome) => prop_assert_eq!(answer, outcome),
            None => prop_assert!(matches!(answer, Outcome::Declined(_))),
        }
    }

    #[test]
    fn other_templates_get_the_answer_of_the_twin_or_are_declined(
        routes in prop::collection::vec((template(ANY), methods(), kinds()), 1..6),
        path in PATH, method in 1u64..4, redirect: bool,
    ) {
        let answer = found(&routes, &path, method, redirect);
        if !matches!(answer, Outcome::Declined(_)) {
            prop_assert_eq!(Some(answer), expected(&routes, &path, method, redirect));
        }
    }
}
