"""Parameters with equal declarations, analysed once.

A large application declares the same few parameters in many path operations. Each declaration has a field of its own,
which the application may change, but the result of the analysis, a field or an error, is the same for all of them.
Declarations that cannot be compared with certainty are not shared.
"""

from __future__ import annotations

import inspect
from copy import copy
from typing import Any, Hashable, List, Optional, Tuple
from weakref import WeakValueDictionary

from pydantic.fields import FieldInfo
from pydantic_core import SchemaValidator
from typing_extensions import Annotated

from fastapi import params
from fastapi._compat import ModelField
from fastapi._compat.adapters import annotation_key, attributes_key, comparable, is_simple
from fastapi.datastructures import _Unset

_EMPTY = inspect.Parameter.empty
_ANNOTATED: object = type(Annotated[int, 0])
# Markers whose attributes say everything: no subclasses of an application, and no forms, whose rules look at several
# parameters at once.
_MARKERS = frozenset([params.Query, params.Path, params.Header, params.Cookie, params.Body])


class SharedField:
    """The analysis of a parameter, for all places that declare it in the same way."""

    __slots__ = ("__weakref__", "_state", "field", "is_shared", "kind")

    def __init__(self, kind: str, field: ModelField, is_shared: bool) -> None:
        self.kind = kind
        self.is_shared = is_shared
        # Never changed: no application gets this field.
        self.field = field
        self._state: Optional[List[Tuple[str, object]]] = None

    def make(self) -> ModelField:
        """Return a field for one of the places."""
        made = object.__new__(ModelField)
        vars(made).update(vars(self.field))
        made.field_info = self._make_field_info()
        made._remember_alike(self.field)
        return made

    def _make_field_info(self) -> FieldInfo:
        """Return a copy of the `FieldInfo` with copies of its lists and dicts."""
        info = self.field.field_info
        if self._state is None:
            self._state = [(name, getattr(info, name)) for name in FieldInfo.__slots__ if hasattr(info, name)]
        made: FieldInfo = object.__new__(type(info))
        for name, value in self._state:
            object.__setattr__(made, name, copy(value) if type(value) in (dict, list, set) else value)
        vars(made).update(vars(info))
        return made


# A shared field lives as long as a shape has it.
_shared_by_key: WeakValueDictionary[Hashable, SharedField] = WeakValueDictionary()


def find_shared(key: Hashable) -> Optional[SharedField]:
    """Return the analysed parameter with this key, or None."""
    return _shared_by_key.get(key)


def share(key: Hashable, kind: str, field: ModelField) -> SharedField:
    """Return the shared parameter for this key, or a new one that owns `field`."""
    # A plugin of Pydantic makes validators of its own and expects to see each of them.
    if key is None or type(field._type_adapter.validator) is not SchemaValidator:
        return SharedField(kind, field, False)
    return _shared_by_key.setdefault(key, SharedField(kind, field, True))


def parameter_key(name: str, annotation: Any, value: object, is_path_param: bool) -> Optional[Hashable]:
    """Return a key of everything that the analysis of a parameter depends on, or None if it cannot be compared."""
    marker = None
    if type(annotation) is _ANNOTATED:
        if len(annotation.__metadata__) != 1:
            return None
        marker = annotation.__metadata__[0]
        annotation = annotation.__origin__
    # NOTE: a marker that is the default is the `field_info` of each parameter with it, so a later change of the marker
    # concerns all of them. Such a parameter is not shared.
    if value is not _EMPTY and not is_simple(value):
        return None
    declared = () if marker is None else _marker_key(marker)
    annotated = (_EMPTY,) if annotation is _EMPTY else annotation_key(annotation)
    if declared is None or annotated is None:
        return None
    return (name, is_path_param, annotated, type(value), comparable(value), declared)


def _marker_key(marker: FieldInfo) -> Optional[Hashable]:
    if type(marker) not in _MARKERS:
        return None
    said = attributes_key(marker)
    if said is None:
        return None
    key: List[object] = [said, tuple(marker._attributes_set)]
    for name, value in vars(marker).items():
        if is_simple(value) or type(value) is params.ParamTypes:
            key += (name, type(value), value)
        elif value is not _Unset:
            return None
    return tuple(key)
