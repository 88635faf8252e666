"""The second half of the check: from rows to parameters.

The resolver looks at each row to its end, however many things are wrong with it, so that it reports all of them.
"""

from __future__ import annotations

import inspect
from typing import Any, Callable, Dict, List, Mapping, Optional

from typing_extensions import get_args

from fastapi._compat import field_annotation_is_scalar, field_annotation_is_scalar_sequence
from fastapi._schema_file import fields
from fastapi._schema_file.checking import bounds
from fastapi._schema_file.checking.environment import FromEnvironment, read_value
from fastapi._schema_file.checking.imports import import_object
from fastapi._schema_file.checking.reports import Reports
from fastapi._schema_file.checking.row_types import RowTypes
from fastapi._schema_file.checking.shape import Row
from fastapi._schema_file.metadata import parts_of
from fastapi._schema_file.problems import Problem
from fastapi._schema_file.reading.document import Document
from fastapi._schema_file.schema import ParamSchema, Postponed
from fastapi._schema_file.types import TYPES, NotYet, Type, TypeProblem


class Resolver:
    """Resolves the rows of one file, and adds their problems to `problems`."""

    def __init__(self, document: Document, definitions: Mapping[str, Row]) -> None:
        self._document = document
        self._reports = Reports(document)
        self._types = RowTypes(self._reports, definitions)

    @property
    def problems(self) -> List[Problem]:
        return self._reports.problems

    def param(self, endpoint: str, name: str, row: Row) -> Optional[ParamSchema]:
        """Return a parameter, or None when something is wrong with it."""
        before = len(self.problems)
        row = self._types.merged(row)
        kind = row.values.get("in")
        if kind is None:
            message = "`in` is missing: it says where the parameter is read from"
            self._reports.report(row, "in", message, allowed=fields.PLACES)
        else:
            self._check_kind(row, kind)
        try:
            type_ = self._types.type_of(row, kind)
            options = None if type_ is None else self._options(row, type_, kind)
        except NotYet as reason:
            type_, options = Type(Postponed(reason.message), "postponed"), {}
        if len(self.problems) > before or type_ is None or kind is None or options is None:
            return None
        source, place = self._document.source_of(row.path), self._document.place_of(row.path)
        values = _with_plain_default(row.values, type_)
        return ParamSchema(
            endpoint, name, kind, type_.annotation, type_.family, options, values, source, place, row.environment
        )

    def definition(self, row: Row) -> None:
        """Look at a definition, whether anything refers to it or not."""
        merged = self._types.merged(row)
        kind = merged.values.get("in")
        if kind is not None:
            self._check_kind(merged, kind, has_name=False)
        try:
            type_ = self._types.type_of(merged, kind)
            if type_ is not None:
                self._options(merged, type_, kind)
        except NotYet:
            return  # each parameter that refers to it asks again

    # Constraints and the rest.

    def _options(self, row: Row, type_: Type, kind: Optional[str]) -> Dict[str, object]:
        """Return the keywords of the constructor."""
        before = len(self.problems)
        found, misfits = bounds.constraints(row.values, type_)
        for misfit in misfits:
            self._reports.report(row, misfit.field, misfit.message, misfit.allowed)
        if kind is not None:
            self._check_place(row, type_, kind)
        options = {name: value for name, value in row.values.items() if fields.BY_NAME[name].is_option}
        options.update(found)
        for name in [name for name, value in options.items() if value is None and name != "default"]:
            del options[name]
        if len(self.problems) > before:
            return options
        self._reports.attempt(row, "default", lambda: self._read_default(row, type_, found, options))
        if "default_factory" in options:
            self._reports.attempt(row, "default_factory", lambda: self._read_factory(options))
        if type_.family in ("imported", "union", "mapping", "tuple"):
            self._reports.attempt(row, "import", lambda: bounds.build_adapter(bounds.constrained(type_, found)))
        return options

    def _read_default(self, row: Row, type_: Type, found: Dict[str, object], options: Dict[str, object]) -> None:
        if "default" not in options:
            if row.values.get("optional") is True and "default_factory" not in options:
                options["default"] = None
            return
        value = options["default"]
        if isinstance(value, FromEnvironment):
            value = options["default"] = read_value(value, type_)
        if row.values.get("default_as_written") is not True:
            options["default"] = bounds.read_default(value, type_, found)

    def _read_factory(self, options: Dict[str, Any]) -> None:
        if "default" in options:
            raise TypeProblem("`default` and `default_factory` cannot both say the default")
        factory = import_object(options["default_factory"])
        if not callable(factory):
            raise TypeProblem(f"{options['default_factory']} cannot be called")
        if not _needs_nothing(factory):
            raise TypeProblem(f"{options['default_factory']} cannot be called without arguments")
        options["default_factory"] = factory

    def _check_kind(self, row: Row, kind: str, has_name: bool = True) -> None:
        for name in row.values:
            kinds = fields.BY_NAME[name].kinds
            if kinds is not None and kind not in kinds:
                message = f"a parameter that is read from the {kind} cannot have this; places that can"
                self._reports.report(row, name, message, tuple(sorted(kinds)))
        for misfit in bounds.unavailable(row.values):
            self._reports.report(row, misfit.field, misfit.message)
        if has_name:
            self._check_name(row, kind)
        if kind == "path":
            for name in ("default", "default_factory"):
                if name in row.values:
                    self._reports.report(row, name, "a part of the path is always there: it has no default")
            if row.values.get("optional") is True:
                self._reports.report(row, "optional", "a part of the path is always there: it cannot be optional")

    def _check_name(self, row: Row, kind: str) -> None:
        """Refuse a name that no request can have at this place."""
        field = next((each for each in ("validation_alias", "alias") if row.values.get(each) is not None), None)
        name = row.path[-1] if field is None else row.values[field]
        if not isinstance(name, str) or (field is None and not name.strip()):
            return  # reported already
        problem = fields.name_problem(kind, name)
        if problem is not None:
            self._reports.report(row, field, problem)

    def _check_place(self, row: Row, type_: Type, kind: str) -> None:
        problem = _misplaced(type_, kind)
        if problem is not None:
            field = next((name for name in ("import", "type", "items", "enum") if name in row.values), "in")
            self._reports.report(row, field, problem)


def _with_plain_default(values: Mapping[str, object], type_: Type) -> Mapping[str, object]:
    default = values.get("default")
    if not isinstance(default, FromEnvironment) or type_.family == "postponed":
        return values
    return {**values, "default": read_value(default, type_)}


def _needs_nothing(factory: Callable[..., object]) -> bool:
    try:
        inspect.signature(factory).bind()
    except TypeError:
        return False
    except ValueError:
        pass  # written in C, with no signature to look at
    return True


def _misplaced(type_: Type, kind: str) -> Optional[str]:
    """Return why a type cannot be read from a place of a request, in words."""
    annotation, family = parts_of(type_.annotation).bare, type_.family
    if family == "code":
        return None
    is_files = family in ("file", "bytes") or (family == "list" and _item_family(annotation) in ("file", "bytes"))
    if kind == "file":
        return None if is_files else "a file is of the type file or bytes, or a list of them"
    if family == "file" or (family == "list" and _item_family(annotation) == "file"):
        return f"a file cannot be read from the {kind}: write `in: file`"
    if kind in ("body", "form"):
        return None
    if family in ("object", "mapping"):
        return f"an object cannot be read from the {kind}: a body can hold it"
    if kind == "path" and not field_annotation_is_scalar(annotation):
        return "a part of the path is a single value: this type cannot be read from it"
    if family in ("list", "set", "tuple") and not field_annotation_is_scalar_sequence(annotation):
        return f"the items of a {family} that is read from the {kind} have to be single values"
    return None


def _item_family(annotation: object) -> str:
    inner = annotation
    while get_args(inner):
        inner = get_args(inner)[0]
    if inner is bytes:
        return "bytes"
    return "file" if inner is TYPES["file"].annotation else "other"
