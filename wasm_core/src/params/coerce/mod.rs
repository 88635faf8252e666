//! Lax conversion of text, exactly as Pydantic 2 does it: one scalar per file.
//!
//! Each conversion gives the value, the error, or [`Wrong::Unsure`] where versions of Pydantic differ or where
//! the value does not fit: then the request is left to the exact way.

pub mod bool;
pub mod float;
pub mod int;
pub mod large;
pub mod str;

use crate::contract::ErrorType;
use crate::error::Failure;

/// Why there is no value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wrong {
    Failure(Failure),
    /// Left to the exact way; a reason of the contract.
    Unsure(i32),
}

impl Wrong {
    const fn plain(error: ErrorType) -> Self {
        Wrong::Failure(Failure::plain(error))
    }
}
