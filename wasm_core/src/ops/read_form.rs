//! `read_form`: the fields of an urlencoded form that an operation declares, converted.

use super::load_plan::LoadedPlan;
use crate::forms::Limits;
use crate::frame::reader::Reader;
use crate::frame::writer::Writer;
use crate::params::extract::{End, Operation};

/// Answers `(index, values...)`, or None: a field is wrong, or its conversion not certain, or the form too large. Then
/// Python reads the form.
///
/// Gives how many bytes of the input were the frame.
pub(crate) fn read_form(plan: Option<&LoadedPlan>, input: &[u8], answer: &mut Writer) -> usize {
    let mut reader = Reader::new(input);
    let end = read(plan, &mut reader, answer);
    if end != Some(End::Valid) {
        answer.clear();
        answer.none();
    }
    if end.is_some() {
        reader.position()
    } else {
        input.len()
    }
}

fn read(plan: Option<&LoadedPlan>, reader: &mut Reader<'_>, answer: &mut Writer) -> Option<End> {
    if reader.sequence()? != 4 {
        return None;
    }
    let operation: &Operation = plan?.operations.get(usize::try_from(reader.int()?).ok()?)?.as_ref()?;
    let body = reader.bytes()?;
    let limits = Limits { max_files: 0, max_fields: reader.int()?, max_part_size: reader.int()? };
    Some(operation.read_form(body, limits, answer))
}
