"""The list of routes of a router, which tells about every change."""

from __future__ import annotations

from typing import List

from starlette.routing import BaseRoute

from fastapi._changes import telling


@telling(
    *("append", "extend", "insert", "remove", "pop", "clear", "sort", "reverse"),
    *("__setitem__", "__delitem__", "__iadd__", "__imul__"),
)
class RouteList(List[BaseRoute]):
    """A list that bumps `changes` on any mutation: plans notice routes that are added behind a router's back."""
