"""The work that was done for a request before its handler starts: parameters read by the core, dependencies solved."""

from __future__ import annotations

from typing import Dict, NamedTuple, Optional, Sequence, Tuple

from starlette.background import BackgroundTasks
from starlette.responses import Response

from fastapi._changes import Version
from fastapi._compat import ModelField
from fastapi.dependencies.models import Dependant
from fastapi.types import DependencyCacheKey


class Take(NamedTuple):
    """One parameter in the core's answer: the name of the argument, the index of its value, and how to complete it."""

    name: str
    slot: int
    # The field that validates the value; None when the core has converted and checked it.
    field: Optional[ModelField]
    loc: Tuple[str, ...]


class Takes(NamedTuple):
    """The parameters that the core has read for a dependant and for each of its dependencies."""

    # None: the core read none of them, and the request holds them.
    own: Optional[Sequence[Take]]
    subs: Sequence[Takes]


class ReadParameters(NamedTuple):
    """The core's answer for one request, and where each dependant of the operation finds its parameters in it."""

    answer: Sequence[object]
    dependant: Dependant
    takes: Takes
    # A version that grows when a dependant changes, and its count when `takes` was made.
    version: Version
    seen: int


class Begun(NamedTuple):
    """The parameters that are read and the dependencies that have run when the exact handler takes a request over.

    The first `completed` dependencies, counted in the order of solving, have run; `solved` holds their results by cache
    key. A dependency that several others need counts once for each of them.
    """

    read: Optional[ReadParameters] = None
    solved: Optional[Dict[DependencyCacheKey, object]] = None
    completed: int = 0
    # The objects that functions which have run may hold.
    response: Optional[Response] = None
    background_tasks: Optional[BackgroundTasks] = None
