//! Sends any bytes to any operation: the answer is a document and does not depend on earlier calls.
#![no_main]

use fastapi_core::ops::vault::Vault;
use fastapi_core::ops::Core;
use fastapi_core_fuzz::ask_vault;
use fastapi_core_fuzz::frames::Value;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let Some((&operation, frame)) = data.split_first() else { return };
    let mut core = Core::new();
    let first = answer(&mut core, operation, frame);
    // Two other calls, the second of which leaves half of the frame in the buffers.
    answer(&mut core, operation.wrapping_add(1), frame);
    answer(&mut core, operation, &frame[..frame.len() / 2]);
    assert_eq!(answer(&mut core, operation, frame), first);
});

fn answer(core: &mut Core, operation: u8, frame: &[u8]) -> Value {
    let used = match operation % 7 {
        0 => core.load_plan(frame),
        1 => core.match_request(0, frame),
        2 => core.encode_json(frame),
        3 => core.open_form(frame),
        4 => core.parse_form(frame),
        5 => return ask_vault(Vault::verify_message, frame),
        _ => return ask_vault(Vault::sign_message, frame),
    };
    assert!(used <= frame.len());
    match Value::load(core.answer()) {
        // Each plan gets a new id.
        Value::Int(_) => Value::Int(0),
        answer => answer,
    }
}
