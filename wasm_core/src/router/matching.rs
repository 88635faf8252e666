//! Finds the route of a request in the tree. The rules are in the documentation of `router`.

use alloc::vec::Vec;

use super::template::Template;
use super::tree::{Leaf, Node, NodeId, Tree};
use crate::contract::{DECLINED_BARRIER, DECLINED_CONVERTOR, DECLINED_OPAQUE, DECLINED_PATH, DECLINED_REDIRECT};
use crate::plan::{MethodSet, Plan, RouteKind, ANY_METHOD};

/// The number of digits that `int()` takes since CPython 3.8.14; more raise ValueError.
const MAX_INT_DIGITS: usize = 4300;

/// The routes of a plan, compiled for matching.
pub struct Router {
    tree: Tree,
    /// The index of the first barrier; `u32::MAX` when there is none.
    barrier: u32,
    redirect_slashes: bool,
}

/// The result of matching a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Found(u32),
    NotFound,
    MethodNotAllowed(u32),
    /// The exact way must match it. The number is a reason of the contract.
    Declined(i32),
}

impl Router {
    /// Builds the tree. `templates` has the parsed template of each route of the plan.
    pub fn new(plan: &Plan, templates: &[Option<Template>]) -> Self {
        let mut tree = Tree::new();
        let mut barrier = u32::MAX;
        for (index, (route, template)) in plan.routes.iter().zip(templates).enumerate() {
            let index = index as u32;
            let opaque = route.kind != RouteKind::Operation;
            match template {
                Some(template) if route.kind != RouteKind::Barrier => {
                    tree.insert(template, Leaf { index, methods: route.methods, opaque });
                }
                _ => barrier = barrier.min(index),
            }
        }
        Router { tree, barrier, redirect_slashes: plan.redirect_slashes }
    }

    /// Returns the route of a request, by the rules in the documentation of `router`.
    pub fn find(&self, path: &str, method: MethodSet) -> Outcome {
        let path = path.as_bytes();
        // Starlette's patterns treat a newline specially: "$" also matches before it, and "." does not match it.
        let [b'/', rest @ ..] = path else {
            return Outcome::Declined(DECLINED_PATH);
        };
        if memchr::memchr(b'\n', path).is_some() {
            return Outcome::Declined(DECLINED_PATH);
        }
        let mut walk = Walk::new(&self.tree, method);
        walk.visit(0, Some(rest));
        if walk.too_many_digits {
            return Outcome::Declined(DECLINED_CONVERTOR);
        }
        match (walk.full, walk.partial) {
            (Some(leaf), _) => self.check(leaf, Outcome::Found(leaf.index), leaf.index),
            (None, Some(leaf)) => self.check(leaf, Outcome::MethodNotAllowed(leaf.index), u32::MAX),
            (None, None) if self.barrier != u32::MAX => Outcome::Declined(DECLINED_BARRIER),
            (None, None) => self.without_match(path),
        }
    }

    /// Returns the outcome for a route, or declines if there is a barrier before `last` or the route is opaque.
    fn check(&self, leaf: Leaf, outcome: Outcome, last: u32) -> Outcome {
        if self.barrier < last {
            Outcome::Declined(DECLINED_BARRIER)
        } else if leaf.opaque {
            Outcome::Declined(DECLINED_OPAQUE)
        } else {
            outcome
        }
    }

    /// Returns 404, or declines if a route matches the path with its trailing slash toggled.
    fn without_match(&self, path: &[u8]) -> Outcome {
        if !self.redirect_slashes || path == b"/" {
            return Outcome::NotFound;
        }
        let mut stripped = path;
        while let [start @ .., b'/'] = stripped {
            stripped = start;
        }
        let redirects = match stripped {
            // A path of slashes only: the redirect depends on the root path, which the core does not know.
            [] => true,
            _ if stripped.len() == path.len() => self.matches_with_slash(path),
            [_, rest @ ..] => self.matches(rest),
        };
        if redirects {
            Outcome::Declined(DECLINED_REDIRECT)
        } else {
            Outcome::NotFound
        }
    }

    fn matches_with_slash(&self, path: &[u8]) -> bool {
        let mut toggled = Vec::with_capacity(path.len());
        toggled.extend_from_slice(&path[1..]);
        toggled.push(b'/');
        self.matches(&toggled)
    }

    /// Returns whether any route matches the path; its methods do not matter.
    fn matches(&self, rest: &[u8]) -> bool {
        let mut walk = Walk::new(&self.tree, ANY_METHOD);
        walk.visit(0, Some(rest));
        walk.full.is_some() || walk.partial.is_some() || walk.too_many_digits
    }
}

/// A walk through the tree, with the best matches so far.
struct Walk<'a> {
    nodes: &'a [Node],
    method: MethodSet,
    full: Option<Leaf>,
    partial: Option<Leaf>,
    too_many_digits: bool,
}

impl<'a> Walk<'a> {
    fn new(tree: &'a Tree, method: MethodSet) -> Self {
        Walk { nodes: &tree.nodes, method, full: None, partial: None, too_many_digits: false }
    }

    /// Collects the matches at a node and below it. `rest` is the part of the path after the next slash; None: the path
    /// ends here.
    ///
    /// A walk visits each node at most once. PERF: it skips a subtree whose routes are all later than the best match.
    fn visit(&mut self, id: NodeId, rest: Option<&[u8]>) {
        let nodes = self.nodes;
        let node = &nodes[id as usize];
        if self.full.is_some_and(|best| best.index <= node.min_index) {
            return;
        }
        let Some(rest) = rest else {
            return self.collect(&node.here);
        };
        self.collect(&node.rest);
        let (segment, after) = match memchr::memchr(b'/', rest) {
            Some(position) => (&rest[..position], Some(&rest[position + 1..])),
            None => (rest, None),
        };
        if let Some(child) = node.literal(segment) {
            self.visit(child, after);
        }
        if segment.is_empty() {
            return;
        }
        if let Some(child) = node.text {
            self.visit(child, after);
        }
        if let Some(child) = node.int {
            if segment.iter().all(u8::is_ascii_digit) {
                self.too_many_digits |= segment.len() > MAX_INT_DIGITS;
                self.visit(child, after);
            }
        }
    }

    /// Takes the first FULL and the first PARTIAL match of a list, if they are earlier than the best ones so far.
    fn collect(&mut self, leaves: &[Leaf]) {
        for &leaf in leaves {
            let best = if leaf.takes(self.method) { &mut self.full } else { &mut self.partial };
            if best.is_none_or(|best| leaf.index < best.index) {
                *best = Some(leaf);
            }
            if self.full.is_some_and(|best| best.index <= leaf.index) {
                break;
            }
        }
    }
}
