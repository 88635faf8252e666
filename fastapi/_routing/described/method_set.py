"""The set of HTTP methods of a route, which reports every change."""

from __future__ import annotations

from typing import Iterable, Set, SupportsIndex, Tuple

from fastapi._changes import Readers, telling


@telling(
    *("add", "clear", "discard", "pop", "remove", "update"),
    *("difference_update", "intersection_update", "symmetric_difference_update"),
    *("__iand__", "__ior__", "__isub__", "__ixor__"),
)
class MethodSet(Set[str]):
    """A set that reports every change to its readers, so that plans notice methods that a route gets or loses.

    Its `repr` and its copies are those of a plain set.
    """

    __slots__ = ("_readers",)

    _readers: Readers

    def __init__(self, methods: Iterable[str], readers: Readers) -> None:
        super().__init__(methods)
        self._readers = readers

    def copy(self) -> Set[str]:
        return set(self)

    def __repr__(self) -> str:
        return repr(set(self))

    def __reduce__(self) -> Tuple[object, ...]:
        return set, (list(self),)

    # `copy.copy` and `pickle` prefer this method.
    def __reduce_ex__(self, protocol: SupportsIndex) -> Tuple[object, ...]:
        return self.__reduce__()
