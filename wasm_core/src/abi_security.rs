//! The exports for secrets. `boundary` has the exports that all modules share.
//!
//! Python uses each instance of a module either for requests or for secrets: no secret enters a memory in which requests
//! are read.
//!
//! Each module exports every operation. A module refuses an operation that it was built without (`Refusal::Parameters`):
//! the core has passwords and HMAC, and the extras have signatures whose code takes as long to compile as the core.

#![allow(unsafe_code)]

use crate::boundary::{operation, Operations};
use crate::memory::Cell;
use crate::ops::vault::Vault;

/// The stack that an operation may use for secrets; `tests/security/test_memory.py` tells when it is too small.
const STACK: usize = 16 << 10;

static VAULT: Cell<Vault> = Cell::new(Vault::new());

impl Operations for Vault {
    fn publish(&mut self, output: &mut [u8]) -> usize {
        Vault::publish(self, output)
    }
}

#[no_mangle]
extern "C" fn sign_message() {
    operation::<STACK, _>(VAULT.get(), |vault, input| vault.sign_message(input));
}

#[no_mangle]
extern "C" fn verify_message() {
    operation::<STACK, _>(VAULT.get(), |vault, input| vault.verify_message(input));
}

#[no_mangle]
extern "C" fn derive_password() {
    operation::<STACK, _>(VAULT.get(), |vault, input| vault.derive_password(input));
}
