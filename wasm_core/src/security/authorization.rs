//! Splits the Authorization header into scheme and credentials.

use crate::http::header::strip;

/// Splits a value as Python's `scheme, _, rest = value.partition(" ")` and `rest.strip()` do.
///
/// `Bearer abc ` has the scheme `Bearer` and the credentials `abc`.
/// RFC 9110 section 11.4: credentials = auth-scheme [ 1*SP ( token68 / ... ) ].
pub fn split(value: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr(b' ', value) {
        Some(position) => (&value[..position], strip(&value[position + 1..])),
        None => (value, &value[value.len()..]),
    }
}
