//! `load_plan`: compiles the routes of an application.

use alloc::vec::Vec;

use crate::frame::writer::Writer;
use crate::params::extract::Operation;
use crate::plan::decode::{decode, Refusal};
use crate::plan::{Plan, RouteKind};
use crate::router::matching::Router;
use crate::router::template::Template;

/// A plan, compiled for matching requests.
pub(crate) struct LoadedPlan {
    pub plan: Plan,
    pub router: Router,
    /// By index of the route; None when the route is not an operation.
    pub operations: Vec<Option<Operation>>,
}

/// Reads and compiles a plan. An operation whose parameters the core cannot read exactly becomes an opaque route.
#[cold]
pub(crate) fn load_plan(input: &[u8]) -> Result<LoadedPlan, Refusal> {
    let mut plan = decode(input)?;
    let mut operations = Vec::with_capacity(plan.routes.len());
    let mut templates = Vec::with_capacity(plan.routes.len());
    for (index, route) in plan.routes.iter_mut().enumerate() {
        let template = Template::parse(&route.template);
        let operation = match &template {
            Some(template) if route.kind == RouteKind::Operation => {
                Operation::compile(index as u32, route, template, plan.cookies_from_every_header)
            }
            _ => None,
        };
        if operation.is_none() && route.kind == RouteKind::Operation {
            route.kind = RouteKind::Opaque;
        }
        operations.push(operation);
        templates.push(template);
    }
    let router = Router::new(&plan, &templates);
    Ok(LoadedPlan { plan, router, operations })
}

/// Writes the id of a plan, or `(None, reason)`.
pub(crate) fn answer(id: Result<usize, Refusal>, answer: &mut Writer) {
    match id {
        Ok(id) => answer.int(id as i64),
        Err(refusal) => {
            answer.tuple(2);
            answer.none();
            answer.str(refusal);
        }
    }
}
