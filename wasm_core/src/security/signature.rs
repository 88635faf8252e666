//! Signs and verifies with the algorithm of a token. RFC 7518 section 3, RFC 8037 section 3.1.

use alloc::vec::Vec;

#[cfg(feature = "hashes")]
use super::hs;
use super::key::{Key, Refusal};
#[cfg(feature = "rsa")]
use super::rs256;
#[cfg(feature = "curves")]
use super::{eddsa, es256};
#[cfg(feature = "rsa")]
use crate::contract::ALGORITHM_RS256;
#[cfg(feature = "curves")]
use crate::contract::{ALGORITHM_EDDSA, ALGORITHM_ES256};
#[cfg(feature = "hashes")]
use crate::contract::{ALGORITHM_HS256, ALGORITHM_HS384, ALGORITHM_HS512};

/// The seed of the random numbers that blind the private operation of RSA.
pub type Seed = [u8; 32];

/// Returns the signature of a message. It refuses a key of another algorithm, and an algorithm that this module was built
/// without.
#[cfg_attr(not(feature = "rsa"), allow(unused_variables))]
pub fn sign(algorithm: i32, key: &Key<'_>, message: &[u8], seed: Option<Seed>) -> Result<Vec<u8>, Refusal> {
    match algorithm {
        #[cfg(feature = "hashes")]
        ALGORITHM_HS256 => hs::sign::<hs::Hs256>(key, message),
        #[cfg(feature = "hashes")]
        ALGORITHM_HS384 => hs::sign::<hs::Hs384>(key, message),
        #[cfg(feature = "hashes")]
        ALGORITHM_HS512 => hs::sign::<hs::Hs512>(key, message),
        #[cfg(feature = "rsa")]
        ALGORITHM_RS256 => rs256::sign(key, message, seed.ok_or(Refusal::Parameters)?),
        #[cfg(feature = "curves")]
        ALGORITHM_ES256 => es256::sign(key, message),
        #[cfg(feature = "curves")]
        ALGORITHM_EDDSA => eddsa::sign(key, message),
        _ => Err(Refusal::Parameters),
    }
}

/// Returns whether the signature of a message is valid. The caller chooses the algorithm; this function reads no token.
pub fn verify(algorithm: i32, key: &Key<'_>, message: &[u8], signature: &[u8]) -> Result<bool, Refusal> {
    match algorithm {
        #[cfg(feature = "hashes")]
        ALGORITHM_HS256 => hs::verify::<hs::Hs256>(key, message, signature),
        #[cfg(feature = "hashes")]
        ALGORITHM_HS384 => hs::verify::<hs::Hs384>(key, message, signature),
        #[cfg(feature = "hashes")]
        ALGORITHM_HS512 => hs::verify::<hs::Hs512>(key, message, signature),
        #[cfg(feature = "rsa")]
        ALGORITHM_RS256 => rs256::verify(key, message, signature),
        #[cfg(feature = "curves")]
        ALGORITHM_ES256 => es256::verify(key, message, signature),
        #[cfg(feature = "curves")]
        ALGORITHM_EDDSA => eddsa::verify(key, message, signature),
        _ => Err(Refusal::Parameters),
    }
}
