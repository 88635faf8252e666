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

use super::disposition::Disposition;
use super::events::{Events, FormError};
use super::state::{Pack, Unpack};
use super::Limits;
use crate::contract::{
    FORM_ERROR_INVALID, FORM_ERROR_NO_NAME, FORM_ERROR_PART_TOO_LARGE, FORM_ERROR_TOO_MANY_FIELDS,
    FORM_ERROR_TOO_MANY_FILES,
};

/// The number of headers of a part, and the bytes of one header; these are python-multipart's limits.
const MAX_HEADER_COUNT: u8 = 8;
const MAX_HEADER_SIZE: usize = 4096 + 128;

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

const PHASES: [Phase; 14] = [
    Phase::Start,
    Phase::Preamble,
    Phase::DashBoundary,
    Phase::EmptyBody,
    Phase::HeaderStart,
    Phase::HeaderName,
    Phase::HeaderValueStart,
    Phase::HeaderValue,
    Phase::HeaderEnd,
    Phase::HeadersEnd,
    Phase::Data,
    Phase::Padding,
    Phase::PaddingEnd,
    Phase::Epilogue,
];

/// The kind of the current part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// A field that no event has announced yet, because it may end in this piece.
    NewField = 0,
    Field = 1,
    File = 2,
}

/// The headers of a part: each name in lower case and then its value, without separators.
#[derive(Debug, Default)]
struct Headers {
    bytes: Vec<u8>,
    /// The positions where each name and its value end.
    ends: Vec<(usize, usize)>,
    /// The position where the name of the current header ends, once the parser has read it.
    name_end: usize,
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

    pub fn pack(&self, state: &mut Pack) {
        let Limits { max_files, max_fields, max_part_size } = self.limits;
        for number in [max_files, max_fields, max_part_size, self.files, self.fields, self.size] {
            state.int(number);
        }
        state.byte(u8::from(self.is_utf_8));
        state.string(&self.delimiter);
        state.byte(self.phase as u8);
        state.size(self.matched);
        state.byte(self.after);
        state.byte(self.part as u8);
        state.byte(self.header_count);
        state.size(self.header_size);
        state.size(self.headers.name_end);
        state.byte(self.headers.ends.len() as u8);
        for &(name_end, value_end) in &self.headers.ends {
            state.size(name_end);
            state.size(value_end);
        }
        state.string(&self.headers.bytes);
    }

    pub fn unpack(state: &mut Unpack<'_>) -> Option<Self> {
        let limits = Limits { max_files: state.int()?, max_fields: state.int()?, max_part_size: state.int()? };
        let (files, fields, size) = (state.int()?, state.int()?, state.int()?);
        let is_utf_8 = state.byte()? != 0;
        let delimiter = state.string()?.to_vec();
        let phase = *PHASES.get(usize::from(state.byte()?))?;
        let (matched, after) = (state.size()?, state.byte()?);
        let part = match state.byte()? {
            1 => Part::Field,
            2 => Part::File,
            _ => return None,
        };
        let (header_count, header_size) = (state.byte()?, state.size()?);
        let headers = unpack_headers(state)?;
        let is_sound = delimiter.len() > 4
            && memchr::memrchr(b'\r', &delimiter) == Some(0)
            && matched <= delimiter.len() + 1
            && (phase != Phase::DashBoundary || matched < delimiter.len());
        is_sound.then_some(Multipart {
            limits,
            is_utf_8,
            delimiter,
            phase,
            matched,
            after,
            header_count,
            header_size,
            headers,
            part,
            name: Vec::new(),
            size,
            fields,
            files,
        })
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

    // Before the first part ------------------------------------------------------------------------------------------

    fn opening(&mut self, piece: &[u8], at: usize) -> Result<usize, FormError> {
        match self.phase {
            Phase::Start if matches!(piece[at], b'\r' | b'\n') => {
                self.phase = Phase::Preamble;
                Ok(at + 1)
            }
            Phase::Preamble => match memchr::memchr(b'-', &piece[at..]) {
                Some(length) => {
                    self.phase = Phase::Start;
                    Ok(at + length)
                }
                None => Ok(piece.len()),
            },
            Phase::Start => {
                self.phase = Phase::DashBoundary;
                self.matched = 0;
                Ok(at)
            }
            Phase::DashBoundary => self.dash_boundary(piece[at]).map(|()| at + 1),
            _ if piece[at] == b'-' => {
                self.phase = Phase::Epilogue;
                Ok(at + 1)
            }
            _ => Err(INVALID),
        }
    }

    fn dash_boundary(&mut self, byte: u8) -> Result<(), FormError> {
        let length = self.delimiter.len() - 2;
        if self.matched < length {
            if byte != self.delimiter[self.matched + 2] {
                return Err(INVALID);
            }
        } else if self.matched == length {
            match byte {
                b'-' => {
                    self.phase = Phase::EmptyBody;
                    self.matched = 0;
                    return Ok(());
                }
                b'\r' => {}
                _ => return Err(INVALID),
            }
        } else {
            self.line_feed(byte, Phase::HeaderStart)?;
            self.matched = 0;
            self.new_part();
            return Ok(());
        }
        self.matched += 1;
        Ok(())
    }

    // Headers --------------------------------------------------------------------------------------------------------

    fn new_part(&mut self) {
        self.headers.clear();
        self.header_count = 0;
        self.header_size = 0;
        self.part = Part::Field;
    }

    fn header_name(&mut self, piece: &[u8], mut at: usize) -> Result<usize, FormError> {
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

    fn header_value(&mut self, piece: &[u8], mut at: usize) -> Result<usize, FormError> {
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
    fn begin_part(&mut self, events: &mut Events<'_>) -> Result<(), FormError> {
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

    // Data -----------------------------------------------------------------------------------------------------------

    /// Reads data up to the end of the part or of the piece. Returns the position after it.
    fn data(&mut self, piece: &[u8], start: usize, events: &mut Events<'_>) -> Result<usize, FormError> {
        let length = self.delimiter.len();
        // `from` is the start of the data that no event has reported. `candidate` is the place of a candidate for a
        // delimiter, and `held` the number of its bytes in earlier pieces. While `held` is not 0, `from` and `candidate`
        // are the start of the data in this piece.
        let (mut at, from, mut candidate, mut held) = (start, start, start, self.matched);
        loop {
            if self.matched == 0 {
                held = 0;
                candidate = at + find_candidate(&self.delimiter, &piece[at..]);
                at = candidate;
            }
            if self.matched < length {
                let same = common_length(&self.delimiter[self.matched..], &piece[at..]);
                self.matched += same;
                at += same;
            }
            let Some(&byte) = piece.get(at) else {
                self.tell_data(piece, from, candidate, events)?;
                return Ok(at);
            };
            if self.matched == length && matches!(byte, b'\r' | b'-') {
                self.after = byte;
                self.matched += 1;
                at += 1;
                continue;
            }
            let next = match (self.matched.checked_sub(length), byte) {
                (Some(0), b' ' | b'\t') => Some(Phase::Padding),
                (Some(1), b'\n') if self.after == b'\r' => Some(Phase::HeaderStart),
                (Some(1), b'-') if self.after == b'-' => Some(Phase::Epilogue),
                _ => None,
            };
            if let Some(next) = next {
                return self.end_data(piece, from..candidate, next, events).map(|()| at + 1);
            }
            if held > 0 {
                self.tell_held(held, events)?;
            }
            self.matched = 0;
        }
    }

    /// Ends the data of a part at a delimiter. `next` depends on the bytes after the delimiter.
    fn end_data(
        &mut self,
        piece: &[u8],
        data: core::ops::Range<usize>,
        next: Phase,
        events: &mut Events<'_>,
    ) -> Result<(), FormError> {
        self.matched = 0;
        self.phase = next;
        if self.part == Part::NewField {
            self.measure_data(data.len())?;
            if next != Phase::Padding {
                events.field(&self.name, &piece[data]);
                self.new_part();
                return Ok(());
            }
            self.size = 0;
        }
        self.tell_data(piece, data.start, data.end, events)?;
        if next != Phase::Padding {
            self.end_part(events);
        }
        Ok(())
    }

    fn end_part(&mut self, events: &mut Events<'_>) {
        events.end_part();
        self.new_part();
    }

    /// Announces a field that did not end in the piece where it began.
    fn tell_field(&mut self, events: &mut Events<'_>) {
        events.begin_field(&self.name);
        self.part = Part::Field;
    }

    fn tell_data(&mut self, piece: &[u8], start: usize, end: usize, events: &mut Events<'_>) -> Result<(), FormError> {
        debug_assert!(start <= end && end <= piece.len());
        if self.part == Part::NewField {
            self.tell_field(events);
        }
        self.measure_data(end - start)?;
        events.data(start, end);
        Ok(())
    }

    /// Reports the `held` bytes of a candidate that is not a delimiter; they were in earlier pieces.
    fn tell_held(&mut self, held: usize, events: &mut Events<'_>) -> Result<(), FormError> {
        self.measure_data(held)?;
        let bytes = &self.delimiter[..held.min(self.delimiter.len())];
        if held > bytes.len() {
            events.held_back(&[bytes, &[self.after]].concat());
        } else {
            events.held_back(bytes);
        }
        Ok(())
    }

    /// Adds to the size of a field. Files have no limit, as in Starlette.
    fn measure_data(&mut self, bytes: usize) -> Result<(), FormError> {
        if self.part != Part::File && bytes > 0 {
            self.size = self.size.saturating_add(bytes as i64);
            if self.size > self.limits.max_part_size {
                return Err(FormError(FORM_ERROR_PART_TOO_LARGE));
            }
        }
        Ok(())
    }

    fn padding(&mut self, byte: u8) -> Result<(), FormError> {
        match byte {
            b' ' | b'\t' => Ok(()),
            b'\r' => {
                self.phase = Phase::PaddingEnd;
                Ok(())
            }
            _ => Err(INVALID),
        }
    }
}

fn unpack_headers(state: &mut Unpack<'_>) -> Option<Headers> {
    let name_end = state.size()?;
    let mut ends = Vec::new();
    let mut last = 0;
    for _ in 0..state.byte()? {
        let (a, b) = (state.size()?, state.size()?);
        if a < last || b < a {
            return None;
        }
        last = b;
        ends.push((a, b));
    }
    let bytes = state.string()?.to_vec();
    if last > bytes.len() {
        return None;
    }
    // Outside of a value the number belongs to an earlier header and has no meaning, so any value in range will do.
    let name_end = name_end.clamp(last, bytes.len());
    Some(Headers { bytes, ends, name_end })
}

/// Returns the position of the delimiter, or of a beginning of it at the end of the data, or the length of the data.
///
/// It is linear in the data: only the first byte of a delimiter is a CR (`content_type`), so it compares no byte twice.
fn find_candidate(delimiter: &[u8], data: &[u8]) -> usize {
    let is_candidate = |at: &usize| {
        let rest = &data[*at..];
        common_length(delimiter, rest) == delimiter.len().min(rest.len())
    };
    memchr::memchr_iter(b'\r', data).find(is_candidate).unwrap_or(data.len())
}

fn common_length(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

/// RFC 9110 section 5.6.2: token = 1*tchar.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#' | b'$' | b'%' | b'&' | b'\'' | b'*' | b'+' | b'-' | b'.' | b'^' | b'_' | b'`' | b'|' | b'~'
        )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::writer::Writer;
    use proptest::prelude::*;

    const DELIMITER: &[u8] = b"\r\n--ab";

    fn state_of(form: &Multipart) -> Vec<u8> {
        let mut state = Pack::default();
        form.pack(&mut state);
        state.bytes
    }

    fn written(tell: impl FnOnce(&mut Events<'_>)) -> Vec<u8> {
        let mut answer = Writer::default();
        let mut events = Events::new(&mut answer, true);
        tell(&mut events);
        events.end();
        answer.as_bytes().to_vec()
    }

    fn holds_or_begins_a_delimiter(piece: &[u8]) -> bool {
        (1..DELIMITER.len()).any(|length| piece.ends_with(&DELIMITER[..length]))
            || piece.windows(DELIMITER.len()).any(|window| window == DELIMITER)
    }

    /// The slow, obvious twin of `find_candidate`.
    fn first_candidate(delimiter: &[u8], data: &[u8]) -> usize {
        let is_one = |at: &usize| data[*at..].starts_with(delimiter) || delimiter.starts_with(&data[*at..]);
        (0..data.len()).find(is_one).unwrap_or(data.len())
    }

    proptest! {
        #[test]
        fn find_candidate_equals_its_twin(
            boundary in proptest::collection::vec(proptest::sample::select(&b"\n-ab"[..]), 1..5),
            mut data in proptest::collection::vec(proptest::sample::select(&b"\r\n-abc"[..]), 0..400),
            at in 0usize..400,
            kept in 0usize..9,
        ) {
            let delimiter = [b"\r\n--", &boundary[..]].concat();
            prop_assert_eq!(find_candidate(&delimiter, &data), first_candidate(&delimiter, &data));
            let at = at.min(data.len());
            data.splice(at..at, delimiter.iter().copied());
            data.truncate(at + kept.max(1));
            prop_assert_eq!(find_candidate(&delimiter, &data), first_candidate(&delimiter, &data));
        }

        #[test]
        fn a_piece_of_file_data_does_not_change_the_state(
            pieces in proptest::collection::vec(
                proptest::collection::vec(proptest::sample::select(&b"\r\n-abc"[..]), 1..12), 1..9,
            ),
        ) {
            let limits = Limits { max_files: 1, max_fields: 0, max_part_size: 0 };
            let mut form = Multipart::new(limits, &DELIMITER[4..], true);
            let head = b"--ab\r\nContent-Disposition: form-data; name=f; filename=f\r\nX: y\r\n\r\nx";
            written(|events| form.feed(head, false, events).unwrap());
            for piece in pieces.iter().filter(|piece| !holds_or_begins_a_delimiter(piece)) {
                form = Multipart::unpack(&mut Unpack::new(&state_of(&form))).unwrap();
                let before = state_of(&form);
                let told = written(|events| form.feed(piece, false, events).unwrap());
                prop_assert_eq!(told, written(|events| events.data(0, piece.len())));
                prop_assert_eq!(state_of(&form), before);
            }
        }
    }
}
