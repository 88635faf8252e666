"""YAML with the place of every value.

Read are the types of YAML 1.2's core schema, as editors and JSON understand them: `no`, `on` and `12:30` are text, not
False, True and 750; a date is text until the type of a parameter says otherwise. Tags that make objects are refused.
"""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, List, Set, Tuple

from fastapi._schema_file.problems import Path, Place, Problem
from fastapi._schema_file.reading.document import Document, Unusable, names, require_short_number, whole_text
from fastapi._schema_file.reading.yaml_nodes import MAP, MERGE, NULL, SEQ, STR, TAG, Node, compose


def read_yaml(document: Document) -> None:
    """Fill a document from its text.

    Raises:
        ParamsSchemaError: the text is not one YAML document.
    """
    node = compose(document)
    if node is None:
        raise document.error("the file is empty", Place(1, 1), "Start with `version: 1` and `endpoints:`.")
    document.data = _Builder(document).build(node, ())


class _Builder:
    """Makes plain values of nodes."""

    def __init__(self, document: Document) -> None:
        self._document = document
        # Collections that are being built: an alias in one cannot refer to it.
        self._open: Set[int] = set()

    def build(self, node: Node, path: Path) -> object:
        self._document.note(path, self._document.places.get(path) or node.place)
        return self._collection(node, path) if node.kind != STR else self._scalar(node, path)

    def _collection(self, node: Node, path: Path) -> Any:
        if id(node) in self._open:
            message = "the values are nested without end: an alias stands in what it refers to"
            raise self._document.error(message, self._document.place_of(path), "Write what is meant without the alias.")
        if node.tag != node.kind:
            self._report(_refused_tag(node.tag), node, path)
            return None
        self._open.add(id(node))
        built = self._mapping(node, path) if node.kind == MAP else self._sequence(node, path)
        self._open.discard(id(node))
        return built

    def _sequence(self, node: Node, path: Path) -> List[Any]:
        for index, item in enumerate(node.value):
            self._document.places[(*path, index)] = item.place
        return [self.build(item, (*path, index)) for index, item in enumerate(node.value)]

    def _mapping(self, node: Node, path: Path) -> Dict[str, object]:
        built: Dict[str, object] = {}
        own: Dict[str, Tuple[Place, Node]] = {}
        merged: List[Node] = []
        for key_node, value_node in node.value:
            if key_node.tag == MERGE:
                merged.append(value_node)
                continue
            key = self._key(key_node, path)
            if key is None:
                continue
            if key in own:
                self._document.duplicate((*path, key), own[key][0], key_node.place)
                continue
            own[key] = (key_node.place, value_node)
        # The mapping's own keys win over merged ones, so they come last.
        for merged_node in merged:
            self._merge(merged_node, built, path)
        for key, (place, value_node) in own.items():
            way = (*path, key)
            self._document.places[way] = place
            built[key] = self.build(value_node, way)
        return built

    def _key(self, node: Node, path: Path) -> str | None:
        if node.kind != STR:
            message = "a key has to be text, not a list or a mapping"
        elif node.tag == STR:
            return self._text(node, path)
        elif node.tag not in _SCALARS:
            message = _refused_tag(node.tag)
        else:
            message = f"the key {node.value} has to be text: write it in quotes"
        self._report(message, node, path)
        return None

    def _text(self, node: Node, path: Path) -> str | None:
        try:
            return whole_text(node.value)
        except Unusable as error:
            self._report(str(error), node, path)
            return None

    def _merge(self, node: Node, built: Dict[str, object], path: Path) -> None:
        """`<<: *other`: the first merged value wins."""
        nodes = [node] if node.kind != SEQ else node.value
        for each in nodes:
            if each.tag != MAP:
                self._report("`<<` takes mappings", each, path)
                continue
            self._document.note(path, self._document.places[path])
            for key, value in self._collection(each, path).items():
                built.setdefault(key, value)

    def _scalar(self, node: Node, path: Path) -> object:
        convert = _SCALARS.get(node.tag)
        if convert is None:
            self._report(_refused_tag(node.tag), node, path)
            return None
        try:
            return convert(node.value)
        except Unusable as error:
            self._report(str(error), node, path)
            return None
        except ValueError:
            self._report(f"{node.value[:40]!r} is no {node.tag.replace(TAG, '')}", node, path)
            return None

    def _report(self, message: str, node: Node, path: Path) -> None:
        self._document.problems.append(Problem(message, node.place, **names(path)))


def _refused_tag(tag: str) -> str:
    return f"the tag {tag.replace(TAG, '!!')} is not allowed here: tags make objects, a file has plain values"


_PADDED = re.compile(r"[-+]?0[0-9]+\Z")


def _int(text: str) -> int:
    require_short_number(text)
    if _PADDED.match(text):
        # YAML 1.1 reads it as octal, YAML 1.2 as decimal, and it is often text: a postcode, a version.
        raise Unusable(f"the number {text} begins with 0: write {int(text)}, or '{text}' in quotes if it is text")
    return int(text, 0) if text[:2] in ("0o", "0x") else int(text)


def _float(text: str) -> float:
    require_short_number(text)
    plain = text.lower()
    return float(plain.replace(".inf", "inf").replace(".nan", "nan"))


def _bool(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(text)
    return text.lower() == "true"


_SCALARS: Dict[str, Callable[[str], object]] = {
    NULL: lambda text: None,
    TAG + "bool": _bool,
    TAG + "int": _int,
    TAG + "float": _float,
    STR: whole_text,
}
