//! What the module exports: fixed buffers in, fixed buffers out.
//!
//! Beside `memory` the only file with `unsafe`, and `extern "C"`. Every instance belongs to one thread and no export calls
//! another one, so the statics below are never borrowed twice.
//!
//! No call leaves anything of a request behind: its frame is cleared when it was read, its answer when the next call
//! begins, and what was on the heap when it is freed (`memory`). tests/security/test_core_memory.py looks.

#![allow(unsafe_code)]

use core::panic::PanicInfo;

use alloc::vec::Vec;

use crate::contract::{INPUT_BUFFER_SIZE, OUTPUT_BUFFER_SIZE};
use crate::frame::append::wipe;
use crate::memory::{clear_stack, Cell};
use crate::ops::Core;

// Without it memcmp and its like stay imports of the module.
#[link(name = "c")]
extern "C" {}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// Larger inputs: `wanted` is the size asked for by `reserve` until the next operation has read it.
struct Room {
    bytes: Vec<u8>,
    wanted: Option<usize>,
}

/// The largest input. With the largest output of an operation it fits 256 MiB.
const MAX_ROOM: usize = 64 << 20;

/// Room that is kept for the next large input; what is larger is given back.
const KEPT_ROOM: usize = 1 << 20;

static INPUT: Cell<[u8; INPUT_BUFFER_SIZE]> = Cell::new([0; INPUT_BUFFER_SIZE]);
static OUTPUT: Cell<[u8; OUTPUT_BUFFER_SIZE]> = Cell::new([0; OUTPUT_BUFFER_SIZE]);
/// Bytes of OUTPUT that hold an answer.
static ANSWERED: Cell<usize> = Cell::new(0);
static ROOM: Cell<Room> = Cell::new(Room { bytes: Vec::new(), wanted: None });
static CORE: Cell<Core> = Cell::new(Core::new());

/// Address of the fixed input buffer.
#[no_mangle]
extern "C" fn in_buffer() -> *mut u8 {
    INPUT.get().as_mut_ptr()
}

/// Address of the fixed output buffer.
#[no_mangle]
extern "C" fn out_buffer() -> *mut u8 {
    OUTPUT.get().as_mut_ptr()
}

/// Gives room for an input of `size` bytes, read by the next operation. 0: too large, nothing may be written.
#[no_mangle]
extern "C" fn reserve(size: u32) -> *mut u8 {
    let room = ROOM.get();
    let size = size as usize;
    room.wanted = None;
    room.bytes.clear();
    if size > MAX_ROOM || room.bytes.try_reserve_exact(size).is_err() {
        return core::ptr::null_mut();
    }
    room.bytes.resize(size, 0);
    room.wanted = Some(size);
    room.bytes.as_mut_ptr()
}

/// Address of the document that did not fit into the output buffer, valid until the next call.
#[no_mangle]
extern "C" fn large_output() -> *const u8 {
    CORE.get().answer().as_ptr()
}

#[no_mangle]
extern "C" fn describe() {
    observation(Core::describe);
}

#[no_mangle]
extern "C" fn load_plan() {
    operation(|core, input| core.load_plan(input));
}

#[no_mangle]
extern "C" fn drop_plan(plan: i32) {
    CORE.get().drop_plan(plan);
}

#[no_mangle]
extern "C" fn match_request(plan: i32) {
    operation(|core, input| core.match_request(plan, input));
}

#[no_mangle]
extern "C" fn encode_json() {
    operation(|core, input| core.encode_json(input));
}

#[no_mangle]
extern "C" fn dump_json() {
    operation(|core, input| core.dump_json(input));
}

#[no_mangle]
extern "C" fn open_form() {
    operation(|core, input| core.open_form(input));
}

#[no_mangle]
extern "C" fn parse_form() {
    operation(|core, input| core.parse_form(input));
}

#[no_mangle]
extern "C" fn read_form(plan: i32) {
    operation(|core, input| core.read_form(plan, input));
}

#[no_mangle]
extern "C" fn counters() {
    observation(Core::counters);
}

/// Bytes of the stack where an operation may leave a number of a request; the tests look whether it is enough.
const STACK: usize = 2 << 10;

/// Runs one operation on its input, clears as much of it as was used, and puts the answer where Python reads it.
fn operation(run: impl FnOnce(&mut Core, &[u8]) -> usize) {
    perform(run);
    clear_stack::<STACK>();
}

/// Apart, so that everything on the stack is below the caller and `clear_stack` reaches it.
#[inline(never)]
fn perform(run: impl FnOnce(&mut Core, &[u8]) -> usize) {
    let core = CORE.get();
    let room = ROOM.get();
    let (output, answered) = (OUTPUT.get(), ANSWERED.get());
    wipe_apart(&mut output[..*answered]);
    let wanted = room.wanted.take();
    let input = match wanted {
        None => &mut INPUT.get()[..],
        Some(size) => &mut room.bytes[..size],
    };
    let used = run(core, input);
    match wanted {
        None => wipe_apart(&mut input[..used]),
        Some(_) => release(&mut room.bytes),
    }
    *answered = core.publish(output);
}

/// Answers without an input. Nothing is cleared: the thread that the instance belongs to may have written its frame, or
/// not have read its answer yet (`peek` in Python saves the start of that and puts it back).
fn observation(run: impl FnOnce(&mut Core)) {
    let core = CORE.get();
    run(core);
    let answered = ANSWERED.get();
    *answered = core.publish(OUTPUT.get()).max(*answered);
}

/// Once for all operations: less to compile before the first request.
#[inline(never)]
fn wipe_apart(bytes: &mut [u8]) {
    wipe(bytes);
}

/// Forgets a large input; very large rooms are given back to the allocator, which clears them.
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
