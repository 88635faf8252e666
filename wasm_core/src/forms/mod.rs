//! Reads forms piece by piece: `multipart/form-data` and `application/x-www-form-urlencoded`.
//!
//! The results equal those of Starlette's parsers with python-multipart, also where these are laxer or stricter than the
//! RFCs. A parser answers each piece with a list of events (`events`). For the bytes of a file, and of a field that spans
//! pieces, an event names the place in the piece; Python has the piece and copies the bytes from there.
//!
//! The core keeps nothing between two pieces: the parser's state is part of each answer, and Python sends it back with the
//! next piece. A request that ends early leaves nothing to free, and a coroutine may continue in another thread.
//!
//! ```text
//! open_form(content type, limits)   -> (form, state, ...)
//! parse_form(state, 0, piece)       -> (events, ..., state)      for each piece
//! parse_form(state, FORM_FLAG_LAST, b"") -> (events, ..., state)
//! ```

pub mod content_type;
pub mod disposition;
pub mod events;
pub mod multipart;
pub mod parameters;
pub mod state;
pub mod urlencoded;

/// The limits of a form: numbers of files and fields, bytes of a field.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub max_files: i64,
    pub max_fields: i64,
    pub max_part_size: i64,
}
