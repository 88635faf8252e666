//! Forms, read piece by piece: `multipart/form-data` and `application/x-www-form-urlencoded`.
//!
//! The oracle is python-multipart under Starlette's parsers, whose answers are matched byte for byte, also where they are
//! laxer or stricter than the RFCs. What Python is told is a list of events; the bytes of files, and of fields that
//! span pieces, are told as places in the piece, so that Python cuts them out of what it has.
//!
//! Nothing is kept between two pieces: the parser's state travels with each answer and comes back with the next piece.
//! So there is nothing to free when a request dies, and a coroutine may go on in any thread.

pub mod content_type;
pub mod disposition;
pub mod events;
pub mod multipart;
pub mod parameters;
pub mod state;
pub mod urlencoded;

/// How much a form may hold.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub max_files: i64,
    pub max_fields: i64,
    pub max_part_size: i64,
}
