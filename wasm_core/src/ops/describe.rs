//! `describe`: which contract the module was built from.

use crate::contract::CONTRACT_HASH;
use crate::frame::writer::Writer;

/// Answers `(contract_hash, core_version)`.
pub(crate) fn describe(answer: &mut Writer) {
    answer.tuple(2);
    answer.str(CONTRACT_HASH);
    answer.str(env!("CARGO_PKG_VERSION"));
}
