//! The core of fastapi-rs: routing, parameters, JSON and forms as one wasm module that imports nothing, and beside it
//! signatures and password hashing as three more.
//!
//! A frame (a CPython marshal document) comes in, a frame goes out. Layers, imports go downward only:
//!
//! | layer | modules | for what |
//! | --- | --- | --- |
//! | R5 | `abi`, `abi_security`, `memory` | the only files with `extern "C"` and `unsafe` |
//! | R4 | [`ops`] | one operation per file: joins frames and work |
//! | R3 | `router`, `params`, `json`, `forms`, `security` | the work |
//! | R2 | `http`, `plan` | byte grammars; the compiled plan |
//! | R1 | `frame`, `error` | the wire format; error records |
//! | R0 | [`contract`] | generated: ids, names, messages, hash |
//!
//! Invariants: nothing panics on input; no work is more than linear in the input for a given plan; whatever is not
//! certain is left to Python (an answer "declined", or None), never guessed.

#![cfg_attr(target_family = "wasm", no_std)]

extern crate alloc;

// Several modules from one crate (Cargo.toml, features): one with secrets, or without any feature the core.
#[cfg(all(target_family = "wasm", not(feature = "secrets")))]
mod abi;
#[cfg(all(target_family = "wasm", feature = "secrets"))]
mod abi_security;
// Formatted by its generator.
#[rustfmt::skip]
pub mod contract;
mod error;
mod forms;
mod frame;
mod http;
mod json;
#[cfg(target_family = "wasm")]
mod memory;
pub mod ops;
mod params;
mod plan;
mod router;
mod security;
