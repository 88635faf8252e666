//! What the security modules export: the same buffers as `abi`, and operations that leave nothing behind.
//!
//! All of them export all operations; a module refuses what it was built without (`Refusal::Parameters`).
//!
//! Modules of their own: who hashes no password and reads no token compiles none of it, and secrets never lie in the memory
//! of the instances that read requests. Freed memory is cleared by `memory`, everything else here. Every instance belongs
//! to one thread and no export calls another one, so the statics below are never borrowed twice.

#![allow(unsafe_code)]

use core::panic::PanicInfo;

use alloc::vec::Vec;

use zeroize::Zeroize;

use crate::contract::{INPUT_BUFFER_SIZE, OUTPUT_BUFFER_SIZE};
use crate::memory::{clear_stack, Cell};
use crate::ops::vault::Vault;

// Without it memcmp and its like stay imports of the module.
#[link(name = "c")]
extern "C" {}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// The largest message of a signature.
const MAX_ROOM: usize = 1 << 20;

static INPUT: Cell<[u8; INPUT_BUFFER_SIZE]> = Cell::new([0; INPUT_BUFFER_SIZE]);
static OUTPUT: Cell<[u8; OUTPUT_BUFFER_SIZE]> = Cell::new([0; OUTPUT_BUFFER_SIZE]);
/// An input that did not fit the buffer; empty when there is none.
static ROOM: Cell<Vec<u8>> = Cell::new(Vec::new());
static VAULT: Cell<Vault> = Cell::new(Vault::new());

/// Address of the fixed input buffer.
#[no_mangle]
extern "C" fn in_buffer() -> *mut u8 {
    INPUT.get().as_mut_ptr()
}

/// Address of the fixed output buffer. Every answer fits it.
#[no_mangle]
extern "C" fn out_buffer() -> *mut u8 {
    OUTPUT.get().as_mut_ptr()
}

/// Gives room for an input of `size` bytes, read by the next operation. 0: too large, nothing may be written.
#[no_mangle]
extern "C" fn reserve(size: u32) -> *mut u8 {
    let room = ROOM.get();
    let size = size as usize;
    *room = Vec::new();
    if size > MAX_ROOM || room.try_reserve_exact(size).is_err() {
        return core::ptr::null_mut();
    }
    room.resize(size, 0);
    room.as_mut_ptr()
}

#[no_mangle]
extern "C" fn describe() {
    secret_operation(|vault, _| {
        vault.describe();
        0
    });
}

#[no_mangle]
extern "C" fn sign_message() {
    secret_operation(|vault, input| vault.sign_message(input));
}

#[no_mangle]
extern "C" fn verify_message() {
    secret_operation(|vault, input| vault.verify_message(input));
}

#[no_mangle]
extern "C" fn derive_password() {
    secret_operation(|vault, input| vault.derive_password(input));
}

/// Runs an operation whose input is secret, and leaves nothing of it but the answer, which Python clears.
fn secret_operation(run: impl FnOnce(&mut Vault, &[u8]) -> usize) {
    perform(run);
    clear_stack::<SECRET_STACK>();
}

/// Apart, so that everything on the stack is below the caller and `clear_stack` reaches it.
#[inline(never)]
fn perform(run: impl FnOnce(&mut Vault, &[u8]) -> usize) {
    let vault = VAULT.get();
    let room = core::mem::take(ROOM.get());
    if room.is_empty() {
        let input = INPUT.get();
        let used = run(vault, input);
        input[..used].zeroize();
    } else {
        run(vault, &room);
    }
    drop(room);
    vault.publish(OUTPUT.get());
}

/// Bytes of the stack that operations with secrets may use; the tests look whether it is enough.
const SECRET_STACK: usize = 16 << 10;
