//! Converts text to a scalar as Pydantic 2 does in lax mode: one scalar per file.
//!
//! A conversion returns the value, Pydantic's error, or [`Wrong::Unsure`]. It is unsure where versions of Pydantic differ
//! and where the value exceeds a limit of the core; then the request takes the exact way.

pub mod bool;
pub mod float;
pub mod int;
pub mod large;
pub mod str;

use crate::contract::ErrorType;
use crate::error::Failure;

/// The reason why a text has no value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wrong {
    Failure(Failure),
    /// The exact way must convert it. The number is a reason of the contract.
    Unsure(i32),
}

impl Wrong {
    const fn plain(error: ErrorType) -> Self {
        Wrong::Failure(Failure::plain(error))
    }
}
