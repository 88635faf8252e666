"""Definitions that refer to each other: whether that ends, and after how many steps."""

from __future__ import annotations

import re
from typing import Dict, Iterator, List, Mapping

from fastapi._schema_file.checking.shape import Row
from fastapi._schema_file.checking.type_names import TAKEN
from fastapi._schema_file.problems import Problem
from fastapi._schema_file.reading.document import Document, names

REFERENCE = "#/definitions/"
# More than people can follow, and fewer than Python's stack has room for.
LONGEST_CHAIN = 30

_WORDS = re.compile(r"[^\[\]|,?\s]+")


def without_rings(document: Document, definitions: Mapping[str, Row]) -> Dict[str, Row]:
    """Return definitions that all end; those that do not are reported and become the type `any`."""
    sound = dict(definitions)
    edges = {name: [other for other in referred(row.values) if other in definitions] for name, row in sound.items()}
    for name, row in definitions.items():
        if name in TAKEN:
            message = f"{name!r} is the name of a type already"
            document.problems.append(Problem(message, document.place_of(row.path), **names(row.path)))
    for name, length in _lengths(edges).items():
        if length <= LONGEST_CHAIN:
            continue
        row = definitions[name]
        field = next((field for field in ("$ref", "type", "items") if field in row.values), "type")
        way = row.written.get(field, row.path)
        document.problems.append(Problem(_why(name, edges), document.place_of(way), **names(way)))
        sound[name] = row._replace(values={"type": "any"})
    return sound


def referred(values: Mapping[str, object]) -> Iterator[str]:
    """Yield the names that a row may refer to."""
    reference, type_, items = values.get("$ref"), values.get("type"), values.get("items")
    if isinstance(reference, str) and reference.startswith(REFERENCE):
        yield reference[len(REFERENCE) :]
    for text in type_ if isinstance(type_, list) else (type_, items):
        if isinstance(text, str):
            yield from _WORDS.findall(text)
            yield text.strip()
    if isinstance(items, dict):
        yield from referred(items)


def _lengths(edges: Mapping[str, List[str]]) -> Dict[str, int]:
    """Return how many steps each definition is from its end, at most one more than the limit."""
    lengths = dict.fromkeys(edges, 0)
    for _ in range(LONGEST_CHAIN + 1):
        lengths = {name: 1 + max((lengths[other] for other in others), default=-1) for name, others in edges.items()}
    return lengths


def _why(name: str, edges: Mapping[str, List[str]]) -> str:
    ring = _ring(name, edges)
    if ring:
        return f"definitions refer to each other: {' -> '.join(ring)}"
    return f"it refers to a ring of definitions, or to more than {LONGEST_CHAIN} one after the other"


def _ring(name: str, edges: Mapping[str, List[str]]) -> List[str]:
    """Return the shortest way from a definition to itself, empty when there is none of readable length."""
    ways = [[name]]
    seen = {name}
    for _ in range(LONGEST_CHAIN):
        longer: List[List[str]] = []
        for way in ways:
            for other in edges[way[-1]]:
                if other == name:
                    return [*way, name]
                if other not in seen:
                    seen.add(other)
                    longer.append([*way, other])
        ways = longer
    return []
