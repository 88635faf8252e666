"""Type adapters, shared by fields that are declared alike.

Making an adapter is most of what adding a route costs. A large application declares the same few parameters again and
again (`limit: int = 10`, the same model in many bodies), so an adapter is looked up by everything that goes into it.
What cannot be compared surely is not shared.
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
# What `Field` takes beside constraints, which are metadata by then.
_FIELD_OPTIONS = tuple(name for name in FieldInfo.__slots__ if not name.startswith("_") and name not in _NO_OPTIONS)
# Adapters live as long as a field has them.
_shared: WeakValueDictionary[Hashable, TypeAdapter[Any]] = WeakValueDictionary()

# What a schema is made of beside annotation and metadata.
_ATTRIBUTES = tuple(
    name
    for name in FieldInfo.__slots__
    if not name.startswith("_") and name not in ("annotation", "metadata", "default_factory", "field_title_generator")
)
_get_attributes = attrgetter(*_ATTRIBUTES)
# Equal values of these types are the same value: the type is compared, too, since 1 == True == 1.0.
_SIMPLE = frozenset([type(None), bool, int, float, str, type(PydanticUndefined)])
# Types whose schema is always the same.
_PLAIN_TYPES = frozenset(
    [
        *(bool, bytes, dict, float, int, list, set, str, tuple, type(None)),
        *(date, datetime, time, timedelta, Decimal, UUID),
    ]
)
# The constraints that are numbers, and where each keeps its own.
_CONSTRAINTS = {
    annotated_types.Gt: "gt",
    annotated_types.Ge: "ge",
    annotated_types.Lt: "lt",
    annotated_types.Le: "le",
    annotated_types.MultipleOf: "multiple_of",
    annotated_types.MinLen: "min_length",
    annotated_types.MaxLen: "max_length",
}


# `catch_warnings` changes what the whole process shows: two threads at once would undo each other's change.
_one_at_a_time = threading.RLock()


def _renew_lock() -> None:
    global _one_at_a_time
    _one_at_a_time = threading.RLock()


in_children(_renew_lock)


def make_type_adapter(field_info: FieldInfo, config: Optional[ConfigDict]) -> TypeAdapter[Any]:
    """Return an adapter for `Annotated[field_info.annotation, field_info]`: one made before, if that was the same."""
    key = None if config is not None else _key(field_info)
    if key is None:
        return _make(field_info, config)
    adapter = _shared.get(key)
    if adapter is None:
        adapter = _make(field_info, config)
        # A plugin of Pydantic's is told of each adapter.
        if type(adapter.validator) is SchemaValidator:
            _shared[key] = adapter
    return adapter


def _make(field_info: FieldInfo, config: Optional[ConfigDict]) -> TypeAdapter[Any]:
    # Pydantic warns that an alias means nothing outside of a model. Here it does: parameters are found by it.
    with _one_at_a_time, warnings.catch_warnings():
        if _AttributeWarning is not None:
            warnings.simplefilter("ignore", category=_AttributeWarning)
        # A field made anew says what the parameter says, without its metadata, which stands before it.
        described = Field(**get_attributes(field_info))
        # Through a name that type checkers do not know, for they take subscripts of `Annotated` literally.
        annotated: Any = Annotated
        return make_adapter(annotated[(field_info.annotation, *field_info.metadata, described)], config)


def get_attributes(field_info: FieldInfo) -> Dict[str, Any]:
    """Return the attributes of a field by name, those that are undefined left out."""
    attributes = {name: getattr(field_info, name, PydanticUndefined) for name in _FIELD_OPTIONS}
    return {name: value for name, value in attributes.items() if value is not PydanticUndefined}


def _key(field_info: FieldInfo) -> Optional[Hashable]:
    """Return what the adapter depends on, None when that cannot be compared."""
    annotation = annotation_key(field_info.annotation)
    attributes = None if annotation is None else attributes_key(field_info)
    return None if attributes is None else (annotation, attributes)


def attributes_key(field_info: FieldInfo) -> Optional[Hashable]:
    """Return what a field says beside its annotation, None when that cannot be compared surely."""
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
    key: List[Any] = [type(field_info), kinds, values]
    for constraint in field_info.metadata:
        bound = _CONSTRAINTS.get(type(constraint))
        limit = getattr(constraint, bound) if bound else None
        if type(limit) not in (int, float):
            return None
        key.append((bound, type(limit), limit))
    return tuple(key)


def is_simple(value: Any) -> bool:
    """Return whether values like this one are the same value when they are of one type and `comparable` is equal."""
    return type(value) in _SIMPLE


def comparable(value: Any) -> Any:
    """Return what tells a number from others that are equal to it, or finds it equal to itself: -0.0, NaN."""
    return value.hex() if type(value) is float else value


def annotation_key(annotation: Any) -> Optional[Hashable]:
    """Return a key that tells `Union[int, str]` from its equal `Union[str, int]`, and a model from its rebuild."""
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
    # The type tells `List[int]` from `list[int]`, for which Pydantic has one schema, and users two spellings.
    return None if None in keys else (type(annotation), origin, keys)


def clear() -> None:
    """Forget what is shared; fields keep their adapters."""
    _shared.clear()
