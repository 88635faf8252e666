//! The exports of the security modules. `boundary` has the exports that all modules share.
//!
//! The functions are in modules of their own for two reasons: an application that hashes no password and reads no token
//! compiles none of this code, and no secret enters the memory of an instance that reads requests.
//!
//! Each security module exports every operation. A module refuses an operation that it was built without
//! (`Refusal::Parameters`).

#![allow(unsafe_code)]

use crate::boundary::{Boundary, Limits, Operations};
use crate::ops::vault::Vault;

/// Bytes of the largest input: a message to sign, with its key.
const LARGEST_INPUT: usize = 1 << 20;

/// The stack that an operation may use for secrets; `tests/security/test_memory.py` tells when it is too small.
const STACK: usize = 16 << 10;

// Room for a large input is freed, and so cleared, after each operation.
static BOUNDARY: Boundary<Vault, STACK> =
    Boundary::new(Vault::new(), Limits { largest_input: LARGEST_INPUT, kept_room: 0 });

impl Operations for Vault {
    fn publish(&mut self, output: &mut [u8]) -> usize {
        Vault::publish(self, output)
    }
}

/// Returns the address of room for an input of `size` bytes, or 0 when it is too large.
#[no_mangle]
extern "C" fn reserve(size: u32) -> *mut u8 {
    BOUNDARY.reserve(size)
}

#[no_mangle]
extern "C" fn describe() {
    BOUNDARY.operation(|vault, _| {
        vault.describe();
        0
    });
}

#[no_mangle]
extern "C" fn sign_message() {
    BOUNDARY.operation(|vault, input| vault.sign_message(input));
}

#[no_mangle]
extern "C" fn verify_message() {
    BOUNDARY.operation(|vault, input| vault.verify_message(input));
}

#[no_mangle]
extern "C" fn derive_password() {
    BOUNDARY.operation(|vault, input| vault.derive_password(input));
}
