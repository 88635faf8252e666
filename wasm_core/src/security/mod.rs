//! The Authorization header, signatures of tokens, and password hashing.
//!
//! RustCrypto and dalek implement the algorithms. This module selects the algorithm, reads the key and applies limits.
//!
//! Nothing here needs a source of randomness. HMAC, Ed25519 and PKCS #1 v1.5 are deterministic, and ECDSA computes its
//! nonce as RFC 6979 says. Blinding RSA needs a seed, which Python sends with each call.
//!
//! No copy of a secret stays in memory: `memory` clears each freed block, and `boundary` clears the input and the stack
//! after each operation. The crates also clear their own values (feature `zeroize`).

pub mod authorization;
#[cfg(feature = "curves")]
mod eddsa;
#[cfg(feature = "curves")]
mod es256;
#[cfg(feature = "hashes")]
mod hs;
#[cfg(feature = "secrets")]
pub mod key;
#[cfg(feature = "hashes")]
pub mod password;
#[cfg(feature = "rsa")]
mod rs256;
#[cfg(feature = "secrets")]
pub mod signature;
