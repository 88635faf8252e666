"""The parameters and dependencies of a callable, stored once for all callables that declare the same.

Each path operation has dependants of its own, which an application may change, but rarely reads. So the analysis of a
callable gives a `SignatureShape`, shared by all callables with the same declaration. A `Dependant` fills its lists from
its shape when a caller reads one of them. The plan and the documentation read `view_of(dependant)` instead.

A shape consists of parts that passed the analysis, so a wrong declaration raises when the route is added, as before.
"""

from __future__ import annotations

from typing import Dict, Hashable, Iterable, List, Optional, Sequence, Tuple
from weakref import WeakValueDictionary

from fastapi._changes import Readers, watched
from fastapi._compat import ModelField
from fastapi.dependencies._declared.flat import get_flat_params
from fastapi.dependencies._declared.shared_fields import SharedField
from fastapi.dependencies.models import DEPENDANT_LISTS, REQUEST_OBJECT_NAMES, Dependant


class SignatureShape:
    """The parameters and the dependencies of a callable, in their order."""

    __slots__ = ("__weakref__", "_params", "_view", "body", "fields", "patterns")

    def __init__(self, fields: Tuple[SharedField, ...], patterns: Tuple[Dependant, ...]) -> None:
        self.fields = fields
        # Dependencies that are copied for each dependant. Their own lists stay unfilled.
        self.patterns = patterns
        # The body parameters of the whole tree.
        own = tuple(field for field in fields if field.kind == "body_params")
        self.body: Tuple[SharedField, ...] = sum((_shape_of(pattern).body for pattern in patterns), own)
        self._view: Optional[Dependant] = None
        self._params: Optional[List[ModelField]] = None

    def fill(self, dependant: Dependant) -> None:
        """Give `dependant` lists of its own, except those that an application has set."""
        fields = [(field.kind, field.make()) for field in self.fields]
        subs = [copy_pattern(pattern, dependant.path, dependant._readers) for pattern in self.patterns]
        _fill_lists(dependant, fields, subs)

    def params(self) -> List[ModelField]:
        """Return all parameters of the tree outside of the body. The caller must not change them."""
        if self._params is None:
            self._params = get_flat_params(self.view())
        return self._params

    def view(self) -> Dependant:
        """Return a dependant with these lists, the same object for all callers."""
        view = self._view
        if view is None:
            view = self._view = _make_view(self, copy_pattern(_BLANK, None))
        return view


def view_of(dependant: Dependant) -> Dependant:
    """Return a read-only view of the dependant's lists; its other attributes are meaningless.

    Unlike the view, reading the lists of the dependant itself would fill them.
    """
    shape = dependant._shape
    return dependant if shape is None else shape.view()


def get_shown_params(dependant: Dependant) -> List[ModelField]:
    """Return fields with the content of `get_flat_params`. The caller must not change them."""
    shape = dependant._shape
    return get_flat_params(dependant) if shape is None else shape.params()


def get_flat_body(dependant: Dependant) -> Optional[Sequence[SharedField]]:
    """Return the body parameters of the tree, or None if the lists of the dependant are filled and may differ."""
    shape = dependant._shape
    return None if shape is None else shape.body


def take_shape(dependant: Dependant, shape: SignatureShape) -> None:
    """Give a new dependant a shape that will fill its lists."""
    if dependant._shape is None:
        for kind in DEPENDANT_LISTS:
            object.__delattr__(dependant, kind)
    object.__setattr__(dependant, "_shape", shape)


# A shape lives as long as a dependant has it.
_shapes: WeakValueDictionary[Hashable, SignatureShape] = WeakValueDictionary()


def make_shape(fields: Sequence[SharedField], dependencies: Sequence[Dependant]) -> SignatureShape:
    """Return the shape of a callable with these parameters and dependencies, whose lists are unfilled."""
    patterns = tuple(map(_share_pattern, dependencies))
    # The parts of a shape live as long as the shape, so no other object gets their ids.
    key = (tuple(map(id, fields)), tuple(map(id, patterns)))
    shape = _shapes.get(key)
    if shape is None:
        shape = _shapes.setdefault(key, SignatureShape(tuple(fields), patterns))
    return shape


_patterns: WeakValueDictionary[Hashable, Dependant] = WeakValueDictionary()


def _share_pattern(dependant: Dependant) -> Dependant:
    """Return a pattern for dependants like this one: an existing pattern if they differ only in the path."""
    key: List[Hashable] = [getattr(dependant, name) for name in _PLAIN_ATTRIBUTES]
    key += [id(dependant.call), id(dependant.concurrency), id(dependant._shape)]
    key += [_frozen(dependant.own_oauth_scopes), _frozen(dependant.parent_oauth_scopes)]
    return _patterns.setdefault(tuple(key), dependant)


def copy_pattern(pattern: Dependant, path: Optional[str], readers: Optional[Readers] = None) -> Dependant:
    """Return a copy of the pattern for one path, with the readers of the dependant that depends on it."""
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


# The names of the parameters that are objects of the request, and the options of `Depends`.
_PLAIN_ATTRIBUTES = (*REQUEST_OBJECT_NAMES, "name", "use_cache", "scope")
_COPIED_ATTRIBUTES = (*_PLAIN_ATTRIBUTES, "call", "concurrency", "_shape")


def _frozen(scopes: Optional[Iterable[str]]) -> Optional[Tuple[str, ...]]:
    return None if scopes is None else tuple(scopes)


# The pattern of views, with no attribute set.
_BLANK = Dependant()


def _shape_of(pattern: Dependant) -> SignatureShape:
    shape = pattern._shape
    assert shape is not None, "a pattern keeps its shape"
    return shape


def _make_view(shape: SignatureShape, view: Dependant) -> Dependant:
    subs = [_make_view(_shape_of(pattern), copy_pattern(pattern, pattern.path)) for pattern in shape.patterns]
    _fill_lists(view, [(field.kind, field.field) for field in shape.fields], subs)
    object.__setattr__(view, "_shape", None)
    return view


def _fill_lists(
    dependant: Dependant, fields: Iterable[Tuple[str, ModelField]], dependencies: Iterable[Dependant]
) -> None:
    parts: Dict[str, List[object]] = {kind: watched((), dependant._readers) for kind in DEPENDANT_LISTS}
    for kind, field in fields:
        list.append(parts[kind], field)
    list.extend(parts["dependencies"], dependencies)
    for kind, made in parts.items():
        try:
            object.__getattribute__(dependant, kind)
        except AttributeError:
            object.__setattr__(dependant, kind, made)
