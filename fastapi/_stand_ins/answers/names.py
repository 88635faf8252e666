"""Starlette's code of responses with other objects under some of its global names."""

from __future__ import annotations

from types import FunctionType
from typing import Any

from starlette import responses


def with_stand_ins(function: Any, **names: object) -> Any:
    """Return a function of Starlette's module with other objects under some global names."""
    globals_ = {**vars(responses), **names}
    made = FunctionType(function.__code__, globals_, function.__name__, function.__defaults__, function.__closure__)
    made.__kwdefaults__ = function.__kwdefaults__
    return made
