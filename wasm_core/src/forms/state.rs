//! The state of a parser between two pieces, as bytes: little-endian numbers, and byte strings after their length.
//!
//! A parser writes its fields with [`Pack`] and reads them back in the same order with [`Unpack`].

use alloc::vec::Vec;

/// Writes a state.
#[derive(Default)]
pub struct Pack {
    pub bytes: Vec<u8>,
}

impl Pack {
    pub fn byte(&mut self, value: u8) {
        self.bytes.push(value);
    }

    pub fn int(&mut self, value: i64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    pub fn size(&mut self, value: usize) {
        self.bytes.extend_from_slice(&(value as u32).to_le_bytes());
    }

    pub fn string(&mut self, value: &[u8]) {
        self.size(value.len());
        self.bytes.extend_from_slice(value);
    }
}

/// Reads a state. Its methods return None when the bytes are too short for the value.
pub struct Unpack<'a> {
    rest: &'a [u8],
}

impl<'a> Unpack<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Unpack { rest: bytes }
    }

    pub fn byte(&mut self) -> Option<u8> {
        Some(self.take::<1>()?[0])
    }

    pub fn int(&mut self) -> Option<i64> {
        Some(i64::from_le_bytes(self.take()?))
    }

    pub fn size(&mut self) -> Option<usize> {
        Some(u32::from_le_bytes(self.take()?) as usize)
    }

    pub fn string(&mut self) -> Option<&'a [u8]> {
        let size = self.size()?;
        let (string, rest) = (self.rest.get(..size)?, &self.rest[size..]);
        self.rest = rest;
        Some(string)
    }

    /// Returns whether all bytes were read.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*taken)
    }
}
