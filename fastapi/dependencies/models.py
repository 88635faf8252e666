"""One callable of the dependency tree with everything that it asks for, and the values derived from it.

A `Dependant` is made when a route is added. Derived values (scopes, cache key, kind of callable) are functions, because
an application may change the lists of a `Dependant` at any time.
"""

from __future__ import annotations

import inspect
import sys
from dataclasses import dataclass
from dataclasses import field as field
from functools import lru_cache, partial
from types import FunctionType
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, List, Optional, Tuple, cast

from typing_extensions import Literal as Literal
from typing_extensions import SupportsIndex, TypeGuard

from fastapi._changes import Readers, Version, WatchedList, changes, watched
from fastapi._compat import ModelField as ModelField
from fastapi.concurrency import _DependencyConcurrency as _DependencyConcurrency
from fastapi.security.base import SecurityBase as SecurityBase
from fastapi.types import AnyCallable, DependencyCacheKey

if sys.version_info >= (3, 13):
    from inspect import iscoroutinefunction
else:
    # Before 3.13 only asyncio knows functions marked as coroutines without being such.
    from asyncio import iscoroutinefunction

if TYPE_CHECKING:
    from fastapi.dependencies._declared.shapes import SignatureShape
    from fastapi.dependencies._solving.dependant_plan import CurrentPlan

IsKind = Callable[[object], bool]
_UsesScopesCache = Dict[int, Tuple["Dependant", bool]]

_CALLABLE_CLASSIFICATION_CACHE_SIZE = 4096


# The attributes that hold the parameters and the dependencies in the signature.
DEPENDANT_LISTS = ("path_params", "query_params", "header_params", "cookie_params", "body_params", "dependencies")
# The attributes that hold the names of the parameters that are objects of the request.
REQUEST_OBJECT_NAMES = (
    *("request_param_name", "websocket_param_name", "http_connection_param_name"),
    *("response_param_name", "background_tasks_param_name", "security_scopes_param_name"),
)
_WATCHED = (*DEPENDANT_LISTS, "own_oauth_scopes", "parent_oauth_scopes")
# The attributes that belong to this package. Copies of a dependant do not have them.
_OWN_SLOTS = ("_plan", "_shape", "_readers")


@dataclass(init=False)
class Dependant:
    """A callable together with everything that it asks for."""

    __slots__ = (
        *(*DEPENDANT_LISTS, "name", "call", *REQUEST_OBJECT_NAMES, "own_oauth_scopes", "parent_oauth_scopes"),
        *("use_cache", "path", "scope", "concurrency", *_OWN_SLOTS, "__weakref__"),
    )

    path_params: List[ModelField]
    query_params: List[ModelField]
    header_params: List[ModelField]
    cookie_params: List[ModelField]
    body_params: List[ModelField]
    dependencies: List[Dependant]
    name: Optional[str]
    call: Optional[AnyCallable]
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
    concurrency: Optional[_DependencyConcurrency]
    if TYPE_CHECKING:
        # Slots that are no fields of the dataclass, because they do not describe the dependant.
        # The plan of the solver.
        _plan: Optional[CurrentPlan]
        # The shape (`_declared/shapes.py`) that fills the lists when a caller reads one of them; None once they are
        # filled.
        _shape: Optional[SignatureShape]
        # The plans that have read this dependant. Its lists have the same readers.
        _readers: Readers

    def __new__(cls, *_: object, **__: object) -> Dependant:
        # No plan has read a new dependant, so its attributes are set without telling any.
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
        call: Optional[AnyCallable] = None,
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
        concurrency: Optional[_DependencyConcurrency] = None,
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
        # A list has no value until a caller reads one of them for the first time.
        shape = object.__getattribute__(self, "_shape") if name in DEPENDANT_LISTS else None
        if shape is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        with changes.lock:
            if self._shape is not None:
                shape.fill(self)
                object.__setattr__(self, "_shape", None)
        return object.__getattribute__(self, name)

    def __reduce_ex__(self, protocol: SupportsIndex) -> Tuple[object, ...]:
        # A copy has the same lists, but no plan, and no plan has read it. Reading one list fills all of them.
        self.dependencies  # noqa: B018
        make, args, (attributes, slots), *rest = cast("Tuple[Any, ...]", super().__reduce_ex__(protocol))
        kept = {name: value for name, value in slots.items() if name not in _OWN_SLOTS}
        return (make, args, (attributes, kept), *rest)

    def __setattr__(self, name: str, value: object) -> None:
        if type(value) is list:
            value = watched(value, self._readers)
        object.__setattr__(self, name, value)
        self._readers.tell()


def _watched_or_none(scopes: Optional[List[str]], readers: Readers) -> Optional[List[str]]:
    return None if scopes is None else watched(scopes, readers)


def follow(dependant: Dependant, version: Version) -> None:
    """Let `version` grow with every change of `dependant` and of its dependencies."""
    dependant._readers.add(version)
    if dependant._shape is not None:
        return  # Its lists will get the same readers when they are filled.
    for name in _WATCHED:
        kept = getattr(dependant, name)
        if type(kept) is WatchedList and kept._readers is not dependant._readers:
            kept._readers.add(version)
    for sub_dependant in dependant.dependencies:
        follow(sub_dependant, version)


# Scopes and cache key.


def _get_oauth_scopes(*, dependant: Dependant) -> List[str]:
    """Return the OAuth2 scopes that apply to `dependant`: the inherited ones, then its own new ones."""
    inherited = list(dependant.parent_oauth_scopes or ())
    own = dict.fromkeys(dependant.own_oauth_scopes or ())
    return inherited + [scope for scope in own if scope not in inherited]


def _uses_scopes(*, dependant: Dependant, cache: Optional[_UsesScopesCache] = None) -> bool:
    """Return whether the result of `dependant` depends on the OAuth2 scopes with which it was declared.

    `cache` lasts for one walk over a tree. It holds each dependant, so that Python gives its `id` to no other object.
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
    """Return a key that is equal for two uses of a dependency if they share one result within a request."""
    scope = _get_computed_scope(dependant=dependant) or ""
    if not _uses_scopes(dependant=dependant, cache=uses_scopes_cache):
        return dependant.call, (), scope
    return dependant.call, tuple(sorted(set(_get_oauth_scopes(dependant=dependant)))), scope


def _get_computed_scope(*, dependant: Dependant) -> Optional[str]:
    """Return when the exit code of `dependant` runs: as declared, or else after the response; None without `yield`."""
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
    """A key that identifies a callable, which may be unhashable, or equal to a different one."""

    __slots__ = ("call",)

    def __init__(self, call: AnyCallable) -> None:
        self.call = call

    def __hash__(self) -> int:
        return id(self.call)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _CallIdentity) and other.call is self.call


def _is_gen_callable(call: Optional[AnyCallable]) -> bool:
    """Return whether a call of `call` returns a generator."""
    return call is not None and _is_gen_callable_cached(_CallIdentity(call))


def _is_async_gen_callable(call: Optional[AnyCallable]) -> bool:
    """Return whether a call of `call` returns an asynchronous generator."""
    return call is not None and _is_async_gen_callable_cached(_CallIdentity(call))


def _is_coroutine_callable(call: Optional[AnyCallable]) -> bool:
    """Return whether a call of `call` returns an awaitable."""
    return call is not None and _is_coroutine_callable_cached(_CallIdentity(call))


# PERF: the flags of a plain function tell its kind, without an entry in a cache (benchmark: register).
def gives_generator(call: Optional[AnyCallable]) -> bool:
    """Return the result of `_is_gen_callable`, faster for a plain function."""
    if _is_unwrapped_function(call):
        return bool(call.__code__.co_flags & inspect.CO_GENERATOR)
    return _is_gen_callable(call)


def gives_async_generator(call: Optional[AnyCallable]) -> bool:
    """Return the result of `_is_async_gen_callable`, faster for a plain function."""
    if _is_unwrapped_function(call):
        return bool(call.__code__.co_flags & inspect.CO_ASYNC_GENERATOR)
    return _is_async_gen_callable(call)


def gives_awaitable(call: Optional[AnyCallable]) -> bool:
    """Return the result of `_is_coroutine_callable`, faster for a plain function."""
    if _is_unwrapped_function(call) and not any(hasattr(call, mark) for mark in _COROUTINE_MARKS):
        return bool(call.__code__.co_flags & inspect.CO_COROUTINE)
    return _is_coroutine_callable(call)


def _is_unwrapped_function(call: object) -> TypeGuard[FunctionType]:
    return type(call) is FunctionType and not hasattr(call, "__wrapped__")


# `asyncio` and `inspect` mark functions with these that return an awaitable without being coroutine functions.
_COROUTINE_MARKS = ("_is_coroutine", "_is_coroutine_mark", "_is_coroutine_marker")


@lru_cache(maxsize=_CALLABLE_CLASSIFICATION_CACHE_SIZE)
def _is_gen_callable_cached(call_identity: _CallIdentity) -> bool:
    return _is_made_by(inspect.isgeneratorfunction, call_identity.call)


@lru_cache(maxsize=_CALLABLE_CLASSIFICATION_CACHE_SIZE)
def _is_async_gen_callable_cached(call_identity: _CallIdentity) -> bool:
    return _is_made_by(inspect.isasyncgenfunction, call_identity.call)


@lru_cache(maxsize=_CALLABLE_CLASSIFICATION_CACHE_SIZE)
def _is_coroutine_callable_cached(call_identity: _CallIdentity) -> bool:
    # The callable itself must be a routine; its `__call__` may be any object that asyncio takes for a coroutine
    # function.
    return _is_made_by(_is_coroutine_routine, call_identity.call, iscoroutinefunction)


def _is_coroutine_routine(function: object) -> bool:
    return inspect.isroutine(function) and iscoroutinefunction(function)


def _is_made_by(
    is_kind: IsKind,
    call: AnyCallable,
    is_call_kind: Optional[IsKind] = None,
) -> bool:
    """Return whether `call`, the function that it wraps, or the `__call__` of one of them is of a kind.

    Either of the wrapper and the wrapped callable may be the one that yields. A decorator may be a class whose instance
    wraps a plain function: then the `__call__` of the instance counts.
    """
    outer, inner = _impartial(call), _unwrapped_call(call)
    if is_kind(outer) or is_kind(inner):
        return True
    if inspect.isclass(inner):
        return False
    return any(_has_call_of_kind(is_call_kind or is_kind, owner) for owner in (outer, inner))


def _has_call_of_kind(is_kind: IsKind, owner: object) -> bool:
    dunder_call = getattr(owner, "__call__", None)  # noqa: B004
    if dunder_call is None:
        return False
    return is_kind(_impartial(dunder_call)) or is_kind(_unwrapped_call(dunder_call))


def _unwrapped_call(call: Optional[AnyCallable]) -> object:
    """Return the callable behind `functools.partial` and decorators."""
    if call is None:
        return None
    return inspect.unwrap(_impartial(call))


def _impartial(func: AnyCallable) -> AnyCallable:
    """Return the callable behind any number of `functools.partial`."""
    while isinstance(func, partial):
        func = func.func
    return func
