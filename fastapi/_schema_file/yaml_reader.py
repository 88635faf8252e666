"""YAML with the place of every value.

Read are the types of YAML 1.2's core schema, as editors and JSON understand them: `no`, `on` and `12:30` are text, not
False, True and 750; a date is text until the type of a parameter says otherwise. Tags that make objects are refused.
"""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, List, Set, Tuple

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from fastapi._schema_file.document import Document, Unusable, names, place_at, require_short_number, whole_text
from fastapi._schema_file.problems import Path, Place, Problem

_TAG = "tag:yaml.org,2002:"
_SYNTAX = "Correct the YAML there; often the cause is an indentation, a missing colon or quote just before."

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


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: Dict[str, List[Tuple[str, Any]]] = {}

    def __init__(self, document: Document) -> None:
        super().__init__(document.text)
        self._document = document
        self._depth = 0
        self._count = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        # Before there are millions of nodes, or more levels than Python's stack has room for. A key is a node, too.
        self._count += 1
        self._document.require_small(self._count // 2, self._depth, _place(self.peek_event()))  # type: ignore[no-untyped-call]
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


for _name, _pattern, _first in CORE_SCHEMA:
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(_pattern), _first)


def read(document: Document) -> None:
    """Fill a document from its text.

    Raises:
        ParamsSchemaError: the text is not one YAML document.
    """
    node = _compose(document)
    if node is None:
        raise document.error("the file is empty", Place(1, 1), "Start with `version: 1` and `endpoints:`.")
    document.data = _Builder(document).build(node, ())


def _compose(document: Document) -> Any:
    try:
        loader = _Loader(document)
        try:
            return loader.get_single_node()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        if error.context_mark is not None and "end of stream" in str(error.problem):
            mark = error.context_mark  # where the quote was opened that is never closed
        place = None if mark is None else Place(mark.line + 1, mark.column + 1)
        message = ", ".join(part for part in (error.context, error.problem) if part)
        raise document.error(f"this is not valid YAML: {message}", place, _SYNTAX) from None
    except yaml.reader.ReaderError as error:
        character = ord(error.character) if isinstance(error.character, str) else error.character
        raise document.error(
            f"the character U+{character:04X} is not allowed in YAML", place_at(document.text, error.position), _SYNTAX
        ) from None
    except (yaml.YAMLError, ValueError) as error:
        raise document.error(f"this is not valid YAML: {error}", None, _SYNTAX) from None


class _Builder:
    """Makes plain values of nodes."""

    def __init__(self, document: Document) -> None:
        self._document = document
        # What is being built: an alias in it cannot refer to it.
        self._open: Set[int] = set()

    def build(self, node: Node, path: Path) -> Any:
        self._document.note(path, self._document.places.get(path) or _place(node))
        return self._scalar(node, path) if isinstance(node, ScalarNode) else self._collection(node, path)

    def _collection(self, node: Node, path: Path) -> Any:
        if id(node) in self._open:
            message = "the values are nested without end: an alias stands in what it refers to"
            raise self._document.error(message, self._document.place_of(path), "Write what is meant without the alias.")
        self._open.add(id(node))
        built = self._mapping(node, path) if isinstance(node, MappingNode) else self._sequence(node, path)
        self._open.discard(id(node))
        return built

    def _sequence(self, node: Node, path: Path) -> List[Any]:
        for index, item in enumerate(node.value):
            self._document.places[(*path, index)] = _place(item)
        return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]

    def _mapping(self, node: MappingNode, path: Path) -> Dict[str, Any]:
        built: Dict[str, Any] = {}
        own: Dict[str, Tuple[Place, Node]] = {}
        merged: List[Node] = []
        for key_node, value_node in node.value:
            if key_node.tag == _TAG + "merge":
                merged.append(value_node)
                continue
            key = self._key(key_node, path)
            if key is None:
                continue
            way = (*path, key)
            if key in own:
                self._document.duplicate(way, own[key][0], _place(key_node))
                continue
            own[key] = (_place(key_node), value_node)
        # What is there already wins over what is merged, so it comes last.
        for merged_node in merged:
            self._merge(merged_node, built, path)
        for key, (place, value_node) in own.items():
            way = (*path, key)
            self._document.places[way] = place
            built[key] = self.build(value_node, way)
        return built

    def _key(self, node: Node, path: Path) -> str | None:
        if isinstance(node, ScalarNode) and node.tag == _TAG + "str":
            return self._text(node, path)
        if isinstance(node, ScalarNode) and node.tag not in _SCALARS:
            message = f"the tag {node.tag.replace(_TAG, '!!')} is not allowed here"
        elif isinstance(node, ScalarNode):
            message = f"the key {node.value} has to be text: write it in quotes"
        else:
            message = "a key has to be text, not a list or a mapping"
        self._report(message, node, path)
        return None

    def _text(self, node: ScalarNode, path: Path) -> str | None:
        try:
            return whole_text(node.value)
        except Unusable as error:
            self._report(str(error), node, path)
            return None

    def _merge(self, node: Node, built: Dict[str, Any], path: Path) -> None:
        """`<<: *other`: what was merged first wins."""
        nodes = node.value if isinstance(node, SequenceNode) else [node]
        for each in nodes:
            if not isinstance(each, MappingNode):
                self._report("`<<` takes mappings", each, path)
                continue
            self._document.note(path, self._document.places[path])
            for key, value in self._collection(each, path).items():
                built.setdefault(key, value)

    def _scalar(self, node: Node, path: Path) -> Any:
        convert = _SCALARS.get(node.tag)
        if convert is None:
            self._report(f"the tag {node.tag.replace(_TAG, '!!')} is not allowed here", node, path)
            return None
        try:
            return convert(node.value)
        except Unusable as error:
            self._report(str(error), node, path)
            return None
        except ValueError:
            self._report(f"{node.value[:40]!r} is no {node.tag.replace(_TAG, '')}", node, path)
            return None

    def _report(self, message: str, node: Node, path: Path) -> None:
        self._document.problems.append(Problem(message, _place(node), **names(path)))


def _place(node: Any) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)


def _int(text: str) -> int:
    require_short_number(text)
    return int(text, 0) if text[:2] in ("0o", "0x") else int(text)


def _float(text: str) -> float:
    require_short_number(text)
    plain = text.lower()
    return float(plain.replace(".inf", "inf").replace(".nan", "nan"))


def _bool(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


_SCALARS: Dict[str, Callable[[str], Any]] = {
    _TAG + "null": lambda text: None,
    _TAG + "bool": _bool,
    _TAG + "int": _int,
    _TAG + "float": _float,
    _TAG + "str": whole_text,
}
