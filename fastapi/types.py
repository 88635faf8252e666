"""Type aliases for the whole package."""

from __future__ import annotations

import collections.abc
import sys
import types
from enum import Enum
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any, Callable, Dict, Optional, Tuple, Type, TypeVar, Union

from pydantic import BaseModel
from pydantic.main import IncEx as IncEx

AnyCallable = Callable[..., Any]
# An object of JSON: claims, headers of a token, parts of an OpenAPI document.
JSONObject = Dict[str, Any]
DecoratedCallable = TypeVar("DecoratedCallable", bound=AnyCallable)
# The origin of `X | Y`. Before Python 3.10 there is no such expression, so `Union` stands in for it.
UnionType: Any = getattr(types, "UnionType", Union)
if TYPE_CHECKING or sys.version_info < (3, 10):
    ModelNameMap = Dict[Union[Type[BaseModel], Type[Enum]], str]
    DependencyCacheKey = Tuple[Optional[AnyCallable], Tuple[str, ...], str]
else:
    # Aliases of `types`, not of `typing`, as in the real package: `isinstance` tells them apart.
    ModelNameMap = dict[type[BaseModel] | type[Enum], str]
    DependencyCacheKey = tuple[collections.abc.Callable[..., Any] | None, tuple[str, ...], str]


def union_of(*members: object) -> object:
    """Return `X | Y`, which from Python 3.10 to 3.13 is not the same object as `Union[X, Y]`."""
    return reduce(or_, members) if sys.version_info >= (3, 10) else Union[members]
