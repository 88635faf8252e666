//! The wire format: CPython's marshal, as far as frames need it.
//!
//! Type codes are those of `Python/marshal.c`; the versions that matter are 2 (requests, plans: no references) and
//! 4 (documents to encode: references, short strings). `marshal.loads` reads every code at any version.

pub mod append;
pub mod reader;
pub mod writer;

/// Type codes of marshal.
pub mod code {
    pub const NULL: u8 = b'0';
    pub const NONE: u8 = b'N';
    pub const TRUE: u8 = b'T';
    pub const FALSE: u8 = b'F';
    pub const ELLIPSIS: u8 = b'.';
    pub const INT: u8 = b'i';
    pub const LONG: u8 = b'l';
    pub const FLOAT: u8 = b'g';
    pub const BYTES: u8 = b's';
    pub const UNICODE: u8 = b'u';
    pub const UNICODE_INTERNED: u8 = b't';
    pub const ASCII: u8 = b'a';
    pub const ASCII_INTERNED: u8 = b'A';
    pub const SHORT_ASCII: u8 = b'z';
    pub const SHORT_ASCII_INTERNED: u8 = b'Z';
    pub const TUPLE: u8 = b'(';
    pub const SMALL_TUPLE: u8 = b')';
    pub const LIST: u8 = b'[';
    pub const DICT: u8 = b'{';
    pub const REF: u8 = b'r';
    /// Bit of a type code: the object may be referred to later.
    pub const FLAG_REF: u8 = 0x80;
}
