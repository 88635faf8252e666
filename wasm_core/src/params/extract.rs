//! Reads the parameters of an operation from a request and writes the answer.
//!
//! Sources, as Starlette reads them: a query parameter is the last value of its key, a header the first, a cookie the
//! last; lists take all values in order. What is absent is the default, or an error when required.

use alloc::string::String;
use alloc::vec::Vec;

use super::coerce::{self, Wrong};
use super::constraints::Constraints;
use crate::contract::{ErrorType, DECLINED_CONVERTOR, DECLINED_INPUT, KINDS, OUTCOME_INVALID};
use crate::error::Failure;
use crate::frame::reader::Reader;
use crate::frame::writer::Writer;
use crate::http::cookie;
use crate::http::header::{latin1, to_latin1};
use crate::http::query::{self, Scratch};
use crate::plan::{Kind, Param, Route, Scalar};
use crate::router::template::{Convertor, Template};
use crate::security::authorization;

/// An operation, ready to read its parameters.
pub struct Operation {
    index: u32,
    /// Start of the answer: the tuple and the index of the route.
    head: Vec<u8>,
    captures: Vec<PathCapture>,
    rows: Vec<Row>,
    reads_query: bool,
    reads_headers: bool,
    cookies_from_every_header: bool,
}

/// A parameter of the path.
struct PathCapture {
    name: String,
    convertor: Convertor,
    segment: usize,
}

/// One parameter of the operation.
struct Row {
    source: Source,
    /// What is looked up: UTF-8 of a query key, latin-1 of a header or cookie name. None: it never occurs.
    key: Option<Vec<u8>>,
    /// The path holds an int here.
    from_int_convertor: bool,
    /// The elements of an error's loc.
    loc: (&'static str, String),
    scalar: Scalar,
    required: bool,
    list: bool,
    default: Option<Vec<u8>>,
    constraints: Constraints,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    /// The capture with this index.
    Path(usize),
    Query,
    Header,
    Cookie,
}

/// A request, as it stands in its frame.
#[derive(Clone)]
pub struct Request<'a> {
    pub path: &'a str,
    pub query: &'a [u8],
    /// At the sequence of headers.
    pub headers: Reader<'a>,
}

/// How reading ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Valid,
    Invalid,
    /// Left to the exact way; a reason of the contract.
    Declined(i32),
}

impl From<Wrong> for Stop {
    fn from(wrong: Wrong) -> Self {
        match wrong {
            Wrong::Failure(failure) => Stop::Failure(failure),
            Wrong::Unsure(reason) => Stop::Declined(reason),
        }
    }
}

/// Why a row has no value.
enum Stop {
    Failure(Failure),
    Declined(i32),
}

/// Buffers that are reused from request to request. They are emptied before they are used.
#[derive(Default)]
pub struct Buffers {
    text: Scratch,
    errors: Writer,
}

impl Buffers {
    pub const fn new() -> Self {
        Buffers { text: Scratch::new(), errors: Writer::new() }
    }
}

/// What a request holds for a row: its value (not decoded) and the count of values.
#[derive(Clone, Copy, Default)]
struct Slot<'a> {
    value: &'a [u8],
    count: usize,
}

/// The values of list rows, in order: index of the row, value (not decoded).
type Many<'a> = Vec<(usize, &'a [u8])>;

/// Rows up to this number need no allocation.
const FEW_ROWS: usize = 16;

impl Operation {
    /// Prepares an operation; None when a row asks for what only the exact way does.
    pub fn compile(
        index: u32,
        route: &Route,
        template: &Template,
        cookies_from_every_header: bool,
    ) -> Option<Operation> {
        if !template.is_exact() {
            return None;
        }
        let captures = template.captures.iter();
        let captures: Vec<PathCapture> = captures
            .map(|capture| PathCapture {
                name: capture.name.clone(),
                convertor: capture.convertor,
                segment: capture.segment,
            })
            .collect();
        let rows: Option<Vec<Row>> = route.params.iter().map(|param| Row::compile(param, &captures)).collect();
        let rows = rows?;
        let mut head = Writer::new();
        head.tuple(2 + rows.len());
        head.int(i64::from(index));
        Some(Operation {
            index,
            head: head.as_bytes().into(),
            captures,
            reads_query: rows.iter().any(|row| row.source == Source::Query),
            reads_headers: rows.iter().any(|row| matches!(row.source, Source::Header | Source::Cookie)),
            rows,
            cookies_from_every_header,
        })
    }

    /// Reads the parameters and writes the answer.
    pub fn answer(&self, request: &Request<'_>, buffers: &mut Buffers, answer: &mut Writer) -> End {
        let mut few = [Slot::default(); FEW_ROWS];
        let mut rest = Vec::new();
        let slots = match few.get_mut(..self.rows.len()) {
            Some(slots) => slots,
            None => {
                rest.resize(self.rows.len(), Slot::default());
                &mut rest[..]
            }
        };
        let mut many = Vec::new();
        match self.collect(request, slots, &mut many, &mut buffers.text) {
            Some(()) => self.write(request.path, slots, &many, buffers, answer),
            None => End::Declined(DECLINED_INPUT),
        }
    }

    /// Finds the raw value of each row; None when the headers are no list of pairs of bytes.
    fn collect<'a>(
        &self,
        request: &Request<'a>,
        slots: &mut [Slot<'a>],
        many: &mut Many<'a>,
        scratch: &mut Scratch,
    ) -> Option<()> {
        for (row, slot) in self.rows.iter().zip(slots.iter_mut()) {
            if let Source::Path(capture) = row.source {
                *slot = Slot { value: self.captures[capture].find(request.path).as_bytes(), count: 1 };
            }
        }
        if self.reads_query {
            for (name, value) in query::pairs(request.query) {
                let name = query::decode(name, scratch).as_bytes();
                self.take_last(Source::Query, name, value, slots, many);
            }
        }
        if self.reads_headers {
            self.collect_headers(request.headers.clone(), slots, many)?;
        }
        Some(())
    }

    fn collect_headers<'a>(&self, mut reader: Reader<'a>, slots: &mut [Slot<'a>], many: &mut Many<'a>) -> Option<()> {
        let mut seen_cookie = false;
        for _ in 0..reader.sequence()? {
            if reader.sequence()? != 2 {
                return None;
            }
            let (name, value) = (reader.bytes()?, reader.bytes()?);
            self.take_first(name, value, slots, many);
            if name == b"cookie" && (self.cookies_from_every_header || !seen_cookie) {
                seen_cookie = true;
                for (name, value) in cookie::pairs(value) {
                    self.take_last(Source::Cookie, name, value, slots, many);
                }
            }
        }
        Some(())
    }

    /// Gives a value to the rows of its key; a later one replaces it.
    fn take_last<'a>(&self, source: Source, name: &[u8], value: &'a [u8], slots: &mut [Slot<'a>], many: &mut Many<'a>) {
        for (index, row) in self.rows.iter().enumerate() {
            if row.source == source && row.has_key(name) {
                slots[index] = Slot { value, count: slots[index].count + 1 };
                if row.list {
                    many.push((index, value));
                }
            }
        }
    }

    /// Gives a header to the rows of its name, unless they have one.
    fn take_first<'a>(&self, name: &[u8], value: &'a [u8], slots: &mut [Slot<'a>], many: &mut Many<'a>) {
        for (index, row) in self.rows.iter().enumerate() {
            if row.source == Source::Header && row.has_key(name) {
                let slot = &mut slots[index];
                if slot.count == 0 {
                    slot.value = value;
                }
                slot.count += 1;
                if row.list {
                    many.push((index, value));
                }
            }
        }
    }

    /// Writes the answer: `(index, path_params, values...)`, or the errors.
    fn write(
        &self,
        path: &str,
        slots: &[Slot<'_>],
        many: &Many<'_>,
        buffers: &mut Buffers,
        answer: &mut Writer,
    ) -> End {
        answer.verbatim(&self.head);
        let path_params = answer.len();
        if self.write_path_params(path, answer).is_none() {
            return End::Declined(DECLINED_CONVERTOR);
        }
        let values = answer.len();
        let mut errors = Errors { writer: &mut buffers.errors, count: 0 };
        errors.writer.clear();
        for (index, (row, slot)) in self.rows.iter().zip(slots).enumerate() {
            let written = if row.list {
                let values = many.iter().filter(|(row, _)| *row == index).map(|(_, value)| *value);
                row.write_list(values, slot.count, &mut buffers.text, answer, &mut errors)
            } else {
                row.write_one(slot, &mut buffers.text, answer, &mut errors)
            };
            if let Err(reason) = written {
                return End::Declined(reason);
            }
        }
        match errors.count {
            0 => End::Valid,
            count => {
                self.write_invalid(path_params..values, count, &buffers.errors, answer);
                End::Invalid
            }
        }
    }

    /// Writes the dict of path parameters; None when an int is beyond 64 bits.
    fn write_path_params(&self, path: &str, answer: &mut Writer) -> Option<()> {
        answer.dict();
        for capture in &self.captures {
            let value = capture.find(path);
            answer.name(&capture.name);
            match capture.convertor {
                Convertor::Int => answer.int(value.parse().ok()?),
                Convertor::Str | Convertor::Path => answer.str(value),
            }
        }
        answer.end_dict();
        Some(())
    }

    /// Replaces the answer by `(-4, index, path_params, errors)`.
    fn write_invalid(&self, path_params: core::ops::Range<usize>, count: usize, errors: &Writer, answer: &mut Writer) {
        let mut invalid = Writer::new();
        invalid.tuple(4);
        invalid.int(i64::from(OUTCOME_INVALID));
        invalid.int(i64::from(self.index));
        invalid.verbatim(&answer.as_bytes()[path_params]);
        invalid.list(count);
        invalid.verbatim(errors.as_bytes());
        *answer = invalid;
    }
}

impl PathCapture {
    /// The text of the parameter in a path that matched.
    fn find<'a>(&self, path: &'a str) -> &'a str {
        let path = path.get(1..).unwrap_or_default();
        let found = match self.convertor {
            Convertor::Path => path.splitn(self.segment + 1, '/').nth(self.segment),
            Convertor::Str | Convertor::Int => path.split('/').nth(self.segment),
        };
        found.unwrap_or_default()
    }
}

/// The errors of a request, as items of a list.
struct Errors<'a> {
    writer: &'a mut Writer,
    count: usize,
}

/// What an error shows as its input.
enum Input<'a> {
    Absent,
    Text(&'a str),
    Int(i64),
}

impl Row {
    fn compile(param: &Param, captures: &[PathCapture]) -> Option<Row> {
        let source = match param.kind {
            Kind::Path => Source::Path(captures.iter().position(|capture| capture.name == param.name)?),
            Kind::Query => Source::Query,
            Kind::Header => Source::Header,
            Kind::Cookie => Source::Cookie,
        };
        // A list from a path or a cookie is an error of Pydantic's that the core does not know.
        if param.list && !matches!(source, Source::Query | Source::Header) {
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
                Source::Query | Source::Path(_) => Some(param.name.as_bytes().into()),
            },
            loc: (KINDS[param.kind as usize], param.loc_name.clone()),
            scalar: param.scalar,
            required: param.required,
            list: param.list,
            default: param.default.clone(),
            constraints: Constraints::compile(param)?,
        })
    }

    fn has_key(&self, name: &[u8]) -> bool {
        self.key.as_deref() == Some(name)
    }

    /// Decodes a raw value of this row.
    fn text<'a>(&self, raw: &'a [u8], scratch: &'a mut Scratch) -> &'a str {
        match self.source {
            Source::Path(_) => core::str::from_utf8(raw).unwrap_or_default(),
            Source::Query => query::decode(raw, scratch),
            Source::Header => latin1(raw, &mut scratch.text),
            Source::Cookie => cookie::unquote(raw, &mut scratch.text),
        }
    }

    /// Writes the value, or adds an error; Err: left to the exact way.
    fn write_one(
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
            self.write_absent(answer, errors);
            return Ok(());
        }
        let text = self.text(slot.value, scratch);
        match self.write_text(text, answer) {
            Ok(()) => Ok(()),
            Err(Stop::Failure(failure)) => {
                errors.add(self, None, failure, self.input(text));
                Ok(())
            }
            Err(Stop::Declined(reason)) => Err(reason),
        }
    }

    /// Writes a list of values, or adds an error for each wrong one; Err: left to the exact way.
    fn write_list<'a>(
        &self,
        values: impl Iterator<Item = &'a [u8]> + Clone,
        count: usize,
        scratch: &mut Scratch,
        answer: &mut Writer,
        errors: &mut Errors<'_>,
    ) -> Result<(), i32> {
        if count == 0 {
            self.write_absent(answer, errors);
            return Ok(());
        }
        if let Some(failure) = self.constraints.too_many(count) {
            errors.add_list(self, failure, values, count, scratch);
            return Ok(());
        }
        answer.list(count);
        let errors_before = errors.count;
        for (position, raw) in values.clone().enumerate() {
            let text = self.text(raw, scratch);
            match self.write_text(text, answer) {
                Ok(()) => {}
                Err(Stop::Failure(failure)) => errors.add(self, Some(position), failure, Input::Text(text)),
                Err(Stop::Declined(reason)) => return Err(reason),
            }
        }
        if errors.count == errors_before {
            if let Some(failure) = self.constraints.too_few(count) {
                errors.add_list(self, failure, values, count, scratch);
            }
        }
        Ok(())
    }

    fn write_absent(&self, answer: &mut Writer, errors: &mut Errors<'_>) {
        if self.required {
            errors.add(self, None, Failure::plain(ErrorType::Missing), Input::Absent);
            return;
        }
        match &self.default {
            Some(document) => answer.verbatim(document),
            None => answer.ellipsis(),
        }
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

    /// What an error about a value shows: an int convertor has made an int of it.
    fn input<'a>(&self, text: &'a str) -> Input<'a> {
        match coerce::int::convert(text) {
            Ok(value) if self.from_int_convertor => Input::Int(value),
            _ => Input::Text(text),
        }
    }

    /// Converts a text, checks the value and writes it.
    fn write_text(&self, text: &str, answer: &mut Writer) -> Result<(), Stop> {
        match self.scalar {
            Scalar::Raw if self.from_int_convertor => answer.int(coerce::int::convert(text)?),
            Scalar::Raw | Scalar::Authorization => answer.str(text),
            Scalar::Str => {
                self.constraints.check_length(|| coerce::str::length(text))?;
                answer.str(text);
            }
            Scalar::Int => {
                let value = coerce::int::convert(text)?;
                self.constraints.check_int(value)?;
                answer.int(value);
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

impl Errors<'_> {
    /// Adds an error about one value; `position` is that in a list.
    fn add(&mut self, row: &Row, position: Option<usize>, failure: Failure, input: Input<'_>) {
        self.count += 1;
        failure.write(
            self.writer,
            |writer| row.write_loc(position, writer),
            |writer| match input {
                Input::Absent => writer.none(),
                Input::Text(text) => writer.str(text),
                Input::Int(value) => writer.int(value),
            },
        );
    }

    /// Adds an error about a list as a whole.
    fn add_list<'a>(
        &mut self,
        row: &Row,
        failure: Failure,
        values: impl Iterator<Item = &'a [u8]>,
        count: usize,
        scratch: &mut Scratch,
    ) {
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
    }
}

/// Writes `(scheme, credentials)`; None when the header is absent or empty.
fn write_authorization(slot: &Slot<'_>, scratch: &mut String, answer: &mut Writer) {
    if slot.value.is_empty() {
        return answer.none();
    }
    let (scheme, credentials) = authorization::split(slot.value);
    answer.tuple(2);
    answer.str(latin1(scheme, scratch));
    answer.str(latin1(credentials, scratch));
}
