//! Reads the parameters of an operation from a request or a form, and writes the answer.
//!
//! When a name occurs several times, a scalar takes one of the values and a list takes all of them in order, as in
//! Starlette:
//!
//! | source | scalar |
//! | --- | --- |
//! | query | the last value of the key |
//! | header | the first value of the name |
//! | cookie | the last value of the name |
//! | form | the last value of the name; an empty one counts as absent, because a browser sends it for an untouched field |
//!
//! A list keeps empty values. An absent value becomes the default, or an error if the parameter is required.

use alloc::vec::Vec;

use super::coerce::int;
use super::row::{write_int, Errors, Row, Slot, Source, MAX_ANSWER};
use crate::contract::{DECLINED_CONVERTOR, DECLINED_INPUT, DECLINED_SIZE, OUTCOME_INVALID};
use crate::forms::Limits;
use crate::frame::reader::Reader;
use crate::frame::writer::Writer;
use crate::http::cookie;
use crate::http::query::{self, Scratch};
use crate::plan::{Kind, Param, Route};
use crate::router::template::{Capture, Convertor, Template};

/// An operation, compiled for reading its parameters.
pub struct Operation {
    index: u32,
    /// The start of an answer: the tuple and the index of the route.
    head: Vec<u8>,
    captures: Vec<Capture>,
    rows: Vec<Row>,
    /// The start of an answer to a form.
    form_head: Vec<u8>,
    form_rows: Vec<Row>,
    reads_query: bool,
    reads_headers: bool,
    cookies_from_every_header: bool,
}

/// A request; its parts are slices of the frame.
#[derive(Clone)]
pub struct Request<'a> {
    pub path: &'a str,
    pub query: &'a [u8],
    /// A reader before the sequence of headers.
    pub headers: Reader<'a>,
}

/// The result of reading the parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Valid,
    /// `errors` is the position of the list of errors in the answer; 0 for a form, whose errors Python finds.
    Invalid {
        errors: usize,
    },
    /// The exact way must read them. The number is a reason of the contract.
    Declined(i32),
}

/// Memory for decoded texts and for errors. It is freed, and so cleared, after each request.
#[derive(Default)]
struct Buffers {
    text: Scratch,
    errors: Writer,
}

/// The values of list rows in the order of the request: the index of the row, the encoded value.
type Many<'a> = Vec<(usize, &'a [u8])>;

/// The number of digits that `int()` takes under any limit of `sys.set_int_max_str_digits`.
const MAX_CONVERTED: usize = 640;

/// Up to this number of rows the slots need no allocation.
const FEW_ROWS: usize = 16;

impl Operation {
    /// Compiles an operation. None: only the exact way can read one of its rows, or its path.
    pub fn compile(
        index: u32,
        route: &Route,
        template: &Template,
        cookies_from_every_header: bool,
    ) -> Option<Operation> {
        if !template.is_exact() {
            return None;
        }
        let compiled = |is_of_form: bool| -> Option<Vec<Row>> {
            let params = route.params.iter().filter(|param: &&Param| (param.kind == Kind::Body) == is_of_form);
            params.map(|param| Row::compile(param, &template.captures)).collect()
        };
        let (rows, form_rows) = (compiled(false)?, compiled(true)?);
        Some(Operation {
            index,
            head: head(index, 2 + rows.len()),
            form_head: head(index, 1 + form_rows.len()),
            form_rows,
            captures: template.captures.clone(),
            reads_query: rows.iter().any(|row| row.source == Source::Query),
            reads_headers: rows.iter().any(|row| matches!(row.source, Source::Header | Source::Cookie)),
            rows,
            cookies_from_every_header,
        })
    }

    /// Reads the parameters and writes the answer. After `End::Declined` the answer is incomplete.
    pub fn answer(&self, request: &Request<'_>, answer: &mut Writer) -> End {
        let mut buffers = Buffers::default();
        let (mut few, mut rest) = ([Slot::default(); FEW_ROWS], Vec::new());
        let slots = slots_for(&self.rows, &mut few, &mut rest);
        let mut many = Vec::new();
        match self.collect(request, slots, &mut many, &mut buffers.text) {
            Some(()) => self.write(request.path, slots, &many, &mut buffers, answer),
            None => End::Declined(DECLINED_INPUT),
        }
    }

    /// Reads the fields of an urlencoded form and writes `(index, value, ...)`.
    ///
    /// Unless it returns `End::Valid`, the answer is incomplete and Python must read the form.
    pub fn read_form(&self, body: &[u8], limits: Limits, answer: &mut Writer) -> End {
        let mut buffers = Buffers::default();
        let (mut few, mut rest) = ([Slot::default(); FEW_ROWS], Vec::new());
        let slots = slots_for(&self.form_rows, &mut few, &mut rest);
        let mut many = Vec::new();
        let mut count = 0;
        for (name, value) in query::pairs(body) {
            count += 1;
            if count > limits.max_fields || (name.len() + value.len()) as i64 > limits.max_part_size {
                return End::Declined(DECLINED_SIZE);
            }
            let name = query::decode(name, &mut buffers.text).as_bytes();
            take_last(&self.form_rows, Source::Body, name, value, slots, &mut many);
        }
        for (row, slot) in self.form_rows.iter().zip(slots.iter_mut()) {
            if !row.list && slot.value.is_empty() {
                slot.count = 0;
            }
        }
        answer.verbatim(&self.form_head);
        match write_rows(&self.form_rows, slots, &many, &mut buffers, answer) {
            Ok(0) => End::Valid,
            Ok(_) => End::Invalid { errors: 0 },
            Err(reason) => End::Declined(reason),
        }
    }

    /// Finds the encoded value of each row. None: the headers are not a list of pairs of bytes.
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
                take_last(&self.rows, Source::Query, name, value, slots, many);
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
            let (name, value) = reader.pair()?;
            self.take_first(name, value, slots, many);
            if name == b"cookie" && (self.cookies_from_every_header || !seen_cookie) {
                seen_cookie = true;
                for (name, value) in cookie::pairs(value) {
                    take_last(&self.rows, Source::Cookie, name, value, slots, many);
                }
            }
        }
        Some(())
    }

    /// Gives a header's value to the rows of its name. A scalar row keeps its first value.
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

    /// Writes `(index, path_params, value, ...)`, or the answer with the errors.
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
        match write_rows(&self.rows, slots, many, buffers, answer) {
            Ok(0) => End::Valid,
            Ok(count) => {
                let errors = self.write_invalid(path_params..values, count, &buffers.errors, answer);
                End::Invalid { errors }
            }
            Err(reason) => End::Declined(reason),
        }
    }

    /// Writes the dict of path parameters. None: an int has more digits than `int()` takes in every process.
    fn write_path_params(&self, path: &str, answer: &mut Writer) -> Option<()> {
        answer.dict();
        for capture in &self.captures {
            let value = capture.find(path);
            answer.name(&capture.name);
            match capture.convertor {
                Convertor::Int if value.len() <= MAX_CONVERTED => write_int(&int::convert(value).ok()?, answer),
                Convertor::Int => return None,
                Convertor::Str | Convertor::Path => answer.str(value),
            }
        }
        answer.end_dict();
        Some(())
    }

    /// Replaces the answer with `(-4, index, path_params, errors`, to which the caller adds the body of a response.
    ///
    /// Returns the position of the list of errors.
    fn write_invalid(
        &self,
        path_params: core::ops::Range<usize>,
        count: usize,
        errors: &Writer,
        answer: &mut Writer,
    ) -> usize {
        let mut invalid = Writer::new();
        invalid.tuple(5);
        invalid.int(i64::from(OUTCOME_INVALID));
        invalid.int(i64::from(self.index));
        invalid.verbatim(&answer.as_bytes()[path_params]);
        let start = invalid.len();
        invalid.list(count);
        invalid.verbatim(errors.as_bytes());
        *answer = invalid;
        start
    }
}

/// Returns the start of an answer: a tuple of `count` elements, and its first one, the index of the route.
fn head(index: u32, count: usize) -> Vec<u8> {
    let mut head = Writer::new();
    head.tuple(count);
    head.int(i64::from(index));
    head.as_bytes().into()
}

/// Returns one slot for each row, from `few` if they are enough.
fn slots_for<'s, 'a>(
    rows: &[Row],
    few: &'s mut [Slot<'a>; FEW_ROWS],
    rest: &'s mut Vec<Slot<'a>>,
) -> &'s mut [Slot<'a>] {
    match few.get_mut(..rows.len()) {
        Some(slots) => slots,
        None => {
            rest.resize(rows.len(), Slot::default());
            &mut rest[..]
        }
    }
}

/// Gives a value to the rows of its key. A later value of the key replaces it.
fn take_last<'a>(
    rows: &[Row],
    source: Source,
    name: &[u8],
    value: &'a [u8],
    slots: &mut [Slot<'a>],
    many: &mut Many<'a>,
) {
    for (index, row) in rows.iter().enumerate() {
        if row.source == source && row.has_key(name) {
            slots[index] = Slot { value, count: slots[index].count + 1 };
            if row.list {
                many.push((index, value));
            }
        }
    }
}

/// Writes the value of each row, and returns the number of errors written to `buffers.errors`. Err: the reason for
/// declining.
fn write_rows(
    rows: &[Row],
    slots: &[Slot<'_>],
    many: &Many<'_>,
    buffers: &mut Buffers,
    answer: &mut Writer,
) -> Result<usize, i32> {
    let mut errors = Errors { writer: &mut buffers.errors, count: 0 };
    errors.writer.clear();
    for (index, (row, slot)) in rows.iter().zip(slots).enumerate() {
        if row.list {
            let values = many.iter().filter(|(row, _)| *row == index).map(|(_, value)| *value);
            row.write_list(values, slot.count, &mut buffers.text, answer, &mut errors)?;
        } else {
            row.write_one(slot, &mut buffers.text, answer, &mut errors)?;
        }
        if answer.len() + errors.writer.len() > MAX_ANSWER {
            return Err(DECLINED_SIZE);
        }
    }
    Ok(errors.count)
}
