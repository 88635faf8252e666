//! Argon2 (RFC 9106). Python reads and writes the PHC string that stores a hash.

use alloc::vec;
use alloc::vec::Vec;

use argon2::{Algorithm, Argon2, Error, Params, Version};

use super::key::Refusal;

/// The parameters that a PHC string has before its salt.
pub struct Costs {
    /// Argon2d 0, Argon2i 1, Argon2id 2: the numbers of RFC 9106 section 3.2.
    pub variant: i64,
    /// 0x10 or 0x13.
    pub version: i64,
    /// In KiB.
    pub memory: i64,
    pub passes: i64,
    pub lanes: i64,
    pub length: i64,
}

/// In KiB: the rest of the 256 MiB of an instance is for the module itself.
const MAX_MEMORY: i64 = 192 << 10;
/// Bytes of a hash: the answer must fit the output buffer.
const MAX_LENGTH: i64 = 1024;

/// Returns the hash of a password.
pub fn derive(costs: &Costs, password: &[u8], salt: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut hash = vec![0; usize::try_from(costs.length).unwrap_or(0).min(MAX_LENGTH as usize)];
    let argon2 = context(costs)?;
    match argon2.hash_password_into(password, salt, &mut hash) {
        Ok(()) => Ok(hash),
        Err(Error::OutOfMemory) => Err(Refusal::Size),
        Err(_) => Err(Refusal::Parameters),
    }
}

fn context(costs: &Costs) -> Result<Argon2<'static>, Refusal> {
    let variant = match costs.variant {
        0 => Algorithm::Argon2d,
        1 => Algorithm::Argon2i,
        2 => Algorithm::Argon2id,
        _ => return Err(Refusal::Parameters),
    };
    let version = match costs.version {
        0x10 => Version::V0x10,
        0x13 => Version::V0x13,
        _ => return Err(Refusal::Parameters),
    };
    if costs.memory > MAX_MEMORY {
        return Err(Refusal::Size);
    }
    if costs.length > MAX_LENGTH {
        return Err(Refusal::Parameters);
    }
    let [memory, passes, lanes] = [costs.memory, costs.passes, costs.lanes].map(u32::try_from);
    let (Ok(memory), Ok(passes), Ok(lanes)) = (memory, passes, lanes) else {
        return Err(Refusal::Parameters);
    };
    let params = Params::new(memory, passes, lanes, Some(costs.length as usize)).map_err(|_| Refusal::Parameters)?;
    Ok(Argon2::new(variant, version, params))
}
