//! EdDSA with Ed25519. RFC 8037 section 3.1, RFC 8032.
//!
//! Verification is strict: it refuses a key of small order and a signature with a component of small order. An honest
//! signer never makes one of these.

use alloc::vec::Vec;

use ed25519_dalek::pkcs8::{DecodePrivateKey, DecodePublicKey};
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};

use super::key::{Key, Refusal};
use crate::contract::{KEY_JWK_PRIVATE, KEY_JWK_PUBLIC, KEY_PKCS8, KEY_SPKI};

pub fn sign(key: &Key<'_>, message: &[u8]) -> Result<Vec<u8>, Refusal> {
    Ok(private(key)?.sign(message).to_bytes().to_vec())
}

pub fn verify(key: &Key<'_>, message: &[u8], signature: &[u8]) -> Result<bool, Refusal> {
    let key = public(key)?;
    Ok(Signature::from_slice(signature).is_ok_and(|signature| key.verify_strict(message, &signature).is_ok()))
}

fn private(key: &Key<'_>) -> Result<SigningKey, Refusal> {
    let read = match key.format {
        KEY_PKCS8 => SigningKey::from_pkcs8_der(key.only()?).ok(),
        KEY_JWK_PRIVATE => key.only()?.try_into().ok().map(SigningKey::from_bytes),
        _ => None,
    };
    read.ok_or(Refusal::Key)
}

/// Reads the key that verifies: a public key, or the public half of a private key.
fn public(key: &Key<'_>) -> Result<VerifyingKey, Refusal> {
    let read = match key.format {
        KEY_SPKI => VerifyingKey::from_public_key_der(key.only()?).ok(),
        KEY_JWK_PUBLIC => key.only()?.try_into().ok().and_then(|x| VerifyingKey::from_bytes(x).ok()),
        _ => return private(key).map(|key| key.verifying_key()),
    };
    read.ok_or(Refusal::Key)
}
