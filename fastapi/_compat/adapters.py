"""Type adapters, shared by fields with equal declarations.

Most of the time for adding a route goes into making adapters. A large application repeats the same few declarations
(`limit: int = 10`, the same model in many bodies), so adapters are stored by everything that goes into them. A
declaration that cannot be compared with certainty gets an adapter of its own.
"""

from __future__ import annotations

import threading
import warnings
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from operator import attrgetter
from typing import Any, Dict, Hashable, List, Optional
from uuid import UUID
from weakref import WeakValueDictionary

import annotated_types
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined, SchemaValidator
from typing_extensions import Annotated, get_args, get_origin

from fastapi._compat.namespace import make_adapter
from fastapi._forks import in_children

try:
    from pydantic.warnings import UnsupportedFieldAttributeWarning as _AttributeWarning
except ImportError:  # Pydantic before 2.12 does not warn.
    _AttributeWarning = None  # type: ignore[assignment,misc]

_NO_OPTIONS = ("annotation", "metadata", "evaluated", "annotation_qualifiers")
# The options of `Field`. Constraints are metadata of a `FieldInfo`, not options.
_FIELD_OPTIONS = tuple(name for name in FieldInfo.__slots__ if not name.startswith("_") and name not in _NO_OPTIONS)
# An adapter lives as long as a field has it.
_shared_adapters: WeakValueDictionary[Hashable, TypeAdapter[Any]] = WeakValueDictionary()

# The attributes that a schema depends on, beside annotation and metadata.
_SCHEMA_ATTRIBUTES = tuple(
    name
    for name in FieldInfo.__slots__
    if not name.startswith("_") and name not in ("annotation", "metadata", "default_factory", "field_title_generator")
)
_get_attributes = attrgetter(*_SCHEMA_ATTRIBUTES)
# Values of these types are interchangeable if they are equal and of one type; 1, True and 1.0 are only equal.
_SIMPLE = frozenset([type(None), bool, int, float, str, type(PydanticUndefined)])
# Types whose schema is always the same.
_PLAIN_TYPES = frozenset(
    [
        *(bool, bytes, dict, float, int, list, set, str, tuple, type(None)),
        *(date, datetime, time, timedelta, Decimal, UUID),
    ]
)
# The constraints that are numbers, and the attribute with the number.
_CONSTRAINTS = {
    annotated_types.Gt: "gt",
    annotated_types.Ge: "ge",
    annotated_types.Lt: "lt",
    annotated_types.Le: "le",
    annotated_types.MultipleOf: "multiple_of",
    annotated_types.MinLen: "min_length",
    annotated_types.MaxLen: "max_length",
}


# `catch_warnings` changes a setting of the whole process: two threads at once would undo each other's change.
_one_at_a_time = threading.RLock()


def _renew_lock() -> None:
    global _one_at_a_time
    _one_at_a_time = threading.RLock()


in_children(_renew_lock)


def make_type_adapter(field_info: FieldInfo, config: Optional[ConfigDict]) -> TypeAdapter[Any]:
    """Return an adapter for `Annotated[field_info.annotation, field_info]`, shared if an equal one exists."""
    key = None if config is not None else _key(field_info)
    if key is None:
        return _make_unshared(field_info, config)
    adapter = _shared_adapters.get(key)
    if adapter is None:
        adapter = _make_unshared(field_info, config)
        # A plugin of Pydantic makes validators of its own and expects to see each adapter.
        if type(adapter.validator) is SchemaValidator:
            _shared_adapters[key] = adapter
    return adapter


def _make_unshared(field_info: FieldInfo, config: Optional[ConfigDict]) -> TypeAdapter[Any]:
    # Pydantic warns that an alias has no effect outside of a model. Here it has: readers look parameters up by it.
    with _one_at_a_time, warnings.catch_warnings():
        if _AttributeWarning is not None:
            warnings.simplefilter("ignore", category=_AttributeWarning)
        # A new field has the options of the parameter without its metadata, which comes before it in `Annotated`.
        described = Field(**get_attributes(field_info))
        # Type checkers read a subscript of `Annotated` as an annotation, so a variable of type Any hides it.
        annotated: Any = Annotated
        return make_adapter(annotated[(field_info.annotation, *field_info.metadata, described)], config)


def get_attributes(field_info: FieldInfo) -> Dict[str, Any]:
    """Return the defined attributes of a field by name."""
    attributes = {name: getattr(field_info, name, PydanticUndefined) for name in _FIELD_OPTIONS}
    return {name: value for name, value in attributes.items() if value is not PydanticUndefined}


def _key(field_info: FieldInfo) -> Optional[Hashable]:
    """Return a key of everything that the adapter depends on, or None if it cannot be compared."""
    annotation = annotation_key(field_info.annotation)
    attributes = None if annotation is None else attributes_key(field_info)
    return None if attributes is None else (annotation, attributes)


def attributes_key(field_info: FieldInfo) -> Optional[Hashable]:
    """Return a key of everything in a field but its annotation, or None if it cannot be compared with certainty."""
    if field_info.default_factory is not None or getattr(field_info, "field_title_generator", None) is not None:
        return None
    values = _get_attributes(field_info)
    kinds = tuple(map(type, values))
    if not _SIMPLE.issuperset(kinds):
        return None
    if float in kinds:
        values = tuple(map(comparable, values))
    if not field_info.metadata:
        return (type(field_info), kinds, values)
    key: List[object] = [type(field_info), kinds, values]
    for constraint in field_info.metadata:
        bound = _CONSTRAINTS.get(type(constraint))
        limit = getattr(constraint, bound) if bound else None
        if type(limit) not in (int, float):
            return None
        key.append((bound, type(limit), limit))
    return tuple(key)


def is_simple(value: object) -> bool:
    """Return whether two values of this type are interchangeable if their `comparable` is equal."""
    return type(value) in _SIMPLE


def comparable(value: object) -> object:
    """Return the value in a form that tells 0.0 from -0.0 and in which NaN equals itself."""
    return value.hex() if type(value) is float else value


def annotation_key(annotation: object) -> Optional[Hashable]:
    """Return a key that differs for `Union[int, str]` and `Union[str, int]`, and for a model after its rebuild.

    None for an annotation that cannot be compared with certainty.
    """
    if annotation in _PLAIN_TYPES if type(annotation) is type else annotation is Any:
        return (annotation,)
    if isinstance(annotation, type) and not get_args(annotation):
        if issubclass(annotation, BaseModel):
            return (annotation, annotation.__pydantic_validator__)
        return (annotation,) if annotation.__module__ == "builtins" else None
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is None or origin is Annotated or not arguments:
        return None
    keys = tuple(annotation_key(argument) for argument in arguments)
    # The type differs for `List[int]` and `list[int]`, which have one schema, but two spellings.
    return None if None in keys else (type(annotation), origin, keys)


def clear() -> None:
    """Forget the shared adapters; fields keep theirs."""
    _shared_adapters.clear()
