"""The list of routes of a router, which tells about every change."""

from __future__ import annotations

from typing import Any, Callable, List, TypeVar, cast

from starlette.routing import BaseRoute

from fastapi._changes import changes

Method = TypeVar("Method", bound=Callable[..., Any])


class RouteList(List[BaseRoute]):
    """A list that bumps `changes` on any mutation: plans notice routes that are added behind a router's back."""


def _telling(name: str) -> Callable[..., Any]:
    """Return the method `name` of `list`, followed by a bump."""
    mutate = getattr(list, name)

    def method(self: RouteList, *args: Any, **kwargs: Any) -> Any:
        try:
            return mutate(self, *args, **kwargs)
        finally:
            changes.bump()

    method.__name__ = name
    method.__qualname__ = f"RouteList.{name}"
    method.__doc__ = mutate.__doc__
    return cast(Callable[..., Any], method)


for _name in (
    *("append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse"),
    *("__setitem__", "__delitem__", "__iadd__", "__imul__"),
):
    setattr(RouteList, _name, _telling(_name))
