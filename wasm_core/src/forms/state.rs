//! What travels between two pieces, as bytes: numbers little-endian, byte strings after their length.

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

/// Reads a state; None for anything that no `Pack` wrote.
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

    /// Whether nothing is left.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*taken)
    }
}
