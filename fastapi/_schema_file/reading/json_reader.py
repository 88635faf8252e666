"""JSON with the place of every value: the grammar of RFC 8259, nothing more."""

from __future__ import annotations

import re
from json import JSONDecodeError, decoder
from typing import Callable, Dict, List, NoReturn, Tuple

from fastapi._schema_file.problems import Path, Place
from fastapi._schema_file.reading.document import Document, Unusable, place_at, require_short_number, whole_text

_SPACE = re.compile(r"[ \t\n\r]*")
_NUMBER = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORDS = (("null", None), ("true", True), ("false", False))
# No stub has it, but `json` itself reads texts with it since Python 2.6.
_scan_string: Callable[[str, int, bool], Tuple[str, int]] = vars(decoder)["scanstring"]
_REMEDY = "Correct the JSON there; often the cause is a missing comma or quote just before, or a comma too many."


def read_json(document: Document) -> None:
    """Fill a document from its text.

    Raises:
        ParamsSchemaError: the text is not JSON.
    """
    if not document.text.strip():
        raise document.error("the file is empty", Place(1, 1), 'Start with {"version": 1, "endpoints": {}}.')
    try:
        document.data, end = _Reader(document).value(0, ())
        end = _skip(document.text, end)
        if end != len(document.text):
            _fail("Extra data", document.text, end)
    except JSONDecodeError as error:
        place = Place(error.lineno, error.colno)
        raise document.error(f"this is not valid JSON: {error.msg}", place, _REMEDY) from None


def _skip(text: str, position: int) -> int:
    found = _SPACE.match(text, position)
    return found.end() if found else position


def _fail(message: str, text: str, position: int) -> NoReturn:
    raise JSONDecodeError(message, text, position)


class _Reader:
    """Walks the text once. Each method takes a position and returns a value and the position behind it."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self._text = document.text
        # PERF: counting lines from the start for each value would be quadratic.
        self._lines = [0] + [found.end() for found in re.finditer("\n", self._text)]
        self._line = 0

    def value(self, position: int, path: Path) -> Tuple[object, int]:
        position = _skip(self._text, position)
        if path not in self._document.places:
            self._document.note(path, self._place(position))
        first = self._text[position : position + 1]
        if first == "{":
            return self._object(position + 1, path)
        if first == "[":
            return self._array(position + 1, path)
        if first == '"':
            return self._string(position)
        for word, meaning in _WORDS:
            if self._text.startswith(word, position):
                return meaning, position + len(word)
        return self._number(position)

    def _object(self, position: int, path: Path) -> Tuple[Dict[str, object], int]:
        built: Dict[str, object] = {}
        position = _skip(self._text, position)
        if self._text[position : position + 1] == "}":
            return built, position + 1
        while True:
            position = _skip(self._text, position)
            if self._text[position : position + 1] != '"':
                _fail("Expecting property name enclosed in double quotes", self._text, position)
            place = self._place(position)
            key, position = self._string(position)
            position = self._expect(position, ":")
            way = (*path, key)
            if key in built:
                self._document.duplicate(way, self._document.places[way], place)
                _, position = self.value(position, way)
            else:
                self._document.note(way, place)
                built[key], position = self.value(position, way)
            position = _skip(self._text, position)
            if self._text[position : position + 1] == "}":
                return built, position + 1
            position = self._expect(position, ",")

    def _array(self, position: int, path: Path) -> Tuple[List[object], int]:
        built: List[object] = []
        position = _skip(self._text, position)
        if self._text[position : position + 1] == "]":
            return built, position + 1
        while True:
            item, position = self.value(position, (*path, len(built)))
            built.append(item)
            position = _skip(self._text, position)
            if self._text[position : position + 1] == "]":
                return built, position + 1
            position = self._expect(position, ",")

    def _expect(self, position: int, character: str) -> int:
        position = _skip(self._text, position)
        if self._text[position : position + 1] != character:
            _fail(f"Expecting {character!r} delimiter", self._text, position)
        return position + 1

    def _number(self, position: int) -> Tuple[object, int]:
        found = _NUMBER.match(self._text, position)
        if found is None:
            _fail("Expecting value", self._text, position)
        whole, fraction, exponent = found.groups()
        try:
            require_short_number(found.group())
        except Unusable as error:
            _fail(str(error), self._text, position)
        return (float(found.group()) if fraction or exponent else int(whole)), found.end()

    def _string(self, position: int) -> Tuple[str, int]:
        text, end = _scan_string(self._text, position + 1, True)
        try:
            return whole_text(text), end
        except Unusable as error:
            _fail(str(error), self._text, position)

    def _place(self, position: int) -> Place:
        while self._line + 1 < len(self._lines) and self._lines[self._line + 1] <= position:
            self._line += 1
        if self._lines[self._line] > position:
            return place_at(self._text, position)
        return Place(self._line + 1, position - self._lines[self._line] + 1)
