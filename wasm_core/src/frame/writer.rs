//! Writes an answer, which is a marshal document without references.

use alloc::vec::Vec;

use super::append::{append, wipe};
use super::code;

/// An answer under construction.
///
/// The caller must write as many items after [`Writer::tuple`] and [`Writer::list`] as it announced.
///
/// ```text
/// writer.tuple(2); writer.int(0); writer.str("a")        (0, "a")
/// ```
#[derive(Default)]
pub struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    pub const fn new() -> Self {
        Writer { bytes: Vec::new() }
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Removes everything and clears its memory.
    pub fn clear(&mut self) {
        wipe(&mut self.bytes);
        self.bytes.clear();
    }

    /// Removes everything from `length` on and clears its memory.
    pub fn truncate(&mut self, length: usize) {
        wipe(&mut self.bytes[length..]);
        self.bytes.truncate(length);
    }

    /// Removes everything, clears its memory, and frees a buffer larger than `kept` bytes.
    pub fn reset(&mut self, kept: usize) {
        if self.bytes.capacity() > kept {
            self.bytes = Vec::new();
        } else {
            self.clear();
        }
    }

    /// Returns the bytes written so far, for encoders that append to them.
    pub fn bytes_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Appends bytes that are already a marshal document, or a part of one.
    pub fn verbatim(&mut self, document: &[u8]) {
        append(&mut self.bytes, document);
    }

    pub fn none(&mut self) {
        self.bytes.push(code::NONE);
    }

    pub fn ellipsis(&mut self) {
        self.bytes.push(code::ELLIPSIS);
    }

    pub fn bool(&mut self, value: bool) {
        self.bytes.push(if value { code::TRUE } else { code::FALSE });
    }

    pub fn tuple(&mut self, count: usize) {
        self.sized(code::TUPLE, count);
    }

    pub fn list(&mut self, count: usize) {
        self.sized(code::LIST, count);
    }

    /// Opens a dict. The caller writes pairs and then calls [`Writer::end_dict`].
    pub fn dict(&mut self) {
        self.bytes.push(code::DICT);
    }

    pub fn end_dict(&mut self) {
        self.bytes.push(code::NULL);
    }

    pub fn int(&mut self, value: i64) {
        match i32::try_from(value) {
            Ok(small) => self.sized(code::INT, small as u32 as usize),
            Err(_) => self.long(value),
        }
    }

    /// Writes an int, given as digits of 15 bits, least significant first.
    pub fn large_int(&mut self, negative: bool, digits: &[u16]) {
        let count = digits.len() as i32;
        self.sized(code::LONG, (if negative { -count } else { count }) as u32 as usize);
        for digit in digits {
            self.bytes.extend_from_slice(&digit.to_le_bytes());
        }
    }

    pub fn float(&mut self, value: f64) {
        self.bytes.push(code::FLOAT);
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    /// Writes a str of a request, which Python does not intern.
    pub fn str(&mut self, text: &str) {
        self.text(text, code::SHORT_ASCII);
    }

    /// Writes a str of the plan or of the contract. Python interns it, so comparing it is fast.
    pub fn name(&mut self, text: &str) {
        self.text(text, code::SHORT_ASCII_INTERNED);
    }

    pub fn bytes(&mut self, value: &[u8]) {
        self.sized(code::BYTES, value.len());
        append(&mut self.bytes, value);
    }

    /// Opens a list of unknown size and returns its place, for [`Writer::end_list`].
    pub fn begin_list(&mut self) -> usize {
        let start = self.bytes.len();
        self.sized(code::LIST, 0);
        start
    }

    /// Closes a list of `count` items that [`Writer::begin_list`] opened.
    pub fn end_list(&mut self, start: usize, count: usize) {
        self.bytes[start + 1..start + 5].copy_from_slice(&(count as u32).to_le_bytes());
    }

    /// Opens a bytes object of unknown size and returns its place, for [`Writer::end_bytes`].
    pub fn begin_bytes(&mut self) -> usize {
        let start = self.bytes.len();
        self.sized(code::BYTES, 0);
        start
    }

    /// Closes a bytes object that [`Writer::begin_bytes`] opened. False: it is too large for a document.
    pub fn end_bytes(&mut self, start: usize) -> bool {
        match i32::try_from(self.bytes.len() - start - 5) {
            Ok(size) => {
                self.bytes[start + 1..start + 5].copy_from_slice(&size.to_le_bytes());
                true
            }
            Err(_) => false,
        }
    }

    fn text(&mut self, text: &str, short: u8) {
        match u8::try_from(text.len()) {
            Ok(length) if text.is_ascii() => {
                self.bytes.push(short);
                self.bytes.push(length);
            }
            _ => self.sized(code::UNICODE, text.len()),
        }
        append(&mut self.bytes, text.as_bytes());
    }

    fn sized(&mut self, type_code: u8, size: usize) {
        let size = (size as u32).to_le_bytes();
        self.bytes.extend_from_slice(&[type_code, size[0], size[1], size[2], size[3]]);
    }

    /// Writes an int beyond 32 bits: digits of 15 bits, least significant first. Their count carries the sign.
    fn long(&mut self, value: i64) {
        let start = self.bytes.len();
        self.sized(code::LONG, 0);
        let mut rest = value.unsigned_abs();
        let mut count = 0i32;
        while rest != 0 {
            self.bytes.extend_from_slice(&((rest & 0x7fff) as u16).to_le_bytes());
            rest >>= 15;
            count += 1;
        }
        let count = if value < 0 { -count } else { count };
        self.bytes[start + 1..start + 5].copy_from_slice(&count.to_le_bytes());
    }
}
