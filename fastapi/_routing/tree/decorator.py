"""Decorators that give the decorated function to a router and return it unchanged."""

from __future__ import annotations

from typing import Any, Callable

from fastapi.types import DecoratedCallable


def make_decorator(method: str, add: Callable[[Any], None]) -> Callable[[DecoratedCallable], DecoratedCallable]:
    """Return a decorator that calls `add`, with the qualified name of a local function of `APIRouter.<method>`."""

    def decorator(func: DecoratedCallable) -> DecoratedCallable:
        add(func)
        return func

    decorator.__qualname__ = f"APIRouter.{method}.<locals>.decorator"
    return decorator
