//! The Authorization header: scheme and credentials.

use crate::http::header::strip;

/// Cuts a value as `scheme, _, rest = value.partition(" ")`, `rest.strip()`.
///
/// RFC 9110 section 11.4: credentials = auth-scheme [ 1*SP ( token68 / ... ) ].
pub fn split(value: &[u8]) -> (&[u8], &[u8]) {
    match memchr::memchr(b' ', value) {
        Some(position) => (&value[..position], strip(&value[position + 1..])),
        None => (value, &value[value.len()..]),
    }
}
