"""Solving a tree of dependants for one request.

Each dependency is solved depth first, in the order of declaration: its own dependencies, then its parameters, then its
call. A dependency with errors is not called, and neither are those that depend on it, but its siblings are solved, so
that a response reports all errors at once.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence, Tuple, Union

from starlette.background import BackgroundTasks as StarletteBackgroundTasks
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from fastapi._compat import Undefined
from fastapi._scope_keys import REQUEST_STACK_KEY
from fastapi._stand_ins.guards import Originals, are_replaced
from fastapi._stand_ins.response_template import make_blank_response
from fastapi._stand_ins.worker_threads import call_in_thread
from fastapi.dependencies._declared.analysis import get_dependant
from fastapi.dependencies._solving.begun import Begun, Take, Takes
from fastapi.dependencies._solving.body import read_body_params, request_body_to_args
from fastapi.dependencies._solving.dependant_plan import ASYNC_GENERATOR, COROUTINE, GENERATOR, DependantPlan, get_plan
from fastapi.dependencies._solving.generators import enter_generator, get_stack
from fastapi.dependencies._solving.params import Errors, Values, read_params, request_params_to_args, validate_value
from fastapi.dependencies._solving.solution import Connection, Solution
from fastapi.dependencies.models import Dependant, _UsesScopesCache
from fastapi.types import DependencyCacheKey


@dataclass
class SolvedDependency:
    """The arguments for the call of a dependant, or the errors in the request."""

    values: Dict[str, Any]
    errors: List[Any]
    background_tasks: Optional[StarletteBackgroundTasks]
    response: Response
    dependency_cache: Dict[DependencyCacheKey, Any]


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
    # Both are accepted for callers that pass them, and unused: the scope of the request holds the stacks, and the plan
    # knows which dependencies use OAuth2 scopes.
    async_exit_stack: AsyncExitStack,
    embed_body_fields: bool,
    _uses_scopes_cache: Optional[_UsesScopesCache] = None,
) -> SolvedDependency:
    """Return the arguments for the call of `dependant`, or the errors in the request."""
    solution = Solution(
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
    body: object,
    dependency_overrides_provider: Optional[object],
    embed_body_fields: bool,
) -> SolvedDependency:
    """Return the result of `solve_dependencies` for a request whose reading or solving has begun elsewhere."""
    solution = Solution(
        request,
        body,
        begun.background_tasks,
        make_blank_response() if begun.response is None else begun.response,
        dependency_overrides_provider,
        {} if begun.solved is None else begun.solved,
        embed_body_fields,
        begun,
    )
    return await _solve_all(solution, dependant)


async def _solve_all(solution: Solution, dependant: Dependant) -> SolvedDependency:
    plan, read, takes = get_plan(dependant), solution.read, None
    if read is not None and read.dependant is dependant and read.version.count == read.seen:
        takes = read.takes
    if plan.shows_request and not _reads_by_function():
        _keep_parts(solution.request)
    values, errors = await _solve_dependant(solution, plan, takes)
    return SolvedDependency(
        values=values,
        errors=errors,
        background_tasks=solution.background_tasks,
        response=solution.response,
        dependency_cache=solution.cache,
    )


def _keep_parts(request: HTTPConnection) -> None:
    """Let the request keep its query, headers and cookies before a function may change its scope.

    As in the real package, only changes of the kept objects reach the parameters that are read later.
    """
    request.query_params, request.headers, request.cookies  # noqa: B018


async def _solve_dependant(solution: Solution, plan: DependantPlan, takes: Optional[Takes]) -> Tuple[Values, Errors]:
    values: Values = {}
    errors: Errors = []
    for number, sub in enumerate(plan.subs):
        await _solve_sub(solution, sub, None if takes is None else takes.subs[number], values, errors)
    if _reads_by_function():
        _read_by_function(solution.request, plan.dependant, values, errors)
    elif takes is None or takes.own is None:
        _read_request(solution.request, plan, values, errors)
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
        await read_body_params(plan.body, solution.body, solution.embedded, values, errors)
    for name, provide in plan.providers:
        provide(solution, plan.oauth_scopes, name, values)
    return values, errors


def _reads_by_function() -> bool:
    """Whether the public function reads all parameters, because a function that others replace is another one."""
    return request_params_to_args is not _originals.request_params_to_args or are_replaced()


def _read_by_function(request: HTTPConnection, dependant: Dependant, values: Values, errors: Errors) -> None:
    """Find and validate the parameters of a dependant with the public function `request_params_to_args`.

    The solver does so while that function, or a method of the request or of one of its parts, is replaced. As in the
    real package, each part of the request is made when its parameters are read.
    """
    for fields, part in (
        (dependant.path_params, "path_params"),
        (dependant.query_params, "query_params"),
        (dependant.header_params, "headers"),
        (dependant.cookie_params, "cookies"),
    ):
        found_values, found_errors = request_params_to_args(fields, getattr(request, part))
        values.update(found_values)
        errors.extend(found_errors)


def _read_request(request: HTTPConnection, plan: DependantPlan, values: Values, errors: Errors) -> None:
    """Find and validate the parameters of a dependant."""
    if plan.path:
        read_params(plan.path, request.path_params, values, errors)
    if plan.query:
        read_params(plan.query, request.query_params, values, errors)
    if plan.header:
        read_params(plan.header, request.headers, values, errors)
    if plan.cookie:
        read_params(plan.cookie, request.cookies, values, errors)


def _take(answer: Sequence[object], takes: Sequence[Take], values: Values, errors: Errors) -> None:
    """Add the parameters that the core has read, after Pydantic validated those that the core does not convert."""
    for name, slot, field, loc in takes:
        value = answer[slot]
        if field is not None:
            value, found = validate_value(field, Undefined if value is ... else value, values, loc)
            if found:
                errors.extend(found)
                continue
        values[name] = value


async def _solve_sub(
    solution: Solution, sub: DependantPlan, takes: Optional[Takes], values: Values, errors: Errors
) -> None:
    if solution.completed >= sub.size:
        solution.completed -= sub.size
        if sub.name is not None:
            values[sub.name] = solution.cache[sub.cache_key]
        return
    # The override is looked up before the dependencies of the dependency are solved, as upstream does.
    used = sub if solution.completed else _get_override(solution, sub)
    if solve_dependencies is _originals.solve_dependencies:
        sub_values, sub_errors = await _solve_dependant(solution, used, takes if used is sub else None)
    else:
        sub_values, sub_errors = await _solve_by_function(solution, used.dependant)
    if sub_errors:
        errors.extend(sub_errors)
        return
    key = sub.cache_key
    if sub.use_cache and key in solution.cache:
        solved = solution.cache[key]
    else:
        solved = await _call_dependency(solution.request, used, sub_values)
        # Also without `use_cache`, the first value is stored for other uses of the same dependency.
        solution.cache.setdefault(key, solved)
    if sub.name is not None:
        values[sub.name] = solved


async def _solve_by_function(solution: Solution, dependant: Dependant) -> Tuple[Values, Errors]:
    """Solve a dependency with the replacement of `solve_dependencies`."""
    solved = await solve_dependencies(
        request=solution.request,
        dependant=dependant,
        body=solution.body,
        background_tasks=solution.background_tasks,
        response=solution.response,
        dependency_overrides_provider=solution.overrides_provider,
        dependency_cache=solution.cache,
        async_exit_stack=get_stack(solution.request, REQUEST_STACK_KEY),
        embed_body_fields=solution.embedded,
    )
    solution.background_tasks = solved.background_tasks
    return solved.values, solved.errors


def _get_override(solution: Solution, sub: DependantPlan) -> DependantPlan:
    """Return the plan of the override of a dependency, or `sub`; tests may change overrides between two requests."""
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
    return DependantPlan(replacement, {})


async def _call_dependency(request: Connection, plan: DependantPlan, values: Values) -> object:
    if plan.kind in (GENERATOR, ASYNC_GENERATOR):
        return await enter_generator(plan, values, request)
    call = plan.call
    if plan.concurrency is None:
        if plan.kind == COROUTINE:
            return await call(**values)
        return await call_in_thread(run_in_threadpool, call, values)
    # A call that waits for the semaphore holds no thread.
    async with plan.concurrency.get_semaphore():
        if plan.kind == COROUTINE:
            return await call(**values)
        return await call_in_thread(run_in_threadpool, call, values)


# Tests and tools replace these in `fastapi.dependencies.utils`.
_originals = Originals(globals(), "request_params_to_args", "request_body_to_args", "solve_dependencies")
