//! What security schemes read, signatures of tokens, and password hashing.
//!
//! The algorithms are RustCrypto's and dalek's; here is only which of them, with which keys, under which limits.
//! Nothing here needs randomness: HMAC has none, ECDSA draws its nonce as RFC 6979 says, Ed25519 and PKCS #1 v1.5 are
//! deterministic. The blinding of RSA needs a seed, which comes from Python with each call.
//!
//! What leaves no copy of a secret behind stands in `abi_security`: memory freed during these operations is cleared there, and
//! so are the stack and the buffers afterwards. The crates' own clearing (feature `zeroize`) is a second line.

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
