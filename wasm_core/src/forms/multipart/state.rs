//! The parser between two pieces, as bytes.

use alloc::vec::Vec;

use super::head::Headers;
use super::{Multipart, Part, Phase};
use crate::forms::state::{Pack, Unpack};
use crate::forms::Limits;

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

impl Multipart {
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
