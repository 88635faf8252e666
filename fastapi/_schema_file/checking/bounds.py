"""Whether a constraint fits a type, and its value for that type: `ge: "2024-01-01"` is a date for a date."""

from __future__ import annotations

import json
import math
import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Dict, Iterator, List, Mapping, NamedTuple, Tuple, cast

from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import SchemaError, SchemaValidator
from typing_extensions import Annotated

from fastapi._schema_file import fields
from fastapi._schema_file.checking.habits import value_hint
from fastapi._schema_file.fields import BY_NAME, DATES
from fastapi._schema_file.types import TYPES, FromCode, Type, TypeProblem

if TYPE_CHECKING:
    from pydantic_core import CoreSchema

_BOUNDS = ("gt", "ge", "lt", "le")
_SIZES = ("min_length", "max_length", "max_digits", "decimal_places")


class Misfit(NamedTuple):
    """A field that does not fit."""

    field: str
    message: str
    allowed: Tuple[str, ...] = ()


def constraints(values: Mapping[str, Any], type_: Type) -> Tuple[Dict[str, Any], Tuple[Misfit, ...]]:
    """Return the constraints among `values`, converted for the type, and those that do not fit it."""
    found: Dict[str, Any] = {}
    misfits = []
    for name, value in values.items():
        row = BY_NAME[name]
        if row.families is None or value is None:
            continue
        if type_.family not in row.families and type_.family != "code":
            misfits.append(Misfit(name, _unfit(name, type_), tuple(sorted(row.families))))
            continue
        try:
            found[name] = _convert(name, value, type_)
        except TypeProblem as problem:
            misfits.append(Misfit(name, problem.message))
    if not misfits:
        misfits.extend(_contradictions(found) or _unbuildable(type_, found))
    return found, tuple(misfits)


def _unfit(name: str, type_: Type) -> str:
    hint = ""
    if type_.family == "list" and name not in ("min_length", "max_length"):
        hint = " (write it under `items` if it is meant for them)"
    return f"the type {type_.family} cannot have this constraint{hint}; types that can"


def _convert(name: str, value: Any, type_: Type) -> Any:
    if name in _BOUNDS:
        return _bound(value, type_.family)
    if name in _SIZES and value < 0:
        raise TypeProblem(f"this has to be 0 or more, not {value}")
    if name == "multiple_of":
        value = _bound(value, type_.family)
        if not value > 0:
            raise TypeProblem(f"this has to be above 0, not {value}")
    if name == "pattern":
        _require_pattern(value)
    return value


def _bound(value: Any, family: str) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        raise TypeProblem(f"a limit has to be finite, not {value}")
    if isinstance(value, int) and family in ("float", "decimal") and abs(value) > sys.float_info.max:
        # OpenAPI has them as floats.
        raise TypeProblem(f"a limit has to be below {sys.float_info.max:.3g}, this has {len(str(abs(value)))} digits")
    if family in DATES:
        return _moment(value, family)
    if family == "decimal":
        return _decimal(value) if isinstance(value, str) else value
    if isinstance(value, str):
        raise TypeProblem(f"the limit of a number has to be a number, not the text {value!r}")
    if family == "int" and isinstance(value, float):
        if not value.is_integer():
            raise TypeProblem(f"the limit of a whole number has to be one, not {value}")
        return int(value)
    return value


def _moment(value: Any, family: str) -> Any:
    if not isinstance(value, str):
        raise TypeProblem(f"the limit of a {family} has to be text in ISO 8601, not {value!r}")
    try:
        return TypeAdapter(TYPES[family].annotation).validate_strings(value)
    except ValidationError as failure:
        raise TypeProblem(f"{value!r} is no {family}: {failure.errors(include_url=False)[0]['msg']}") from None


def _decimal(value: str) -> object:
    decimal: Any = TYPES["decimal"].annotation
    try:
        return TypeAdapter(decimal).validate_strings(value)
    except ValidationError:
        raise TypeProblem(f"the limit of a decimal has to be a number, not the text {value!r}") from None


def _require_pattern(pattern: str) -> None:
    try:
        TypeAdapter(Annotated[str, Field(pattern=pattern)])
    except SchemaError as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        raise TypeProblem(f"Pydantic cannot use this regular expression: {lines[-1]}") from None


def _unbuildable(type_: Type, found: Mapping[str, object]) -> List[Misfit]:
    """Return the values that Pydantic itself refuses, such as a size beyond 64 bits."""
    if all(_is_ordinary(value) for value in found.values()) or type_.family == "imported" or _builds(type_, found):
        return []
    alone = [name for name in found if not _builds(type_, {name: found[name]})]
    return [Misfit(name, f"Pydantic cannot use this value: {found[name]}"[:200]) for name in alone or list(found)[:1]]


def _is_ordinary(value: object) -> bool:
    # PERF: building a validator for each row of a file takes longer than reading it.
    return not isinstance(value, int) or -(2**31) < value < 2**31


def _builds(type_: Type, found: Mapping[str, object]) -> bool:
    try:
        build_adapter(constrained(type_, found))
    except TypeProblem:
        return False
    return True


def _contradictions(found: Mapping[str, Any]) -> List[Misfit]:
    """Limits that no value can meet."""
    return list(_each_contradiction(found))


def _each_contradiction(found: Mapping[str, Any]) -> Iterator[Misfit]:
    if "min_length" in found and "max_length" in found and found["min_length"] > found["max_length"]:
        yield Misfit("max_length", f"no value has at least {found['min_length']} and at most {found['max_length']}")
    if "max_digits" in found and "decimal_places" in found and found["decimal_places"] > found["max_digits"]:
        yield Misfit("decimal_places", f"this is more than max_digits, {found['max_digits']}")
    for low in ("gt", "ge"):
        for high in ("lt", "le"):
            if low in found and high in found:
                try:
                    is_empty = found[low] > found[high] or (found[low] == found[high] and (low, high) != ("ge", "le"))
                except TypeError:
                    yield Misfit(high, f"this has a time zone and {low} has none, or the other way round")
                    continue
                if is_empty:
                    yield Misfit(high, f"no value is {low} {found[low]} and {high} {found[high]}")


def constrained(type_: Type, found: Mapping[str, Any]) -> Any:
    """Return the annotation of a type with constraints."""
    return Annotated[type_.annotation, Field(**found)] if found else type_.annotation


def read_default(value: object, type_: Type, found: Mapping[str, object]) -> object:
    """Return a default as the type has it: the text of a date becomes a date.

    Raises:
        TypeProblem: it is not valid.
    """
    if value is None or type_.family in ("any", "code"):
        return value
    if type_.family == "file":
        raise TypeProblem("a file can have no default but null")
    adapter = _adapter_of(type_, found)
    try:
        text = json.dumps(value)
    except (TypeError, ValueError):
        text = None  # given in the code, where a date is a date
    try:
        if text is None:
            return adapter.validate_python(value)
        return adapter.validate_json(text, strict=type_.family not in ("imported", "union", "tuple", "set", "mapping"))
    except ValidationError as failure:
        error = failure.errors(include_url=False)[0]
        where = "".join(f"[{part}]" for part in error["loc"])
        hint = value_hint(value, type_.family)
        raise TypeProblem(
            f"the default {value!r} is not valid{' at ' + where if where else ''}: {error['msg']}{hint}"
        ) from None


def _adapter_of(type_: Type, found: Mapping[str, Any]) -> Any:
    if type_.annotation is not getattr(TYPES.get(type_.family), "annotation", FromCode):
        return build_adapter(constrained(type_, found))
    if type_.family in _CORE_TYPES:
        # PERF: without Pydantic's look at annotations, a validator is built in a tenth of the time.
        return SchemaValidator(cast("CoreSchema", {"type": _CORE_TYPES[type_.family], **found}))
    return _kept_adapter(type_, tuple((name, type(value), value) for name, value in found.items()))


# Pydantic hands the constraints of these to its core under the same names.
_CORE_TYPES: Dict[str, Any] = {"int": "int", "float": "float", "str": "str", "bool": "bool"}


# PERF: most parameters of a file are declared alike, and building a validator takes longer than reading a row.
@lru_cache(maxsize=512)
def _kept_adapter(type_: Type, found: Tuple[Tuple[str, type, Any], ...]) -> Any:
    return build_adapter(constrained(type_, {name: value for name, _, value in found}))


def build_adapter(annotation: Any) -> Any:
    """Return the validator of an annotation.

    Raises:
        TypeProblem: Pydantic cannot.
    """
    try:
        return TypeAdapter(annotation)
    except Exception as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise TypeProblem(f"Pydantic cannot validate this type: {first}") from None


def unavailable(values: Mapping[str, object]) -> Iterator[Misfit]:
    """Fields that the installed Pydantic does not have."""
    for name in values:
        row = BY_NAME[name]
        if not fields.is_available(row):
            yield Misfit(name, fields.needs(row))
