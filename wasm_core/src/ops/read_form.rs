//! `read_form`: the fields of an urlencoded form that an operation declares, converted.

use super::load_plan::LoadedPlan;
use crate::forms::Limits;
use crate::frame::reader::Reader;
use crate::frame::writer::Writer;
use crate::params::extract::{Buffers, End, Operation};

/// Answers `(index, values...)`, or None: a field is wrong, or its conversion not certain, or the form too large. Then
/// Python reads the form.
pub(crate) fn read_form(plan: Option<&LoadedPlan>, input: &[u8], buffers: &mut Buffers, answer: &mut Writer) {
    if read(plan, input, buffers, answer) != Some(End::Valid) {
        answer.clear();
        answer.none();
    }
}

fn read(plan: Option<&LoadedPlan>, input: &[u8], buffers: &mut Buffers, answer: &mut Writer) -> Option<End> {
    let mut reader = Reader::new(input);
    if reader.sequence()? != 4 {
        return None;
    }
    let operation: &Operation = plan?.operations.get(usize::try_from(reader.int()?).ok()?)?.as_ref()?;
    let body = reader.bytes()?;
    let limits = Limits { max_files: 0, max_fields: reader.int()?, max_part_size: reader.int()? };
    Some(operation.read_form(body, limits, buffers, answer))
}
