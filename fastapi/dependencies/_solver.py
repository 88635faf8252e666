"""Solving a tree of dependants for one request.

Each dependency is solved depth first, in the order of declaration: what it depends on, then its own parameters, then
its call. A dependency with errors is not called, and neither is what depends on it, but its siblings are solved, so
that a response tells all errors at once.

What does not depend on the request is in a `_Plan`, made at the first request and again when anything changed.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple, Union

from anyio import CancelScope
from starlette.background import BackgroundTasks as StarletteBackgroundTasks
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from fastapi._changes import Version, changes
from fastapi._compat import ModelField, Undefined
from fastapi._scope_keys import CLEANUP_SCOPES_KEY, FUNCTION_STACK_KEY, REQUEST_STACK_KEY
from fastapi._stand_ins.guards import Originals, are_replaced
from fastapi._stand_ins.response_template import make_blank_response
from fastapi._stand_ins.worker_threads import call_in_thread
from fastapi.background import BackgroundTasks
from fastapi.concurrency import (
    _asynccontextmanager_with_shielded_exit,
    _contextmanager_with_concurrency_limit,
    contextmanager_in_threadpool,
)
from fastapi.dependencies._analysis import get_dependant
from fastapi.dependencies._body import BodyReader, make_body_readers, read_body, request_body_to_args
from fastapi.dependencies._params import (
    Errors,
    Reader,
    Values,
    make_readers,
    read_params,
    request_params_to_args,
    validate_value,
)
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
from fastapi.security.oauth2 import SecurityScopes
from fastapi.types import DependencyCacheKey


@dataclass
class SolvedDependency:
    """What a request gives to a dependant."""

    values: Dict[str, Any]
    errors: List[Any]
    background_tasks: Optional[StarletteBackgroundTasks]
    response: Response
    dependency_cache: Dict[DependencyCacheKey, Any]


class Take(NamedTuple):
    """One parameter that the core has read: the argument, the place in the core's answer, who finishes the value."""

    name: str
    slot: int
    # None: the core has converted and checked it.
    field: Optional[ModelField]
    loc: Tuple[str, ...]


class Takes(NamedTuple):
    """The parameters of a dependant that the core has read (None: they are to be read), and those it depends on."""

    own: Optional[Sequence[Take]]
    subs: Sequence[Any]


class ReadParameters(NamedTuple):
    """What the core has read of a request, for the dependant of one operation and those it depends on."""

    answer: Sequence[Any]
    dependant: Dependant
    takes: Takes
    # What tells whether the dependants are as they were, and its count when they were looked at.
    version: Version
    seen: int


class Begun(NamedTuple):
    """What was done for a request before its handler was called.

    Of the dependencies, in the order in which they are solved, the first `completed` have run: their results are in
    `solved`, by cache key. A dependency that is asked for several times counts each time.
    """

    read: Optional[ReadParameters] = None
    solved: Optional[Dict[DependencyCacheKey, Any]] = None
    completed: int = 0


_NOT_BEGUN = Begun()


async def solve_dependencies(
    *,
    request: Union[Request, WebSocket],
    dependant: Dependant,
    body: Any = Undefined,
    background_tasks: Optional[StarletteBackgroundTasks] = None,
    response: Optional[Response] = None,
    dependency_overrides_provider: Optional[Any] = None,
    dependency_cache: Optional[Dict[DependencyCacheKey, Any]] = None,
    # Kept for callers that pass them: the stacks are those of the request, and a plan knows who uses scopes.
    async_exit_stack: AsyncExitStack,
    embed_body_fields: bool,
    _uses_scopes_cache: Optional[_UsesScopesCache] = None,
) -> SolvedDependency:
    """Return the arguments for the call of `dependant`, or the errors in the request."""
    solution = _Solution(
        request,
        body,
        background_tasks,
        make_blank_response() if response is None else response,
        dependency_overrides_provider,
        {} if dependency_cache is None else dependency_cache,
        embed_body_fields,
        _NOT_BEGUN,
    )
    return await _solve_all(solution, dependant)


async def solve_rest(
    begun: Begun,
    *,
    request: Request,
    dependant: Dependant,
    body: Any,
    dependency_overrides_provider: Optional[Any],
    embed_body_fields: bool,
) -> SolvedDependency:
    """Do what `solve_dependencies` does for a request that was begun elsewhere."""
    cache = {} if begun.solved is None else begun.solved
    solution = _Solution(
        request, body, None, make_blank_response(), dependency_overrides_provider, cache, embed_body_fields, begun
    )
    return await _solve_all(solution, dependant)


async def _solve_all(solution: _Solution, dependant: Dependant) -> SolvedDependency:
    plan, read, takes = _get_plan(dependant), solution.read, None
    if read is not None and read.dependant is dependant and read.version.count == read.seen:
        takes = read.takes
    values, errors = await _solve(solution, plan, takes)
    return SolvedDependency(
        values=values,
        errors=errors,
        background_tasks=solution.background_tasks,
        response=solution.response,
        dependency_cache=solution.cache,
    )


class _Solution:
    """What all dependants of one request share."""

    __slots__ = (
        "background_tasks",
        "body",
        "cache",
        "completed",
        "embedded",
        "overrides_provider",
        "read",
        "request",
        "response",
    )

    def __init__(
        self,
        request: Union[Request, WebSocket],
        body: Any,
        background_tasks: Optional[StarletteBackgroundTasks],
        response: Response,
        overrides_provider: Any,
        cache: Dict[DependencyCacheKey, Any],
        embedded: bool,
        begun: Begun,
    ) -> None:
        self.request = request
        self.body = body
        self.background_tasks = background_tasks
        self.response = response
        self.overrides_provider = overrides_provider
        self.cache = cache
        self.embedded = embedded
        self.read = begun.read
        # How many dependencies are still to be passed that have run before.
        self.completed = begun.completed


async def _solve(solution: _Solution, plan: _Plan, takes: Optional[Takes]) -> Tuple[Values, Errors]:
    values: Values = {}
    errors: Errors = []
    for number, sub in enumerate(plan.subs):
        await _solve_sub(solution, sub, None if takes is None else takes.subs[number], values, errors)
    if request_params_to_args is not _originals.request_params_to_args or are_replaced():
        _read_by_function(solution.request, plan.dependant, values, errors)
    elif takes is None or takes.own is None:
        _read(solution.request, plan, values, errors)
    else:
        assert solution.read is not None
        _take(solution.read.answer, takes.own, values, errors)
    if plan.body and request_body_to_args is not _originals.request_body_to_args:
        body_values, body_errors = await request_body_to_args(
            body_fields=plan.dependant.body_params,
            received_body=solution.body,
            embed_body_fields=solution.embedded,
        )
        values.update(body_values)
        errors.extend(body_errors)
    elif plan.body:
        await read_body(plan.body, solution.body, solution.embedded, values, errors)
    for name, provide in plan.specials:
        provide(solution, plan, name, values)
    return values, errors


def _read_by_function(request: HTTPConnection, dependant: Dependant, values: Values, errors: Errors) -> None:
    """Find and validate the parameters of a dependant with the public function, from each part of the request.

    For a function that was put in the place of ours, and for replaced methods of the request or of its parts.
    """
    for fields, received in (
        (dependant.path_params, request.path_params),
        (dependant.query_params, request.query_params),
        (dependant.header_params, request.headers),
        (dependant.cookie_params, request.cookies),
    ):
        found_values, found_errors = request_params_to_args(fields, received)
        values.update(found_values)
        errors.extend(found_errors)


def _read(request: HTTPConnection, plan: _Plan, values: Values, errors: Errors) -> None:
    """Find and validate the parameters of a dependant."""
    if plan.path:
        read_params(plan.path, request.path_params, values, errors)
    if plan.query:
        read_params(plan.query, request.query_params, values, errors)
    if plan.header:
        read_params(plan.header, request.headers, values, errors)
    if plan.cookie:
        read_params(plan.cookie, request.cookies, values, errors)


def _take(answer: Sequence[Any], takes: Sequence[Take], values: Values, errors: Errors) -> None:
    """Take the parameters of a dependant that the core has read; validate those that only Pydantic knows."""
    for name, slot, field, loc in takes:
        value = answer[slot]
        if field is not None:
            value, found = validate_value(field, Undefined if value is ... else value, values, loc)
            if found:
                errors.extend(found)
                continue
        values[name] = value


async def _solve_sub(solution: _Solution, sub: _Plan, takes: Optional[Takes], values: Values, errors: Errors) -> None:
    if solution.completed >= sub.size:
        solution.completed -= sub.size
        if sub.name is not None:
            values[sub.name] = solution.cache[sub.cache_key]
        return
    # Whether a dependency is replaced is asked before those that it depends on are solved.
    used = sub if solution.completed else _get_override(solution, sub)
    if solve_dependencies is _originals.solve_dependencies:
        sub_values, sub_errors = await _solve(solution, used, takes if used is sub else None)
    else:
        sub_values, sub_errors = await _solve_by_function(solution, used.dependant)
    if sub_errors:
        errors.extend(sub_errors)
        return
    key = sub.cache_key
    if sub.use_cache and key in solution.cache:
        solved = solution.cache[key]
    else:
        solved = await _call(solution.request, used, sub_values)
        # A dependency that is not cached still leaves its first value for those that are.
        solution.cache.setdefault(key, solved)
    if sub.name is not None:
        values[sub.name] = solved


async def _solve_by_function(solution: _Solution, dependant: Dependant) -> Tuple[Values, Errors]:
    """Solve a dependency with the function that was put in the place of ours."""
    solved = await solve_dependencies(
        request=solution.request,
        dependant=dependant,
        body=solution.body,
        background_tasks=solution.background_tasks,
        response=solution.response,
        dependency_overrides_provider=solution.overrides_provider,
        dependency_cache=solution.cache,
        async_exit_stack=_get_stack(solution.request, REQUEST_STACK_KEY),
        embed_body_fields=solution.embedded,
    )
    solution.background_tasks = solved.background_tasks
    return solved.values, solved.errors


def _get_override(solution: _Solution, sub: _Plan) -> _Plan:
    """Return the plan of what is called instead of a dependency; looked up anew each time, for tests change it."""
    provider = solution.overrides_provider
    overrides = getattr(provider, "dependency_overrides", None) if provider else None
    if not overrides:
        return sub
    original = sub.dependant
    call = overrides.get(original.call, original.call)
    if call is original.call:
        return sub
    replacement = get_dependant(
        path=original.path or "",
        call=call,
        name=original.name,
        own_oauth_scopes=original.own_oauth_scopes,
        parent_oauth_scopes=original.parent_oauth_scopes,
        use_cache=original.use_cache,
        scope=original.scope,
        concurrency=original.concurrency,
    )
    return _Plan(replacement, {})


async def _call(request: Union[Request, WebSocket], plan: _Plan, values: Values) -> Any:
    call: Callable[..., Any] = plan.call
    if plan.kind in (_GENERATOR, _ASYNC_GENERATOR):
        name = FUNCTION_STACK_KEY if plan.scope == "function" else REQUEST_STACK_KEY
        if _solve_generator is not _originals._solve_generator:
            stack = _get_stack(request, name)
            return await _solve_generator(dependant=plan.dependant, stack=stack, sub_values=values, request=request)
        return await _get_stack(request, name).enter_async_context(_make_context(plan, values, request))
    if plan.concurrency is None:
        if plan.kind == _COROUTINE:
            return await call(**values)
        return await call_in_thread(run_in_threadpool, call, values)
    # Whoever waits for a slot holds no thread.
    async with plan.concurrency.get_semaphore():
        if plan.kind == _COROUTINE:
            return await call(**values)
        return await call_in_thread(run_in_threadpool, call, values)


# Dependencies that yield.


async def _solve_generator(
    *,
    dependant: Dependant,
    stack: AsyncExitStack,
    sub_values: Dict[str, Any],
    request: Union[Request, WebSocket],
) -> Any:
    """Run a dependency up to its `yield`, and leave the rest of it to `stack`."""
    return await stack.enter_async_context(_make_context(_get_plan(dependant), sub_values, request))


def _make_context(plan: _Plan, values: Values, request: Union[Request, WebSocket]) -> AbstractAsyncContextManager[Any]:
    """Return what runs a dependency up to its `yield`, and the rest of it later."""
    inner = _get_context_maker(plan)(**values)
    context: AbstractAsyncContextManager[Any]
    if plan.kind == _ASYNC_GENERATOR:
        context = _asynccontextmanager_with_shielded_exit(inner, _get_cleanup_scope(request))
    else:
        context = contextmanager_in_threadpool(inner)
    if plan.concurrency is not None:
        context = _contextmanager_with_concurrency_limit(context, plan.concurrency.get_semaphore())
    return context


def _get_cleanup_scope(request: HTTPConnection) -> CancelScope:
    """Return the cancel scope that is around all asynchronous generators of a route.

    It has to be opened before the first of them: a generator may hold scopes of its own, and scopes nest.
    """
    stack = _get_stack(request, REQUEST_STACK_KEY)
    scopes: Dict[AsyncExitStack, CancelScope] = request.scope.setdefault(CLEANUP_SCOPES_KEY, {})
    scope = scopes.get(stack)
    if scope is None:
        scope = scopes[stack] = stack.enter_context(CancelScope())
        # The dictionary may outlive the request, with the scope of a connection.
        stack.callback(scopes.pop, stack)
    return scope


def _get_stack(request: HTTPConnection, name: str) -> AsyncExitStack:
    stack = request.scope.get(name)
    assert isinstance(stack, AsyncExitStack), f"{name} not found in request scope"
    return stack


# Plans.

_SYNC, _COROUTINE, _GENERATOR, _ASYNC_GENERATOR = range(4)


class _Plan:
    """What is known about solving a dependant before there is a request."""

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
        "query",
        "scope",
        "size",
        "specials",
        "subs",
        "use_cache",
    )

    def __init__(self, dependant: Dependant, uses_scopes: _UsesScopesCache) -> None:
        self.dependant = dependant
        self.call: Any = dependant.call
        self.kind = _get_kind(dependant.call)
        self.make_context = _make_context_maker(self.kind, dependant.call)
        self.name = dependant.name
        self.use_cache = dependant.use_cache
        self.scope = dependant.scope
        self.concurrency = dependant.concurrency
        self.subs: Sequence[_Plan] = tuple(_Plan(sub, uses_scopes) for sub in dependant.dependencies)
        # How many dependencies are solved with this one, itself included.
        self.size: int = 1 + sum(sub.size for sub in self.subs)
        self.cache_key = _get_cache_key(dependant=dependant, uses_scopes_cache=uses_scopes)
        self.oauth_scopes = _get_oauth_scopes(dependant=dependant)
        self.path: Sequence[Reader] = make_readers(dependant.path_params)
        self.query: Sequence[Reader] = make_readers(dependant.query_params)
        self.header: Sequence[Reader] = make_readers(dependant.header_params)
        self.cookie: Sequence[Reader] = make_readers(dependant.cookie_params)
        self.body: Sequence[BodyReader] = make_body_readers(dependant.body_params)
        self.specials = _get_specials(dependant)


class _CurrentPlan(NamedTuple):
    """A plan, and what tells whether it is still right."""

    plan: _Plan
    version: Version
    # `changes.count` when the plan was made.
    seen: int


def _get_plan(dependant: Dependant) -> _Plan:
    current: Optional[_CurrentPlan] = dependant._plan
    if current is None or current.version.count or current.seen != changes.count:
        version, seen = Version(), changes.count
        # First: what changes while the plan is made makes it stale.
        follow(dependant, version)
        current = _CurrentPlan(_Plan(dependant, {}), version, seen)
        # Two requests at once may both make one; they are equal, and the last one stays.
        object.__setattr__(dependant, "_plan", current)
    return current.plan


def _get_kind(call: Optional[Callable[..., Any]]) -> int:
    if _is_async_gen_callable(call):
        return _ASYNC_GENERATOR
    if _is_gen_callable(call):
        return _GENERATOR
    if _is_coroutine_callable(call):
        return _COROUTINE
    return _SYNC


def _make_context_maker(kind: int, call: Any) -> Any:
    """Return what makes a context manager of a call that yields; `None` for any other."""
    if kind == _ASYNC_GENERATOR:
        return _originals.asynccontextmanager(call)
    return _originals.contextmanager(call) if kind == _GENERATOR else None


def _get_context_maker(plan: _Plan) -> Any:
    """Return the same for one request: a function that was put in the place of ours is called for each."""
    if plan.kind == _ASYNC_GENERATOR:
        is_replaced = asynccontextmanager is not _originals.asynccontextmanager
        return asynccontextmanager(plan.call) if is_replaced else plan.make_context
    return plan.make_context if contextmanager is _originals.contextmanager else contextmanager(plan.call)


# Objects of the request.

_Provider = Callable[[_Solution, _Plan, str, Values], None]


def _provide_connection(solution: _Solution, plan: _Plan, name: str, values: Values) -> None:
    values[name] = solution.request


def _provide_request(solution: _Solution, plan: _Plan, name: str, values: Values) -> None:
    if isinstance(solution.request, Request):
        values[name] = solution.request


def _provide_websocket(solution: _Solution, plan: _Plan, name: str, values: Values) -> None:
    if isinstance(solution.request, WebSocket):
        values[name] = solution.request


def _provide_background_tasks(solution: _Solution, plan: _Plan, name: str, values: Values) -> None:
    if solution.background_tasks is None:
        solution.background_tasks = BackgroundTasks()
    values[name] = solution.background_tasks


def _provide_response(solution: _Solution, plan: _Plan, name: str, values: Values) -> None:
    values[name] = solution.response


def _provide_security_scopes(solution: _Solution, plan: _Plan, name: str, values: Values) -> None:
    values[name] = SecurityScopes(scopes=list(plan.oauth_scopes))


_PROVIDERS: Dict[str, _Provider] = {
    "http_connection_param_name": _provide_connection,
    "request_param_name": _provide_request,
    "websocket_param_name": _provide_websocket,
    "background_tasks_param_name": _provide_background_tasks,
    "response_param_name": _provide_response,
    "security_scopes_param_name": _provide_security_scopes,
}


def _get_specials(dependant: Dependant) -> Sequence[Tuple[str, _Provider]]:
    named = ((getattr(dependant, attribute), provide) for attribute, provide in _PROVIDERS.items())
    return tuple((name, provide) for name, provide in named if name)


# Tests and tools replace these in `fastapi.dependencies.utils`.
_originals = Originals(
    globals(),
    *("request_params_to_args", "request_body_to_args", "solve_dependencies"),
    *("_solve_generator", "asynccontextmanager", "contextmanager"),
)
