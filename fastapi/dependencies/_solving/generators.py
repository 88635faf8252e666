"""Dependencies that yield: they run up to their `yield`, and an exit stack of the request runs the rest."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from typing import Awaitable, Callable, Dict

from anyio import CancelScope
from starlette.requests import HTTPConnection

from fastapi._scope_keys import CLEANUP_SCOPES_KEY, FUNCTION_STACK_KEY, REQUEST_STACK_KEY
from fastapi._stand_ins.guards import Originals
from fastapi.concurrency import (
    _asynccontextmanager_with_shielded_exit,
    _contextmanager_with_concurrency_limit,
    contextmanager_in_threadpool,
)
from fastapi.dependencies._solving.dependant_plan import (
    ASYNC_GENERATOR,
    ContextMaker,
    DependantPlan,
    get_plan,
)
from fastapi.dependencies._solving.params import Values
from fastapi.dependencies._solving.solution import Connection
from fastapi.dependencies.models import Dependant
from fastapi.types import AnyCallable


def enter_generator(plan: DependantPlan, values: Values, request: Connection) -> Awaitable[object]:
    """Return an awaitable that runs a dependency up to its `yield` and gives the value that it yields."""
    stack = get_stack(request, FUNCTION_STACK_KEY if plan.scope == "function" else REQUEST_STACK_KEY)
    if _solve_generator is not _originals._solve_generator:
        return _solve_generator(dependant=plan.dependant, stack=stack, sub_values=values, request=request)
    return stack.enter_async_context(_make_context(plan, values, request))


async def _solve_generator(
    *,
    dependant: Dependant,
    stack: AsyncExitStack,
    sub_values: Dict[str, object],
    request: Connection,
) -> object:
    """Run a dependency up to its `yield`, and leave the rest of it to `stack`."""
    return await stack.enter_async_context(_make_context(get_plan(dependant), sub_values, request))


def _make_context(plan: DependantPlan, values: Values, request: Connection) -> AbstractAsyncContextManager[object]:
    """Return a context manager whose entry runs a dependency up to its `yield`, and whose exit runs the rest."""
    inner = _get_context_maker(plan)(**values)
    context: AbstractAsyncContextManager[object]
    if plan.kind == ASYNC_GENERATOR:
        context = shield(inner, request)
    else:
        context = contextmanager_in_threadpool(inner)
    if plan.concurrency is not None:
        context = _contextmanager_with_concurrency_limit(context, plan.concurrency.get_semaphore())
    return context


def shield(
    context: AbstractAsyncContextManager[object], request: HTTPConnection
) -> AbstractAsyncContextManager[object]:
    """Return a context manager that is left under the shield of the request's cleanup scope."""
    return _asynccontextmanager_with_shielded_exit(context, _get_cleanup_scope(request))


def _get_context_maker(plan: DependantPlan) -> ContextMaker:
    """Return the maker of the plan. If a test or a tool replaced `contextmanager`, call the replacement each time."""
    make: Callable[[AnyCallable], ContextMaker]
    if plan.kind == ASYNC_GENERATOR:
        make, own_make = asynccontextmanager, _originals.asynccontextmanager
    else:
        make, own_make = contextmanager, _originals.contextmanager
    return plan.make_context if make is own_make and plan.make_context is not None else make(plan.call)


def _get_cleanup_scope(request: HTTPConnection) -> CancelScope:
    """Return the cancel scope around all asynchronous generators of a route.

    It opens before the first of them starts: a generator may hold scopes of its own, and scopes nest.
    """
    stack = get_stack(request, REQUEST_STACK_KEY)
    scopes: Dict[AsyncExitStack, CancelScope] = request.scope.setdefault(CLEANUP_SCOPES_KEY, {})
    scope = scopes.get(stack)
    if scope is None:
        scope = scopes[stack] = stack.enter_context(CancelScope())
        # The dictionary may outlive the request, with the scope of a connection.
        stack.callback(scopes.pop, stack)
    return scope


def get_stack(request: HTTPConnection, name: str) -> AsyncExitStack:
    """Return the exit stack with this name from the scope of a request."""
    stack = request.scope.get(name)
    assert isinstance(stack, AsyncExitStack), f"{name} not found in request scope"
    return stack


# Tests and tools replace these in `fastapi.dependencies.utils`.
_originals = Originals(globals(), "_solve_generator", "asynccontextmanager", "contextmanager")
