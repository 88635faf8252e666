//! From the bytes of a request to the values of an operation.

pub mod coerce;
pub mod constraints;
pub mod extract;
pub mod row;
