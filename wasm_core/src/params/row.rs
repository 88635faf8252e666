//! One parameter of an operation: decodes a raw value, converts it, and writes the value or an error.

use alloc::string::String;
use alloc::vec::Vec;

use super::coerce::int::Int;
use super::coerce::{self, Wrong};
use super::constraints::Constraints;
use crate::contract::{ErrorType, DECLINED_SIZE, KINDS};
use crate::error::Failure;
use crate::frame::writer::Writer;
use crate::http::cookie;
use crate::http::header::{latin1, to_latin1};
use crate::http::query::{self, Scratch};
use crate::plan::{Kind, Param, Scalar};
use crate::router::template::{Capture, Convertor};
use crate::security::authorization;

/// Bytes of an answer. The core declines a request with a larger one.
pub const MAX_ANSWER: usize = 16 << 20;

/// One parameter of the operation.
pub struct Row {
    pub source: Source,
    /// The name to find: UTF-8 for a query key, latin-1 for a header or a cookie. None: no request can contain it.
    key: Option<Vec<u8>>,
    /// Whether Starlette's int convertor reads this part of the path.
    from_int_convertor: bool,
    /// The first two elements of an error's loc.
    loc: (&'static str, String),
    scalar: Scalar,
    required: bool,
    pub list: bool,
    default: Option<Vec<u8>>,
    constraints: Constraints,
}

/// The part of a request that holds the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The capture with this index.
    Path(usize),
    Query,
    Header,
    Cookie,
    Body,
}

/// The encoded value that a request holds for a row, and the number of its values.
#[derive(Clone, Copy, Default)]
pub struct Slot<'a> {
    pub value: &'a [u8],
    pub count: usize,
}

impl From<Wrong> for Stop {
    fn from(wrong: Wrong) -> Self {
        match wrong {
            Wrong::Failure(failure) => Stop::Failure(failure),
            Wrong::Unsure(reason) => Stop::Declined(reason),
        }
    }
}

/// The reason why a row has no value.
enum Stop {
    Failure(Failure),
    Declined(i32),
}

impl Row {
    /// Compiles a parameter. None: only the exact way can read it.
    pub fn compile(param: &Param, captures: &[Capture]) -> Option<Row> {
        let source = match param.kind {
            Kind::Path => Source::Path(captures.iter().position(|capture| capture.name == param.name)?),
            Kind::Query => Source::Query,
            Kind::Header => Source::Header,
            Kind::Cookie => Source::Cookie,
            Kind::Body => Source::Body,
        };
        // Pydantic refuses a list from a path or a cookie with an error that the core does not know.
        if param.list && !matches!(source, Source::Query | Source::Header | Source::Body) {
            return None;
        }
        if param.scalar == Scalar::Authorization && (source != Source::Header || param.list) {
            return None;
        }
        let from_int_convertor = match source {
            Source::Path(capture) => captures[capture].convertor == Convertor::Int,
            _ => false,
        };
        if from_int_convertor && !matches!(param.scalar, Scalar::Raw | Scalar::Int) {
            return None;
        }
        Some(Row {
            source,
            from_int_convertor,
            key: match source {
                Source::Header | Source::Cookie => to_latin1(&param.name),
                Source::Query | Source::Body | Source::Path(_) => Some(param.name.as_bytes().into()),
            },
            loc: (KINDS[param.kind as usize], param.loc_name.clone()),
            scalar: param.scalar,
            required: param.required,
            list: param.list,
            default: param.default.clone(),
            constraints: Constraints::compile(param)?,
        })
    }

    pub fn has_key(&self, name: &[u8]) -> bool {
        self.key.as_deref() == Some(name)
    }

    /// Decodes a raw value, as Starlette does for its source.
    fn text<'a>(&self, raw: &'a [u8], scratch: &'a mut Scratch) -> &'a str {
        match self.source {
            Source::Path(_) => core::str::from_utf8(raw).unwrap_or_default(),
            Source::Query | Source::Body => query::decode(raw, scratch),
            Source::Header => latin1(raw, &mut scratch.text),
            Source::Cookie => cookie::unquote(raw, &mut scratch.text),
        }
    }

    /// Writes the value, or adds an error. Err: the reason for declining.
    pub fn write_one(
        &self,
        slot: &Slot<'_>,
        scratch: &mut Scratch,
        answer: &mut Writer,
        errors: &mut Errors<'_>,
    ) -> Result<(), i32> {
        if self.scalar == Scalar::Authorization {
            write_authorization(slot, &mut scratch.text, answer);
            return Ok(());
        }
        if slot.count == 0 {
            return self.write_absent(answer, errors);
        }
        let text = self.text(slot.value, scratch);
        match self.write_text(text, answer) {
            Ok(()) => Ok(()),
            Err(Stop::Failure(failure)) => errors.add(self, None, failure, self.input(text)),
            Err(Stop::Declined(reason)) => Err(reason),
        }
    }

    /// Writes a list of values, or adds an error for each invalid one. Err: the reason for declining.
    pub fn write_list<'a>(
        &self,
        values: impl Iterator<Item = &'a [u8]> + Clone,
        count: usize,
        scratch: &mut Scratch,
        answer: &mut Writer,
        errors: &mut Errors<'_>,
    ) -> Result<(), i32> {
        if count == 0 {
            return self.write_absent(answer, errors);
        }
        if let Some(failure) = self.constraints.too_many(count) {
            return errors.add_list(self, failure, values, count, scratch);
        }
        answer.list(count);
        let errors_before = errors.count;
        for (position, raw) in values.clone().enumerate() {
            let text = self.text(raw, scratch);
            match self.write_text(text, answer) {
                Ok(()) => {}
                Err(Stop::Failure(failure)) => errors.add(self, Some(position), failure, Input::Text(text))?,
                Err(Stop::Declined(reason)) => return Err(reason),
            }
        }
        if errors.count == errors_before {
            if let Some(failure) = self.constraints.too_few(count) {
                return errors.add_list(self, failure, values, count, scratch);
            }
        }
        Ok(())
    }

    fn write_absent(&self, answer: &mut Writer, errors: &mut Errors<'_>) -> Result<(), i32> {
        if self.required {
            return errors.add(self, None, Failure::plain(ErrorType::Missing), Input::Absent);
        }
        match &self.default {
            Some(document) => answer.verbatim(document),
            None => answer.ellipsis(),
        }
        Ok(())
    }

    /// Writes `(kind, name)` or `(kind, name, position)`.
    fn write_loc(&self, position: Option<usize>, writer: &mut Writer) {
        writer.tuple(2 + usize::from(position.is_some()));
        writer.name(self.loc.0);
        writer.name(&self.loc.1);
        if let Some(position) = position {
            writer.int(position as i64);
        }
    }

    /// Returns the input that an error shows: an int where Starlette's int convertor has converted the text, else the text.
    fn input<'a>(&self, text: &'a str) -> Input<'a> {
        match coerce::int::convert(text) {
            Ok(value) if self.from_int_convertor => Input::Int(value),
            _ => Input::Text(text),
        }
    }

    /// Converts a text, checks the constraints and writes the value.
    fn write_text(&self, text: &str, answer: &mut Writer) -> Result<(), Stop> {
        match self.scalar {
            Scalar::Raw if self.from_int_convertor => write_int(&coerce::int::convert(text)?, answer),
            Scalar::Raw | Scalar::Authorization => answer.str(text),
            Scalar::Str => {
                self.constraints.check_length(|| coerce::str::length(text))?;
                answer.str(text);
            }
            Scalar::Int => {
                let value = coerce::int::convert(text)?;
                self.constraints.check_int(&value)?;
                write_int(&value, answer);
            }
            Scalar::Float => {
                let value = coerce::float::convert(text)?;
                self.constraints.check_float(value)?;
                answer.float(value);
            }
            Scalar::Bool => answer.bool(coerce::bool::convert(text)?),
        }
        Ok(())
    }
}

/// The errors of a request, written as the items of a list.
pub struct Errors<'a> {
    pub writer: &'a mut Writer,
    pub count: usize,
}

/// The input that an error shows.
enum Input<'a> {
    Absent,
    Text(&'a str),
    Int(Int),
}

impl Errors<'_> {
    /// Adds an error about one value. `position` is its index in a list.
    fn add(&mut self, row: &Row, position: Option<usize>, failure: Failure, input: Input<'_>) -> Result<(), i32> {
        self.count += 1;
        failure.write(
            self.writer,
            |writer| row.write_loc(position, writer),
            |writer| match input {
                Input::Absent => writer.none(),
                Input::Text(text) => writer.str(text),
                Input::Int(value) => write_int(&value, writer),
            },
        );
        self.check_size()
    }

    /// Adds an error about a list as a whole.
    fn add_list<'a>(
        &mut self,
        row: &Row,
        failure: Failure,
        values: impl Iterator<Item = &'a [u8]>,
        count: usize,
        scratch: &mut Scratch,
    ) -> Result<(), i32> {
        self.count += 1;
        failure.write(
            self.writer,
            |writer| row.write_loc(None, writer),
            |writer| {
                writer.list(count);
                for raw in values {
                    writer.str(row.text(raw, scratch));
                }
            },
        );
        self.check_size()
    }

    fn check_size(&self) -> Result<(), i32> {
        if self.writer.len() > MAX_ANSWER {
            Err(DECLINED_SIZE)
        } else {
            Ok(())
        }
    }
}

/// Writes an int of any size.
pub fn write_int(value: &Int, writer: &mut Writer) {
    match value {
        Int::Small(value) => writer.int(*value),
        Int::Large(value) => writer.large_int(value.negative, value.digits()),
    }
}

/// Writes `(scheme, credentials)`, or None when the header is absent or empty.
fn write_authorization(slot: &Slot<'_>, scratch: &mut String, answer: &mut Writer) {
    if slot.value.is_empty() {
        return answer.none();
    }
    let (scheme, credentials) = authorization::split(slot.value);
    answer.tuple(2);
    answer.str(latin1(scheme, scratch));
    answer.str(latin1(credentials, scratch));
}
