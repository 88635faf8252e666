"""Files that a file includes: `include: [shared/headers.yaml]`, their definitions and endpoints beside its own.

A path counts from the folder of the file that names it. A file that is included twice, or in a ring, is read once.
"""

from __future__ import annotations

import os
from typing import Dict, List, NamedTuple

from fastapi._schema_file.checking.shape import Shape, check_shape
from fastapi._schema_file.problems import ParamsSchemaError, Path, Problem, Source
from fastapi._schema_file.reading.document import Document, names
from fastapi._schema_file.reading.load import Identity, load
from fastapi._schema_file.trust import is_trusted

MOST_FILES = 50


class _Waiting(NamedTuple):
    """An included file that has not been read."""

    source: Source
    # The problem of its entry, without a message.
    about: Problem


class Includes:
    """Reads the included files of one document into its shape."""

    def __init__(self, document: Document, shape: Shape, strict: bool) -> None:
        self._document = document
        self._shape = shape
        self._strict = strict
        self._waiting: List[_Waiting] = []
        self.identities: Dict[str, Identity] = {}

    def read(self) -> Dict[str, Identity]:
        """Add the rows of all included files; return the identities of those, by their paths."""
        self._find(self._document, self._shape)
        while self._waiting:
            next_one = self._waiting.pop(0)
            if next_one.source.path in (*self.identities, self._document.source.path):
                continue
            if not is_trusted() and not self._is_below(next_one.source.path):
                message = "a file that is not trusted includes files of its own folder alone"
                self._document.problems.append(next_one.about._replace(message=message))
                continue
            if len(self.identities) == MOST_FILES:
                message = f"there are more than {MOST_FILES} included files"
                self._document.problems.append(next_one.about._replace(message=message))
                break
            self._read(next_one)
        return self.identities

    def _is_below(self, path: str) -> bool:
        folder = os.path.realpath(os.path.dirname(self._document.source.path))
        return os.path.realpath(path).startswith(os.path.join(folder, ""))

    def _find(self, document: Document, shape: Shape) -> None:
        for way, written in shape.includes.items():
            place = document.place_of(way)
            file = None if document is self._document else document.source.path
            about = Problem("", place, field="include", file=file)
            path = os.path.normpath(os.path.join(os.path.dirname(document.source.path), written))
            where = document.source.path if place is None else f"{document.source.path}:{place.line}"
            self._waiting.append(_Waiting(Source(path, f"included by {where}"), about))

    def _read(self, waiting: _Waiting) -> None:
        source = waiting.source
        try:
            document, self.identities[source.path] = load(source, self._document.count)
        except ParamsSchemaError as error:
            for problem in error.problems:
                message = f"the included file {source.path} cannot be used: {problem.message}"
                replaced = (
                    problem._replace(file=source.path) if problem.place else waiting.about._replace(message=message)
                )
                self._document.problems.append(replaced)
            return
        shape = check_shape(document, self._strict)
        self._document.count = document.count
        self._take(document, shape)
        self._document.problems.extend(problem._replace(file=source.path) for problem in document.problems)
        self._find(document, shape)

    def _take(self, document: Document, shape: Shape) -> None:
        taken: List[Path] = []
        for name, row in shape.definitions.items():
            if self._is_free(document, ("definitions", name), name in self._shape.definitions):
                self._shape.definitions[name] = row
                taken.append(("definitions", name))
        for name, rows in shape.endpoints.items():
            if self._is_free(document, ("endpoints", name), name in self._shape.endpoints):
                self._shape.endpoints[name] = rows
                taken.append(("endpoints", name))
        self._document.origins.update(dict.fromkeys(taken, document.source))
        known = set(taken)
        self._document.places.update((way, place) for way, place in document.places.items() if way[:2] in known)

    def _is_free(self, document: Document, way: Path, is_taken: bool) -> bool:
        if is_taken:
            other = self._document.source_of(way)
            place = self._document.place_of(way)
            where = other.path if place is None else f"{other.path}:{place.line}"
            message = f"{way[1]!r} is in {where} already"
            document.problems.append(Problem(message, document.place_of(way), **names(way)))
        return not is_taken


def _placed(problem: Problem, waiting: _Waiting) -> Problem:
    """Return a problem with its place in the included file, or with that of its entry if it is about the whole file."""
    path = waiting.source.path
    if problem.place is not None:
        return problem._replace(file=path)
    return waiting.about._replace(message=f"the included file {path} cannot be used: {problem.message}")
