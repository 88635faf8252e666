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
use crate::memory::{clear_stack, Cell};

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

/// The operations of one module, with their state.
pub trait Operations {
    /// Moves the answer into `output` and returns the number of bytes written.
    fn publish(&mut self, output: &mut [u8]) -> usize;
}

/// How large an input may be, and how much memory is kept for the next one.
pub struct Limits {
    pub largest_input: usize,
    /// Larger room goes back to the allocator after the operation.
    pub kept_room: usize,
}

/// Memory for an input that does not fit the fixed buffer.
///
/// Invariant: `wanted` is the size of an input that no operation has read yet, and then `bytes` has that length.
struct Room {
    bytes: Vec<u8>,
    wanted: Option<usize>,
}

/// The boundary of one module. An operation may leave bytes of its input in the first `STACK` bytes of the stack.
pub struct Boundary<O, const STACK: usize> {
    operations: Cell<O>,
    limits: Limits,
    room: Cell<Room>,
    /// Bytes of OUTPUT that hold an answer.
    answered: Cell<usize>,
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

impl<O: Operations, const STACK: usize> Boundary<O, STACK> {
    pub const fn new(operations: O, limits: Limits) -> Self {
        let room = Room { bytes: Vec::new(), wanted: None };
        Boundary { operations: Cell::new(operations), limits, room: Cell::new(room), answered: Cell::new(0) }
    }

    /// Returns the operations, for exports without an input and an answer.
    #[allow(clippy::mut_from_ref)]
    #[cfg_attr(feature = "secrets", allow(dead_code))]
    pub fn operations(&self) -> &mut O {
        self.operations.get()
    }

    /// Returns the address of room for `size` bytes, which the next operation reads. Null: the input is too large, and
    /// the caller must not write anything.
    pub fn reserve(&self, size: u32) -> *mut u8 {
        let size = size as usize;
        let room = self.room.get();
        room.wanted = None;
        self.release(&mut room.bytes);
        if size > self.limits.largest_input || room.bytes.try_reserve_exact(size).is_err() {
            return core::ptr::null_mut();
        }
        room.bytes.resize(size, 0);
        room.wanted = Some(size);
        room.bytes.as_mut_ptr()
    }

    /// Runs one operation on its input, then clears the input and the stack. `run` returns the number of bytes at the
    /// start of the input that hold the frame.
    pub fn operation(&self, run: impl FnOnce(&mut O, &[u8]) -> usize) {
        self.perform(run);
        clear_stack::<STACK>();
    }

    /// Runs an operation that may leave bytes of its input in the first `DEEP` bytes of the stack.
    #[cfg_attr(feature = "secrets", allow(dead_code))]
    pub fn deep_operation<const DEEP: usize>(&self, run: impl FnOnce(&mut O, &[u8]) -> usize) {
        self.perform(run);
        clear_stack::<DEEP>();
    }

    /// A function of its own: its stack is below the caller's, so `clear_stack` reaches it.
    #[inline(never)]
    fn perform(&self, run: impl FnOnce(&mut O, &[u8]) -> usize) {
        let operations = self.operations.get();
        let room = self.room.get();
        let (output, answered) = (OUTPUT.get(), self.answered.get());
        wipe_apart(&mut output[..*answered]);
        let wanted = room.wanted.take();
        let input = match wanted {
            None => &mut INPUT.get()[..],
            Some(size) => &mut room.bytes[..size],
        };
        let used = run(operations, input);
        match wanted {
            None => wipe_apart(&mut input[..used]),
            Some(_) => self.release(&mut room.bytes),
        }
        *answered = operations.publish(output);
    }

    /// Writes an answer without reading an input, and clears nothing: the thread that owns the instance may have written
    /// a frame, or may still have to read an answer. `peek` in Python saves the start of that answer and restores it.
    #[cfg_attr(feature = "secrets", allow(dead_code))]
    pub fn observation(&self, run: impl FnOnce(&mut O)) {
        let operations = self.operations.get();
        run(operations);
        let answered = self.answered.get();
        *answered = operations.publish(OUTPUT.get()).max(*answered);
    }

    /// Forgets a large input. The allocator clears the memory that it gets back.
    #[cold]
    #[inline(never)]
    fn release(&self, bytes: &mut Vec<u8>) {
        if bytes.capacity() > self.limits.kept_room {
            *bytes = Vec::new();
        } else {
            wipe(bytes);
            bytes.clear();
        }
    }
}

/// Clears bytes. One copy for all operations: less code to compile before the first request.
#[inline(never)]
fn wipe_apart(bytes: &mut [u8]) {
    wipe(bytes);
}
