//! Reads the parameters of a header's value as python-multipart's `parse_options_header` does.
//!
//! RFC 2045 section 5.1: content := type "/" subtype *(";" parameter), parameter := attribute "=" value,
//! value := token / quoted-string. python-multipart adds these rules:
//!
//! - A parameter ends at the first ";" with an even number of quotation marks before it. A quotation mark after a
//!   backslash does not count.
//! - A parameter without "=" has an empty value.
//! - The last parameter of a name wins.
//!
//! RFC 7578 section 4.2 forbids the extended notation of RFC 5987 in forms, so names with "*" are ignored.

use alloc::vec::Vec;

/// Returns the value before the first ";", and an iterator over the parameters.
///
/// `form-data; name="a"` has the value `form-data` and the parameter `name` with the text `a`.
pub fn split(value: &[u8]) -> (&[u8], Parameters<'_>) {
    let mut rest = Parameters { rest: value, first: true };
    let head = rest.segment().unwrap_or_default();
    (head, rest)
}

/// One parameter; its value is still quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameter<'a> {
    name: &'a [u8],
    /// None: the parameter has no "=".
    value: Option<&'a [u8]>,
}

impl Parameter<'_> {
    /// Returns whether the parameter has this name. The case of letters matters only in a parameter without "=".
    pub fn is(&self, name: &[u8]) -> bool {
        match self.value {
            Some(_) => self.name.eq_ignore_ascii_case(name),
            None => self.name == name,
        }
    }

    /// Returns the value without quotation marks and escapes.
    pub fn text(&self) -> Vec<u8> {
        unquote(self.value.unwrap_or_default())
    }
}

/// The parameters of a header: an iterator over the pieces after the first ";".
pub struct Parameters<'a> {
    rest: &'a [u8],
    first: bool,
}

impl<'a> Parameters<'a> {
    /// Returns the next piece between semicolons, stripped.
    fn segment(&mut self) -> Option<&'a [u8]> {
        if !self.first {
            self.rest = self.rest.strip_prefix(b";")?;
        }
        self.first = false;
        let (segment, rest) = self.rest.split_at(end_of_segment(self.rest));
        self.rest = rest;
        Some(strip(segment))
    }
}

impl<'a> Iterator for Parameters<'a> {
    type Item = Parameter<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let segment = self.segment()?;
            let (name, value) = match memchr::memchr(b'=', segment) {
                Some(position) => (strip_end(&segment[..position]), Some(strip_start(&segment[position + 1..]))),
                None => (segment, None),
            };
            if memchr::memchr(b'*', name).is_none() {
                return Some(Parameter { name, value });
            }
        }
    }
}

fn end_of_segment(text: &[u8]) -> usize {
    let mut inside_quotes = false;
    let mut before = 0;
    for (position, &byte) in text.iter().enumerate() {
        match byte {
            b'"' if before != b'\\' => inside_quotes = !inside_quotes,
            b';' if !inside_quotes => return position,
            _ => {}
        }
        before = byte;
    }
    text.len()
}

/// Returns a value without its quotation marks and escapes.
fn unquote(value: &[u8]) -> Vec<u8> {
    match value {
        [b'"', inner @ .., b'"'] => {
            if memchr::memchr(b'\\', inner).is_none() {
                return inner.to_vec();
            }
            // Two replacements, one after the other, as in python-multipart: `\\\"` becomes `\\"` and then `\"`, but `\\"`
            // becomes `\"` and then `"`.
            replace_pairs(&replace_pairs(inner, b'\\'), b'"')
        }
        _ => value.to_vec(),
    }
}

/// Replaces each backslash followed by `byte` with `byte`, from left to right.
fn replace_pairs(text: &[u8], byte: u8) -> Vec<u8> {
    let mut replaced = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, tail @ ..] = rest {
        rest = match tail {
            [second, after @ ..] if *first == b'\\' && *second == byte => {
                replaced.push(byte);
                after
            }
            _ => {
                replaced.push(*first);
                tail
            }
        };
    }
    replaced
}

fn strip(text: &[u8]) -> &[u8] {
    strip_start(strip_end(text))
}

fn strip_start(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] = text {
        text = rest;
    }
    text
}

fn strip_end(mut text: &[u8]) -> &[u8] {
    while let [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn semicolons_in_quotes_do_not_end_a_parameter() {
        let (head, parameters) = split(b"form-data; Name=\"a;\\\";b\" ;filename = x; empty;z=\"open;y=1");
        let found: Vec<_> = parameters.map(|parameter| (parameter.name, parameter.value)).collect();
        assert_eq!(head, b"form-data");
        let expected: [(&[u8], Option<&[u8]>); 4] = [
            (b"Name", Some(b"\"a;\\\";b\"")),
            (b"filename", Some(b"x")),
            (b"empty", None),
            (b"z", Some(b"\"open;y=1")),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn unquote_applies_both_replacements() {
        assert_eq!(unquote(br#""a\\b\"c""#), br#"a\b"c"#);
        assert_eq!(unquote(br#""\\\\"""#), br#"\""#);
        assert_eq!(unquote(br#"""#), br#"""#);
        assert_eq!(unquote(b"plain"), b"plain");
    }
}
