//! The boundary that every module shares: two fixed buffers, room for a large input, and one way to run an operation.
//!
//! ```text
//! Python                               the module
//! writes a frame into the buffer       in_buffer() or, when it is too large, reserve(size)
//! calls an export                      reads the frame, clears it, writes the answer
//! reads the answer                     out_buffer() or, when it is too large, large_output()
//! ```
//!
//! Only the answer of a call stays in memory. A call clears its frame after reading it, and the next call clears the
//! answer. `memory` clears the heap and the stack. `tests/security/test_core_memory.py` and
//! `tests/security/test_memory.py` search the memory of an instance for bytes of earlier inputs.

#![allow(unsafe_code)]

use core::panic::PanicInfo;

use alloc::vec::Vec;

use crate::contract::{INPUT_BUFFER_SIZE, OUTPUT_BUFFER_SIZE};
use crate::frame::append::wipe;
use crate::frame::writer::Writer;
use crate::memory::{clear_stack, Cell};
use crate::ops::describe;

// Without this line memcmp and similar functions stay imports of the module.
#[link(name = "c")]
extern "C" {}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

// Statics of their own: zeros that are part of a larger static would become bytes of the module's file.
static INPUT: Cell<[u8; INPUT_BUFFER_SIZE]> = Cell::new([0; INPUT_BUFFER_SIZE]);
static OUTPUT: Cell<[u8; OUTPUT_BUFFER_SIZE]> = Cell::new([0; OUTPUT_BUFFER_SIZE]);
static ROOM: Cell<Room> = Cell::new(Room { bytes: Vec::new(), wanted: None });
/// Bytes of OUTPUT that hold an answer.
static ANSWERED: Cell<usize> = Cell::new(0);

/// With the largest answer of an operation, an input of this size fits the 256 MiB of an instance.
const LARGEST_INPUT: usize = 64 << 20;

/// Room of this size is cleared and kept for the next large input. Larger room goes back to the allocator.
const KEPT_ROOM: usize = 1 << 20;

/// The operations of one kind, with their state.
pub trait Operations {
    /// Moves the answer into `output` and returns the number of bytes written.
    fn publish(&mut self, output: &mut [u8]) -> usize;
}

/// Memory for an input that does not fit the fixed buffer.
///
/// Invariant: `wanted` is the size of an input that no operation has read yet, and then `bytes` has that length.
struct Room {
    bytes: Vec<u8>,
    wanted: Option<usize>,
}

/// Returns the address of the fixed input buffer.
#[no_mangle]
extern "C" fn in_buffer() -> *mut u8 {
    INPUT.get().as_mut_ptr()
}

/// Returns the address of the fixed output buffer.
#[no_mangle]
extern "C" fn out_buffer() -> *mut u8 {
    OUTPUT.get().as_mut_ptr()
}

/// Returns the address of room for an input of `size` bytes, which the next operation reads. Null: the input is too
/// large, and the caller must not write anything.
#[no_mangle]
extern "C" fn reserve(size: u32) -> *mut u8 {
    let size = size as usize;
    let room = ROOM.get();
    room.wanted = None;
    release(&mut room.bytes);
    if size > LARGEST_INPUT || room.bytes.try_reserve_exact(size).is_err() {
        return core::ptr::null_mut();
    }
    room.bytes.resize(size, 0);
    room.wanted = Some(size);
    room.bytes.as_mut_ptr()
}

/// Writes `(contract_hash, core_version)`. An observation.
#[no_mangle]
extern "C" fn describe() {
    let mut answer = Writer::new();
    describe::describe(&mut answer);
    OUTPUT.get()[..answer.len()].copy_from_slice(answer.as_bytes());
    keep_answer(answer.len());
}

/// Runs one operation on its input, then clears the input and the first `STACK` bytes of the stack, where an operation
/// may leave bytes of its input. `run` returns the number of bytes at the start of the input that hold the frame.
pub fn operation<const STACK: usize, O: Operations>(operations: &mut O, run: impl FnOnce(&mut O, &[u8]) -> usize) {
    perform(operations, run);
    clear_stack::<STACK>();
}

/// A function of its own: its stack is below the caller's, so `clear_stack` reaches it.
#[inline(never)]
fn perform<O: Operations>(operations: &mut O, run: impl FnOnce(&mut O, &[u8]) -> usize) {
    let room = ROOM.get();
    let (output, answered) = (OUTPUT.get(), ANSWERED.get());
    wipe_apart(&mut output[..*answered]);
    let wanted = room.wanted.take();
    let input = match wanted {
        None => &mut INPUT.get()[..],
        Some(size) => &mut room.bytes[..size],
    };
    let used = run(operations, input);
    match wanted {
        None => wipe_apart(&mut input[..used]),
        Some(_) => release(&mut room.bytes),
    }
    *answered = operations.publish(output);
}

/// Writes an answer without reading an input, and clears nothing: the thread that owns the instance may have written a
/// frame, or may still have to read an answer. `peek` in Python saves the start of that answer and restores it.
#[cfg_attr(not(feature = "requests"), allow(dead_code))]
pub fn observation<O: Operations>(operations: &mut O, run: impl FnOnce(&mut O)) {
    run(operations);
    keep_answer(operations.publish(OUTPUT.get()));
}

/// Remembers that the output holds an answer of this length, which the next operation clears.
fn keep_answer(length: usize) {
    let answered = ANSWERED.get();
    *answered = length.max(*answered);
}

/// Forgets a large input. The allocator clears the memory that it gets back.
#[cold]
#[inline(never)]
fn release(bytes: &mut Vec<u8>) {
    if bytes.capacity() > KEPT_ROOM {
        *bytes = Vec::new();
    } else {
        wipe(bytes);
        bytes.clear();
    }
}

/// Clears bytes. One copy for all operations: less code to compile before the first request.
#[inline(never)]
fn wipe_apart(bytes: &mut [u8]) {
    wipe(bytes);
}
