//! Reads a marshal document item by item, without copying its bytes.

use super::code;

/// One item of a document. A container announces only its size; the next calls of [`Reader::next`] return its items.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Item<'a> {
    /// The end of a dict.
    Null,
    None,
    Bool(bool),
    Ellipsis,
    Int(i32),
    /// Digits of 15 bits in two bytes each, least significant first.
    Long {
        negative: bool,
        digits: &'a [u8],
    },
    Float(f64),
    /// UTF-8 that may contain lone surrogates.
    Text(&'a [u8]),
    /// ASCII if the writer is correct; the reader does not check it.
    Ascii(&'a [u8]),
    Bytes(&'a [u8]),
    Tuple(usize),
    List(usize),
    Dict,
    /// The object with this number; objects with `FLAG_REF` are counted from 0.
    Ref(usize),
    /// A type code that frames do not use.
    Other,
}

/// A position in a document.
#[derive(Clone)]
pub struct Reader<'a> {
    input: &'a [u8],
    position: usize,
    flagged: bool,
}

impl<'a> Reader<'a> {
    pub fn new(input: &'a [u8]) -> Self {
        Reader { input, position: 0, flagged: false }
    }

    /// Returns the number of bytes read.
    pub fn position(&self) -> usize {
        self.position
    }

    /// Returns whether the document may refer to the last item later.
    pub fn flagged(&self) -> bool {
        self.flagged
    }

    /// Returns the next item, or None when the document is cut off.
    // PERF: inlined, an item stays in registers (benchmark of JSON).
    #[inline(always)]
    pub fn next(&mut self) -> Option<Item<'a>> {
        let byte = *self.input.get(self.position)?;
        self.position += 1;
        self.flagged = byte & code::FLAG_REF != 0;
        Some(match byte & !code::FLAG_REF {
            code::SHORT_ASCII | code::SHORT_ASCII_INTERNED => {
                let size = usize::from(self.take(1)?[0]);
                Item::Ascii(self.take(size)?)
            }
            code::UNICODE | code::UNICODE_INTERNED => Item::Text(self.sized()?),
            code::INT => Item::Int(self.i32()?),
            code::FLOAT => Item::Float(f64::from_le_bytes(self.take(8)?.try_into().ok()?)),
            code::REF => Item::Ref(self.size()?),
            code::NONE => Item::None,
            code::TRUE => Item::Bool(true),
            code::FALSE => Item::Bool(false),
            code::DICT => Item::Dict,
            code::NULL => Item::Null,
            code::LIST => Item::List(self.size()?),
            code::TUPLE => Item::Tuple(self.size()?),
            code::SMALL_TUPLE => Item::Tuple(usize::from(self.take(1)?[0])),
            code::BYTES => Item::Bytes(self.sized()?),
            code::ASCII | code::ASCII_INTERNED => Item::Ascii(self.sized()?),
            code::LONG => self.long()?,
            code::ELLIPSIS => Item::Ellipsis,
            _ => Item::Other,
        })
    }

    /// Returns the next item if it is a str without lone surrogates.
    pub fn text(&mut self) -> Option<&'a str> {
        match self.next()? {
            Item::Text(bytes) => core::str::from_utf8(bytes).ok(),
            Item::Ascii(bytes) if bytes.is_ascii() => core::str::from_utf8(bytes).ok(),
            _ => None,
        }
    }

    /// Returns the next item if it is a bytes object.
    pub fn bytes(&mut self) -> Option<&'a [u8]> {
        match self.next()? {
            Item::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// Returns the size of the next item if it is a tuple or a list.
    pub fn sequence(&mut self) -> Option<usize> {
        match self.next()? {
            Item::Tuple(count) | Item::List(count) => Some(count),
            _ => None,
        }
    }

    /// Returns the next item if it is a pair of bytes objects, which is a header.
    pub fn pair(&mut self) -> Option<(&'a [u8], &'a [u8])> {
        // PERF: one comparison with the bytes that marshal writes for a tuple (benchmark `core`).
        const HEAD: [u8; 6] = [code::TUPLE, 2, 0, 0, 0, code::BYTES];
        if self.input.get(self.position..)?.starts_with(&HEAD) {
            self.position += HEAD.len();
            return Some((self.sized()?, self.bytes()?));
        }
        if self.sequence()? != 2 {
            return None;
        }
        Some((self.bytes()?, self.bytes()?))
    }

    /// Returns the next item if it is an int of 64 bits.
    pub fn int(&mut self) -> Option<i64> {
        int_of(self.next()?)
    }

    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let end = self.position.checked_add(count)?;
        let taken = self.input.get(self.position..end)?;
        self.position = end;
        Some(taken)
    }

    fn i32(&mut self) -> Option<i32> {
        Some(i32::from_le_bytes(self.take(4)?.try_into().ok()?))
    }

    fn size(&mut self) -> Option<usize> {
        usize::try_from(self.i32()?).ok()
    }

    fn sized(&mut self) -> Option<&'a [u8]> {
        let size = self.size()?;
        self.take(size)
    }

    fn long(&mut self) -> Option<Item<'a>> {
        let count = self.i32()?;
        let size = (count.unsigned_abs() as usize).checked_mul(2)?;
        Some(Item::Long { negative: count < 0, digits: self.take(size)? })
    }
}

/// Returns the value of an item that is an int of 64 bits.
pub fn int_of(item: Item<'_>) -> Option<i64> {
    match item {
        Item::Int(value) => Some(i64::from(value)),
        Item::Long { negative, digits } => {
            let mut value: i128 = 0;
            if digits.len() > 10 {
                return None;
            }
            for digit in digits.chunks_exact(2).rev() {
                value = value << 15 | i128::from(u16::from_le_bytes([digit[0], digit[1]]) & 0x7fff);
            }
            i64::try_from(if negative { -value } else { value }).ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::writer::Writer;
    use super::*;

    #[test]
    fn the_reader_returns_the_ints_of_the_writer() {
        for value in [0, -1, 1 << 31, -(1 << 31), (1 << 31) - 1, 1 << 45, i64::MAX, i64::MIN, i64::MIN + 1] {
            let mut writer = Writer::new();
            writer.int(value);
            assert_eq!(Reader::new(writer.as_bytes()).int(), Some(value));
        }
    }

    #[test]
    fn a_document_that_is_cut_off_ends() {
        let mut writer = Writer::new();
        writer.tuple(2);
        writer.str("text");
        for end in 0..writer.len() {
            let mut reader = Reader::new(&writer.as_bytes()[..end]);
            while reader.next().is_some() {}
            assert!(reader.position <= end);
        }
    }
}
