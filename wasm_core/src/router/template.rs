//! Reads path templates as `starlette.routing.compile_path` does.
//!
//! `{name}` and `{name:convertor}` are parameters. Every other character matches itself, also a brace that opens no
//! parameter. The template `/files/{n:int}/{rest:path}` has the segments `files` and `[0-9]+`, then the rest of the path.

use alloc::string::String;
use alloc::vec::Vec;

/// The number of segments in the tree; a longer template is held by its prefix.
pub const MAX_SEGMENTS: usize = 64;

/// A template, split into segments. Invariant: `captures` is complete when `is_exact`.
#[derive(Debug, PartialEq)]
pub struct Template {
    /// The segments after the leading slash.
    pub segments: Vec<Segment>,
    /// The rest of the path after the segments.
    pub end: End,
    /// The parameters, in the order of the template.
    pub captures: Vec<Capture>,
}

/// One segment that the core matches exactly.
#[derive(Debug, PartialEq)]
pub enum Segment {
    Literal(String),
    /// `[^/]+`
    Str,
    /// `[0-9]+`
    Int,
}

/// How a template ends after its last segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The path ends after the last segment.
    Exact,
    /// `{name:path}`: a slash and any text, which may be empty.
    Path,
    /// A slash and a part that the tree cannot express.
    Unknown,
}

/// A parameter of the path.
#[derive(Clone, Debug, PartialEq)]
pub struct Capture {
    pub name: String,
    pub convertor: Convertor,
    /// The index of its segment; `segments.len()` for a `{name:path}` at the end.
    pub segment: usize,
}

impl Capture {
    /// Returns the text of the parameter in a path that matches the template.
    pub fn find<'a>(&self, path: &'a str) -> &'a str {
        let path = path.get(1..).unwrap_or_default();
        let found = match self.convertor {
            Convertor::Path => path.splitn(self.segment + 1, '/').nth(self.segment),
            Convertor::Str | Convertor::Int => path.split('/').nth(self.segment),
        };
        found.unwrap_or_default()
    }
}

/// A convertor of Starlette.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Convertor {
    Str,
    Int,
    Path,
}

impl Template {
    /// Reads a template. None: it does not start with a slash (a host, or an empty template).
    pub fn parse(text: &str) -> Option<Template> {
        let text = text.strip_prefix('/')?;
        let mut template = Template { segments: Vec::new(), end: End::Exact, captures: Vec::new() };
        let mut segments = text.split('/').peekable();
        while let Some(segment) = segments.next() {
            let is_last = segments.peek().is_none();
            if !template.push(segment, is_last) {
                template.end = End::Unknown;
                break;
            }
        }
        if template.has_duplicates() {
            template.segments.truncate(template.captures[0].segment);
            template.end = End::Unknown;
        }
        Some(template)
    }

    /// Returns whether the tree matches the same paths as Starlette's pattern.
    pub fn is_exact(&self) -> bool {
        self.end != End::Unknown
    }

    /// Adds a segment, and returns false if the tree cannot express it.
    fn push(&mut self, text: &str, is_last: bool) -> bool {
        if self.segments.len() == MAX_SEGMENTS {
            return false;
        }
        let (name, convertor) = match Part::of(text) {
            Part::Literal => {
                self.segments.push(Segment::Literal(text.into()));
                return true;
            }
            Part::Param(name, convertor) => (name, convertor),
            Part::Mixed => return false,
        };
        let convertor = match convertor {
            "str" => Convertor::Str,
            "int" => Convertor::Int,
            "path" if is_last => Convertor::Path,
            _ => return false,
        };
        self.captures.push(Capture { name: name.into(), convertor, segment: self.segments.len() });
        match convertor {
            Convertor::Str => self.segments.push(Segment::Str),
            Convertor::Int => self.segments.push(Segment::Int),
            Convertor::Path => self.end = End::Path,
        }
        true
    }

    /// Returns whether two parameters have the same name. Starlette refuses such a template, so it has no known meaning.
    fn has_duplicates(&self) -> bool {
        let names = || self.captures.iter().map(|capture| &capture.name);
        names().enumerate().any(|(i, name)| names().take(i).any(|earlier| earlier == name))
    }
}

/// The kind of a segment.
enum Part<'a> {
    /// Text without a parameter.
    Literal,
    /// One parameter and no text: name, convertor.
    Param(&'a str, &'a str),
    /// A parameter with text or another parameter beside it.
    Mixed,
}

impl<'a> Part<'a> {
    fn of(text: &'a str) -> Part<'a> {
        let first = text.match_indices('{').find_map(|(position, _)| {
            let (name, convertor, length) = param(text.get(position..)?)?;
            Some((position, name, convertor, length))
        });
        match first {
            None => Part::Literal,
            Some((0, name, convertor, length)) if length == text.len() => Part::Param(name, convertor),
            Some(_) => Part::Mixed,
        }
    }
}

/// Reads `{name}` or `{name:convertor}` at the start of a text. Returns name, convertor and length.
fn param(text: &str) -> Option<(&str, &str, usize)> {
    let inner = text.get(1..text.find('}')?)?;
    let (name, convertor) = match inner.split_once(':') {
        Some((name, convertor)) => (name, convertor),
        None => (inner, "str"),
    };
    (is_identifier(name) && is_identifier(convertor)).then_some((name, convertor, inner.len() + 2))
}

/// `[a-zA-Z_][a-zA-Z0-9_]*`
fn is_identifier(text: &str) -> bool {
    let mut bytes = text.bytes();
    bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(text: &str) -> End {
        Template::parse(text).unwrap().end
    }

    #[test]
    fn templates_that_the_tree_expresses_exactly() {
        for text in
            ["/", "/a", "/a/", "/{x}", "/a/{x:int}/b", "/{x:path}", "/a/{x}/{y:path}", "/{", "/a{}b", "/{1}", "//"]
        {
            assert_ne!(end(text), End::Unknown, "{text}");
        }
        for text in ["/a{x}", "/{x}.{y}", "/{x:path}/b", "/{x:uuid}", "/{x}/{x}", "/{{x}}", "/a{x:path}"] {
            assert_eq!(end(text), End::Unknown, "{text}");
        }
    }
}
