"""The first half of the check: whether every key has a place in the models, and every value is of the right kind.

Rows leave this module with the names of the table (`minLength` has become `min_length`), with the way back to the text,
so that each later message names the line and the spelling of the file, and with values from the environment in them.
"""

from __future__ import annotations

from typing import Any, Dict, Iterator, Mapping, NamedTuple, Optional, Sequence, Set, Tuple

from pydantic import ValidationError

from fastapi._schema_file import fields
from fastapi._schema_file.checking.environment import Unset, find_value, read_loosely, without_escape
from fastapi._schema_file.checking.habits import document_hint, truth_hint, unknown_field
from fastapi._schema_file.model import ENDPOINT_FIELDS, TOP_FIELDS, VERSION, SchemaFile
from fastapi._schema_file.problems import MOST_PROBLEMS, Path, Place, Problem, nearest
from fastapi._schema_file.reading.document import Document, names
from fastapi.logger import logger


class Row(NamedTuple):
    """The fields of one parameter, under the names of the table."""

    path: Path
    values: Dict[str, Any]
    # Name of the table -> where the field stands, under the name that was written.
    written: Dict[str, Path]
    # Name of the table -> the environment variable that its value comes from.
    environment: Dict[str, str]

    def spelling(self, name: str) -> str:
        way = self.written.get(name)
        return name if way is None else str(way[-1])


class Shape(NamedTuple):
    """A file whose keys and kinds of values were looked at."""

    definitions: Dict[str, Row]
    endpoints: Dict[str, Dict[str, Row]]
    # Other files that it includes, as written, with the ways to them.
    includes: Dict[Path, str]


def check_shape(document: Document, strict: bool) -> Shape:
    """Return the sound rows of a document, and add the problems of the others to it."""
    data = _without_contract(document.data)
    if not isinstance(data, dict):
        message = f"a file is a mapping with `version` and `endpoints`, this is {describe_value(data)}"
        document.problems.append(Problem(message, document.place_of(())))
        return Shape({}, {}, {})
    hint = document_hint(data)
    if hint is not None:
        document.problems.append(Problem(hint, document.place_of(())))
        return Shape({}, {}, {})
    tidy = _Tidy(document, strict, reads_environment=True)
    named = tidy.file(data)
    _missing_parts(document, named)
    broken = _broken_ways(document, tidy, named)
    definitions = {name: row for (_, name), row in tidy.rows.items() if row.path[0] == "definitions"}
    endpoints: Dict[str, Dict[str, Row]] = {}
    if isinstance(named.get("endpoints"), dict):
        endpoints = {name: {} for name in named["endpoints"]}
    for (endpoint, name), row in tidy.rows.items():
        if row.path[0] == "endpoints" and row.path not in broken:
            endpoints[endpoint][name] = row
    sound = {name: row for name, row in definitions.items() if row.path not in broken}
    return Shape(sound, endpoints, _includes(named.get("include"), broken))


def _includes(written: Any, broken: Set[Path]) -> Dict[Path, str]:
    if ("include",) in broken or written is None:
        return {}
    if isinstance(written, str):
        return {("include",): written}
    return {("include", number): path for number, path in enumerate(written)}


def check_row(document: Document, path: Path, values: Mapping[str, object]) -> Row:
    """Check fields that are not from a file, as those of a row at `path`."""
    tidy = _Tidy(document, True, reads_environment=False)
    tidy.row(path, dict(values), ("", str(path[-1])))
    row = tidy.rows["", str(path[-1])]
    named = {"version": VERSION, "endpoints": {"": {"params": {str(path[-1]): row.values}}}}
    _broken_ways(document, tidy, named, path)
    return row


def describe_value(value: object) -> str:
    """Return a value in words."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    kinds = {dict: "a mapping", list: "a list", str: "the text", int: "the number", float: "the number"}
    word = kinds.get(type(value), type(value).__name__)
    return f"{word} {value!r}"[:80] if type(value) in (str, int, float) else word


def _without_contract(data: object) -> object:
    """The packaged file has the contract with the core under the name that users have for their own definitions."""
    if isinstance(data, dict) and isinstance(data.get("definitions"), dict):
        if isinstance(data["definitions"].get("plan_version"), int):
            return {key: value for key, value in data.items() if key != "definitions"}
    return data


class _Tidy:
    """Gives every field the name of the table, and drops unknown ones where that is wanted."""

    def __init__(self, document: Document, strict: bool, reads_environment: bool) -> None:
        self._document = document
        self._strict = strict
        self._reads_environment = reads_environment
        # (endpoint, or "" for definitions; parameter) -> row.
        self.rows: Dict[Tuple[str, str], Row] = {}

    def file(self, data: Mapping[str, Any]) -> Dict[str, Any]:
        tidy = self._known(data, TOP_FIELDS, ())
        definitions, endpoints = tidy.get("definitions"), tidy.get("endpoints")
        if isinstance(definitions, dict):
            self._require_names(definitions, ("definitions",))
            tidy["definitions"] = {
                name: self.row(("definitions", name), row, ("", name)) for name, row in definitions.items()
            }
        if isinstance(endpoints, dict):
            self._require_names(endpoints, ("endpoints",))
            tidy["endpoints"] = {name: self._endpoint(name, value) for name, value in endpoints.items()}
        return tidy

    def _endpoint(self, endpoint: str, value: object) -> object:
        if not isinstance(value, dict):
            return value
        path: Path = ("endpoints", endpoint)
        tidy = self._known(value, ENDPOINT_FIELDS, path)
        params = tidy.get("params")
        if isinstance(params, dict):
            self._require_names(params, (*path, "params"))
            tidy["params"] = {
                name: self.row((*path, "params", name), row, (endpoint, name)) for name, row in params.items()
            }
        return tidy

    def _require_names(self, mapping: Mapping[str, object], path: Path) -> None:
        for name in mapping:
            if not name.strip():
                self._report("a name has to have letters: nothing can ask for an empty one", (*path, name))

    def row(self, path: Path, value: object, key: Tuple[str, str]) -> object:
        if not isinstance(value, dict):
            return value
        row = self.nested(path, value)
        self.rows[key] = row
        return row.values

    def nested(self, path: Path, value: Mapping[str, object]) -> Row:
        row = Row(path, {}, {}, {})
        for spelling, content in self._known(value, tuple(fields.SPELLINGS), path).items():
            name = fields.SPELLINGS.get(spelling, spelling)
            way = (*path, spelling)
            if name in row.values:
                other = row.spelling(name)
                self._report(f"{other} and {spelling} are two names of the same field", way)
                continue
            row.written[name] = way
            if isinstance(content, str) and "$" in content[:1] and self._reads_environment:
                self._take_from_environment(row, name, content)
            else:
                row.values[name] = content
        return row

    def _take_from_environment(self, row: Row, name: str, content: str) -> None:
        """Put the value in a row that the environment gives, or the text itself if it names no variable."""
        try:
            found = find_value(content)
        except Unset as problem:
            self._report(str(problem), row.written[name])
            return
        if found is None:
            row.values[name] = without_escape(content)
            return
        if found.text is None:
            return  # nothing is known of the value
        row.environment[name] = found.name
        field = fields.BY_NAME.get(name)
        # The type of a parameter says how its default is read.
        is_text = field is not None and field.annotation is str
        row.values[name] = found if name == "default" else (found.text if is_text else read_loosely(found))

    def _known(self, mapping: Mapping[str, Any], known: Sequence[str], path: Path) -> Dict[str, Any]:
        if self._strict:
            return dict(mapping)
        for name in mapping:
            if name not in known:
                problem = Problem(
                    "this field is unknown and left out", self._place((*path, name)), **names((*path, name))
                )
                logger.warning("%s", problem.render(self._document.source.path))
        return {name: value for name, value in mapping.items() if name in known}

    def _report(self, message: str, way: Path) -> None:
        self._document.problems.append(Problem(message, self._place(way), **names(way)))

    def _place(self, way: Path) -> Optional[Place]:
        return self._document.place_of(way)


def _missing_parts(document: Document, named: Mapping[str, object]) -> None:
    if not any(name in named for name in ("endpoints", "definitions", "include")):
        document.problems.append(Problem("`endpoints` is missing", document.place_of(()), field="endpoints"))


def _broken_ways(document: Document, tidy: _Tidy, named: Dict[str, object], prefix: Path = ()) -> Set[Path]:
    """Let the models look at everything; return where something is wrong, and all that is around it."""
    try:
        SchemaFile.model_validate(named)
    except ValidationError as failure:
        ways: Set[Path] = set()
        # Values that could not be read are reported already, by endpoint, parameter and field.
        known = {problem[2:5] for problem in document.problems if problem.field}
        for error in failure.errors(include_url=False, include_context=False):
            way = _field_of(error["loc"])
            if way not in ways:
                ways.add(way)
                if len(document.problems) >= MOST_PROBLEMS:
                    continue
                problem = _problem(document, tidy, way, error, prefix)
                if problem[2:5] not in known:
                    document.problems.append(problem)
        return {way[:length] for way in ways for length in range(len(way) + 1)}
    return set()


def _field_of(loc: Sequence[Any]) -> Path:
    """Return the way of an error, down to a field: deeper parts also name members of unions."""
    depth = {"definitions": 3, "endpoints": 5 if len(loc) > 2 and loc[2] == "params" else 3}.get(loc[0], 1)
    # The model of a row names its fields by their aliases, a dict's key error ends in "[key]".
    return tuple(part for part in loc[:depth] if part != "[key]")


def _problem(document: Document, tidy: _Tidy, way: Path, error: Any, prefix: Path) -> Problem:
    written = _as_written(tidy, way)
    shown = (*prefix, *written[4:]) if prefix else written
    about: Dict[str, Any] = {"place": document.place_of(shown), **names(shown)}
    field = str(way[-1])
    if error["type"] == "missing":
        return Problem(_missing(field), **about)
    if error["type"] == "extra_forbidden":
        return _unknown(field, _level(way), error["input"], about)
    row = fields.BY_NAME.get(field) if _level(way) == "row" else None
    if row is None:
        return Problem(_wrong_kind(way, error["input"]), **about)
    if row.name == "in":
        guess = nearest(error["input"], fields.PLACES)
        return Problem(
            f"{describe_value(error['input'])} is no place of a request", allowed=fields.PLACES, nearest=guess, **about
        )
    value = _value_at(tidy, way, error)
    hint = truth_hint(value, row.expects) + _source_of_value(tidy, way)
    return Problem(f"this has to be {row.expects}, not {describe_value(value)}{hint}", **about)


def _source_of_value(tidy: _Tidy, way: Path) -> str:
    row = _row_of(tidy, way)
    name = None if row is None else row.environment.get(str(way[-1]))
    return "" if name is None else f" (the value of the environment variable {name})"


def _value_at(tidy: _Tidy, way: Path, error: Any) -> Any:
    row = _row_of(tidy, way)
    return error["input"] if row is None else row.values.get(str(way[-1]), error["input"])


def _row_of(tidy: _Tidy, way: Path) -> Optional[Row]:
    if way[0] == "definitions" and len(way) == 3:
        return tidy.rows.get(("", str(way[1])))
    if way[0] == "endpoints" and len(way) == 5:
        return tidy.rows.get((str(way[1]), str(way[3])))
    return None


def _as_written(tidy: _Tidy, way: Path) -> Path:
    row = _row_of(tidy, way)
    return way if row is None else row.written.get(str(way[-1]), way)


def _level(way: Path) -> str:
    if len(way) == 1:
        return "file"
    return "row" if way[0] == "definitions" or len(way) > 3 else "endpoint"


def _missing(field: str) -> str:
    if field == "version":
        return f"the file has to say `version: {VERSION}`"
    return f"`{field}` is missing"


def _unknown(field: str, level: str, value: Any, about: Dict[str, Any]) -> Problem:
    if level == "row":
        return unknown_field(field, value, about)
    allowed = TOP_FIELDS if level == "file" else ENDPOINT_FIELDS
    return Problem("this field is unknown", allowed=allowed, nearest=nearest(field, allowed), **about)


def _wrong_kind(way: Path, value: object) -> str:
    if way == ("version",):
        return f"this release reads version {VERSION}, not {describe_value(value)}"
    if way == ("include",):
        return f"this has to be the path of a file, or a list of paths, not {describe_value(value)}"
    if way[-1] == "description":
        return f"this has to be text, not {describe_value(value)}"
    what = {1: "a mapping of names", 2: "a mapping", 3: "a mapping of parameters", 4: "a mapping of fields"}
    return f"this has to be {what.get(len(way), 'a mapping')}, not {describe_value(value)}"


def each_row(shape: Shape) -> Iterator[Tuple[str, str, Row]]:
    """Yield endpoint, parameter and row of every parameter."""
    for endpoint, rows in shape.endpoints.items():
        for name, row in rows.items():
            yield endpoint, name, row
