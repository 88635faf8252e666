//! Reads `application/x-www-form-urlencoded` as Starlette's `FormParser` with python-multipart's `QuerystringParser` does.
//!
//! "&" separates fields, and empty fields are ignored. The first "=" separates the name of a field from its value; both
//! are decoded as `unquote_plus` decodes latin-1 text. Two limits apply: the bytes of a field without its "=", and the
//! number of fields. The form `a=1&&b=x+y` has the fields `(a, 1)` and `(b, x y)`.

use super::events::{Events, FormError};
use super::state::{Pack, Unpack};
use super::Limits;
use crate::contract::{FORM_ERROR_FIELD_TOO_LARGE, FORM_ERROR_TOO_MANY_FIELDS};
use crate::http::query::{decode, Scratch};

/// The place in the grammar where the last piece ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    BetweenFields = 0,
    Name = 1,
    Value = 2,
}

/// The parser of one form.
#[derive(Debug)]
pub struct Urlencoded {
    limits: Limits,
    phase: Phase,
    fields: i64,
    /// Bytes so far of the field that the last piece did not finish.
    size: i64,
}

impl Urlencoded {
    pub fn new(limits: Limits) -> Self {
        Urlencoded { limits, phase: Phase::BetweenFields, fields: 0, size: 0 }
    }

    pub fn pack(&self, state: &mut Pack) {
        state.byte(self.phase as u8);
        state.int(self.fields);
        state.int(self.size);
        state.int(self.limits.max_fields);
        state.int(self.limits.max_part_size);
    }

    pub fn unpack(state: &mut Unpack<'_>) -> Option<Self> {
        let phase = match state.byte()? {
            0 => Phase::BetweenFields,
            1 => Phase::Name,
            2 => Phase::Value,
            _ => return None,
        };
        let (fields, size) = (state.int()?, state.int()?);
        let limits = Limits { max_files: 0, max_fields: state.int()?, max_part_size: state.int()? };
        Some(Urlencoded { limits, phase, fields, size })
    }

    /// Reads a piece. `is_last`: the body ends with it.
    pub fn feed(
        &mut self,
        piece: &[u8],
        is_last: bool,
        scratch: &mut Scratch,
        events: &mut Events<'_>,
    ) -> Result<(), FormError> {
        let mut at = 0;
        while at < piece.len() {
            if self.phase == Phase::BetweenFields && piece[at] == b'&' {
                at += 1;
                continue;
            }
            let end = memchr::memchr(b'&', &piece[at..]).map(|length| at + length);
            self.field(piece, at, end, is_last, scratch, events)?;
            match end {
                Some(end) => at = end + 1,
                None => return Ok(()),
            }
        }
        if is_last && self.phase != Phase::BetweenFields {
            self.end_field()?;
            events.end_part();
        }
        Ok(())
    }

    /// Reads the part of a field that is in the piece, from `start` to `end`. None: the piece ends inside the field.
    fn field(
        &mut self,
        piece: &[u8],
        start: usize,
        end: Option<usize>,
        is_last: bool,
        scratch: &mut Scratch,
        events: &mut Events<'_>,
    ) -> Result<(), FormError> {
        let continues = self.phase != Phase::BetweenFields;
        let raw = &piece[start..end.unwrap_or(piece.len())];
        let (name, value) = self.halves(raw)?;
        let ends = end.is_some() || is_last;
        if ends {
            self.end_field()?;
        }
        if ends && !continues {
            events.pair(|answer| {
                answer.str(decode(name, scratch));
                answer.str(decode(value, scratch));
            });
            return Ok(());
        }
        events.data(start, start + raw.len());
        if ends {
            events.end_part();
        }
        Ok(())
    }

    /// Splits a field, or the rest of one, at its "=".
    fn halves<'a>(&mut self, raw: &'a [u8]) -> Result<(&'a [u8], &'a [u8]), FormError> {
        if self.phase == Phase::Value {
            self.measure(raw)?;
            return Ok((&raw[..0], raw));
        }
        let equals = memchr::memchr(b'=', raw);
        let (name, value) = match equals {
            Some(position) => (&raw[..position], &raw[position + 1..]),
            None => (raw, &raw[raw.len()..]),
        };
        self.phase = if equals.is_some() { Phase::Value } else { Phase::Name };
        self.measure(name)?;
        self.measure(value)?;
        Ok((name, value))
    }

    fn measure(&mut self, bytes: &[u8]) -> Result<(), FormError> {
        self.size = self.size.saturating_add(bytes.len() as i64);
        if !bytes.is_empty() && self.size > self.limits.max_part_size {
            return Err(FormError(FORM_ERROR_FIELD_TOO_LARGE));
        }
        Ok(())
    }

    fn end_field(&mut self) -> Result<(), FormError> {
        self.phase = Phase::BetweenFields;
        self.size = 0;
        self.fields = self.fields.saturating_add(1);
        if self.fields > self.limits.max_fields {
            return Err(FormError(FORM_ERROR_TOO_MANY_FIELDS));
        }
        Ok(())
    }
}
