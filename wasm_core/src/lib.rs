//! The core of fastapi-rs, compiled to wasm32-wasip1: routing, parameters, JSON, forms, passwords and HMAC signatures in
//! one module that imports nothing. The same crate builds two extra modules, for signatures by RSA and elliptic curves.
//!
//! Python and a module exchange frames. A frame is a CPython marshal document: Python writes one into the input buffer,
//! calls an export, and reads one from the output buffer. For a request of the route `GET /items/{item_id}` with the
//! query parameter `q`:
//!
//! ```text
//! match_request  <- ("GET", "/items/7", b"q=a%20b", [(b"host", b"example.com")])
//!                -> (0, {"item_id": "7"}, 7, "a b")        route 0, path parameters, one value for each parameter
//! ```
//!
//! # Layers
//!
//! A module imports from its own layer and from the layers below it.
//!
//! | layer | modules | purpose |
//! | --- | --- | --- |
//! | R5 | `abi`, `abi_security`, `boundary`, `memory` | exports, buffers, allocator; the only files with `unsafe` and `extern "C"` |
//! | R4 | [`ops`] | one operation per file: reads the frame, calls the work, writes the answer |
//! | R3 | `router`, `params`, `json`, `forms`, `security` | the work: bytes in, values or an error record out |
//! | R2 | `http`, `plan` | byte grammars of HTTP; the compiled plan of an application |
//! | R1 | `frame`, `error` | the wire format; error records |
//! | R0 | [`contract`] | generated from `params_schema.yaml`: ids, names, messages, hash |
//!
//! # Terms
//!
//! - *Plan*: the routes and parameters of an application as data, compiled once (`load_plan`).
//! - *Row*: one parameter of a route.
//! - *Answer*: the frame that an operation writes.
//! - *Exact way*: the Python code that follows Starlette and Pydantic step by step.
//! - *Decline*: to answer that the exact way must handle the request.
//!
//! # Invariants
//!
//! - No input causes a panic.
//! - For a given plan, the work of an operation is linear in the size of its input.
//! - An answer equals that of Starlette, Pydantic or `json`. Where the core is not certain, it declines or answers None;
//!   it never guesses.

#![cfg_attr(all(target_family = "wasm", any(feature = "requests", feature = "secrets")), no_std)]

extern crate alloc;

// The features of Cargo.toml select the module: `requests` builds the core, and the extras have only `secrets`.
// Without both, the crate is a library for js/, the package for JavaScript, which has a boundary of its own.
#[cfg(all(target_family = "wasm", feature = "requests"))]
mod abi;
#[cfg(all(target_family = "wasm", feature = "secrets"))]
mod abi_security;
#[cfg(all(target_family = "wasm", any(feature = "requests", feature = "secrets")))]
mod boundary;
// scripts/generate_contract.py formats this file.
#[rustfmt::skip]
pub mod contract;
mod error;
mod forms;
#[cfg(any(feature = "requests", feature = "secrets"))]
mod frame;
#[cfg(not(any(feature = "requests", feature = "secrets")))]
pub mod frame;
mod http;
mod json;
#[cfg(all(target_family = "wasm", any(feature = "requests", feature = "secrets")))]
mod memory;
pub mod ops;
mod params;
mod plan;
mod router;
mod security;
