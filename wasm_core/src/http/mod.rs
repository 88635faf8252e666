//! Byte grammars of HTTP, read as Starlette and Python's standard library do, also where these differ from an RFC.

pub mod cookie;
pub mod head;
pub mod header;
pub mod percent;
pub mod query;
