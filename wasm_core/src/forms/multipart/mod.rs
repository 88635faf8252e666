//! Reads `multipart/form-data` as Starlette's `MultiPartParser` with python-multipart's `MultipartParser` does.
//!
//! RFC 2046 section 5.1.1, reduced to the parts that forms use:
//!
//! ```text
//! multipart-body := dash-boundary CRLF body-part *(delimiter transport-padding CRLF body-part) close-delimiter [epilogue]
//! dash-boundary  := "--" boundary
//! delimiter      := CRLF dash-boundary
//! close-delimiter := delimiter "--"
//! body-part      := *(name ":" value CRLF) CRLF [*OCTET]
//! ```
//!
//! python-multipart adds these rules:
//!
//! - A CR or LF may precede the first dash-boundary. After it, the parser ignores bytes up to a "-" in the same chunk.
//! - "--boundary--" may be the whole body.
//! - A delimiter that is not followed by CRLF, "--" or padding is data.
//! - The epilogue may be any bytes.
//! - A body that ends early has the parts that are complete.
//!
//! Invariant: let a piece end in the data of a file, with no bytes held back. If the next piece contains no delimiter and
//! does not end with the beginning of one, then it is all data and does not change the parser's state. Python relies on
//! this and does not send such pieces to the core, so the parser must not count the data of a file.
//!
//! The search for delimiters is linear in the input. A candidate that is not a delimiter contains no start of another one,
//! because a boundary has no CR (`content_type` refuses one).

use alloc::vec::Vec;

use crate::contract::FORM_ERROR_INVALID;
use crate::forms::events::{Events, FormError};
use crate::forms::Limits;

mod boundary;
mod data;
mod head;
mod state;
#[cfg(test)]
mod tests;

use head::Headers;

const INVALID: FormError = FormError(FORM_ERROR_INVALID);

/// The place in the grammar where the last piece ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Before the first dash-boundary.
    Start,
    /// After a CR or LF before the first dash-boundary: the parser ignores bytes up to a "-" in the same chunk.
    Preamble,
    /// `matched` bytes into the first dash-boundary and the CRLF or hyphen after it.
    DashBoundary,
    /// After "--boundary-" at the start of the body.
    EmptyBody,
    HeaderStart,
    HeaderName,
    HeaderValueStart,
    HeaderValue,
    /// After the CR of a header.
    HeaderEnd,
    /// After the CR of the empty line.
    HeadersEnd,
    /// In the data of a part; `matched` bytes into a candidate for a delimiter.
    Data,
    Padding,
    PaddingEnd,
    Epilogue,
}

/// The kind of the current part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// A field that no event has announced yet, because it may end in this piece.
    NewField = 0,
    Field = 1,
    File = 2,
}

/// The parser of one form.
#[derive(Debug)]
pub struct Multipart {
    limits: Limits,
    is_utf_8: bool,
    /// CRLF "--" boundary.
    delimiter: Vec<u8>,
    phase: Phase,
    matched: usize,
    /// The byte after the delimiter of the current candidate: CR or hyphen.
    after: u8,
    header_count: u8,
    header_size: usize,
    headers: Headers,
    part: Part,
    /// The name of a `Part::NewField`.
    name: Vec<u8>,
    /// Bytes of the current field so far.
    size: i64,
    fields: i64,
    files: i64,
}

impl Multipart {
    pub fn new(limits: Limits, boundary: &[u8], is_utf_8: bool) -> Self {
        Multipart {
            limits,
            is_utf_8,
            delimiter: [b"\r\n--", boundary].concat(),
            phase: Phase::Start,
            matched: 0,
            after: 0,
            header_count: 0,
            header_size: 0,
            headers: Headers::default(),
            part: Part::Field,
            name: Vec::new(),
            size: 0,
            fields: 0,
            files: 0,
        }
    }

    pub fn is_utf_8(&self) -> bool {
        self.is_utf_8
    }

    /// Returns the delimiter: CRLF "--" boundary.
    pub fn into_delimiter(self) -> Vec<u8> {
        self.delimiter
    }

    /// Reads a piece. `is_continued`: the next piece belongs to the same chunk.
    pub fn feed(&mut self, piece: &[u8], is_continued: bool, events: &mut Events<'_>) -> Result<(), FormError> {
        let mut at = 0;
        while at < piece.len() {
            at = match self.phase {
                Phase::Start | Phase::Preamble | Phase::DashBoundary | Phase::EmptyBody => self.opening(piece, at)?,
                Phase::HeaderStart | Phase::HeaderName => self.header_name(piece, at)?,
                Phase::HeaderValueStart | Phase::HeaderValue => self.header_value(piece, at)?,
                Phase::HeaderEnd => self.line_feed(piece[at], Phase::HeaderStart).map(|()| at + 1)?,
                Phase::HeadersEnd => {
                    self.line_feed(piece[at], Phase::Data)?;
                    self.begin_part(events)?;
                    at + 1
                }
                Phase::Data => self.data(piece, at, events)?,
                Phase::Padding => self.padding(piece[at]).map(|()| at + 1)?,
                Phase::PaddingEnd => {
                    self.line_feed(piece[at], Phase::HeaderStart)?;
                    self.end_part(events);
                    at + 1
                }
                Phase::Epilogue => piece.len(),
            };
        }
        if self.phase == Phase::Preamble && !is_continued {
            self.phase = Phase::Start;
        }
        if self.part == Part::NewField {
            self.tell_field(events);
        }
        Ok(())
    }

    fn line_feed(&mut self, byte: u8, next: Phase) -> Result<(), FormError> {
        if byte != b'\n' {
            return Err(INVALID);
        }
        self.phase = next;
        Ok(())
    }
}
