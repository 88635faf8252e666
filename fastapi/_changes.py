"""A counter of everything that can make a compiled plan stale.

Whoever adds a route, swaps an endpoint or replaces an internal bumps the counter; the planned way compares one integer
before each request and compiles again when it moved. Nothing here knows what a plan is.
"""

from __future__ import annotations

import threading
from typing import Any, Callable, TypeVar

from fastapi._forks import in_children


class Changes:
    """How often routes, endpoints or patched internals changed in this process.

    Two threads bumping at once may count one step instead of two. That is harmless: readers only ask whether the number
    differs from the one they saw before.
    """

    __slots__ = ("count", "declarations", "lock")

    def __init__(self) -> None:
        self.count = 0
        # How often parameters that are declared in a file were replaced. Contexts of routes are made anew then.
        self.declarations = 0
        self.renew_lock()

    def renew_lock(self) -> None:
        """Make the lock, which no thread holds."""
        # Held while a plan is compiled and while routes are replaced together: no plan is made of half of them.
        self.lock = threading.RLock()

    def bump(self) -> None:
        """Record one change."""
        self.count += 1

    def __repr__(self) -> str:
        return f"Changes(count={self.count})"


changes = Changes()
in_children(changes.renew_lock)

Kind = TypeVar("Kind", bound=type)


def telling(*names: str) -> Callable[[Kind], Kind]:
    """Make a subclass of a container bump `changes` after each of the methods `names`, which change it."""

    def decorate(kind: Kind) -> Kind:
        for name in names:
            setattr(kind, name, _telling(kind, name, getattr(kind, name)))
        return kind

    return decorate


def _telling(kind: type, name: str, mutate: Callable[..., Any]) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return mutate(self, *args, **kwargs)
        finally:
            changes.bump()

    method.__name__ = name
    method.__qualname__ = f"{kind.__name__}.{name}"
    method.__doc__ = mutate.__doc__
    return method
