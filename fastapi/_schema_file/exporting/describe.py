"""From a parameter that exists to the fields of its row in a file: the other direction of `resolve`.

The fields are resolved again before they are written. If the parameter that they make is not the same one, the row says
less: the default as it stands, the type as that of the code, or nothing at all. Each time a comment says why.
"""

from __future__ import annotations

import inspect
from typing import Any, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from fastapi._schema_file.checking.check import rows_to_params
from fastapi._schema_file.exporting.export_types import (
    Fields,
    NamedChecks,
    NotExported,
    TypeWriter,
    constraint_fields,
    factory_name,
    plain_value,
)
from fastapi._schema_file.fields import BY_NAME, CLASSES, name_problem
from fastapi._schema_file.metadata import alike, flattened, parts_of, same_checks
from fastapi._schema_file.problems import ParamsSchemaError
from fastapi._schema_file.types import FromCode
from fastapi.datastructures import _Unset

# The attribute of an option that the code leaves out.
_PLAIN_DEFAULTS: Mapping[str, object] = {"include_in_schema": True, "convert_underscores": True}
_ATTRIBUTES = (
    *("title", "description", "discriminator", "validate_default", "examples", "openapi_examples", "deprecated"),
    *("include_in_schema", "json_schema_extra", "convert_underscores", "embed", "media_type", "alias_priority"),
)
_MEDIA_TYPES = {
    kind: inspect.signature(class_).parameters["media_type"].default
    for kind, class_ in CLASSES.items()
    if "media_type" in inspect.signature(class_).parameters
}


class Described(NamedTuple):
    """The fields of a row, and remarks on the parts that stay in the code."""

    fields: Fields
    remarks: Tuple[str, ...] = ()


def describe(name: str, info: FieldInfo, names: Sequence[NamedChecks] = ()) -> Described:
    """Return the row of one parameter; `names` stand for types that have no other name.

    Raises:
        NotExported: a file cannot declare it.
    """
    if getattr(info, "example", _Unset) is not _Unset:
        raise NotExported("a file has no field for `example`, which is deprecated: write `examples`")
    others = _other_fields(name, info)
    types, default = _types(info, names), _default(info)
    for typed in types:
        for row in _with_defaults({**typed.fields, **others}, default.fields, info):
            if _makes_the_same(name, row, info, leaves_default=bool(default.remarks)):
                return Described(_ordered(row), (*typed.remarks, *default.remarks))
    for typed in types if default.fields else ():
        row = {**typed.fields, **others}
        if _makes_the_same(name, row, info, leaves_default=True):
            remark = f"its default stays in the code: a file makes something else of {info.default!r}"
            return Described(_ordered(row), (*typed.remarks, remark))
    raise NotExported(_refusal(name, {**types[0].fields, **others, **default.fields}))


def _ordered(row: Fields) -> Fields:
    return {key: row[key] for key in BY_NAME if key in row}


def _types(info: FieldInfo, names: Sequence[NamedChecks]) -> List[Described]:
    """Return the fields for a type, the best first."""
    in_code: Fields = {"type": "code", **_known_constraints(info)}
    if info.annotation is FromCode:
        return [Described(in_code)]
    try:
        written = TypeWriter(names).fields_of(info.annotation, info.metadata, info.is_required())
    except NotExported as why:
        return [Described(in_code, (f"its type stays in the code: {why}",))]
    remark = "its type stays in the code: a file says it in another way"
    return [Described(written), Described(in_code, (remark,))]


def _known_constraints(info: FieldInfo) -> Fields:
    """Return the constraints that the marker itself can have: the others are in the annotation."""
    found: Fields = {}
    for item in flattened(info.metadata):
        try:
            found.update(constraint_fields([item]))
        except NotExported:
            continue
    return found


def _with_defaults(fields: Fields, default: Fields, info: FieldInfo) -> Iterator[Fields]:
    """Yield the rows to try: the default is converted to the type when a file is read, or it is not."""
    if "default" not in default:
        yield {**fields, **default}
        return
    if default["default"] is None:
        yield {**fields, **default}
        yield {**{key: value for key, value in fields.items() if key != "optional"}, **default, "optional": False}
        return
    yield {**fields, **default}
    yield {**fields, **default, "default_as_written": True}


def _default(info: FieldInfo) -> Described:
    if info.is_required():
        return Described({})
    try:
        if info.default_factory is not None:
            return Described({"default_factory": factory_name(info.default_factory)})
        return Described({} if info.default is PydanticUndefined else {"default": plain_value("default", info.default)})
    except NotExported as why:
        return Described({}, (f"its default stays in the code: {why}",))


def _other_fields(name: str, info: FieldInfo) -> Fields:
    kind = _kind(info)
    fields: Fields = {"in": kind}
    fields.update(_names(name, kind, info))
    unusable = name_problem(kind, str(fields.get("validation_alias", fields.get("alias", name))))
    if unusable is not None:
        raise NotExported(unusable)
    for attribute in _ATTRIBUTES:
        value = getattr(info, attribute, None)
        if value is not None and value != _PLAIN_DEFAULTS.get(attribute) and value != _MEDIA_TYPES.get(kind):
            if attribute == "alias_priority" and value == 2:
                continue  # every alias has it
            fields[attribute] = plain_value(attribute, value)
    return fields


def _kind(info: FieldInfo) -> str:
    for kind in ("file", "form", "body", "path", "query", "header", "cookie"):
        if isinstance(info, CLASSES[kind]):
            return kind
    raise NotExported(f"it is a {type(info).__name__}")


def _names(name: str, kind: str, info: FieldInfo) -> Iterator[Tuple[str, object]]:
    implied = name
    if kind == "header" and getattr(info, "convert_underscores", False):
        implied = name.replace("_", "-")
    if info.alias is not None and info.alias != implied:
        yield "alias", info.alias
    for attribute in ("validation_alias", "serialization_alias"):
        value = getattr(info, attribute)
        if value is not None and value != info.alias and value != implied:
            if not isinstance(value, str):
                raise NotExported(f"{attribute} is not text")
            yield attribute, value


# Whether a row says all of it.


def _makes_the_same(name: str, fields: Fields, info: FieldInfo, leaves_default: bool) -> bool:
    made = _made(name, fields)
    if made is None:
        return False
    if not leaves_default and not (_same_default(info, made) and made.default_factory is info.default_factory):
        return False
    if made.annotation is FromCode:
        return _has_checks(made.metadata, list(flattened(info.metadata)))
    first, second = parts_of(info.annotation), parts_of(made.annotation)
    return alike(first.bare, second.bare) and same_checks(
        _in_order([*first.metadata, *info.metadata]), _in_order([*second.metadata, *made.metadata])
    )


def _made(name: str, fields: Fields) -> Optional[Any]:
    try:
        return rows_to_params({name: fields})[name].make()
    except ParamsSchemaError:
        return None


def _refusal(name: str, fields: Fields) -> str:
    try:
        rows_to_params({name: fields})
    except ParamsSchemaError as error:
        return "; ".join(problem.message for problem in error.problems)
    return "a file says it in another way"


def _same_default(info: FieldInfo, made: FieldInfo) -> bool:
    return _same_value(info.default, made.default)


def _same_value(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(_same_value, one, other))
    if isinstance(one, dict):
        return list(one) == list(other) and all(map(_same_value, one.values(), other.values()))
    return bool(one == other) or (one != one and other != other)


def _has_checks(some: List[object], all_: List[object]) -> bool:
    return all(any(same_checks([item], [other]) for other in all_) for item in flattened(some))


def _in_order(metadata: List[Any]) -> List[Any]:
    """Return checks in an order that does not matter where Pydantic's core looks at all of them at once."""
    checks = list(flattened(metadata))
    try:
        constraint_fields(checks)
    except NotExported:
        return checks
    return sorted(checks, key=repr)
