//! Byte grammars of HTTP, as Starlette and the standard library of Python read them.

pub mod cookie;
pub mod header;
pub mod percent;
pub mod query;
