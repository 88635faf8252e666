//! The exports of the core's module. `boundary` has the exports that all modules share.
//!
//! Python calls an export by the name and the signature that `exports` of `params_schema.yaml` lists. The frames of each
//! operation are described at its function in [`Core`].
//!
//! Only `abi`, `abi_security`, `boundary` and `memory` contain `unsafe` or `extern "C"`. One thread at a time uses an
//! instance and no export calls another, so no static is borrowed twice.

#![allow(unsafe_code)]

use crate::boundary::{Boundary, Limits, Operations};
use crate::ops::Core;

/// With the largest answer of an operation, an input of this size fits the 256 MiB of an instance.
const LARGEST_INPUT: usize = 64 << 20;

/// Room of this size is kept for the next large input.
const KEPT_ROOM: usize = 1 << 20;

/// The stack that an operation may use for values of a request; `tests/security/test_core_memory.py` tells when it is
/// too small.
const STACK: usize = 2 << 10;

/// The same for `match_head`, whose stack holds the fields of a head.
const HEAD_STACK: usize = 4 << 10;

static BOUNDARY: Boundary<Core, STACK> =
    Boundary::new(Core::new(), Limits { largest_input: LARGEST_INPUT, kept_room: KEPT_ROOM });

impl Operations for Core {
    fn publish(&mut self, output: &mut [u8]) -> usize {
        Core::publish(self, output)
    }
}

/// Returns the address of room for an input of `size` bytes, or 0 when it is too large.
#[no_mangle]
extern "C" fn reserve(size: u32) -> *mut u8 {
    BOUNDARY.reserve(size)
}

/// Returns the address of the answer that did not fit the output buffer. It is valid until the next call.
#[no_mangle]
extern "C" fn large_output() -> *const u8 {
    BOUNDARY.operations().answer().as_ptr()
}

#[no_mangle]
extern "C" fn describe() {
    BOUNDARY.observation(Core::describe);
}

#[no_mangle]
extern "C" fn load_plan() {
    BOUNDARY.operation(|core, input| core.load_plan(input));
}

#[no_mangle]
extern "C" fn drop_plan(plan: i32) {
    BOUNDARY.operations().drop_plan(plan);
}

#[no_mangle]
extern "C" fn match_request(plan: i32) {
    BOUNDARY.operation(|core, input| core.match_request(plan, input));
}

#[no_mangle]
extern "C" fn match_head(plan: i32) {
    BOUNDARY.deep_operation::<HEAD_STACK>(|core, input| core.match_head(plan, input));
}

#[no_mangle]
extern "C" fn encode_json() {
    BOUNDARY.operation(|core, input| core.encode_json(input));
}

#[no_mangle]
extern "C" fn dump_json() {
    BOUNDARY.operation(|core, input| core.dump_json(input));
}

#[no_mangle]
extern "C" fn open_form() {
    BOUNDARY.operation(|core, input| core.open_form(input));
}

#[no_mangle]
extern "C" fn parse_form() {
    BOUNDARY.operation(|core, input| core.parse_form(input));
}

#[no_mangle]
extern "C" fn read_form(plan: i32) {
    BOUNDARY.operation(|core, input| core.read_form(plan, input));
}

#[no_mangle]
extern "C" fn counters() {
    BOUNDARY.observation(Core::counters);
}
