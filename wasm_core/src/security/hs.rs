//! HS256, HS384, HS512: HMAC with SHA-2. RFC 7518 section 3.2.
//!
//! Python checks the minimal length of a key, because it must do so also without a core.

use alloc::vec::Vec;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Sha256, Sha384, Sha512};
use subtle::ConstantTimeEq;

use super::key::{Key, Refusal};
use crate::contract::KEY_SECRET;

pub type Hs256 = Hmac<Sha256>;
pub type Hs384 = Hmac<Sha384>;
pub type Hs512 = Hmac<Sha512>;

pub fn sign<M: Mac + KeyInit>(key: &Key<'_>, message: &[u8]) -> Result<Vec<u8>, Refusal> {
    Ok(mac::<M>(key, message)?.into_bytes().to_vec())
}

pub fn verify<M: Mac + KeyInit>(key: &Key<'_>, message: &[u8], signature: &[u8]) -> Result<bool, Refusal> {
    Ok(mac::<M>(key, message)?.as_bytes().as_slice().ct_eq(signature).into())
}

fn mac<M: Mac + KeyInit>(key: &Key<'_>, message: &[u8]) -> Result<hmac::digest::CtOutput<M>, Refusal> {
    if key.format != KEY_SECRET {
        return Err(Refusal::Key);
    }
    let mut mac = <M as KeyInit>::new_from_slice(key.only()?).map_err(|_| Refusal::Key)?;
    mac.update(message);
    Ok(mac.finalize())
}
