"""The checks that an annotation carries in `Annotated`, one by one, and whether two annotations say the same."""

from __future__ import annotations

import types
import typing
from typing import Any, FrozenSet, Iterable, Iterator, List, NamedTuple, Set, Tuple, Union

import annotated_doc
from annotated_types import GroupedMetadata
from pydantic.fields import FieldInfo
from typing_extensions import Annotated, Doc, Literal, TypeAliasType, get_args, get_origin


class Parts(NamedTuple):
    """An annotation taken apart."""

    bare: object
    metadata: Tuple[object, ...]


def parts_of(annotation: object) -> Parts:
    """Return the type inside of `Annotated`, and the metadata beside it. A `type` alias stands for its value."""
    annotation = without_alias(annotation)
    if get_origin(annotation) is not Annotated:
        return Parts(annotation, ())
    bare, *metadata = get_args(annotation)
    inner = parts_of(bare)
    return Parts(inner.bare, (*inner.metadata, *metadata))


def without_alias(annotation: object) -> object:
    """Return the value of a `type X = ...` statement; any other annotation comes back as it is."""
    # The `__getattr__` of another object may do anything.
    return getattr(annotation, "__value__") if isinstance(annotation, _ALIASES) else annotation  # noqa: B009


_ALIASES: Tuple[Any, ...] = (TypeAliasType, getattr(typing, "TypeAliasType", TypeAliasType))


def join(bare: object, metadata: Iterable[object]) -> object:
    """Return a type with metadata: the opposite of `parts_of`."""
    found = tuple(metadata)
    return Annotated[(bare, *found)] if found else bare


def flattened(metadata: Iterable[object]) -> Iterator[object]:
    """Yield each check, also those of groups as `conint` and `Field` make them.

    None, which some groups have, and documentation check nothing.
    """
    for item in metadata:
        if isinstance(item, FieldInfo):
            yield from flattened(item.metadata)
        elif isinstance(item, GroupedMetadata):
            yield from flattened(item)
        elif item is not None and not isinstance(item, (annotated_doc.Doc, Doc)):
            yield item


def alike(one: object, other: object) -> bool:
    """Whether two annotations accept the same values. Pydantic's `Field(...)` objects compare by identity alone."""
    if one is other:
        return True
    first, second = parts_of(one), parts_of(other)
    if first.metadata or second.metadata:
        return same_checks(first.metadata, second.metadata) and alike(first.bare, second.bare)
    mine, others = _with_items(first.bare), _with_items(second.bare)
    if get_args(mine) and get_args(others):
        return _origin(mine) is _origin(others) and _alike_arguments(mine, others)
    return bool(mine == others)


def same_checks(one: Iterable[object], other: Iterable[object]) -> bool:
    """Whether two lists of metadata have the same checks, in the same order."""
    first, second = list(flattened(one)), list(flattened(other))
    return len(first) == len(second) and all(map(_same_check, first, second))


def without_repeats(metadata: Iterable[object]) -> Tuple[object, ...]:
    """Return checks, each of them once."""
    kept: List[object] = []
    for item in metadata:
        if not any(same_checks([item], [each]) for each in kept):
            kept.append(item)
    return tuple(kept)


def _same_check(one: object, other: object) -> bool:
    if one is other or (type(one) is type(other) and one == other):
        return True
    # The object in which Pydantic keeps `pattern` and others has no comparison.
    named = getattr(one, "__dict__", None)
    return type(one).__name__ == type(other).__name__ and bool(named) and named == getattr(other, "__dict__", None)


_OF_ANYTHING: Tuple[Tuple[object, object], ...] = (
    (list, List[Any]),
    (set, Set[Any]),
    (frozenset, FrozenSet[Any]),
    (tuple, Tuple[Any, ...]),
)


def _with_items(annotation: object) -> object:
    bare = annotation if get_args(annotation) else (get_origin(annotation) or annotation)
    return next((whole for known, whole in _OF_ANYTHING if bare is known), annotation)


_UNIONS = (Union, getattr(types, "UnionType", Union))


def _origin(annotation: object) -> object:
    origin = get_origin(annotation)
    return Union if origin in _UNIONS else origin


def _alike_arguments(one: object, other: object) -> bool:
    first, second = get_args(one), get_args(other)
    if _origin(one) is Literal:
        return [(type(each), each) for each in first] == [(type(each), each) for each in second]
    return len(first) == len(second) and all(map(alike, first, second))
