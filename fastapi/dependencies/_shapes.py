"""What callables ask for, kept once for all that ask for the same.

Each path operation has dependants of its own, which anybody may change; but hardly anybody looks at them. So the
analysis of a callable comes to a `Shape`, which all that are declared alike have in common, and the lists of a
`Dependant` are made from its shape when somebody asks for one. Readers of ours (the plan, the documentation) read
`view_of(dependant)`.

A shape is made of parts that passed the analysis: nothing that is wrong with a declaration is found later than before.
"""

from __future__ import annotations

from typing import Any, Dict, Hashable, Iterable, List, Optional, Sequence, Tuple
from weakref import WeakValueDictionary

from fastapi._changes import Readers, watched
from fastapi._compat import ModelField
from fastapi.dependencies._flat import get_flat_params
from fastapi.dependencies._shared_fields import SharedField
from fastapi.dependencies.models import DEPENDANT_LISTS, Dependant


class Shape:
    """What a callable asks for: parameters and dependencies in their order."""

    __slots__ = ("__weakref__", "_params", "_view", "body", "fields", "patterns")

    def __init__(self, fields: Tuple[SharedField, ...], patterns: Tuple[Dependant, ...]) -> None:
        self.fields = fields
        # The dependencies, to be copied: their lists have not been made.
        self.patterns = patterns
        # All body parameters of the tree, flat.
        own = tuple(field for field in fields if field.kind == "body_params")
        self.body: Tuple[SharedField, ...] = sum((pattern._shape.body for pattern in patterns), own)
        self._view: Optional[Dependant] = None
        self._params: Optional[List[ModelField]] = None

    def fill(self, dependant: Dependant) -> None:
        """Give `dependant` lists of its own, except those that somebody gave it."""
        fields = [(field.kind, field.make()) for field in self.fields]
        subs = [copy_pattern(pattern, dependant.path, dependant._readers) for pattern in self.patterns]
        _fill(dependant, fields, subs)

    def params(self) -> List[ModelField]:
        """Return all parameters of the tree but those of the body, to be read only."""
        if self._params is None:
            self._params = get_flat_params(self.view())
        return self._params

    def view(self) -> Dependant:
        """Return a dependant that shows these lists, the same for all."""
        view = self._view
        if view is None:
            view = self._view = _show(self, copy_pattern(_BLANK, None))
        return view


def view_of(dependant: Dependant) -> Dependant:
    """Return what has the lists of `dependant`, to be read only; its other attributes are nobody's.

    Reading the lists of a dependant itself makes them.
    """
    shape: Optional[Shape] = dependant._shape
    return dependant if shape is None else shape.view()


def get_shown_params(dependant: Dependant) -> List[ModelField]:
    """Return fields that say what those of `get_flat_params` do, to be read only."""
    shape: Optional[Shape] = dependant._shape
    return get_flat_params(dependant) if shape is None else shape.params()


def get_flat_body(dependant: Dependant) -> Optional[Sequence[SharedField]]:
    """Return the body parameters of the tree, None when its lists are there already and have to be asked."""
    shape: Optional[Shape] = dependant._shape
    return None if shape is None else shape.body


def take_shape(dependant: Dependant, shape: Shape) -> None:
    """Leave the lists of a new dependant to its shape."""
    if dependant._shape is None:
        for kind in DEPENDANT_LISTS:
            object.__delattr__(dependant, kind)
    object.__setattr__(dependant, "_shape", shape)


# They live as long as a dependant has them.
_shapes: WeakValueDictionary[Hashable, Shape] = WeakValueDictionary()


def make_shape(fields: Sequence[SharedField], dependencies: Sequence[Dependant]) -> Shape:
    """Return the shape of a callable with these parameters and dependencies, whose lists have not been made."""
    patterns = tuple(map(_share_pattern, dependencies))
    # The parts of a shape live as long as it does, so that their ids are theirs.
    key = (tuple(map(id, fields)), tuple(map(id, patterns)))
    shape = _shapes.get(key)
    if shape is None:
        shape = _shapes.setdefault(key, Shape(tuple(fields), patterns))
    return shape


_patterns: WeakValueDictionary[Hashable, Dependant] = WeakValueDictionary()


def _share_pattern(dependant: Dependant) -> Dependant:
    """Return a pattern for dependants like this one: one that there is already, if it is the same but for its path."""
    key: List[Any] = [getattr(dependant, name) for name in _PLAIN_ATTRIBUTES]
    key += [id(dependant.call), id(dependant.concurrency), id(dependant._shape)]
    key += [_frozen(dependant.own_oauth_scopes), _frozen(dependant.parent_oauth_scopes)]
    return _patterns.setdefault(tuple(key), dependant)


def copy_pattern(pattern: Dependant, path: Optional[str], readers: Optional[Readers] = None) -> Dependant:
    """Return a dependant like the pattern, for one path; with the readers of the one that depends on it."""
    copied = Dependant.__new__(Dependant)
    put = object.__setattr__
    if readers is not None:
        put(copied, "_readers", readers)
    for name in _COPIED_ATTRIBUTES:
        put(copied, name, getattr(pattern, name))
    put(copied, "path", path)
    for name in ("own_oauth_scopes", "parent_oauth_scopes"):
        scopes = getattr(pattern, name)
        put(copied, name, None if scopes is None else watched(scopes, copied._readers))
    return copied


# The names of parameters that take objects of the request, and what was declared with `Depends`.
_PLAIN_ATTRIBUTES = (
    *("request_param_name", "websocket_param_name", "http_connection_param_name"),
    *("response_param_name", "background_tasks_param_name", "security_scopes_param_name"),
    *("name", "use_cache", "scope"),
)
_COPIED_ATTRIBUTES = (*_PLAIN_ATTRIBUTES, "call", "concurrency", "_shape")


def _frozen(scopes: Optional[Iterable[str]]) -> Optional[Tuple[str, ...]]:
    return None if scopes is None else tuple(scopes)


# What has no attribute set, for a view.
_BLANK = Dependant()


def _show(shape: Shape, view: Dependant) -> Dependant:
    subs = [_show(pattern._shape, copy_pattern(pattern, pattern.path)) for pattern in shape.patterns]
    _fill(view, [(field.kind, field.field) for field in shape.fields], subs)
    object.__setattr__(view, "_shape", None)
    return view


def _fill(dependant: Dependant, fields: Iterable[Tuple[str, ModelField]], dependencies: Iterable[Dependant]) -> None:
    parts: Dict[str, List[Any]] = {kind: watched((), dependant._readers) for kind in DEPENDANT_LISTS}
    for kind, field in fields:
        list.append(parts[kind], field)
    list.extend(parts["dependencies"], dependencies)
    for kind, made in parts.items():
        try:
            object.__getattribute__(dependant, kind)
        except AttributeError:
            object.__setattr__(dependant, kind, made)
