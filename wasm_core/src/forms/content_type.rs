//! Reads the Content-Type header of a request: whether its body is a form, and of which kind.

use alloc::vec::Vec;

use super::parameters;

/// A kind of form that the core reads.
#[derive(Debug, PartialEq, Eq)]
pub enum Form {
    Urlencoded,
    Multipart {
        boundary: Vec<u8>,
        /// None means UTF-8.
        charset: Option<Vec<u8>>,
    },
}

/// python-multipart refuses longer boundaries; RFC 2046 section 5.1.1 allows 70 bytes.
const MAX_BOUNDARY: usize = 256;

/// Reads the value of the header. None: the body is not a form, or Starlette's own parser must read or refuse it.
pub fn form_of(value: &[u8]) -> Option<Form> {
    let (media_type, parameters) = parameters::split(value);
    if media_type.eq_ignore_ascii_case(b"application/x-www-form-urlencoded") {
        return Some(Form::Urlencoded);
    }
    if !media_type.eq_ignore_ascii_case(b"multipart/form-data") {
        return None;
    }
    let mut boundary = Vec::new();
    let mut charset = None;
    for parameter in parameters {
        if parameter.is(b"boundary") {
            boundary = parameter.text();
        } else if parameter.is(b"charset") {
            charset = Some(parameter.text());
        }
    }
    // RFC 2046 section 5.1.1: boundary := 0*69<bchars> bcharsnospace. `multipart` searches on the assumption that a
    // boundary has no CR, so that a delimiter contains no start of another one.
    if boundary.is_empty() || boundary.len() > MAX_BOUNDARY || boundary.contains(&b'\r') {
        return None;
    }
    let is_utf_8 = |name: &Vec<u8>| name.eq_ignore_ascii_case(b"utf-8") || name.eq_ignore_ascii_case(b"utf8");
    Some(Form::Multipart { boundary, charset: charset.filter(|name| !is_utf_8(name)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn multipart(boundary: &[u8], charset: Option<&[u8]>) -> Option<Form> {
        Some(Form::Multipart { boundary: boundary.into(), charset: charset.map(Into::into) })
    }

    #[test]
    fn media_types() {
        assert_eq!(form_of(b"Application/X-WWW-Form-Urlencoded ; charset=x"), Some(Form::Urlencoded));
        assert_eq!(form_of(b"multipart/form-data; boundary=\"a b\""), multipart(b"a b", None));
        assert_eq!(form_of(b"multipart/form-data;CHARSET=UTF8;boundary=b"), multipart(b"b", None));
        assert_eq!(form_of(b"multipart/form-data;charset=latin-1;boundary=b"), multipart(b"b", Some(b"latin-1")));
        for none in [
            &b""[..],
            b"text/plain",
            b"multipart/form-data",
            b"multipart/form-data; boundary=",
            b"multipart/mixed;boundary=b",
        ] {
            assert_eq!(form_of(none), None);
        }
    }
}
