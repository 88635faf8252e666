//! Writes an answer: a marshal document without references.

use alloc::vec::Vec;

use super::append::{append, wipe};
use super::code;

/// An answer under construction. The caller keeps the promise that counts match what follows.
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

    /// Takes everything back, and leaves nothing of it in memory.
    pub fn clear(&mut self) {
        wipe(&mut self.bytes);
        self.bytes.clear();
    }

    /// The same, and gives memory back beyond `kept` bytes.
    pub fn reset(&mut self, kept: usize) {
        if self.bytes.capacity() > kept {
            self.bytes = Vec::new();
        } else {
            self.clear();
        }
    }

    /// The bytes below, for encoders that write a document of their own.
    pub fn bytes_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Copies what is already a marshal document (or a part of one).
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

    /// Opens a dict: pairs follow, then [`Writer::end_dict`].
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

    /// An int as its digits of 15 bits, least first.
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

    /// A str from the request: never interned.
    pub fn str(&mut self, text: &str) {
        self.text(text, code::SHORT_ASCII);
    }

    /// A str from the plan or the contract: interned, so that Python compares it by identity.
    pub fn name(&mut self, text: &str) {
        self.text(text, code::SHORT_ASCII_INTERNED);
    }

    pub fn bytes(&mut self, value: &[u8]) {
        self.sized(code::BYTES, value.len());
        append(&mut self.bytes, value);
    }

    /// Opens a list whose size is not known yet.
    pub fn begin_list(&mut self) -> usize {
        let start = self.bytes.len();
        self.sized(code::LIST, 0);
        start
    }

    /// Closes what [`Writer::begin_list`] opened, after so many items.
    pub fn end_list(&mut self, start: usize, count: usize) {
        self.bytes[start + 1..start + 5].copy_from_slice(&(count as u32).to_le_bytes());
    }

    /// Opens a bytes object whose size is not known yet.
    pub fn begin_bytes(&mut self) -> usize {
        let start = self.bytes.len();
        self.sized(code::BYTES, 0);
        start
    }

    /// Closes what [`Writer::begin_bytes`] opened; false when it is too large for a document.
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

    /// An int beyond 32 bits: digits of 15 bits, least first; the sign is that of their count.
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
