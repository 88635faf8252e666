"""What is known about one callable of the dependency tree, and what follows from that.

A `Dependant` is made when a route is added. Values that can be derived from it (scopes, cache key, kind of callable)
are functions here, because anybody may change the lists of a `Dependant` at any time.
"""

from __future__ import annotations

import inspect
import sys
from dataclasses import dataclass
from dataclasses import field as field
from functools import lru_cache, partial
from types import FunctionType
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    Iterable,
    List,
    Optional,
    Tuple,
)

from typing_extensions import Literal as Literal

from fastapi._changes import Readers, Version, WatchedList, changes, watched
from fastapi._compat import ModelField as ModelField
from fastapi.concurrency import _DependencyConcurrency as _DependencyConcurrency
from fastapi.security.base import SecurityBase as SecurityBase
from fastapi.types import DependencyCacheKey

if sys.version_info >= (3, 13):
    from inspect import iscoroutinefunction
else:
    # Before 3.13 only asyncio knows functions marked as coroutines without being such.
    from asyncio import iscoroutinefunction

_UsesScopesCache = Dict[int, Tuple["Dependant", bool]]

_CALLABLE_CLASSIFICATION_CACHE_SIZE = 4096


@dataclass(init=False)
class Dependant:
    """A callable together with everything it asks for."""

    __slots__ = (
        "path_params",
        "query_params",
        "header_params",
        "cookie_params",
        "body_params",
        "dependencies",
        "name",
        "call",
        "request_param_name",
        "websocket_param_name",
        "http_connection_param_name",
        "response_param_name",
        "background_tasks_param_name",
        "security_scopes_param_name",
        "own_oauth_scopes",
        "parent_oauth_scopes",
        "use_cache",
        "path",
        "scope",
        "concurrency",
        "_plan",
        "_shape",
        "_readers",
        "__weakref__",
    )

    path_params: List[ModelField]
    query_params: List[ModelField]
    header_params: List[ModelField]
    cookie_params: List[ModelField]
    body_params: List[ModelField]
    dependencies: List[Dependant]
    name: Optional[str]
    call: Optional[Callable[..., Any]]
    request_param_name: Optional[str]
    websocket_param_name: Optional[str]
    http_connection_param_name: Optional[str]
    response_param_name: Optional[str]
    background_tasks_param_name: Optional[str]
    security_scopes_param_name: Optional[str]
    own_oauth_scopes: Optional[List[str]]
    parent_oauth_scopes: Optional[List[str]]
    use_cache: bool
    path: Optional[str]
    scope: Optional[Literal["function", "request"]]
    concurrency: Any
    if TYPE_CHECKING:
        # Kept by the solver; no field of the dataclass, for it says nothing about the dependant.
        _plan: Any
        # What the lists are made of on the first look at one of them; `None` once they are there. See `_shapes`.
        _shape: Any
        # The plans that have read this dependant; its lists tell the same ones.
        _readers: Readers

    def __new__(cls, *_: Any, **__: Any) -> Dependant:
        # A new dependant is no change of anything that exists, so the attributes are set without telling.
        made = object.__new__(cls)
        put = object.__setattr__
        put(made, "_readers", Readers())
        put(made, "_plan", None)
        put(made, "_shape", None)
        return made

    def __init__(
        self,
        path_params: Iterable[ModelField] = (),
        query_params: Iterable[ModelField] = (),
        header_params: Iterable[ModelField] = (),
        cookie_params: Iterable[ModelField] = (),
        body_params: Iterable[ModelField] = (),
        dependencies: Iterable[Dependant] = (),
        name: Optional[str] = None,
        call: Optional[Callable[..., Any]] = None,
        request_param_name: Optional[str] = None,
        websocket_param_name: Optional[str] = None,
        http_connection_param_name: Optional[str] = None,
        response_param_name: Optional[str] = None,
        background_tasks_param_name: Optional[str] = None,
        security_scopes_param_name: Optional[str] = None,
        own_oauth_scopes: Optional[List[str]] = None,
        parent_oauth_scopes: Optional[List[str]] = None,
        use_cache: bool = True,
        path: Optional[str] = None,
        scope: Optional[Literal["function", "request"]] = None,
        concurrency: Any = None,
    ) -> None:
        put, readers = partial(object.__setattr__, self), self._readers
        put("path_params", watched(path_params, readers))
        put("query_params", watched(query_params, readers))
        put("header_params", watched(header_params, readers))
        put("cookie_params", watched(cookie_params, readers))
        put("body_params", watched(body_params, readers))
        put("dependencies", watched(dependencies, readers))
        put("name", name)
        put("call", call)
        put("request_param_name", request_param_name)
        put("websocket_param_name", websocket_param_name)
        put("http_connection_param_name", http_connection_param_name)
        put("response_param_name", response_param_name)
        put("background_tasks_param_name", background_tasks_param_name)
        put("security_scopes_param_name", security_scopes_param_name)
        put("own_oauth_scopes", _watched_or_none(own_oauth_scopes, readers))
        put("parent_oauth_scopes", _watched_or_none(parent_oauth_scopes, readers))
        put("use_cache", use_cache)
        put("path", path)
        put("scope", scope)
        put("concurrency", concurrency)

    def __getattr__(self, name: str) -> Any:
        # A slot without a value: one of the lists, before the first look at any of them.
        shape = object.__getattribute__(self, "_shape") if name in DEPENDANT_LISTS else None
        if shape is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        with changes.lock:
            if self._shape is not None:
                shape.fill(self)
                object.__setattr__(self, "_shape", None)
        return object.__getattribute__(self, name)

    def __reduce_ex__(self, protocol: Any) -> Any:
        # A copy has the same lists. It is planned anew, and no plan has read it.
        self.dependencies  # noqa: B018
        reduced: Any = super().__reduce_ex__(protocol)
        make, args, (attributes, slots), *rest = reduced
        kept = {name: value for name, value in slots.items() if name not in _OWN_SLOTS}
        return (make, args, (attributes, kept), *rest)

    def __setattr__(self, name: str, value: Any) -> None:
        if type(value) is list:
            value = watched(value, self._readers)
        object.__setattr__(self, name, value)
        self._readers.tell()


# The attributes that hold what was found in the signature.
DEPENDANT_LISTS = (
    "path_params",
    "query_params",
    "header_params",
    "cookie_params",
    "body_params",
    "dependencies",
)
_WATCHED = (*DEPENDANT_LISTS, "own_oauth_scopes", "parent_oauth_scopes")


# What a dependant keeps for this package.
_OWN_SLOTS = frozenset(["_plan", "_shape", "_readers"])


def _watched_or_none(scopes: Optional[List[str]], readers: Readers) -> Optional[List[str]]:
    return None if scopes is None else watched(scopes, readers)


def follow(dependant: Dependant, version: Version) -> None:
    """Let `version` grow with every change of `dependant` and of all that it depends on."""
    dependant._readers.add(version)
    if dependant._shape is not None:
        return  # Its lists will have the same readers.
    for name in _WATCHED:
        kept = getattr(dependant, name)
        if type(kept) is WatchedList and kept._readers is not dependant._readers:
            kept._readers.add(version)
    for sub_dependant in dependant.dependencies:
        follow(sub_dependant, version)


# Scopes and cache key.


def _get_oauth_scopes(*, dependant: Dependant) -> List[str]:
    """Return the OAuth2 scopes that apply to `dependant`: inherited ones first, each once."""
    scopes = list(dependant.parent_oauth_scopes or ())
    for scope in dependant.own_oauth_scopes or ():
        if scope not in scopes:
            scopes.append(scope)
    return scopes


def _uses_scopes(*, dependant: Dependant, cache: Optional[_UsesScopesCache] = None) -> bool:
    """Return whether the result of `dependant` depends on the OAuth2 scopes it was declared with.

    `cache` lasts for one walk over a tree; it holds the dependant itself, so that its `id` is not given to another one.
    """
    if cache is None:
        cache = {}
    known = cache.get(id(dependant))
    if known is not None:
        return known[1]
    uses = (
        bool(dependant.own_oauth_scopes)
        or dependant.security_scopes_param_name is not None
        or _is_security_scheme(dependant=dependant)
        or any(_uses_scopes(dependant=sub, cache=cache) for sub in dependant.dependencies)
    )
    cache[id(dependant)] = (dependant, uses)
    return uses


def _get_cache_key(*, dependant: Dependant, uses_scopes_cache: Optional[_UsesScopesCache] = None) -> DependencyCacheKey:
    """Return what makes two uses of a dependency within a request the same."""
    scopes: Tuple[str, ...] = ()
    if _uses_scopes(dependant=dependant, cache=uses_scopes_cache):
        scopes = tuple(sorted(set(_get_oauth_scopes(dependant=dependant))))
    return (dependant.call, scopes, _get_computed_scope(dependant=dependant) or "")


def _get_computed_scope(*, dependant: Dependant) -> Optional[str]:
    """Return when the exit code of `dependant` runs: as declared, else after the response, else there is none."""
    if dependant.scope:
        return dependant.scope
    if gives_generator(dependant.call) or gives_async_generator(dependant.call):
        return "request"
    return None


# Security schemes.


def _is_security_scheme(*, dependant: Dependant) -> bool:
    return isinstance(_unwrapped_call(dependant.call), SecurityBase)


def _get_security_scheme(*, dependant: Dependant) -> SecurityBase:
    scheme = _unwrapped_call(dependant.call)
    assert isinstance(scheme, SecurityBase)
    return scheme


# Kinds of callables.


class _CallIdentity:
    """A key for a callable that may be unhashable, or equal to a different one."""

    __slots__ = ("call",)

    def __init__(self, call: Callable[..., Any]) -> None:
        self.call = call

    def __hash__(self) -> int:
        return id(self.call)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _CallIdentity) and other.call is self.call


def _is_gen_callable(call: Optional[Callable[..., Any]]) -> bool:
    """Return whether calling `call` gives a generator."""
    return call is not None and _is_gen_callable_cached(_CallIdentity(call))


def _is_async_gen_callable(call: Optional[Callable[..., Any]]) -> bool:
    """Return whether calling `call` gives an asynchronous generator."""
    return call is not None and _is_async_gen_callable_cached(_CallIdentity(call))


def _is_coroutine_callable(call: Optional[Callable[..., Any]]) -> bool:
    """Return whether calling `call` gives something to await."""
    return call is not None and _is_coroutine_callable_cached(_CallIdentity(call))


# PERF: what kind a plain function is stands in its code, and nothing has to be remembered for it (benchmark: register).
def gives_generator(call: Any) -> bool:
    """Return what `_is_gen_callable` does."""
    return _has_flag(call, inspect.CO_GENERATOR) if _is_plain_function(call) else _is_gen_callable(call)


def gives_async_generator(call: Any) -> bool:
    """Return what `_is_async_gen_callable` does."""
    return _has_flag(call, inspect.CO_ASYNC_GENERATOR) if _is_plain_function(call) else _is_async_gen_callable(call)


def gives_awaitable(call: Any) -> bool:
    """Return what `_is_coroutine_callable` does."""
    if not _is_plain_function(call) or any(hasattr(call, mark) for mark in _COROUTINE_MARKS):
        return _is_coroutine_callable(call)
    return _has_flag(call, inspect.CO_COROUTINE)


def _is_plain_function(call: Any) -> bool:
    return type(call) is FunctionType and not hasattr(call, "__wrapped__")


def _has_flag(function: Any, flag: int) -> bool:
    return bool(function.__code__.co_flags & flag)


# How `asyncio` and `inspect` mark functions that return an awaitable without being coroutine functions.
_COROUTINE_MARKS = ("_is_coroutine", "_is_coroutine_mark", "_is_coroutine_marker")


@lru_cache(maxsize=_CALLABLE_CLASSIFICATION_CACHE_SIZE)
def _is_gen_callable_cached(call_identity: _CallIdentity) -> bool:
    return _is_made_by(inspect.isgeneratorfunction, call_identity.call)


@lru_cache(maxsize=_CALLABLE_CLASSIFICATION_CACHE_SIZE)
def _is_async_gen_callable_cached(call_identity: _CallIdentity) -> bool:
    return _is_made_by(inspect.isasyncgenfunction, call_identity.call)


@lru_cache(maxsize=_CALLABLE_CLASSIFICATION_CACHE_SIZE)
def _is_coroutine_callable_cached(call_identity: _CallIdentity) -> bool:
    # `__call__` may be an object that asyncio takes for a coroutine function; a callable itself has to be a routine.
    return _is_made_by(_is_coroutine_routine, call_identity.call, iscoroutinefunction)


def _is_coroutine_routine(function: Any) -> bool:
    return inspect.isroutine(function) and iscoroutinefunction(function)


def _is_made_by(
    is_kind: Callable[[Any], bool],
    call: Callable[..., Any],
    is_call_kind: Optional[Callable[[Any], bool]] = None,
) -> bool:
    """Return whether `call`, the function that it wraps, or the `__call__` of one of them is of a kind.

    A wrapper counts as well as the wrapped callable: either may be the one that yields. A class that wraps a plain
    function, as decorators do that are classes, is asked for its own `__call__`.
    """
    outer, inner = _impartial(call), _unwrapped_call(call)
    if is_kind(outer) or is_kind(inner):
        return True
    if inspect.isclass(inner):
        return False
    return any(_has_call_of_kind(is_call_kind or is_kind, owner) for owner in (outer, inner))


def _has_call_of_kind(is_kind: Callable[[Any], bool], owner: Any) -> bool:
    dunder_call = getattr(owner, "__call__", None)  # noqa: B004
    if dunder_call is None:
        return False
    return is_kind(_impartial(dunder_call)) or is_kind(_unwrapped_call(dunder_call))


def _unwrapped_call(call: Optional[Callable[..., Any]]) -> Any:
    """Return the callable behind `functools.partial` and decorators."""
    if call is None:
        return None
    return inspect.unwrap(_impartial(call))


def _impartial(func: Callable[..., Any]) -> Callable[..., Any]:
    """Return the callable behind any number of `functools.partial`."""
    while isinstance(func, partial):
        func = func.func
    return func
