//! Reads the head of a simple request (RFC 9112 sections 2 to 6), and refuses any other head.
//!
//! Two readers of HTTP that disagree about one byte let a client smuggle a request past one of them. Therefore this reader
//! accepts only heads that every reader understands alike:
//!
//! - `GET`, `POST`, `PUT`, `PATCH` or `DELETE`, a target in origin form, `HTTP/1.1`, one space between them
//! - lines that end with CRLF; fields of the form `name: value`, the value of visible ASCII with single or more spaces only
//!   inside
//! - one `Host`, at most one `Content-Length`, at most one `Connection`, which is `keep-alive` or `close` (older servers
//!   know only the lower case of the latter)
//! - no field that changes the meaning of the connection or of the body
//!
//! The crate `httparse` finds the parts; the rules above are checked here, so that a lenient rule of the crate never
//! decides.

use httparse::{Header, Status};

pub use httparse::EMPTY_HEADER;

/// The number of fields of a simple head.
pub const MAX_FIELDS: usize = 40;

/// A body of more digits than this is longer than any simple one.
const MAX_LENGTH_DIGITS: usize = 6;

/// The methods of a simple request. A response to any other one may have no body, or is not about a resource.
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// The head of a simple request; its parts are slices of the input.
pub struct Head<'a, 'f> {
    pub method: &'a str,
    pub path: &'a str,
    pub query: &'a str,
    /// The position behind the head.
    pub end: usize,
    pub content_length: Option<usize>,
    pub keeps_alive: bool,
    /// Whether a proxy has added a field about the client.
    pub is_forwarded: bool,
    /// The fields in order, with their names as received.
    pub fields: &'f [Header<'a>],
}

impl<'a, 'f> Head<'a, 'f> {
    /// Reads a head at the start of `input`, its fields into `room`. None: it is incomplete or not simple.
    // NOTE: the caller has the room, so the stack holds it once: the boundary clears only a part of the stack.
    pub fn read(input: &'a [u8], room: &'f mut [Header<'a>; MAX_FIELDS]) -> Option<Head<'a, 'f>> {
        let mut request = httparse::Request::new(room);
        let Ok(Status::Complete(end)) = request.parse(input) else {
            return None;
        };
        let (method, target) = (request.method?, request.path?);
        if request.version != Some(1) || !METHODS.contains(&method) || !is_origin_form(target) {
            return None;
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let fields: &'f [Header<'a>] = request.headers;
        let mut head =
            Head { method, path, query, end, content_length: None, keeps_alive: true, is_forwarded: false, fields };
        (is_usual(&input[..end], method, target, fields)? && head.note_fields()?).then_some(head)
    }

    /// Checks each field and notes those about the connection. Returns whether there is one `Host`.
    fn note_fields(&mut self) -> Option<bool> {
        let (mut hosts, mut connections) = (0, 0);
        for &Header { name, value } in self.fields {
            if value.is_empty() || !value.iter().all(|&byte| matches!(byte, b' '..=b'~')) {
                return None;
            }
            match kind_of(name.as_bytes()) {
                Kind::Other => {}
                Kind::Host => hosts += 1,
                Kind::ContentLength => {
                    self.content_length = Some(read_length(value).filter(|_| self.content_length.is_none())?);
                }
                Kind::Connection => {
                    connections += 1;
                    self.keeps_alive = value.eq_ignore_ascii_case(b"keep-alive");
                    if !self.keeps_alive && value != b"close" {
                        return None;
                    }
                }
                Kind::OfProxy => self.is_forwarded = true,
                Kind::Refused => return None,
            }
        }
        (connections <= 1).then_some(hosts == 1)
    }
}

/// Whether a target has an absolute path (RFC 9112 section 3.2.1) of the characters of RFC 3986, without a fragment.
///
/// A query may have square brackets as well, as forms of browsers send them.
fn is_origin_form(target: &str) -> bool {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    path.starts_with('/')
        && !path.starts_with("//")
        && path.bytes().all(is_pchar_or_slash)
        && query.bytes().all(|byte| is_pchar_or_slash(byte) || matches!(byte, b'?' | b'[' | b']'))
}

fn is_pchar_or_slash(byte: u8) -> bool {
    // RFC 3986: unreserved, sub-delims, and the others of pchar.
    matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'A'..=b'Z' | b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&'..=b',' | b';' | b'=' | b':' | b'@' | b'%' | b'/')
}

/// Whether these parts and the usual white space between them are all of a head. None: it is shorter.
fn is_usual(head: &[u8], method: &str, target: &str, fields: &[Header<'_>]) -> Option<bool> {
    let mut rest = head.get(method.len()..)?.strip_prefix(b" ")?.get(target.len()..)?.strip_prefix(b" HTTP/1.1\r\n")?;
    for field in fields {
        rest = rest.get(field.name.len()..)?.strip_prefix(b": ")?;
        rest = rest.get(field.value.len()..)?.strip_prefix(b"\r\n")?;
    }
    Some(rest == b"\r\n")
}

/// Reads a length without sign, white space and leading zeros.
fn read_length(value: &[u8]) -> Option<usize> {
    let has_leading_zero = value.len() > 1 && value[0] == b'0';
    if value.is_empty() || value.len() > MAX_LENGTH_DIGITS || has_leading_zero {
        return None;
    }
    value.iter().try_fold(0, |length, &byte| byte.is_ascii_digit().then(|| length * 10 + usize::from(byte - b'0')))
}

/// The meaning of a field for this module.
enum Kind {
    Host,
    ContentLength,
    Connection,
    OfProxy,
    /// A field that changes the meaning of the connection or of the body.
    Refused,
    Other,
}

/// Returns the meaning of a field.
// PERF: the length decides first, so a usual name is compared with at most two others (benchmark `core`).
fn kind_of(name: &[u8]) -> Kind {
    let is = |other: &str| name.eq_ignore_ascii_case(other.as_bytes());
    match name.len() {
        2 if is("te") => Kind::Refused,
        4 if is("host") => Kind::Host,
        6 if is("expect") => Kind::Refused,
        7 if is("upgrade") || is("trailer") => Kind::Refused,
        9 if is("forwarded") => Kind::OfProxy,
        10 if is("connection") => Kind::Connection,
        10 if is("keep-alive") => Kind::Refused,
        14 if is("content-length") => Kind::ContentLength,
        14 if is("http2-settings") => Kind::Refused,
        16 if is("proxy-connection") => Kind::Refused,
        17 if is("transfer-encoding") => Kind::Refused,
        12.. if name[..12].eq_ignore_ascii_case(b"x-forwarded-") => Kind::OfProxy,
        _ => Kind::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    const SIMPLE: &str = "POST /a%20b?c=%2B HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\nConnection: close\r\n\r\n";

    #[test]
    fn a_simple_head_has_these_parts() {
        let input = SIMPLE.to_string() + "body";
        let mut room = [EMPTY_HEADER; MAX_FIELDS];
        let head = Head::read(input.as_bytes(), &mut room).unwrap();
        assert_eq!((head.method, head.path, head.query), ("POST", "/a%20b", "c=%2B"));
        assert_eq!((head.end, head.content_length, head.keeps_alive), (SIMPLE.len(), Some(12), false));
        assert_eq!(head.fields.len(), 3);
    }

    #[test]
    fn a_cut_head_is_not_simple() {
        for end in 0..SIMPLE.len() {
            assert!(Head::read(&SIMPLE.as_bytes()[..end], &mut [EMPTY_HEADER; MAX_FIELDS]).is_none());
        }
    }

    #[test]
    fn everything_unusual_is_not_simple() {
        for (from, to) in [
            ("POST", "HEAD"),
            ("POST", "CONNECT"),
            ("POST", "post"),
            ("POST ", "\r\nPOST "),
            ("POST ", " POST "),
            ("POST ", "POST  "),
            ("/a%20b", "http://x/a"),
            ("/a%20b", "*"),
            ("/a%20b", "//a"),
            ("/a%20b", "/\u{e9}"),
            ("/a%20b", "/a#b"),
            ("HTTP/1.1", "HTTP/1.0"),
            ("HTTP/1.1", "HTTP/2.0"),
            ("HTTP/1.1\r", "HTTP/1.1"),
            ("HTTP/1.1\r", "HTTP/1.1 \r"),
            ("x\r\n", "x\n"),
            ("x\r\n", "x\r\r\n"),
            ("x\r\n", "x\r\n y\r\n"),
            ("x\r\n", "x\u{e9}\r\n"),
            ("x\r\n", "x\0\r\n"),
            ("x\r\n", "x\ty\r\n"),
            ("x\r\n", "x \r\n"),
            ("x\r\n", "\r\n"),
            ("Host:", "Host :"),
            ("Host: ", "Host:"),
            ("Host: ", "Host:  "),
            ("Host: x", "Host:x "),
            ("Host:", "Hos:"),
            ("Host: x", "Host: x\r\nHost: x"),
            ("Length: 12", "Length: +12"),
            ("Length: 12", "Length: 012"),
            ("Length: 12", "Length: 12, 12"),
            ("Length: 12", "Length: 0x1"),
            ("Length: 12", "Length: 1 2"),
            ("Length: 12", "Length: 1234567"),
            ("Length: 12", "Length: 12\r\nContent-Length: 12"),
            ("Content-Length: 12", "Transfer-Encoding: chunked"),
            ("Content-Length: 12", "Expect: 100-continue"),
            ("Content-Length: 12", "Upgrade: h2c"),
            ("close", "Close"),
            ("close", "close, te"),
            ("close", "close\r\nConnection: close"),
        ] {
            let input = SIMPLE.replacen(from, to, 1);
            assert_ne!(input, SIMPLE);
            assert!(Head::read(input.as_bytes(), &mut [EMPTY_HEADER; MAX_FIELDS]).is_none(), "{input:?}");
        }
    }
}
