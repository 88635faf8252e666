//! `counters`: what the instance has done so far.

use super::match_request::Answered;
use crate::frame::writer::Writer;

/// Counts since the instance was made.
#[derive(Clone, Copy, Default)]
pub(crate) struct Counters {
    pub matched: i64,
    pub invalid: i64,
    pub not_found: i64,
    pub declined: i64,
    pub encoded: i64,
    pub left: i64,
}

impl Counters {
    pub const fn new() -> Self {
        Counters { matched: 0, invalid: 0, not_found: 0, declined: 0, encoded: 0, left: 0 }
    }

    pub fn count_request(&mut self, answered: Answered) {
        *match answered {
            Answered::Matched => &mut self.matched,
            Answered::Invalid => &mut self.invalid,
            Answered::NotFound => &mut self.not_found,
            Answered::Declined => &mut self.declined,
        } += 1;
    }

    pub fn count_document(&mut self, encoded: bool) {
        *if encoded { &mut self.encoded } else { &mut self.left } += 1;
    }
}

/// Answers the six counts.
pub(crate) fn counters(counters: &Counters, answer: &mut Writer) {
    let Counters { matched, invalid, not_found, declined, encoded, left } = *counters;
    answer.tuple(6);
    for count in [matched, invalid, not_found, declined, encoded, left] {
        answer.int(count);
    }
}
