"""Type aliases shared by the whole package."""

from __future__ import annotations

import types
from enum import Enum
from typing import Any, Callable, Dict, Optional, Tuple, Type, TypeVar, Union

from pydantic import BaseModel
from pydantic.main import IncEx as IncEx

DecoratedCallable = TypeVar("DecoratedCallable", bound=Callable[..., Any])
# The origin of `X | Y`. Before Python 3.10 there is no such expression, so `Union` stands in for it.
UnionType: Any = getattr(types, "UnionType", Union)
ModelNameMap = Dict[Union[Type[BaseModel], Type[Enum]], str]
DependencyCacheKey = Tuple[Optional[Callable[..., Any]], Tuple[str, ...], str]
