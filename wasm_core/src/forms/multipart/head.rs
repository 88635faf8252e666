//! The head of a part: its headers, and the field or file that they begin.

use alloc::vec::Vec;

use super::{Multipart, Part, Phase, INVALID};
use crate::contract::{FORM_ERROR_NO_NAME, FORM_ERROR_TOO_MANY_FIELDS, FORM_ERROR_TOO_MANY_FILES};
use crate::forms::disposition::Disposition;
use crate::forms::events::{Events, FormError};

/// The number of headers of a part, and the bytes of one header; these are python-multipart's limits.
const MAX_HEADER_COUNT: u8 = 8;
const MAX_HEADER_SIZE: usize = 4096 + 128;

/// The headers of a part: each name in lower case and then its value, without separators.
#[derive(Debug, Default)]
pub(super) struct Headers {
    pub(super) bytes: Vec<u8>,
    /// The positions where each name and its value end.
    pub(super) ends: Vec<(usize, usize)>,
    /// The position where the name of the current header ends, once the parser has read it.
    pub(super) name_end: usize,
}

impl Headers {
    fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
    }

    fn iter(&self) -> impl ExactSizeIterator<Item = (&[u8], &[u8])> {
        self.ends.iter().enumerate().map(|(index, &(name_end, value_end))| {
            let start = if index == 0 { 0 } else { self.ends[index - 1].1 };
            (&self.bytes[start..name_end], &self.bytes[name_end..value_end])
        })
    }
}

impl Multipart {
    pub(super) fn new_part(&mut self) {
        self.headers.clear();
        self.header_count = 0;
        self.header_size = 0;
        self.part = Part::Field;
    }

    pub(super) fn header_name(&mut self, piece: &[u8], mut at: usize) -> Result<usize, FormError> {
        if self.phase == Phase::HeaderStart {
            if piece[at] == b'\r' {
                self.phase = Phase::HeadersEnd;
                return Ok(at + 1);
            }
            self.phase = Phase::HeaderName;
            self.header_size = 0;
            self.header_count = self.header_count.saturating_add(1);
            if self.header_count > MAX_HEADER_COUNT {
                return Err(INVALID);
            }
        }
        while at < piece.len() {
            let byte = piece[at];
            at += 1;
            self.measure_header(1)?;
            if byte == b':' {
                // The size is that of the colon alone, but a name has at least one character.
                if self.header_size == 1 {
                    return Err(INVALID);
                }
                self.headers.name_end = self.headers.bytes.len();
                self.phase = Phase::HeaderValueStart;
                break;
            }
            if !is_token(byte) {
                return Err(INVALID);
            }
            self.headers.bytes.push(byte.to_ascii_lowercase());
        }
        Ok(at)
    }

    pub(super) fn header_value(&mut self, piece: &[u8], mut at: usize) -> Result<usize, FormError> {
        if self.phase == Phase::HeaderValueStart {
            if piece[at] == b' ' {
                self.measure_header(1)?;
                return Ok(at + 1);
            }
            self.phase = Phase::HeaderValue;
        }
        let end = memchr::memchr(b'\r', &piece[at..]).map(|length| at + length);
        let value = &piece[at..end.unwrap_or(piece.len())];
        self.measure_header(value.len())?;
        self.headers.bytes.extend_from_slice(value);
        at += value.len();
        if end.is_some() {
            self.headers.ends.push((self.headers.name_end, self.headers.bytes.len()));
            self.phase = Phase::HeaderEnd;
            at += 1;
        }
        Ok(at)
    }

    fn measure_header(&mut self, bytes: usize) -> Result<(), FormError> {
        self.header_size = self.header_size.saturating_add(bytes);
        if self.header_size > MAX_HEADER_SIZE {
            return Err(INVALID);
        }
        Ok(())
    }

    /// Begins a field or a file, after the last header of the part.
    pub(super) fn begin_part(&mut self, events: &mut Events<'_>) -> Result<(), FormError> {
        self.matched = 0;
        self.size = 0;
        // The last Content-Disposition wins.
        let disposition = self.headers.iter().filter(|(name, _)| *name == b"content-disposition").last();
        let found = Disposition::parse(disposition.map_or(b"", |(_, value)| value));
        let name = found.name.ok_or(FormError(FORM_ERROR_NO_NAME))?;
        if let Some(filename) = found.filename {
            self.files = self.files.saturating_add(1);
            if self.files > self.limits.max_files {
                return Err(FormError(FORM_ERROR_TOO_MANY_FILES));
            }
            events.begin_file(&name, &filename, self.headers.iter());
            self.part = Part::File;
        } else {
            self.fields = self.fields.saturating_add(1);
            if self.fields > self.limits.max_fields {
                return Err(FormError(FORM_ERROR_TOO_MANY_FIELDS));
            }
            self.name = name;
            self.part = Part::NewField;
        }
        self.headers.clear();
        Ok(())
    }
}

/// RFC 9110 section 5.6.2: token = 1*tchar.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        )
}
