"""From the annotation of a parameter to the fields of a file that say the same: the other direction of `row_types`."""

from __future__ import annotations

import contextlib
import json
import math
import re
import sys
from enum import Enum
from typing import Any, Callable, Dict, Iterable, Iterator, List, Mapping, NamedTuple, Optional, Tuple

import annotated_types
import pydantic
from pydantic_core import to_jsonable_python as to_jsonable
from typing_extensions import Annotated, Literal, get_args, get_origin

from fastapi._compat.shared import is_union_origin
from fastapi._schema_file.checking.imports import import_object
from fastapi._schema_file.fields import BY_NAME
from fastapi._schema_file.metadata import alike, flattened, parts_of, same_checks, without_alias
from fastapi._schema_file.types import TYPES, TypeProblem, is_optional, without_none

Fields = Dict[str, object]

_METADATA = {
    annotated_types.Gt: "gt",
    annotated_types.Ge: "ge",
    annotated_types.Lt: "lt",
    annotated_types.Le: "le",
    annotated_types.MultipleOf: "multiple_of",
    annotated_types.MinLen: "min_length",
    annotated_types.MaxLen: "max_length",
}
_SURROGATES = re.compile("[\ud800-\udfff]")


class NotExported(Exception):
    """Why a file cannot say something about a parameter."""


class NamedChecks(NamedTuple):
    """A name that stands for a type with checks: `UUID4`, or one of the application's own."""

    name: str
    annotation: object


def names_around(call: Optional[Callable[..., object]]) -> List[NamedChecks]:
    """Return the names of types with checks in the module of a function, and in Pydantic."""
    module = sys.modules.get(getattr(call, "__module__", None) or "")
    own = [] if module is None or module.__name__ == "__main__" else _named_checks(module.__name__, vars(module))
    return [*_named_checks("pydantic", {name: getattr(pydantic, name) for name in _OF_PYDANTIC}), *own]


def names_in(fields: Mapping[str, object]) -> List[NamedChecks]:
    """Return the names that the row of a file has: an export says its types by the same ones."""
    texts = [str(fields[name]) for name in ("import", "type", "items") if name in fields]
    found = []
    for name in _DOTTED.findall(" ".join(texts)):
        with contextlib.suppress(TypeProblem):
            found.append(NamedChecks(name, import_object(name)))
    return found


_DOTTED = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)+")
_OF_PYDANTIC = tuple(name for name in pydantic.__all__ if name.startswith("UUID") or name.startswith("Base64"))


def _named_checks(module: str, values: Mapping[str, object]) -> List[NamedChecks]:
    return [
        NamedChecks(f"{module}.{name}", value)
        for name, value in list(values.items())
        if name.isidentifier() and get_origin(without_alias(value)) is Annotated
    ]


class TypeWriter:
    """Writes types with the names that are in reach of one function."""

    def __init__(self, names: Iterable[NamedChecks] = ()) -> None:
        self._names = list(names)

    def fields_of(self, annotation: object, metadata: Iterable[object], required: bool) -> Fields:
        """Return the fields that say a type and its checks.

        Raises:
            NotExported: a file cannot say them.
        """
        bare, own = parts_of(annotation)
        checks = [*flattened(own), *flattened(metadata)]
        try:
            return {**self._type(bare, required), **constraint_fields(checks)}
        except NotExported:
            named = self._named(bare, checks)
            if named is None:
                raise
            return {"import": named[0].name, **constraint_fields(named[1])}

    def _type(self, annotation: object, required: bool = True) -> Fields:
        bare, optional = without_none(annotation), is_optional(annotation)
        if get_origin(bare) is Literal:
            return _literal_type(get_args(bare), optional)
        item = get_args(bare)[0] if get_origin(bare) is list and get_args(bare) else None
        if item is not None and self._needs_fields(item):
            items = self.fields_of(item, (), True)
            return {"type": "optional[list]" if optional else "list", "items": items}
        text = self.text_of(bare)
        if "." not in text or "[" in text or "|" in text or (optional and required):
            return {"type": f"optional[{text}]" if optional else text}
        return {"import": text, "optional": True} if optional else {"import": text}

    def _needs_fields(self, item: object) -> bool:
        try:
            self.text_of(item)
        except NotExported:
            return True
        return False

    def text_of(self, annotation: Any) -> str:
        """Return the text that names a type.

        Raises:
            NotExported: no text does.
        """
        bare, metadata = parts_of(annotation)
        if metadata:
            named = self._named(bare, list(flattened(metadata)))
            if named is None or named[1]:
                raise NotExported(f"the checks of {_shown(annotation)} have no name")
            return named[0].name
        if is_optional(bare):
            return f"optional[{self.text_of(without_none(bare))}]"
        for name, known in TYPES.items():
            # `dict[str, Any]` is not equal to `Dict[str, Any]`.
            if alike(bare, known.annotation):
                return name
        arguments = get_args(bare)
        if not arguments:
            # `typing.List` without items has an origin, `list` is one.
            return _BARE.get(get_origin(bare) or bare) or _import_name(bare)
        if is_union_origin(get_origin(bare)):
            return " | ".join(self.text_of(each) for each in arguments)
        return self._generic_text(bare, arguments)

    def _generic_text(self, annotation: Any, arguments: Tuple[Any, ...]) -> str:
        origin = get_origin(annotation)
        name = {list: "list", set: "set", frozenset: "frozenset", tuple: "tuple", dict: "dict"}.get(origin)
        if name is None or arguments == ((),):
            raise NotExported(f"the type {_shown(annotation)} has no name to be imported by")
        if name in ("list", "set", "frozenset") and arguments == (Any,):
            return name
        texts = ["..." if each is Ellipsis else self.text_of(each) for each in arguments]
        return "tuple" if texts == ["any", "..."] else f"{name}[{', '.join(texts)}]"

    def _named(self, bare: object, checks: List[object]) -> Optional[Tuple[NamedChecks, List[object]]]:
        """Return the name of a type that has the first of some checks, and the checks that are left."""
        best: Optional[Tuple[NamedChecks, List[object]]] = None
        for each in self._names:
            other, metadata = parts_of(each.annotation)
            known = list(flattened(metadata))
            if known and alike(other, bare) and same_checks(known, checks[: len(known)]):
                rest = checks[len(known) :]
                if best is None or len(rest) < len(best[1]):
                    best = each, rest
        return best


_BARE: Dict[object, str] = {list: "list", set: "set", frozenset: "frozenset", tuple: "tuple"}


def _literal_type(values: Tuple[object, ...], optional: bool) -> Fields:
    kinds = {type(value).__name__ for value in values}
    if len(kinds) != 1:
        if optional or len(kinds - {"NoneType"}) != 1:
            raise NotExported("its values are of several types")
        return {"enum": list(values)}
    kind = kinds.pop()
    if kind not in ("str", "int", "bool"):
        raise NotExported(f"its values are of the type {kind}")
    return {"type": f"optional[{kind}]" if optional else kind, "enum": list(values)}


def _import_name(found: object) -> str:
    module = getattr(found, "__module__", None)
    name = getattr(found, "__qualname__", None) or getattr(found, "__name__", None)
    if module is None or name is None or "<" in name or get_args(found):
        raise NotExported(f"the type {_shown(found)} has no name to be imported by")
    imported = f"{module}.{name}"
    try:
        is_same = import_object(imported) is found
    except TypeProblem:
        raise NotExported(f"{imported} cannot be imported") from None
    if not is_same:
        raise NotExported(f"{imported} is something else")
    return imported


def factory_name(factory: object) -> str:
    """Return the name that a function is imported by.

    Raises:
        NotExported: it has none.
    """
    return _import_name(factory)


def constraint_fields(metadata: Iterable[object]) -> Fields:
    """Return the fields that say checks.

    Raises:
        NotExported: a file cannot say one of them.
    """
    fields: Fields = {}
    for item in flattened(metadata):
        known = _METADATA.get(type(item))
        if known is not None:
            fields[known] = plain_value(known, getattr(item, known))
        elif type(item).__name__ in ("Strict", "FailFast"):
            fields["strict" if type(item).__name__ == "Strict" else "fail_fast"] = next(iter(vars(item).values()))
        elif type(item).__name__ == "_PydanticGeneralMetadata" or _is_general(item):
            fields.update(_general(item))
        else:
            raise NotExported(f"{item!r} checks it")
    return fields


def _is_general(item: object) -> bool:
    """Pydantic keeps some constraints together in an object without a public class."""
    return bool(getattr(item, "__dict__", None)) and set(vars(item)) <= set(BY_NAME)


def _general(item: object) -> Iterator[Tuple[str, object]]:
    for name, value in vars(item).items():
        if name not in BY_NAME:
            raise NotExported(f"{name} has no place in a file")
        if value is not None:
            yield name, plain_value(name, getattr(value, "pattern", value) if name == "pattern" else value)


def plain_value(name: str, value: object) -> object:
    """Return a value as JSON has it: dates as text, members of enums as their values.

    Raises:
        NotExported: JSON has no such value.
    """
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, float) and not math.isfinite(value):
        return value
    if name == "deprecated" and not isinstance(value, (bool, str)):
        value = getattr(value, "message", True)
    if callable(value):
        raise NotExported(f"{name} is a function")
    try:
        text = json.dumps(to_jsonable(value), ensure_ascii=False)
    except Exception:
        raise NotExported(f"{name} is no plain value: {value!r}") from None
    if _SURROGATES.search(text):
        raise NotExported(f"{name} has half of a character, a surrogate without its other half")
    return json.loads(text)


def _shown(annotation: object) -> str:
    return str(annotation).replace("typing_extensions.", "").replace("typing.", "")
