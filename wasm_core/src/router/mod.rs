//! Which route answers a request. Everything that decides priority between routes lives below.
//!
//! Starlette tries routes in the order of registration. The first whose path and methods match (FULL) answers. Without
//! one, the first whose path alone matches (PARTIAL) answers 405. Without one, and with `redirect_slashes`, the path is
//! tried again with its trailing slashes taken off, or one put on; else 404.
//!
//! What the core answers, `first` being the index of the first FULL match:
//!
//! 1. A barrier may match anything: with a barrier before `first` the core declines.
//! 2. `first` is an operation: it answers. `first` is opaque: the core declines. An opaque route whose methods do not
//!    include that of the request is PARTIAL, as an operation is; one that names no methods takes all.
//! 3. No FULL match: any barrier declines. The first PARTIAL, if an operation, answers 405; if opaque, declines.
//! 4. Nothing matches: the core declines if the toggled path matches any route, else answers 404.
//!
//! A template that the core cannot express exactly stands in the tree as an opaque route at the prefix that it can:
//! it matches too much, never too little, so the core declines too often, never wrongly.

pub mod matching;
pub mod template;
pub mod tree;

#[cfg(test)]
mod naive;
