"""From YAML text to nodes: each value with its tag and its place.

libyaml makes the events where PyYAML was built with it, PyYAML's own parser elsewhere; the places are the same. A text
that libyaml refuses is read again by the other, so that the message does not depend on the machine.
"""

from __future__ import annotations

import importlib
import re
from typing import Any, Dict, Iterator, List, Optional, Pattern, Tuple, Union

import yaml.parser
import yaml.reader
import yaml.scanner
from yaml import events

from fastapi._schema_file.problems import ParamsSchemaError, Place
from fastapi._schema_file.reading.document import Document, place_at

TAG = "tag:yaml.org,2002:"
STR, NULL, MERGE = TAG + "str", TAG + "null", TAG + "merge"
MAP, SEQ = TAG + "map", TAG + "seq"
_SYNTAX = "Correct the YAML there; often the cause is an indentation, a missing colon or quote just before."
# The other parser needs a second for so many characters.
_LONGEST_READ_TWICE = 200_000

# YAML 1.2.2 section 10.3.2: tag resolution of the core schema.
CORE_SCHEMA = (
    ("null", r"^(?:~|null|Null|NULL|)$", ["~", "n", "N", ""]),
    ("bool", r"^(?:true|True|TRUE|false|False|FALSE)$", list("tTfF")),
    ("int", r"^(?:[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+)$", list("-+0123456789")),
    (
        "float",
        r"^(?:[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$",
        list("-+.0123456789"),
    ),
    ("merge", r"^<<$", ["<"]),
)


def _resolvers() -> Dict[str, List[Tuple[str, Pattern[str]]]]:
    found: Dict[str, List[Tuple[str, Pattern[str]]]] = {}
    for name, pattern, first in CORE_SCHEMA:
        for character in first:
            found.setdefault(character, []).append((TAG + name, re.compile(pattern)))
    return found


_RESOLVERS = _resolvers()


class Node:
    """A value of the text. `value` is text, a list of nodes, or a list of pairs of nodes; `kind` says which."""

    __slots__ = ("kind", "place", "tag", "value")

    def __init__(self, kind: str, tag: str, value: Any, place: Place) -> None:
        self.kind = kind
        self.tag = tag
        self.value = value
        self.place = place


def compose(document: Document) -> Optional[Node]:
    """Return the node of the only document of a text, None if there is no document.

    Raises:
        ParamsSchemaError: the text is not one YAML document, too large or too deep.
    """
    if _FAST_PARSER is not None:
        try:
            return _Composer(document, _FAST_PARSER(document.text)).document()
        except yaml.YAMLError as error:
            if len(document.text) > _LONGEST_READ_TWICE:
                raise _refusal(document, error) from None
    try:
        return _Composer(document, _PythonParser(document.text)).document()
    except (yaml.YAMLError, ValueError) as error:
        raise _refusal(document, error) from None


class _PythonParser(yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser):
    """PyYAML's own parser."""

    def __init__(self, text: str) -> None:
        yaml.reader.Reader.__init__(self, text)
        yaml.scanner.Scanner.__init__(self)
        yaml.parser.Parser.__init__(self)


try:
    _FAST_PARSER: Any = vars(importlib.import_module("yaml.cyaml"))["CParser"]
except ImportError:  # PyYAML was built without libyaml.
    _FAST_PARSER = None


class _Composer:
    """Makes nodes of events. An alias is the node that it names."""

    def __init__(self, document: Document, parser: Any) -> None:
        self._document = document
        self._next = parser.get_event
        self._peek = parser.peek_event
        self._anchors: Dict[str, Node] = {}
        self._depth = 0
        self._count = 0
        self._tags: Dict[str, str] = {}

    def document(self) -> Optional[Node]:
        self._next()  # the beginning of the stream
        if isinstance(self._peek(), events.StreamEndEvent):
            return None
        self._next()
        node = self._node(self._next())
        self._next()
        more = self._peek()
        if not isinstance(more, events.StreamEndEvent):
            raise yaml.MarkedYAMLError(
                "expected a single document in the stream", None, "but found another document", more.start_mark
            )
        return node

    def _node(self, event: Any) -> Node:
        mark = event.start_mark
        place = Place(mark.line + 1, mark.column + 1)
        kind = type(event)
        if kind is events.AliasEvent:
            return self._alias(event)
        # Before there are millions of nodes, or more levels than Python's stack has room for. A key is also a node.
        self._count += 1
        self._document.require_small(self._count // 2, self._depth, place)
        if kind is events.ScalarEvent:
            node = Node(STR, self._tag_of(event), event.value, place)
            if event.anchor is not None:
                self._anchors[event.anchor] = node
            return node
        return self._collection(event, place)

    def _alias(self, event: Any) -> Node:
        if event.anchor not in self._anchors:
            raise yaml.MarkedYAMLError(None, None, f"found undefined alias {event.anchor!r}", event.start_mark)
        return self._anchors[event.anchor]

    def _tag_of(self, event: Any) -> str:
        tag = event.tag
        if tag is not None and tag != "!":
            return str(tag)
        if not event.implicit[0]:
            return STR
        text = event.value
        found = self._tags.get(text)
        if found is None:
            found = self._tags[text] = _plain_tag(text)
        return found

    def _collection(self, event: Any, place: Place) -> Node:
        is_mapping = type(event) is events.MappingStartEvent
        kind = MAP if is_mapping else SEQ
        node = Node(kind, kind if event.tag in (None, "!") else str(event.tag), [], place)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        self._depth += 1
        # An alias in it can refer to it: the list is complete when that is followed.
        node.value.extend(self._pairs() if is_mapping else self._items())
        self._depth -= 1
        return node

    def _pairs(self) -> Iterator[Tuple[Node, Node]]:
        event = self._next()
        while type(event) is not events.MappingEndEvent:
            key = self._node(event)
            yield key, self._node(self._next())
            event = self._next()

    def _items(self) -> Iterator[Node]:
        event = self._next()
        while type(event) is not events.SequenceEndEvent:
            yield self._node(event)
            event = self._next()


def _plain_tag(text: str) -> str:
    for tag, pattern in _RESOLVERS.get(text[:1], ()):
        if pattern.match(text):
            return tag
    return STR


def _refusal(document: Document, error: Union[yaml.YAMLError, ValueError]) -> ParamsSchemaError:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        if error.context_mark is not None and "end of stream" in str(error.problem):
            mark = error.context_mark  # where the quote was opened that is never closed
        place = None if mark is None else Place(mark.line + 1, mark.column + 1)
        message = ", ".join(part for part in (error.context, error.problem) if part)
        return document.error(f"this is not valid YAML: {message}", place, _SYNTAX)
    if isinstance(error, yaml.reader.ReaderError):
        character = ord(error.character) if isinstance(error.character, str) else error.character
        message = f"the character U+{character:04X} is not allowed in YAML"
        return document.error(message, place_at(document.text, error.position), _SYNTAX)
    return document.error(f"this is not valid YAML: {error}", None, _SYNTAX)
