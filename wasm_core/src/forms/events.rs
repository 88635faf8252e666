//! Writes the events of a piece of a form, in the order of the piece.
//!
//! | event | meaning |
//! | --- | --- |
//! | `(name, value)` | a whole field |
//! | `(name,)` | a field that spans pieces begins |
//! | `(name, filename, [(name, value), ...])` | a file begins; the list has the headers of its part |
//! | `[start, end]` | these bytes of the piece belong to the current field or file |
//! | bytes | these bytes of earlier pieces belong to it |
//! | None | the current field or file ends |
//! | int | the form is wrong: the id of a form error, always the last event |
//!
//! An urlencoded field that spans pieces has no `(name,)`, and its bytes are still encoded. Texts are str in a UTF-8 form,
//! decoded as latin-1 where UTF-8 fails, as Starlette does. In a form of another charset they are bytes.

use alloc::string::String;

use crate::frame::writer::Writer;
use crate::http::header::push_latin1;

/// An error of a form: an id of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FormError(pub i32);

/// Writes events.
pub struct Events<'a> {
    answer: &'a mut Writer,
    start: usize,
    count: usize,
    /// Whether each event so far is a whole field whose texts are str.
    only_fields: bool,
    is_utf_8: bool,
}

impl<'a> Events<'a> {
    pub fn new(answer: &'a mut Writer, is_utf_8: bool) -> Self {
        let start = answer.begin_list();
        Events { answer, start, count: 0, only_fields: is_utf_8, is_utf_8 }
    }

    /// Ends the list, and returns whether each event is a whole field whose texts are str.
    pub fn end(self) -> bool {
        self.answer.end_list(self.start, self.count);
        self.only_fields
    }

    pub fn field(&mut self, name: &[u8], value: &[u8]) {
        self.count += 1;
        self.answer.tuple(2);
        self.text(name);
        self.text(value);
    }

    /// Writes a whole field; `pair` writes its two texts.
    pub fn pair(&mut self, pair: impl FnOnce(&mut Writer)) {
        self.count += 1;
        self.answer.tuple(2);
        pair(self.answer);
    }

    pub fn begin_field(&mut self, name: &[u8]) {
        self.other().tuple(1);
        self.text(name);
    }

    pub fn begin_file<'h>(
        &mut self,
        name: &[u8],
        filename: &[u8],
        headers: impl ExactSizeIterator<Item = (&'h [u8], &'h [u8])>,
    ) {
        self.other().tuple(3);
        self.text(name);
        self.text(filename);
        self.answer.list(headers.len());
        for (name, value) in headers {
            self.answer.tuple(2);
            self.answer.bytes(name);
            self.answer.bytes(value);
        }
    }

    /// Writes a place in the piece, unless it is empty.
    pub fn data(&mut self, start: usize, end: usize) {
        if start < end {
            let answer = self.other();
            answer.list(2);
            answer.int(start as i64);
            answer.int(end as i64);
        }
    }

    pub fn held_back(&mut self, bytes: &[u8]) {
        self.other().bytes(bytes);
    }

    pub fn end_part(&mut self) {
        self.other().none();
    }

    pub fn error(&mut self, error: FormError) {
        self.other().int(i64::from(error.0));
    }

    fn other(&mut self) -> &mut Writer {
        self.count += 1;
        self.only_fields = false;
        self.answer
    }

    fn text(&mut self, bytes: &[u8]) {
        if !self.is_utf_8 {
            return self.answer.bytes(bytes);
        }
        match core::str::from_utf8(bytes) {
            Ok(text) => self.answer.str(text),
            Err(_) => {
                let mut text = String::new();
                push_latin1(bytes, &mut text);
                self.answer.str(&text);
            }
        }
    }
}
