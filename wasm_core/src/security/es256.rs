//! ES256: ECDSA with P-256 and SHA-256. RFC 7518 section 3.4: the signature is R || S, 64 bytes.
//!
//! The nonce is that of RFC 6979, so signing needs no random number.

use alloc::vec::Vec;

use p256::ecdsa::signature::{Signer, Verifier};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use p256::elliptic_curve::sec1::FromSec1Point;
use p256::pkcs8::{DecodePrivateKey, DecodePublicKey};
use p256::{FieldBytes, PublicKey, Sec1Point, SecretKey};

use super::key::{Key, Refusal};
use crate::contract::{KEY_JWK_PRIVATE, KEY_JWK_PUBLIC, KEY_PKCS8, KEY_SEC1, KEY_SPKI};

pub fn sign(key: &Key<'_>, message: &[u8]) -> Result<Vec<u8>, Refusal> {
    let key = SigningKey::from(private(key)?);
    let signature: Signature = key.try_sign(message).map_err(|_| Refusal::Key)?;
    Ok(signature.to_bytes().to_vec())
}

pub fn verify(key: &Key<'_>, message: &[u8], signature: &[u8]) -> Result<bool, Refusal> {
    let key = VerifyingKey::from(public(key)?);
    Ok(Signature::from_slice(signature).is_ok_and(|signature| key.verify(message, &signature).is_ok()))
}

fn private(key: &Key<'_>) -> Result<SecretKey, Refusal> {
    let read = match key.format {
        KEY_PKCS8 => SecretKey::from_pkcs8_der(key.only()?).ok(),
        KEY_SEC1 => SecretKey::from_sec1_der(key.only()?).ok(),
        KEY_JWK_PRIVATE => coordinate(key.only()?).and_then(|d| SecretKey::from_bytes(&d).ok()),
        _ => None,
    };
    read.ok_or(Refusal::Key)
}

/// Reads the key that verifies: a public key, or the public half of a private key.
fn public(key: &Key<'_>) -> Result<PublicKey, Refusal> {
    match key.format {
        KEY_SPKI => PublicKey::from_public_key_der(key.only()?).map_err(|_| Refusal::Key),
        KEY_JWK_PUBLIC => {
            let [x, y] = key.parts::<2>()?;
            point(x, y).ok_or(Refusal::Key)
        }
        _ => private(key).map(|key| key.public_key()),
    }
}

fn point(x: &[u8], y: &[u8]) -> Option<PublicKey> {
    let point = Sec1Point::from_affine_coordinates(&coordinate(x)?, &coordinate(y)?, false);
    PublicKey::from_sec1_point(&point).into_option()
}

/// RFC 7518 section 6.2.1.2: "The length of this octet string MUST be the full size of a coordinate".
fn coordinate(bytes: &[u8]) -> Option<FieldBytes> {
    <[u8; 32]>::try_from(bytes).ok().map(FieldBytes::from)
}
