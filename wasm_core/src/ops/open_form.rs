//! `open_form`: starts the parser of a form, if the core reads bodies of this Content-Type.

use crate::contract::{FORM_MULTIPART, FORM_URLENCODED};
use crate::forms::content_type::{form_of, Form};
use crate::forms::multipart::Multipart;
use crate::forms::state::Pack;
use crate::forms::urlencoded::Urlencoded;
use crate::forms::Limits;
use crate::frame::reader::Reader;
use crate::frame::writer::Writer;

/// Input: `(content_type, max_files, max_fields, max_part_size)`. Answer: `(kind, state, charset or None, delimiter or
/// None)`, or None when Starlette's parser must read the body.
///
/// Returns how many bytes of the input hold the frame.
pub(crate) fn open_form(input: &[u8], answer: &mut Writer) -> usize {
    let mut reader = Reader::new(input);
    if opened(&mut reader, answer).is_some() {
        return reader.position();
    }
    answer.clear();
    answer.none();
    input.len()
}

fn opened(reader: &mut Reader<'_>, answer: &mut Writer) -> Option<()> {
    if reader.sequence()? != 4 {
        return None;
    }
    let form = form_of(reader.bytes()?)?;
    let limits = Limits { max_files: reader.int()?, max_fields: reader.int()?, max_part_size: reader.int()? };
    let mut state = Pack::default();
    let (kind, charset, delimiter) = match form {
        Form::Urlencoded => {
            state.byte(FORM_URLENCODED as u8);
            Urlencoded::new(limits).pack(&mut state);
            (FORM_URLENCODED, None, None)
        }
        Form::Multipart { boundary, charset } => {
            state.byte(FORM_MULTIPART as u8);
            let form = Multipart::new(limits, &boundary, charset.is_none());
            form.pack(&mut state);
            (FORM_MULTIPART, charset, Some(form.into_delimiter()))
        }
    };
    answer.tuple(4);
    answer.int(i64::from(kind));
    answer.bytes(&state.bytes);
    for text in [charset, delimiter] {
        match text {
            Some(text) => answer.bytes(&text),
            None => answer.none(),
        }
    }
    Some(())
}
