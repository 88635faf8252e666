"""From the fields of a row to its type: `type`, `format`, `items`, `enum`, `import`, `optional` and references."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Callable, Dict, List, Mapping, Optional

from pydantic import TypeAdapter

from fastapi._schema_file import fields
from fastapi._schema_file.checking import bounds
from fastapi._schema_file.checking.habits import format_hint, unknown_field
from fastapi._schema_file.checking.imports import import_type
from fastapi._schema_file.checking.reports import Reports
from fastapi._schema_file.checking.shape import Row
from fastapi._schema_file.checking.type_names import NULL, list_of, make_union, parse_type
from fastapi._schema_file.problems import Problem, nearest
from fastapi._schema_file.types import (
    FORMATS,
    TYPES,
    NotYet,
    Type,
    TypeProblem,
    is_optional,
    literal_of,
    optional_of,
    without_none,
)

_REFERENCE = "#/definitions/"
# Fields that say which type it is.
_OF_THE_TYPE = ("type", "import", "items", "enum", "format", "optional")


class RowTypes:
    """Finds the types of the rows of one file."""

    def __init__(self, reports: Reports, definitions: Mapping[str, Row]) -> None:
        self._reports = reports
        self._definitions = definitions
        self._open: List[str] = []
        # PERF: definitions may refer to each other many times over.
        self._found: Dict[str, Optional[Type]] = {}

    def merged(self, row: Row) -> Row:
        """Lay a row over the definition that it refers to."""
        name = self._referred(row)
        if name is None:
            return row
        own = {key: value for key, value in row.values.items() if key not in ("$ref", "type")}
        if name in self._open:
            ring = " -> ".join([*self._open[self._open.index(name) :], name])
            field = "$ref" if "$ref" in row.values else "type"
            self._reports.report(row, field, f"definitions refer to each other: {ring}")
            return row._replace(values={**own, "type": "any"})
        self._open.append(name)
        try:
            base = self.merged(self._definitions[name])
        finally:
            self._open.pop()
        return Row(
            row.path,
            {**base.values, **own},
            {**base.written, **row.written},
            {**base.environment, **row.environment},
        )

    def type_of(self, row: Row, kind: Optional[str]) -> Optional[Type]:
        """Return the type of a row, or None after a report.

        Raises:
            NotYet: it needs a module that is being imported.
        """
        before = len(self._reports.problems)
        try:
            type_ = self._declared_type(row, kind)
        except NotYet:
            raise
        except TypeProblem as problem:
            field = next((name for name in _OF_THE_TYPE if name in row.values), "type")
            self._reports.report_type(row, getattr(problem, "field", field), problem)
            return None
        if type_ is None and len(self._reports.problems) == before and "$ref" not in row.values:
            self._reports.report(row, "type", "`type` is missing", tuple(TYPES))
        if type_ is None:
            return None
        return optional_of(type_) if _may_be_none(row) and not is_optional(type_.annotation) else type_

    # References.

    def _referred(self, row: Row) -> Optional[str]:
        reference, type_name = row.values.get("$ref"), row.values.get("type")
        if reference is None:
            return type_name if isinstance(type_name, str) and type_name in self._definitions else None
        name: str = reference[len(_REFERENCE) :]
        if not reference.startswith(_REFERENCE) or name not in self._definitions:
            known = tuple(_REFERENCE + name for name in self._definitions)
            self._reports.report(row, "$ref", f"there is no {reference!r}", known, nearest(reference, known))
            return None
        if type_name is not None or "import" in row.values:
            message = "the definition says the type already: leave out `type` and `import`"
            self._reports.report(row, "$ref", message)
        return name

    def _find(self, name: str) -> Optional[Type]:
        """Return the type of a definition, with its constraints, for use inside of another type."""
        if name not in self._definitions or name in self._open:
            return None
        if name not in self._found:
            merged = self.merged(self._definitions[name])
            type_ = self.type_of(merged, None)
            self._found[name] = None if type_ is None else self._constrained(merged, type_)
        return self._found[name]

    def _constrained(self, row: Row, type_: Type) -> Type:
        found, misfits = bounds.constraints(row.values, type_)
        for misfit in misfits:
            self._reports.report(row, misfit.field, misfit.message, misfit.allowed)
        return type_._replace(annotation=bounds.constrained(type_, found))

    # Types.

    def _declared_type(self, row: Row, kind: Optional[str]) -> Optional[Type]:
        values = row.values
        if "type" in values and "import" in values:
            raise _at("import", TypeProblem("`type` and `import` cannot both say the type"))
        base = self._base_type(row)
        if "items" in values:
            base = self._items_type(row, base)
        if "enum" in values:
            literal = _at_field("enum", lambda: literal_of(values["enum"], None if base is None else _plain(base)))
            return literal if base is None or not is_optional(base.annotation) else optional_of(literal)
        if base is None and kind == "file":
            return TYPES["file"]
        return base

    def _base_type(self, row: Row) -> Optional[Type]:
        values = row.values
        if "import" in values:
            return _at_field("import", lambda: import_type(values["import"]))
        if "type" not in values:
            return None
        written = values["type"]
        if isinstance(written, Type):
            return written  # given in the code
        if isinstance(written, list):
            return self._union(written)
        text = _formatted(written, values["format"]) if "format" in values else written
        return _no_null(self._parsed("type", text))

    def _union(self, members: List[str]) -> Type:
        """`[string, "null"]` is JSON Schema for an optional string."""
        return _no_null(self._union_or_null(members))

    def _union_or_null(self, members: List[str]) -> Type:
        return _at_field("type", lambda: make_union([self._parsed("type", member) for member in members]))

    def _parsed(self, field: str, text: str) -> Type:
        return _at_field(field, lambda: parse_type(text, self._find, tuple(self._definitions)))

    def _items_type(self, row: Row, base: Optional[Type]) -> Type:
        if base is not None and without_none(base.annotation) != List[Any]:
            raise _at("items", TypeProblem("only the type list has `items`"))
        made = self._list_type(row)
        return optional_of(made) if base is not None and is_optional(base.annotation) else made

    def _list_type(self, row: Row) -> Type:
        items = row.values["items"]
        if isinstance(items, str):
            return list_of(self._parsed("items", items))
        merged = self.merged(self._nested(row, items))
        type_ = self.type_of(merged, None)
        if type_ is None:
            return TYPES["any"]
        return list_of(self._constrained(merged, type_))

    def _nested(self, row: Row, items: Mapping[str, object]) -> Row:
        way = row.written.get("items", (*row.path, "items"))
        nested = Row(way, {}, {}, {})
        for spelling, value in items.items():
            field = fields.BY_NAME.get(fields.SPELLINGS.get(spelling, ""))
            at = (*way, spelling)
            if field is None or (field.families is None and field.name not in (*_OF_THE_TYPE, "$ref")):
                problem = unknown_field(spelling, value, self._reports.about(at))
                self._reports.add(problem._replace(allowed=_ITEM_FIELDS if problem.allowed else ()))
            elif not _is_of_kind(value, field):
                self._reports.add(Problem(f"this has to be {field.expects}", **self._reports.about(at)))
            else:
                nested.values[field.name] = value
                nested.written[field.name] = at
        return nested


def _may_be_none(row: Row) -> bool:
    """Whether a row makes its type optional: with `optional: false` null is a default, and no value of a request."""
    optional = row.values.get("optional")
    has_none = "default" in row.values and row.values["default"] is None
    return optional is True or (has_none and optional is not False)


_ITEM_FIELDS = tuple(
    row.name for row in fields.FIELDS if row.families is not None or row.name in (*_OF_THE_TYPE, "$ref")
)


def _no_null(type_: Type) -> Type:
    if type_ is NULL:
        raise _at("type", TypeProblem("null alone is no type: name the type that the value has otherwise"))
    return type_


def _at(field: str, problem: TypeProblem) -> TypeProblem:
    """Say which field a problem is about."""
    if not hasattr(problem, "field"):
        problem.field = field  # type: ignore[attr-defined]
    return problem


def _at_field(field: str, action: Callable[[], Type]) -> Type:
    try:
        return action()
    except TypeProblem as problem:
        raise _at(field, problem) from None


def _formatted(text: str, format_: str) -> str:
    """Return the type that `type: string` and a format are together."""
    hint = format_hint(text, format_)
    if hint is not None:
        raise _at("format", TypeProblem(hint))
    if text not in ("string", "str"):
        raise _at("format", TypeProblem(f"`format` belongs to `type: string`, not to {text!r}"))
    if format_ not in FORMATS:
        raise _at("format", TypeProblem(f"there is no format {format_!r}", tuple(FORMATS), nearest(format_, FORMATS)))
    return FORMATS[format_]


def _plain(type_: Type) -> Type:
    """Return the type that the values of an enum have to be of."""
    if type_.family not in ("str", "int", "bool"):
        raise _at(
            "enum",
            TypeProblem(f"the type {type_.family} cannot have this constraint; types that can", ("bool", "int", "str")),
        )
    return type_


def _is_of_kind(value: object, field: fields.FieldRow) -> bool:
    try:
        _adapter_of(field.name).validate_python(value, strict=True)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=None)
def _adapter_of(name: str) -> Any:
    return TypeAdapter(fields.BY_NAME[name].annotation)
