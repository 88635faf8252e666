//! Encodes a marshal document (version 4, with references) as JSON.
//!
//! The result equals `json.dumps` of the document, or of the value that `jsonable_encoder` makes from it:
//!
//! - A tuple becomes an array.
//! - A key that is None, a bool, an int or a float becomes a string.
//! - `jsonable_encoder` drops a pair whose key starts with "_sa" ([`PrivateKeys::Dropped`]).
//!
//! The encoder returns None, and Python encodes the document, for NaN and infinities, lone surrogates, bytes and other
//! types, cycles, nesting above 128, ints above 1035 bits and results above 32 MiB.

use alloc::vec::Vec;

use super::{float, string};
use crate::frame::append::{append, append_again};
use crate::frame::reader::{int_of, Item, Reader};

/// Containers inside each other.
const MAX_DEPTH: usize = 128;
/// Bytes of a result.
const MAX_OUTPUT: usize = 32 << 20;
/// Bytes of an int's marshal digits; 15 bits in two bytes each, 1035 bits in all.
const MAX_LONG: usize = 138;

/// Lists that the encoder uses again for the next document.
#[derive(Default)]
pub struct Buffers {
    open: Vec<Container>,
    seen: Vec<Seen>,
    dropped: Vec<u8>,
}

impl Buffers {
    pub const fn new() -> Self {
        Buffers { open: Vec::new(), seen: Vec::new(), dropped: Vec::new() }
    }

    /// Frees the list that may hold text of a document; the allocator clears it. The other lists hold only positions.
    pub fn forget(&mut self) {
        self.dropped = Vec::new();
    }
}

/// A container whose items the encoder is writing.
///
/// PERF: the encoder writes a comma after every item, and closing the container overwrites the last comma.
struct Container {
    kind: Kind,
    /// Its index in `seen`, if the document may refer to it.
    reference: Option<usize>,
    /// The state before the current pair, if the encoder drops that pair.
    dropping: Option<Mark>,
}

#[derive(Clone, Copy)]
enum Kind {
    /// The number of items not yet written.
    Array(usize),
    Object,
}

/// The sizes of the output and of the list of references at one moment.
#[derive(Clone, Copy)]
struct Mark {
    output: usize,
    seen: usize,
}

/// An object that the document may refer to, with the place of its JSON.
#[derive(Clone, Copy)]
struct Seen {
    state: State,
    /// The place is in `dropped`, not in the output.
    dropped: bool,
    start: usize,
    end: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    /// The encoder is writing it: a reference to it is a cycle.
    Open,
    Text,
    Number,
    Container,
}

/// How the encoder treats pairs whose key starts with "_sa", the state of SQLAlchemy's objects.
#[derive(Clone, Copy, PartialEq)]
pub enum PrivateKeys {
    Dropped,
    Kept,
}

/// Appends the JSON of a document and returns the position where the document ends.
///
/// None: Python must encode the document, and the caller must discard the output.
pub fn encode(input: &[u8], private: PrivateKeys, buffers: &mut Buffers, out: &mut Vec<u8>) -> Option<usize> {
    buffers.open.clear();
    buffers.seen.clear();
    buffers.dropped.clear();
    let Buffers { open, seen, dropped } = buffers;
    let drops = private == PrivateKeys::Dropped;
    let mut encoder = Encoder { reader: Reader::new(input), drops, open, seen, dropped, out };
    encoder.value()?;
    while let Some(container) = encoder.open.last() {
        match container.kind {
            Kind::Array(left) => encoder.items(left)?,
            Kind::Object => encoder.pairs()?,
        }
    }
    encoder.out.pop();
    Some(encoder.reader.position())
}

struct Encoder<'a> {
    reader: Reader<'a>,
    /// Whether the encoder drops pairs with a private key.
    drops: bool,
    open: &'a mut Vec<Container>,
    seen: &'a mut Vec<Seen>,
    /// The JSON of dropped pairs, for later references to objects in them.
    dropped: &'a mut Vec<u8>,
    out: &'a mut Vec<u8>,
}

impl<'a> Encoder<'a> {
    /// Writes items of the innermost array up to its end or to a container among them, which it opens.
    fn items(&mut self, mut left: usize) -> Option<()> {
        while left > 0 {
            left -= 1;
            let item = self.reader.next()?;
            if is_container(item) {
                self.open.last_mut()?.kind = Kind::Array(left);
                return self.open(item);
            }
            self.scalar(item)?;
            self.out.push(b',');
        }
        self.close(b']')
    }

    /// Writes pairs of the innermost object up to its end or to a container among them, which it opens.
    fn pairs(&mut self) -> Option<()> {
        if let Some(mark) = self.open.last_mut()?.dropping.take() {
            self.drop_pair(mark)?;
        }
        loop {
            let mark = Mark { output: self.out.len(), seen: self.seen.len() };
            let key = self.reader.next()?;
            if key == Item::Null {
                return self.close(b'}');
            }
            let is_text = self.key(key)?;
            let dropped = self.drops && is_text && self.out.get(mark.output + 1..mark.output + 4) == Some(b"_sa");
            self.out.push(b':');
            let item = self.reader.next()?;
            if is_container(item) {
                self.open.last_mut()?.dropping = dropped.then_some(mark);
                return self.open(item);
            }
            self.scalar(item)?;
            self.out.push(b',');
            if dropped {
                self.drop_pair(mark)?;
            }
        }
    }

    /// Moves a pair from the output to `dropped`, and the places of its objects with it.
    fn drop_pair(&mut self, mark: Mark) -> Option<()> {
        let kept = self.dropped.len();
        append(self.dropped, &self.out[mark.output..]);
        self.out[mark.output..].fill(0);
        self.out.truncate(mark.output);
        for seen in self.seen[mark.seen..].iter_mut().filter(|seen| !seen.dropped) {
            seen.dropped = true;
            seen.start = seen.start - mark.output + kept;
            seen.end = seen.end - mark.output + kept;
        }
        (self.dropped.len() <= MAX_OUTPUT).then_some(())
    }

    /// Writes a key, in quotes if it is not a text. Returns whether it is a text.
    fn key(&mut self, key: Item<'a>) -> Option<bool> {
        let is_text = match key {
            Item::Text(_) | Item::Ascii(_) => true,
            Item::Ref(number) => match self.seen.get(number)?.state {
                State::Text => true,
                State::Number => false,
                _ => return None,
            },
            Item::None | Item::Bool(_) | Item::Int(_) | Item::Long { .. } | Item::Float(_) => false,
            _ => return None,
        };
        if !is_text {
            self.out.push(b'"');
        }
        self.scalar(key)?;
        if !is_text {
            self.out.push(b'"');
        }
        Some(is_text)
    }

    /// Writes a document that is a scalar, or opens one that is a container.
    fn value(&mut self) -> Option<()> {
        let item = self.reader.next()?;
        if is_container(item) {
            return self.open(item);
        }
        self.scalar(item)?;
        self.out.push(b',');
        Some(())
    }

    /// Writes an item that is not a container.
    #[inline]
    fn scalar(&mut self, item: Item<'a>) -> Option<()> {
        let start = self.out.len();
        // The reader knows this only until the next item.
        let flagged = self.reader.flagged();
        let state = match item {
            Item::None => return self.word(*b"null"),
            Item::Bool(true) => return self.word(*b"true"),
            Item::Bool(false) => return self.word(*b"false"),
            Item::Ref(number) => return self.repeat(number),
            Item::Ascii(text) => {
                if !text.is_ascii() {
                    return None;
                }
                self.text(text)?;
                State::Text
            }
            Item::Text(text) => {
                core::str::from_utf8(text).ok()?;
                self.text(text)?;
                State::Text
            }
            Item::Int(value) => {
                float::push_int(i64::from(value), self.out);
                State::Number
            }
            Item::Float(value) if value.is_finite() => {
                float::push(value, self.out);
                State::Number
            }
            Item::Long { negative, digits } => {
                match int_of(item) {
                    Some(value) => float::push_int(value, self.out),
                    None => push_long(negative, digits, self.out)?,
                }
                State::Number
            }
            _ => return None,
        };
        if flagged {
            // The list may grow faster than the output. Without memory for it Python encodes the document.
            self.seen.try_reserve(1).ok()?;
            self.seen.push(Seen { state, dropped: false, start, end: self.out.len() });
        }
        (self.out.len() <= MAX_OUTPUT).then_some(())
    }

    /// Writes a text in quotes. Escapes may make it six times as long, so the size is checked after each part of it.
    fn text(&mut self, text: &[u8]) -> Option<()> {
        self.out.push(b'"');
        for part in text.chunks(1 << 16) {
            string::push_escaped(part, self.out);
            if self.out.len() > MAX_OUTPUT {
                return None;
            }
        }
        self.out.push(b'"');
        Some(())
    }

    fn word<const N: usize>(&mut self, word: [u8; N]) -> Option<()> {
        self.out.extend_from_slice(&word);
        Some(())
    }

    /// Writes the JSON of an earlier object again.
    fn repeat(&mut self, number: usize) -> Option<()> {
        let seen = *self.seen.get(number)?;
        let size = seen.end.checked_sub(seen.start)?;
        if seen.state == State::Open || self.out.len() + size > MAX_OUTPUT {
            return None;
        }
        if seen.dropped {
            append(self.out, &self.dropped[seen.start..seen.end]);
        } else {
            append_again(self.out, seen.start, seen.end);
        }
        Some(())
    }

    fn open(&mut self, container: Item<'a>) -> Option<()> {
        if self.open.len() == MAX_DEPTH {
            return None;
        }
        self.seen.try_reserve(1).ok()?;
        let reference = self.reader.flagged().then(|| {
            self.seen.push(Seen { state: State::Open, dropped: false, start: self.out.len(), end: 0 });
            self.seen.len() - 1
        });
        let (bracket, kind) = match container {
            Item::Tuple(count) | Item::List(count) => (b'[', Kind::Array(count)),
            _ => (b'{', Kind::Object),
        };
        self.out.push(bracket);
        self.open.push(Container { kind, reference, dropping: None });
        Some(())
    }

    /// Closes the innermost container.
    fn close(&mut self, bracket: u8) -> Option<()> {
        match self.out.last_mut()? {
            comma @ b',' => *comma = bracket,
            _ => self.out.push(bracket),
        }
        let container = self.open.pop()?;
        if let Some(seen) = container.reference.and_then(|number| self.seen.get_mut(number)) {
            seen.state = State::Container;
            seen.end = self.out.len();
        }
        self.out.push(b',');
        (self.out.len() <= MAX_OUTPUT).then_some(())
    }
}

fn is_container(item: Item<'_>) -> bool {
    matches!(item, Item::Tuple(_) | Item::List(_) | Item::Dict)
}

/// Appends an int beyond 64 bits; None when its digits exceed `MAX_LONG`.
fn push_long(negative: bool, digits: &[u8], out: &mut Vec<u8>) -> Option<()> {
    const BILLION: u64 = 1_000_000_000;
    if digits.len() > MAX_LONG {
        return None;
    }
    // Digits of base 10^9, least significant first: multiply by 2^15 and add, from the highest digit down.
    let mut decimal: Vec<u64> = Vec::new();
    for digit in digits.chunks_exact(2).rev() {
        let mut carry = u64::from(u16::from_le_bytes([digit[0], digit[1]]) & 0x7fff);
        for group in &mut decimal {
            let value = (*group << 15) + carry;
            *group = value % BILLION;
            carry = value / BILLION;
        }
        if carry > 0 {
            decimal.push(carry);
        }
    }
    if negative {
        out.push(b'-');
    }
    let mut groups = decimal.iter().rev();
    float::push_int(*groups.next().unwrap_or(&0) as i64, out);
    for group in groups {
        float::push_nine(*group, out);
    }
    Some(())
}
