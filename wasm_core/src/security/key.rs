//! A key as it was handed in, and why an operation refuses.

use crate::contract::{REFUSED_KEY, REFUSED_PARAMETERS, REFUSED_SIZE, REFUSED_WEAK_KEY};

/// The most numbers that a key has: those of an RSA private key.
pub const MAX_PARTS: usize = 5;

/// The parts of a key, written as `format` (one of the contract's KEY_...) says.
pub struct Key<'a> {
    pub format: i32,
    pub parts: &'a [&'a [u8]],
}

/// Why there is no answer. No module but that with everything, for tests, has all reasons.
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
    /// The parts, if there are exactly so many.
    pub fn parts<const N: usize>(&self) -> Result<[&'a [u8]; N], Refusal> {
        self.parts.try_into().map_err(|_| Refusal::Key)
    }

    /// The only part.
    pub fn only(&self) -> Result<&'a [u8], Refusal> {
        self.parts::<1>().map(|[part]| part)
    }
}
