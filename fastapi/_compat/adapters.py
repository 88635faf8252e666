"""Type adapters, shared by fields that are declared alike.

Making an adapter is most of what adding a route costs. A large application declares the same few parameters again and
again (`limit: int = 10`, the same model in many bodies), so an adapter is looked up by everything that goes into it.
What cannot be compared surely is not shared.
"""

from __future__ import annotations

import warnings
from operator import attrgetter
from typing import Any, Hashable, List, Optional, Tuple
from weakref import WeakValueDictionary

import annotated_types
from pydantic import BaseModel, ConfigDict, TypeAdapter
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined, SchemaValidator
from typing_extensions import Annotated, get_args, get_origin

try:
    from pydantic.warnings import UnsupportedFieldAttributeWarning as _AttributeWarning
except ImportError:  # Pydantic before 2.12 does not warn.
    _AttributeWarning = None  # type: ignore[assignment,misc]

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
    with warnings.catch_warnings():
        if _AttributeWarning is not None:
            warnings.simplefilter("ignore", category=_AttributeWarning)
        annotation: Any = Annotated[field_info.annotation, field_info]
        return TypeAdapter(annotation, config=config)


def _key(field_info: FieldInfo) -> Optional[Hashable]:
    """Return what the adapter depends on, None when that cannot be compared."""
    if field_info.default_factory is not None or getattr(field_info, "field_title_generator", None) is not None:
        return None
    annotation = _annotation_key(field_info.annotation)
    if annotation is None:
        return None
    key: List[Any] = [type(field_info), annotation]
    values = _get_attributes(field_info)
    kinds = tuple(map(type, values))
    if not _SIMPLE.issuperset(kinds):
        return None
    key += (kinds, values)
    for constraint in field_info.metadata:
        bound = _CONSTRAINTS.get(type(constraint))
        limit = getattr(constraint, bound) if bound else None
        if type(limit) not in (int, float):
            return None
        key.append((bound, type(limit), limit))
    return tuple(key)


def _annotation_key(annotation: Any) -> Optional[Tuple[Any, ...]]:
    """Return a key that tells `Union[int, str]` from its equal `Union[str, int]`, and a model from its rebuild."""
    if isinstance(annotation, type) and not get_args(annotation):
        if issubclass(annotation, BaseModel):
            return (annotation, id(annotation.__pydantic_validator__))
        return (annotation,) if annotation.__module__ == "builtins" else None
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is None or origin is Annotated or not arguments:
        return None
    keys = tuple(_annotation_key(argument) for argument in arguments)
    return None if None in keys else (origin, keys)


def clear() -> None:
    """Forget what is shared; fields keep their adapters."""
    _shared.clear()
