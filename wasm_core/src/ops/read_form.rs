//! `read_form`: reads and converts the fields that an operation declares from an urlencoded form.

use super::load_plan::LoadedPlan;
use crate::forms::Limits;
use crate::frame::reader::Reader;
use crate::frame::writer::Writer;
use crate::params::extract::{End, Operation};

/// Input: `(index of the route, body, max_fields, max_part_size)`. Answer: `(index, value, ...)`, or None when a field is
/// invalid, a conversion is not certain or the form is too large. After None Python reads the form, so all error messages
/// come from Pydantic.
///
/// Returns how many bytes of the input hold the frame.
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
