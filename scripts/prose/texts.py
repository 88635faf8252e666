"""The prose of a file: comments and docstrings of code, the text of documents, test names.

Python is read with `tokenize`. Rust, TOML, YAML and shell follow one pattern for strings and comments; Markdown loses
its code.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from pathlib import Path
from typing import Callable, Dict, Iterable, Iterator, List, NamedTuple, Optional, Pattern, Tuple

# Text that is quoted, and text that is code, in a file of any language. Each keeps its line breaks.
QUOTED = re.compile(
    r"```.*?```|~~~.*?~~~|<!--.*?-->|``[^`]+``|`[^`]+`|\"[^\"\n]*(?:\n[^\"\n]*)?\"|(?<![\w'])'[^'\n]+'(?!\w)"
    r"|https?://\S+|\]\([^)\s]*\)",
    re.DOTALL,
)
# The text that stands for a blanked quotation: a word that no rule hits, so that the sentence keeps its shape.
BLANK = "X"


class Passage(NamedTuple):
    """A connected piece of prose: a paragraph of comments, one docstring, one document."""

    path: str
    line: int
    text: str

    @property
    def prose(self) -> str:
        """The text without its code and quotations; lines keep their numbers."""
        return QUOTED.sub(lambda found: BLANK + "\n" * found.group().count("\n"), self.text)

    @property
    def words(self) -> int:
        """How many words the passage has."""
        return len(re.findall(r"[A-Za-z][A-Za-z'-]*", self.prose))


def passages(path: Path, name: str) -> List[Passage]:
    """Return the prose of a file; an empty list for a language that has no reader here."""
    text = path.read_text(encoding="utf-8")
    reader = READERS.get(path.suffix) or reader_of_script(path, text)
    return [Passage(name, line, prose) for line, prose in reader(text) if prose.strip()] if reader else []


# Comments that speak to tools: an ignored error, a disabled rule, the interpreter of a script.
MARK = re.compile(r"#!|# ?(?:type|mypy|pyright|noqa|fmt|ruff|pragma)\b")
Pieces = Iterable[Tuple[int, str]]


def python(text: str) -> Pieces:
    """Yield comments, docstrings, the texts of `Doc`, and the names of tests."""
    comments: List[Tuple[int, str]] = []
    before: List[tokenize.TokenInfo] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT and not MARK.match(token.string):
            comments.append((token.start[0], re.sub(r"^#+:? ?", "", token.string)))
        elif token.type == tokenize.STRING and is_prose(before):
            yield token.start[0], literal(token.string)
        elif token.type == tokenize.NAME and token.string.startswith("test_"):
            if before and before[-1].string == "def":
                yield token.start[0], token.string[len("test_") :].replace("_", " ")
        if token.type not in (tokenize.COMMENT, tokenize.NL):
            before = [*before[-2:], token]
    yield from paragraphs(comments)


def is_prose(before: List[tokenize.TokenInfo]) -> bool:
    """Return whether a string that follows these tokens is a docstring, or the text of `Doc(...)`."""
    if not before or before[-1].type in (tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING):
        return True
    return before[-1].string == "(" and len(before) > 1 and before[-2].string == "Doc"


def literal(source: str) -> str:
    """Return the value of a string literal, or nothing for a literal that needs a newer Python."""
    try:
        value = ast.literal_eval(source)
    except (SyntaxError, ValueError):
        return ""
    return value if isinstance(value, str) else ""


def paragraphs(comments: List[Tuple[int, str]]) -> Iterator[Tuple[int, str]]:
    """Yield comments on consecutive lines as one paragraph."""
    start, lines = 0, []  # type: Tuple[int, List[str]]
    for line, text in comments:
        if lines and line == start + len(lines):
            lines.append(text)
            continue
        if lines:
            yield start, "\n".join(lines)
        start, lines = line, [text]
    if lines:
        yield start, "\n".join(lines)


def with_comments(pattern: Pattern[str], mark: Pattern[str]) -> Callable[[str], Pieces]:
    """Return a reader for languages in which `pattern` matches a string or, as a named group, a piece of prose."""

    def read(text: str) -> Pieces:
        comments: List[Tuple[int, str]] = []
        for found in pattern.finditer(text):
            if found.lastgroup in ("comment", "reason", "reasons") and not MARK.match(found.group()):
                line = text.count("\n", 0, found.start(found.lastgroup)) + 1
                lines = found.group(found.lastgroup).split("\n")
                comments.extend((line + i, mark.sub("", piece)) for i, piece in enumerate(lines))
        return paragraphs(comments)

    return read


def markdown(text: str) -> Pieces:
    yield 1, text


HASH = re.compile(r"^\s*#+ ?")
RUST = re.compile(
    r'r(#*)".*?"\1|b?"(?:\\.|[^"\\])*"|b?\'(?:\\.[^\']*|[^\'\\])\'|(?P<comment>//[^\n]*|/\*.*?\*/)', re.DOTALL
)
TOML = re.compile(
    r'(?<=^reason = )(?:"""(?P<reasons>.*?)"""|"(?P<reason>[^"\n]+)")'
    r'|"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|(?P<comment>#[^\n]*)',
    re.DOTALL | re.MULTILINE,
)
YAML = re.compile(r'"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|(?:(?<=\s)|^)(?P<comment>#[^\n]*)', re.MULTILINE)

READERS: Dict[str, Callable[[str], Pieces]] = {
    ".py": python,
    ".rs": with_comments(RUST, re.compile(r"^\s*(?://[/!]?|/\*+!?|\*(?!/))? ?|\*/$")),
    ".toml": with_comments(TOML, HASH),
    ".yaml": with_comments(YAML, HASH),
    ".yml": with_comments(YAML, HASH),
    ".md": markdown,
    ".sh": with_comments(YAML, HASH),
}


def reader_of_script(path: Path, text: str) -> Optional[Callable[[str], Pieces]]:
    """Return the reader that the first line of a script without a suffix asks for."""
    first = text.split("\n", 1)[0]
    if path.suffix or not first.startswith("#!"):
        return None
    return python if "python" in first else with_comments(YAML, HASH)
