//! `counters`: how many requests and documents the instance has handled.

use super::match_request::Answered;
use crate::frame::writer::Writer;

/// Counts since the instance was made.
#[derive(Clone, Copy, Default)]
pub(crate) struct Counters {
    /// Requests with a route and valid parameters.
    pub matched: i64,
    /// Requests with an invalid parameter.
    pub invalid: i64,
    /// Requests without a route, or with a route of other methods.
    pub not_found: i64,
    /// Requests for the exact way.
    pub declined: i64,
    /// Documents encoded as JSON.
    pub encoded: i64,
    /// Documents that Python must encode.
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

/// Writes the six counts, in the order of [`Counters`].
pub(crate) fn counters(counters: &Counters, answer: &mut Writer) {
    let Counters { matched, invalid, not_found, declined, encoded, left } = *counters;
    answer.tuple(6);
    for count in [matched, invalid, not_found, declined, encoded, left] {
        answer.int(count);
    }
}
