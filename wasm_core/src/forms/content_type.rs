//! The Content-Type header of a request: which form its body is, if any.

use alloc::vec::Vec;

use super::parameters;

/// A body that the core reads.
#[derive(Debug, PartialEq, Eq)]
pub enum Form {
    Urlencoded,
    Multipart {
        boundary: Vec<u8>,
        /// None: UTF-8.
        charset: Option<Vec<u8>>,
    },
}

/// python-multipart refuses longer boundaries; RFC 2046 section 5.1.1 allows 70 bytes.
const MAX_BOUNDARY: usize = 256;

/// Reads the header's value. None: no form, or one that Starlette's own parser has to read or to refuse.
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
    // RFC 2046 section 5.1.1: boundary := 0*69<bchars> bcharsnospace. Without a CR inside, a delimiter that turns out
    // to be none holds no start of another one; the search leans on that.
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
