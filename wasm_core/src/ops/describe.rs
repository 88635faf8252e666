//! `describe`: the hash of the contract that the module was built from, and the version of the crate.

use crate::contract::CONTRACT_HASH;
use crate::frame::writer::Writer;

/// Writes `(contract_hash, core_version)`.
pub(crate) fn describe(answer: &mut Writer) {
    answer.tuple(2);
    answer.str(CONTRACT_HASH);
    answer.str(env!("CARGO_PKG_VERSION"));
}
