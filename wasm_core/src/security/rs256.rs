//! RS256: RSASSA-PKCS1-v1_5 with SHA-256. RFC 7518 section 3.3: "A key of size 2048 bits or larger MUST be used".
//!
//! The private operation is blinded against timing attacks: the exponentiation works on a random multiple of the message,
//! so its duration reveals nothing about the key. The random numbers come from a seed that Python sends. The signature does
//! not depend on the seed.

use alloc::vec;
use alloc::vec::Vec;

use chacha20::rand_core::SeedableRng;
use chacha20::ChaCha20Rng;
use rsa::pkcs1::{DecodeRsaPrivateKey, DecodeRsaPublicKey};
use rsa::pkcs8::{DecodePrivateKey, DecodePublicKey};
use rsa::traits::PublicKeyParts;
use rsa::{BoxedUint, Pkcs1v15Sign, RsaPrivateKey, RsaPublicKey};
use sha2::{Digest, Sha256};

use super::key::{Key, Refusal};
use super::signature::Seed;
use crate::contract::{KEY_JWK_PRIVATE, KEY_JWK_PUBLIC, KEY_PKCS1, KEY_PKCS1_PUBLIC, KEY_PKCS8, KEY_SPKI};

/// Bits of the modulus. A smaller one is weak; an operation with a larger one takes seconds.
const MIN_BITS: usize = 2048;
const MAX_BITS: usize = 8192;

pub fn sign(key: &Key<'_>, message: &[u8], seed: Seed) -> Result<Vec<u8>, Refusal> {
    let key = private(key)?;
    let mut rng = ChaCha20Rng::from_seed(seed);
    key.sign_with_rng(&mut rng, Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message)).map_err(|_| Refusal::Key)
}

pub fn verify(key: &Key<'_>, message: &[u8], signature: &[u8]) -> Result<bool, Refusal> {
    let key = public(key)?;
    Ok(key.verify(Pkcs1v15Sign::new::<Sha256>(), &Sha256::digest(message), signature).is_ok())
}

fn private(key: &Key<'_>) -> Result<RsaPrivateKey, Refusal> {
    let read = match key.format {
        KEY_PKCS8 => RsaPrivateKey::from_pkcs8_der(key.only()?).ok(),
        KEY_PKCS1 => RsaPrivateKey::from_pkcs1_der(key.only()?).ok(),
        KEY_JWK_PRIVATE => {
            let [n, e, d, p, q] = key.parts::<5>()?;
            let bits = number_bits(n)?;
            let primes = vec![number(p, bits)?, number(q, bits)?];
            RsaPrivateKey::from_components(number(n, bits)?, number(e, number_bits(e)?)?, number(d, bits)?, primes).ok()
        }
        _ => None,
    };
    checked(read.ok_or(Refusal::Key)?)
}

/// Reads the key that verifies: a public key, or the public half of a private key.
fn public(key: &Key<'_>) -> Result<RsaPublicKey, Refusal> {
    let read = match key.format {
        KEY_SPKI => RsaPublicKey::from_public_key_der(key.only()?).ok(),
        KEY_PKCS1_PUBLIC => RsaPublicKey::from_pkcs1_der(key.only()?).ok(),
        KEY_JWK_PUBLIC => {
            let [n, e] = key.parts::<2>()?;
            RsaPublicKey::new(number(n, number_bits(n)?)?, number(e, number_bits(e)?)?).ok()
        }
        _ => return private(key).map(|key| key.to_public_key()),
    };
    checked(read.ok_or(Refusal::Key)?)
}

/// Returns a key if the size of its modulus is in range.
fn checked<K: PublicKeyParts>(key: K) -> Result<K, Refusal> {
    match key.n().bits_vartime() as usize {
        0..MIN_BITS => Err(Refusal::WeakKey),
        MIN_BITS..=MAX_BITS => Ok(key),
        _ => Err(Refusal::Key),
    }
}

/// Returns the number of bits that hold a number. It refuses a number larger than any key.
fn number_bits(bytes: &[u8]) -> Result<u32, Refusal> {
    match bytes.len() {
        length @ 1..=1024 => Ok(length as u32 * 8),
        _ => Err(Refusal::Key),
    }
}

fn number(bytes: &[u8], bits: u32) -> Result<BoxedUint, Refusal> {
    BoxedUint::from_be_slice(bytes, bits).map_err(|_| Refusal::Key)
}
