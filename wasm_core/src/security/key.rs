//! The key of an operation, and the reasons for refusing an operation.

use crate::contract::{REFUSED_KEY, REFUSED_PARAMETERS, REFUSED_SIZE, REFUSED_WEAK_KEY};

/// The largest number of parts of a key: an RSA private key has five numbers.
pub const MAX_PARTS: usize = 5;

/// The parts of a key. `format`, one of the contract's `KEY_...`, tells how they are written.
pub struct Key<'a> {
    pub format: i32,
    pub parts: &'a [&'a [u8]],
}

/// The reason for refusing an operation. Only a build with every feature, for tests, constructs all of them.
#[cfg_attr(not(all(feature = "hashes", feature = "rsa")), allow(dead_code))]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    Key,
    WeakKey,
    Size,
    Parameters,
}

impl Refusal {
    pub fn id(self) -> i32 {
        match self {
            Refusal::Key => REFUSED_KEY,
            Refusal::WeakKey => REFUSED_WEAK_KEY,
            Refusal::Size => REFUSED_SIZE,
            Refusal::Parameters => REFUSED_PARAMETERS,
        }
    }
}

impl<'a> Key<'a> {
    /// Returns the parts, if there are exactly `N`.
    pub fn parts<const N: usize>(&self) -> Result<[&'a [u8]; N], Refusal> {
        self.parts.try_into().map_err(|_| Refusal::Key)
    }

    /// Returns the part of a key with exactly one.
    pub fn only(&self) -> Result<&'a [u8], Refusal> {
        self.parts::<1>().map(|[part]| part)
    }
}
