//! The exports for requests. `boundary` has the exports that all modules share, `abi_security` those for secrets.
//!
//! Python calls an export by the name and the signature that `exports` of `params_schema.yaml` lists. The frames of each
//! operation are described at its function in [`Core`].
//!
//! Only `abi`, `abi_security`, `boundary` and `memory` contain `unsafe` or `extern "C"`. One thread at a time uses an
//! instance and no export calls another, so no static is borrowed twice.

#![allow(unsafe_code)]

use crate::boundary::{observation, operation, Operations};
use crate::memory::Cell;
use crate::ops::Core;

/// The stack that an operation may use for values of a request; `tests/security/test_core_memory.py` tells when it is
/// too small.
const STACK: usize = 2 << 10;

/// The same for `match_head`, whose stack holds the fields of a head.
const HEAD_STACK: usize = 4 << 10;

static CORE: Cell<Core> = Cell::new(Core::new());

impl Operations for Core {
    fn publish(&mut self, output: &mut [u8]) -> usize {
        Core::publish(self, output)
    }
}

/// Returns the address of the answer that did not fit the output buffer. It is valid until the next call.
#[no_mangle]
extern "C" fn large_output() -> *const u8 {
    CORE.get().answer().as_ptr()
}

#[no_mangle]
extern "C" fn load_plan() {
    operation::<STACK, _>(CORE.get(), |core, input| core.load_plan(input));
}

#[no_mangle]
extern "C" fn drop_plan(plan: i32) {
    CORE.get().drop_plan(plan);
}

#[no_mangle]
extern "C" fn match_request(plan: i32) {
    operation::<STACK, _>(CORE.get(), |core, input| core.match_request(plan, input));
}

#[no_mangle]
extern "C" fn match_head(plan: i32) {
    operation::<HEAD_STACK, _>(CORE.get(), |core, input| core.match_head(plan, input));
}

#[no_mangle]
extern "C" fn encode_json() {
    operation::<STACK, _>(CORE.get(), |core, input| core.encode_json(input));
}

#[no_mangle]
extern "C" fn dump_json() {
    operation::<STACK, _>(CORE.get(), |core, input| core.dump_json(input));
}

#[no_mangle]
extern "C" fn open_form() {
    operation::<STACK, _>(CORE.get(), |core, input| core.open_form(input));
}

#[no_mangle]
extern "C" fn parse_form() {
    operation::<STACK, _>(CORE.get(), |core, input| core.parse_form(input));
}

#[no_mangle]
extern "C" fn read_form(plan: i32) {
    operation::<STACK, _>(CORE.get(), |core, input| core.read_form(plan, input));
}

#[no_mangle]
extern "C" fn counters() {
    observation(CORE.get(), Core::counters);
}
