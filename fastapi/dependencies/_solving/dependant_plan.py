"""The part of solving a dependant that is the same for every request.

A plan is made at the first request, and again after a change of the dependant or of a replaced function.
"""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from typing import Callable, NamedTuple, Optional, Sequence, cast

from fastapi._changes import Version, changes
from fastapi.dependencies._solving.body import BodyParamReader, make_body_readers
from fastapi.dependencies._solving.params import Reader, make_readers
from fastapi.dependencies._solving.request_objects import get_providers
from fastapi.dependencies.models import (
    Dependant,
    _get_cache_key,
    _get_oauth_scopes,
    _is_async_gen_callable,
    _is_coroutine_callable,
    _is_gen_callable,
    _UsesScopesCache,
    follow,
)
from fastapi.types import AnyCallable

# Kinds of callables.
SYNC, COROUTINE, GENERATOR, ASYNC_GENERATOR = range(4)

# Makes the context manager of a dependency that yields from its arguments.
ContextMaker = AnyCallable
# Tests and tools replace the names without the underscore, which `fastapi.dependencies.utils` shows.
_own_asynccontextmanager: Callable[[AnyCallable], ContextMaker] = asynccontextmanager
_own_contextmanager: Callable[[AnyCallable], ContextMaker] = contextmanager


class DependantPlan:
    """The readers, dependencies and call of one dependant, found once for all requests."""

    __slots__ = (
        "body",
        "cache_key",
        "call",
        "concurrency",
        "cookie",
        "dependant",
        "header",
        "kind",
        "make_context",
        "name",
        "oauth_scopes",
        "path",
        "providers",
        "query",
        "scope",
        "shows_request",
        "size",
        "subs",
        "takes_request",
        "use_cache",
    )

    def __init__(self, dependant: Dependant, uses_scopes: _UsesScopesCache) -> None:
        self.dependant = dependant
        # The solver calls only dependencies, which all have a call.
        self.call = cast(AnyCallable, dependant.call)
        self.kind = _get_kind(dependant.call)
        self.make_context = _make_context_maker(self.kind, dependant.call)
        self.name = dependant.name
        self.use_cache = dependant.use_cache
        self.scope = dependant.scope
        self.concurrency = dependant.concurrency
        self.subs: Sequence[DependantPlan] = tuple(DependantPlan(sub, uses_scopes) for sub in dependant.dependencies)
        # How many dependencies are solved with this one, itself included.
        self.size: int = 1 + sum(sub.size for sub in self.subs)
        self.cache_key = _get_cache_key(dependant=dependant, uses_scopes_cache=uses_scopes)
        self.oauth_scopes = _get_oauth_scopes(dependant=dependant)
        self.path: Sequence[Reader] = make_readers(dependant.path_params)
        self.query: Sequence[Reader] = make_readers(dependant.query_params)
        self.header: Sequence[Reader] = make_readers(dependant.header_params)
        self.cookie: Sequence[Reader] = make_readers(dependant.cookie_params)
        self.body: Sequence[BodyParamReader] = make_body_readers(dependant.body_params)
        self.providers = get_providers(dependant)
        self.takes_request: bool = (dependant.request_param_name or dependant.http_connection_param_name) is not None
        # Whether a function gets the request before all parameters are read.
        self.shows_request: bool = any(sub.shows_request or sub.takes_request for sub in self.subs)


class CurrentPlan(NamedTuple):
    """A plan, and how to tell whether it is still right."""

    plan: DependantPlan
    # Grows when the dependants of the plan change.
    version: Version
    # `changes.count` when the plan was made.
    seen: int


def get_plan(dependant: Dependant) -> DependantPlan:
    """Return the plan of `dependant`; make it anew after a change."""
    current: Optional[CurrentPlan] = dependant._plan
    if current is None or current.version.count or current.seen != changes.count:
        version, seen = Version(), changes.count
        # First, so that a change made while the plan is built makes the plan stale.
        follow(dependant, version)
        current = CurrentPlan(DependantPlan(dependant, {}), version, seen)
        # Two requests at once may both make one. The plans are equal, and the last one stays.
        object.__setattr__(dependant, "_plan", current)
    return current.plan


def _get_kind(call: Optional[AnyCallable]) -> int:
    if _is_async_gen_callable(call):
        return ASYNC_GENERATOR
    if _is_gen_callable(call):
        return GENERATOR
    if _is_coroutine_callable(call):
        return COROUTINE
    return SYNC


def _make_context_maker(kind: int, call: Optional[AnyCallable]) -> Optional[ContextMaker]:
    """Return a function that makes the context manager of a call that yields; None for any other call."""
    if call is None or kind not in (GENERATOR, ASYNC_GENERATOR):
        return None
    return _own_asynccontextmanager(call) if kind == ASYNC_GENERATOR else _own_contextmanager(call)
