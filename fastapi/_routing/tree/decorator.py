"""Decorators that give the decorated function to a router and return it unchanged."""

from __future__ import annotations

from typing import Any, Callable

from fastapi.types import DecoratedCallable


def make_decorator(
    method: str, add: Callable[[Any], None], *, home: str = "fastapi.routing.APIRouter"
) -> Callable[[DecoratedCallable], DecoratedCallable]:
    """Return a decorator that calls `add`, named as a local function of a method of the class `home`."""

    def decorator(func: DecoratedCallable) -> DecoratedCallable:
        add(func)
        return func

    decorator.__module__, _, owner = home.rpartition(".")
    decorator.__qualname__ = f"{owner}.{method}.<locals>.decorator"
    return decorator
