"""The second half of the check: from rows to parameters.

Each row is looked at to its end, however many things are wrong with it, so that all of them are reported at once.
"""

from __future__ import annotations

import inspect
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Set, Tuple

from fastapi._compat import field_annotation_is_scalar, field_annotation_is_scalar_sequence
from fastapi._schema_file import bounds, fields
from fastapi._schema_file.document import Document, names
from fastapi._schema_file.problems import Path, Problem, nearest
from fastapi._schema_file.schema import ParamSchema
from fastapi._schema_file.shape import Row, unknown_field
from fastapi._schema_file.types import (
    FORMATS,
    TYPES,
    Type,
    TypeProblem,
    import_object,
    import_type,
    is_optional,
    list_of,
    literal_of,
    optional_of,
    parse_type,
    without_none,
)

_REFERENCE = "#/definitions/"
# Fields that say which type it is.
_OF_THE_TYPE = ("type", "import", "items", "enum", "format", "optional")


class Resolver:
    """Resolves the rows of one file. What is wrong is added to `problems`."""

    def __init__(self, document: Document, definitions: Mapping[str, Row]) -> None:
        self._document = document
        self._definitions = definitions
        self._open: List[str] = []
        self.problems: List[Problem] = []
        self._reported: Set[Problem] = set()

    def param(self, endpoint: str, name: str, row: Row) -> Optional[ParamSchema]:
        """Return a parameter, or None when something is wrong with it."""
        before = len(self.problems)
        row = self._merged(row)
        kind = row.values.get("in")
        if kind is None:
            self._report(row, "in", "`in` is missing: it says where the parameter is read from", allowed=fields.KINDS)
        type_ = self._type(row, kind)
        found: Dict[str, Any] = {}
        if type_ is not None:
            found = self._constraints(row, type_)
            if kind is not None:
                self._check_place(row, type_, kind)
        if kind is not None:
            self._check_kind(row, kind)
        if len(self.problems) > before or type_ is None or kind is None:
            return None
        options = self._options(row, type_, found)
        if len(self.problems) > before:
            return None
        place = self._document.place_of(row.path)
        return ParamSchema(
            endpoint, name, kind, type_.annotation, type_.family, options, row.values, self._document.source, place
        )

    def definition(self, row: Row) -> None:
        """Look at a definition, whether anything refers to it or not."""
        merged = self._merged(row)
        if "in" in merged.values:
            self._report(merged, "in", "a definition has no `in`: the parameters that refer to it do")
        type_ = self._type(merged, None)
        if type_ is not None:
            found = self._constraints(merged, type_)
            self._options(merged, type_, found)

    # References.

    def _merged(self, row: Row) -> Row:
        """Lay a row over the definition that it refers to."""
        name = self._referred(row)
        if name is None:
            return row
        own = {key: value for key, value in row.values.items() if key not in ("$ref", "type")}
        if name in self._open:
            ring = " -> ".join([*self._open[self._open.index(name) :], name])
            self._report(row, "$ref" if "$ref" in row.values else "type", f"definitions refer to each other: {ring}")
            return row._replace(values={**own, "type": "any"})
        self._open.append(name)
        try:
            base = self._merged(self._definitions[name])
        finally:
            self._open.pop()
        return Row(row.path, {**base.values, **own}, {**base.written, **row.written})

    def _referred(self, row: Row) -> Optional[str]:
        reference, type_name = row.values.get("$ref"), row.values.get("type")
        if reference is not None:
            name = reference[len(_REFERENCE) :] if reference.startswith(_REFERENCE) else None
            if name not in self._definitions:
                known = tuple(_REFERENCE + name for name in self._definitions)
                self._report(row, "$ref", f"there is no {reference!r}", known, nearest(reference, known))
                return None
            if type_name is not None or "import" in row.values:
                self._report(row, "$ref", "the definition says the type already: leave out `type` and `import`")
            return str(reference[len(_REFERENCE) :])
        return type_name if isinstance(type_name, str) and type_name in self._definitions else None

    def _find(self, name: str) -> Optional[Type]:
        """Return the type of a definition, with its constraints, for use inside of another type."""
        if name not in self._definitions or name in self._open:
            return None
        merged = self._merged(self._definitions[name])
        type_ = self._type(merged, None)
        return None if type_ is None else self._constrained(merged, type_)

    def _constrained(self, row: Row, type_: Type) -> Type:
        return Type(bounds.constrained(type_, self._constraints(row, type_)), type_.family)

    # Types.

    def _type(self, row: Row, kind: Optional[str]) -> Optional[Type]:
        before = len(self.problems)
        try:
            type_ = self._declared_type(row, kind)
        except TypeProblem as problem:
            field = next((name for name in _OF_THE_TYPE if name in row.values), "type")
            field = getattr(problem, "field", field)
            self._report(row, field, problem.message, problem.allowed, problem.nearest)
            return None
        if type_ is None and len(self.problems) == before and "$ref" not in row.values:
            self._report(row, "type", "`type` is missing", tuple(TYPES))
        if type_ is None:
            return None
        may_be_none = row.values.get("optional") is True or ("default" in row.values and row.values["default"] is None)
        return optional_of(type_) if may_be_none and not is_optional(type_.annotation) else type_

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
        if isinstance(values["type"], Type):
            return values["type"]  # given in the code
        text, nullable = _single(values["type"])
        if "format" in values:
            text = _formatted(text, values["format"])
        parsed = _at_field("type", lambda: parse_type(text, self._find, tuple(self._definitions)))
        return optional_of(parsed) if nullable else parsed

    def _items_type(self, row: Row, base: Optional[Type]) -> Type:
        if base is not None and without_none(base.annotation) != List[Any]:
            raise _at("items", TypeProblem("only the type list has `items`"))
        made = self._list_type(row)
        return optional_of(made) if base is not None and is_optional(base.annotation) else made

    def _list_type(self, row: Row) -> Type:
        items = row.values["items"]
        if isinstance(items, str):
            return list_of(_at_field("items", lambda: parse_type(items, self._find, tuple(self._definitions))))
        nested = self._nested(row, items)
        merged = self._merged(nested)
        type_ = self._type(merged, None)
        if type_ is None:
            return TYPES["any"]
        return list_of(self._constrained(merged, type_))

    def _nested(self, row: Row, items: Mapping[str, Any]) -> Row:
        way = row.written.get("items", (*row.path, "items"))
        nested = Row(way, {}, {})
        for spelling, value in items.items():
            name = fields.NAMES.get(spelling)
            field_row = fields.BY_NAME.get(name or "")
            at = (*way, spelling)
            if field_row is None or (field_row.families is None and field_row.name not in (*_OF_THE_TYPE, "$ref")):
                self.problems.append(unknown_field(spelling, self._about(at))._replace(allowed=_ITEM_FIELDS))
            elif not _is_of_kind(value, field_row.annotation):
                self.problems.append(Problem(f"this has to be {field_row.expects}", **self._about(at)))
            else:
                nested.values[field_row.name] = value
                nested.written[field_row.name] = at
        return nested

    # Constraints and the rest.

    def _constraints(self, row: Row, type_: Type) -> Dict[str, Any]:
        found, misfits = bounds.constraints(row.values, type_)
        for misfit in misfits:
            self._report(row, misfit.field, misfit.message, misfit.allowed)
        return found

    def _options(self, row: Row, type_: Type, found: Dict[str, Any]) -> Dict[str, Any]:
        options = {name: value for name, value in row.values.items() if fields.BY_NAME[name].is_option}
        options.update(found)
        for name in [name for name, value in options.items() if value is None and name != "default"]:
            del options[name]
        self._try(row, "default", lambda: self._read_default(row, type_, found, options))
        if "default_factory" in options:
            self._try(row, "default_factory", lambda: self._read_factory(options))
        if type_.family == "imported":
            self._try(row, "import", lambda: bounds.build_adapter(bounds.constrained(type_, found)))
        return options

    def _read_default(self, row: Row, type_: Type, found: Dict[str, Any], options: Dict[str, Any]) -> None:
        if "default" in options:
            options["default"] = bounds.read_default(options["default"], type_, found)
        elif row.values.get("optional") is True and "default_factory" not in options:
            options["default"] = None

    def _read_factory(self, options: Dict[str, Any]) -> None:
        if "default" in options:
            raise TypeProblem("`default` and `default_factory` cannot both say the default")
        factory = import_object(options["default_factory"])
        if not callable(factory):
            raise TypeProblem(f"{options['default_factory']} cannot be called")
        if not _needs_nothing(factory):
            raise TypeProblem(f"{options['default_factory']} cannot be called without arguments")
        options["default_factory"] = factory

    def _try(self, row: Row, field: str, action: Callable[[], Any]) -> None:
        try:
            action()
        except TypeProblem as problem:
            self._report(row, field, problem.message, problem.allowed, problem.nearest)

    def _check_kind(self, row: Row, kind: str) -> None:
        for name in row.values:
            kinds = fields.BY_NAME[name].kinds
            if kinds is not None and kind not in kinds:
                self._report(
                    row,
                    name,
                    f"a parameter that is read from the {kind} cannot have this; places that can",
                    tuple(sorted(kinds)),
                )
        for misfit in bounds.unavailable(row.values):
            self._report(row, misfit.field, misfit.message)
        self._check_name(row, kind)
        if kind == "path":
            for name in ("default", "default_factory"):
                if name in row.values:
                    self._report(row, name, "a part of the path is always there: it has no default")
            if row.values.get("optional") is True:
                self._report(row, "optional", "a part of the path is always there: it cannot be optional")

    def _check_name(self, row: Row, kind: str) -> None:
        """Refuse a name that no request can have at this place."""
        field = next((each for each in ("validation_alias", "alias") if row.values.get(each) is not None), None)
        name = row.path[-1] if field is None else row.values[field]
        if not isinstance(name, str) or (field is None and not name.strip()):
            return  # reported already
        problem = fields.name_problem(kind, name)
        if problem is not None:
            self._report(row, field, problem)

    def _check_place(self, row: Row, type_: Type, kind: str) -> None:
        problem = _misplaced(type_, kind)
        if problem is not None:
            field = next((name for name in ("import", "type", "items", "enum") if name in row.values), "in")
            self._report(row, field, problem)

    # Reports.

    def _report(
        self,
        row: Row,
        field: Optional[str],
        message: str,
        allowed: Tuple[str, ...] = (),
        close: Optional[str] = None,
    ) -> None:
        way = row.path if field is None else row.written.get(field, (*row.path, field))
        about = self._about(way)
        about.update({key: value for key, value in names(row.path).items() if key != "field"})
        if "items" in row.path:
            about["field"] = names((*row.path, str(way[-1]))).get("field")
        problem = Problem(message, allowed=allowed, nearest=close, **about)
        if problem not in self._reported:
            self._reported.add(problem)
            self.problems.append(problem)

    def _about(self, way: Path) -> Dict[str, Any]:
        return {"place": self._document.place_of(way), **names(way)}


def _needs_nothing(factory: Callable[..., Any]) -> bool:
    try:
        inspect.signature(factory).bind()
    except TypeError:
        return False
    except ValueError:
        pass  # written in C, with no signature to look at
    return True


class _Nullable(NamedTuple):
    text: str
    nullable: bool


_ITEM_FIELDS = tuple(
    row.name for row in fields.FIELDS if row.families is not None or row.name in (*_OF_THE_TYPE, "$ref")
)


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


def _single(written: Any) -> _Nullable:
    """`[string, "null"]` is JSON Schema for an optional string."""
    if isinstance(written, str):
        return _Nullable(written, False)
    others = [each for each in written if each != "null"]
    if len(others) != 1:
        raise _at("type", TypeProblem("of several types one has to be `null`: for unions `import` a type"))
    return _Nullable(others[0], len(others) != len(written))


def _formatted(text: str, format_: str) -> str:
    if text not in ("string", "str"):
        raise _at("format", TypeProblem(f"`format` belongs to `type: string`, not to {text!r}"))
    if format_ not in FORMATS:
        raise _at("format", TypeProblem(f"there is no format {format_!r}", tuple(FORMATS), nearest(format_, FORMATS)))
    return FORMATS[format_]


def _plain(type_: Type) -> Type:
    """The type that the values of an enum have to be of."""
    if type_.family not in ("str", "int", "bool"):
        raise _at(
            "enum",
            TypeProblem(f"the type {type_.family} cannot have this constraint; types that can", ("bool", "int", "str")),
        )
    return type_


def _is_of_kind(value: Any, annotation: Any) -> bool:
    from pydantic import TypeAdapter

    try:
        TypeAdapter(annotation).validate_python(value, strict=True)
    except ValueError:
        return False
    return True


def _misplaced(type_: Type, kind: str) -> Optional[str]:
    """Return why a type cannot be read from a place of a request, in words."""
    annotation, family = type_
    is_files = family in ("file", "bytes") or (family == "list" and _item_family(annotation) in ("file", "bytes"))
    if kind == "file":
        return None if is_files else "a file is of the type file or bytes, or a list of them"
    if family == "file" or (family == "list" and _item_family(annotation) == "file"):
        return f"a file cannot be read from the {kind}: write `in: file`"
    if kind in ("body", "form"):
        return None
    if family == "object":
        return f"an object cannot be read from the {kind}: a body can hold it"
    if kind == "path" and not field_annotation_is_scalar(annotation):
        return "a part of the path is a single value: this type cannot be read from it"
    if family == "list" and not field_annotation_is_scalar_sequence(annotation):
        return f"a list that is read from the {kind} has single values as its items: these are none"
    return None


def _item_family(annotation: Any) -> str:
    from typing_extensions import get_args

    inner = annotation
    while get_args(inner):
        inner = get_args(inner)[0]
    if inner is bytes:
        return "bytes"
    return "file" if inner is TYPES["file"].annotation else "other"
