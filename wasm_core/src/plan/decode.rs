//! Reads a plan from its frame.
//!
//! ```text
//! plan  = (version, flags, (route, ...))
//! route = (route_kind, template, (method, ...), (param, ...))
//! param = (kind, name, loc_name, scalar, flags, default, ((constraint, number), ...))
//! ```
//! Numbers are ids of the contract. `GET /items/{item_id}` with a required int is
//! `(0, "/items/{item_id}", ("GET",), ((0, "item_id", "item_id", 2, 1, None, ()),))`.
//!
//! A route with a param that the core does not know (a kind of a later version, a number beyond 64 bits) becomes opaque.
//! The core refuses only a frame that is not a plan.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Kind, MethodSet, Param, Plan, Route, RouteKind, Scalar, ANY_METHOD, MAX_METHODS};
use crate::contract::*;
use crate::error::Number;
use crate::frame::reader::{int_of, Item, Reader};

/// The reason why a frame is not a plan.
pub type Refusal = &'static str;

/// Reads a whole plan.
///
/// PERF: `cold`, here and below, makes the code small. A process compiles the module before its first request and reads a
/// plan only once.
#[cold]
pub fn decode(input: &[u8]) -> Result<Plan, Refusal> {
    let mut reader = Reader::new(input);
    expect_count(&mut reader, 3, "a plan has three elements")?;
    if reader.int() != Some(i64::from(PLAN_VERSION)) {
        return Err("the plan has another version");
    }
    let flags = reader.int().ok_or("flags of a plan are an int")?;
    let count = reader.sequence().ok_or("routes are a tuple")?;
    let mut plan = Plan {
        redirect_slashes: flags & i64::from(PLAN_FLAG_REDIRECT_SLASHES) != 0,
        cookies_from_every_header: flags & i64::from(PLAN_FLAG_COOKIES_FROM_EVERY_HEADER) != 0,
        methods: Vec::new(),
        routes: Vec::new(),
    };
    for _ in 0..count {
        let route = decode_route(&mut reader, &mut plan.methods)?;
        plan.routes.push(route);
    }
    Ok(plan)
}

fn expect_count(reader: &mut Reader<'_>, count: usize, refusal: Refusal) -> Result<(), Refusal> {
    if reader.sequence() == Some(count) {
        Ok(())
    } else {
        Err(refusal)
    }
}

#[cold]
fn decode_route(reader: &mut Reader<'_>, known: &mut Vec<String>) -> Result<Route, Refusal> {
    expect_count(reader, 4, "a route has four elements")?;
    let kind = reader.int().ok_or("a route kind is an int")?;
    let template = reader.text();
    let methods = decode_methods(reader, known)?;
    let params = decode_params(reader)?;
    let mut kind = match i32::try_from(kind) {
        Ok(ROUTE_OPERATION) if params.is_some() && methods.is_some() => RouteKind::Operation,
        Ok(ROUTE_OPERATION | ROUTE_OPAQUE) => RouteKind::Opaque,
        Ok(ROUTE_BARRIER) => RouteKind::Barrier,
        _ => return Err("unknown route kind"),
    };
    if template.is_none() {
        kind = RouteKind::Barrier;
    }
    Ok(Route {
        kind,
        template: template.unwrap_or_default().to_owned(),
        methods: methods.unwrap_or(ANY_METHOD),
        params: params.unwrap_or_default(),
    })
}

/// Reads the methods of a route as bits. None: the plan has more methods than bits.
fn decode_methods(reader: &mut Reader<'_>, known: &mut Vec<String>) -> Result<Option<MethodSet>, Refusal> {
    let count = reader.sequence().ok_or("methods are a tuple")?;
    if count == 0 {
        return Ok(Some(ANY_METHOD));
    }
    let mut set = Some(0);
    for _ in 0..count {
        let method = reader.text().ok_or("a method is a str")?;
        let bit = method_position(method, known).map(|position| 1 << position);
        set = set.zip(bit).map(|(set, bit): (MethodSet, MethodSet)| set | bit);
    }
    Ok(set)
}

fn method_position(method: &str, known: &mut Vec<String>) -> Option<usize> {
    if let Some(position) = known.iter().position(|name| name == method) {
        return Some(position);
    }
    if known.len() == MAX_METHODS {
        return None;
    }
    known.push(method.to_owned());
    Some(known.len() - 1)
}

/// Reads the params of a route. None: the core does not know one of them.
#[cold]
fn decode_params(reader: &mut Reader<'_>) -> Result<Option<Vec<Param>>, Refusal> {
    let count = reader.sequence().ok_or("params are a tuple")?;
    let mut params = Some(Vec::new());
    for _ in 0..count {
        let param = decode_param(reader)?;
        params = params.zip(param).map(|(mut params, param)| {
            params.push(param);
            params
        });
    }
    Ok(params)
}

#[cold]
fn decode_param(reader: &mut Reader<'_>) -> Result<Option<Param>, Refusal> {
    expect_count(reader, 7, "a param has seven elements")?;
    let kind = reader.int().ok_or("a kind is an int")?;
    let name = reader.text().ok_or("a name is a str")?.to_owned();
    let loc_name = reader.text().ok_or("a loc name is a str")?.to_owned();
    let scalar = reader.int().ok_or("a scalar is an int")?;
    let flags = reader.int().ok_or("flags of a param are an int")?;
    let default = match reader.next() {
        Some(Item::None) => None,
        Some(Item::Bytes(document)) => Some(document.to_owned()),
        _ => return Err("a default is bytes or None"),
    };
    let constraints = decode_constraints(reader)?;
    let row = (|| {
        Some(Param {
            kind: kind_of(kind)?,
            name,
            loc_name,
            scalar: scalar_of(scalar)?,
            required: flags & i64::from(FLAG_REQUIRED) != 0,
            list: flags & i64::from(FLAG_LIST) != 0,
            default,
            constraints: constraints?,
        })
    })();
    Ok(row)
}

/// Reads the constraints of a param. None: a number does not fit 64 bits.
fn decode_constraints(reader: &mut Reader<'_>) -> Result<Option<Vec<(i32, Number)>>, Refusal> {
    let count = reader.sequence().ok_or("constraints are a tuple")?;
    let mut constraints = Some(Vec::new());
    for _ in 0..count {
        expect_count(reader, 2, "a constraint has two elements")?;
        let id = reader.int().ok_or("a constraint is an int")?;
        let number = match reader.next().ok_or("a limit is missing")? {
            Item::Float(value) => Some(Number::Float(value)),
            Item::Bool(value) => Some(Number::Int(i64::from(value))),
            item @ (Item::Int(_) | Item::Long { .. }) => int_of(item).map(Number::Int),
            _ => return Err("a limit is a number"),
        };
        let row = i32::try_from(id).ok().zip(number);
        constraints = constraints.zip(row).map(|(mut rows, row)| {
            rows.push(row);
            rows
        });
    }
    Ok(constraints)
}

fn kind_of(id: i64) -> Option<Kind> {
    Some(match i32::try_from(id).ok()? {
        KIND_PATH => Kind::Path,
        KIND_QUERY => Kind::Query,
        KIND_HEADER => Kind::Header,
        KIND_COOKIE => Kind::Cookie,
        KIND_BODY => Kind::Body,
        _ => return None,
    })
}

fn scalar_of(id: i64) -> Option<Scalar> {
    Some(match i32::try_from(id).ok()? {
        SCALAR_RAW => Scalar::Raw,
        SCALAR_STR => Scalar::Str,
        SCALAR_INT => Scalar::Int,
        SCALAR_FLOAT => Scalar::Float,
        SCALAR_BOOL => Scalar::Bool,
        SCALAR_AUTHORIZATION => Scalar::Authorization,
        _ => return None,
    })
}
