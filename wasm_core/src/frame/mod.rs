//! The wire format: the part of CPython's marshal format that frames use.
//!
//! The type codes are those of `Python/marshal.c`. Python writes requests and plans as version 2, without references, and
//! documents to encode as version 4, with references and short strings. The core writes no references; `marshal.loads` of
//! every Python reads its answers.
//!
//! ```text
//! (7, "a")  =  ( 02 00 00 00   i 07 00 00 00   z 01 61
//!              tuple of two    int             short ASCII text of one byte
//! ```

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
    /// Bit of a type code: the document may refer to the object later.
    pub const FLAG_REF: u8 = 0x80;
}
