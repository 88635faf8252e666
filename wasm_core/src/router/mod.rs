//! Matches a request to a route. All rules of priority between routes are in this module and its submodules.
//!
//! Starlette tries routes in the order of registration:
//!
//! - The first route whose path and methods match (FULL) handles the request.
//! - Without a FULL match, the first route whose path alone matches (PARTIAL) answers 405.
//! - Without any match and with `redirect_slashes`, Starlette tries the path with its trailing slashes removed, or with one
//!   added, and redirects. Otherwise it answers 404.
//!
//! The core follows these rules, where `first` is the index of the first FULL match:
//!
//! 1. A barrier before `first`: the core declines, because a barrier may match any request.
//! 2. `first` is an operation: the core returns it. `first` is opaque: the core declines. An opaque route whose methods do
//!    not include the method of the request is PARTIAL, as an operation is. A route without methods accepts all.
//! 3. No FULL match: the core declines if there is any barrier. The first PARTIAL match answers 405 if it is an operation;
//!    the core declines if it is opaque.
//! 4. No match: the core declines if any route matches the toggled path; otherwise it answers 404.
//!
//! With the routes `/items/{id}` and `/items/mine`, in this order, `/items/mine` finds the first one.
//!
//! The tree holds a template that it cannot express exactly as an opaque route at the longest prefix that it can express.
//! Such a route matches too many paths and never too few. The core then declines more often than necessary, but its
//! answers stay right.

pub mod matching;
pub mod template;
pub mod tree;

#[cfg(test)]
mod naive;
