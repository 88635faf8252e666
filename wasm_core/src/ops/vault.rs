//! The operations of the security modules, and the answer that lives between them.

use zeroize::Zeroize;

#[cfg(feature = "hashes")]
use super::derive_password::derive_password;
#[cfg(not(feature = "hashes"))]
use super::secrets::refuse as derive_password;
use super::{describe, sign_message, verify_message};
use crate::frame::writer::Writer;

/// Operations with secrets. Each gives how many bytes at the start of its input have to be cleared.
pub struct Vault {
    answer: Writer,
}

impl Vault {
    pub const fn new() -> Self {
        Vault { answer: Writer::new() }
    }

    /// The answer of the last operation.
    pub fn answer(&self) -> &[u8] {
        self.answer.as_bytes()
    }

    /// Moves the answer into `output`, where it fits: the longest is a signature or a hash of 1 KiB.
    pub fn publish(&mut self, output: &mut [u8]) {
        let answer = self.answer.bytes_mut();
        output[..answer.len()].copy_from_slice(answer);
        answer.as_mut_slice().zeroize();
        answer.clear();
    }

    /// Answers `(contract_hash, core_version)`.
    pub fn describe(&mut self) {
        self.answer.clear();
        describe::describe(&mut self.answer);
    }

    /// Answers a signature.
    pub fn sign_message(&mut self, input: &[u8]) -> usize {
        self.answer.clear();
        sign_message::sign_message(input, &mut self.answer)
    }

    /// Answers whether a signature is right.
    pub fn verify_message(&mut self, input: &[u8]) -> usize {
        self.answer.clear();
        verify_message::verify_message(input, &mut self.answer)
    }

    /// Answers the hash of a password.
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
