//! The operations with secrets, and the answer of the last one.

use zeroize::Zeroize;

#[cfg(feature = "hashes")]
use super::derive_password::derive_password;
#[cfg(not(feature = "hashes"))]
use super::secrets::refuse as derive_password;
use super::{sign_message, verify_message};
use crate::frame::writer::Writer;

/// The state of an instance that is used for secrets.
///
/// Each operation leaves its answer in [`Vault::answer`] and returns how many bytes at the start of its input the caller
/// must clear.
pub struct Vault {
    answer: Writer,
}

impl Vault {
    pub const fn new() -> Self {
        Vault { answer: Writer::new() }
    }

    /// Returns the answer of the last operation, if `publish` did not move it.
    pub fn answer(&self) -> &[u8] {
        self.answer.as_bytes()
    }

    /// Moves the answer into `output` and returns the number of bytes written.
    ///
    /// Every answer fits: the longest is a signature or a hash of 1 KiB.
    pub fn publish(&mut self, output: &mut [u8]) -> usize {
        let answer = self.answer.bytes_mut();
        let length = answer.len();
        output[..length].copy_from_slice(answer);
        answer.as_mut_slice().zeroize();
        answer.clear();
        length
    }

    /// Writes the signature of a message, or the id of a refusal.
    pub fn sign_message(&mut self, input: &[u8]) -> usize {
        self.answer.clear();
        sign_message::sign_message(input, &mut self.answer)
    }

    /// Writes whether a signature is valid, or the id of a refusal.
    pub fn verify_message(&mut self, input: &[u8]) -> usize {
        self.answer.clear();
        verify_message::verify_message(input, &mut self.answer)
    }

    /// Writes the hash of a password, or the id of a refusal.
    pub fn derive_password(&mut self, input: &[u8]) -> usize {
        self.answer.clear();
        derive_password(input, &mut self.answer)
    }
}

impl Default for Vault {
    fn default() -> Self {
        Vault::new()
    }
}
