"""Reports changes to the plans that depend on them: a plan learns of changes of the things that it has read.

    route ── Readers ──> Version of an application's plan     compares one integer before each request
    router ─┘       └──> Version of another application's plan

A plan has a `Version`, and adds it to the `Readers` of each router, list, route and dependant that it reads. Each of
these tells its readers about a change after it has happened. `changes` reports changes of things that the whole process
shares: replaced functions of modules, files of parameters. Those two are the only reporters: `Readers` for one thing,
`changes` for all.
"""

from __future__ import annotations

import threading
import weakref
from typing import Any, Callable, Iterable, List, Tuple, TypeVar

from fastapi._forks import in_children


class Version:
    """A number that grows when anything changed that one plan has read.

    Two threads counting at once may count one step instead of two. That is harmless: readers only ask whether the
    number differs from the one they saw before.
    """

    __slots__ = ("__weakref__", "count")

    def __init__(self) -> None:
        self.count = 0

    def __repr__(self) -> str:
        return f"Version(count={self.count})"


class Changes:
    """Changes of things that the whole process shares. Every version that follows them also grows."""

    __slots__ = ("_followers", "count", "declarations", "lock")

    def __init__(self) -> None:
        self.count = 0
        # How often parameters that are declared in a file were replaced. Contexts of routes are made anew then.
        self.declarations = 0
        self._followers: List[weakref.ref[Version]] = []
        self.renew_lock()

    def renew_lock(self) -> None:
        """Make the lock, which no thread holds."""
        # Held while a plan is compiled and while routes are replaced together: no plan is made of half of them.
        self.lock = threading.RLock()

    def bump(self) -> None:
        """Record one change."""
        self.count += 1
        for version in self.followers():
            version.count += 1

    def follow(self) -> Version:
        """Return a new version that grows with every change of the process."""
        version = Version()
        with self.lock:
            self._followers = [weakref.ref(version), *map(weakref.ref, self.followers())]
        return version

    def followers(self) -> List[Version]:
        """Return the versions that grow with these changes."""
        versions = [reference() for reference in self._followers]
        return [version for version in versions if version is not None]

    def __reduce__(self) -> str:
        # There is one for a process; a function that is pickled with its globals finds that one.
        return "changes"

    def __repr__(self) -> str:
        return f"Changes(count={self.count})"


changes = Changes()
in_children(changes.renew_lock)


class Readers:
    """The versions of the plans that have read one thing, or several that change together."""

    __slots__ = ("_versions",)

    def __init__(self) -> None:
        self._versions: Tuple[weakref.ref[Version], ...] = ()

    def add(self, version: Version) -> None:
        """Let `version` grow with every change from now on."""
        reference = weakref.ref(version)
        if reference in self._versions:
            return
        with changes.lock:
            self._versions = (*(each for each in self._versions if each() is not None), reference)

    def tell(self) -> None:
        """Record one change."""
        for reference in self._versions:
            version = reference()
            if version is not None:
                version.count += 1

    def __reduce__(self) -> Tuple[object, ...]:
        # No plan has read a copy.
        return Readers, ()


Kind = TypeVar("Kind", bound=type)


def telling(*names: str) -> Callable[[Kind], Kind]:
    """Make a subclass of a container tell its `readers` after each of the methods `names`, which change it."""

    def decorate(kind: Kind) -> Kind:
        for name in names:
            setattr(kind, name, _telling(kind, name, getattr(kind, name)))
        return kind

    return decorate


def _telling(kind: type, name: str, mutate: Callable[..., object]) -> Callable[..., object]:
    def method(self: Any, *args: Any, **kwargs: Any) -> object:
        try:
            return mutate(self, *args, **kwargs)
        finally:
            # Afterwards: a plan that is made before must not count as newer than the change.
            self._readers.tell()

    method.__name__ = name
    method.__qualname__ = f"{kind.__name__}.{name}"
    method.__doc__ = mutate.__doc__
    return method


_Item = TypeVar("_Item")


@telling(
    *("append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse"),
    *("__setitem__", "__delitem__", "__iadd__", "__imul__"),
)
class WatchedList(List[_Item]):
    """A list that tells about every change: of routes, parameters, dependencies or scopes."""

    __slots__ = ("_readers",)

    _readers: Readers

    def __new__(cls, *_: object) -> WatchedList[_Item]:
        made = super().__new__(cls)
        made._readers = Readers()
        return made

    def __init__(self, items: Iterable[_Item] = ()) -> None:
        super().__init__(items)

    def __reduce_ex__(self, protocol: object) -> Tuple[object, ...]:
        return type(self), (), None, iter(self)


def watched(items: Iterable[_Item], readers: Readers) -> WatchedList[_Item]:
    """Return a list of `items` that tells `readers` about its changes."""
    made = WatchedList(items)
    made._readers = readers
    return made
