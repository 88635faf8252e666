"""Dependencies that yield: they run up to their `yield`, and an exit stack of the request runs the rest."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, contextmanager
from typing import Any, Awaitable, Callable, Dict

from anyio import CancelScope
from starlette.requests import HTTPConnection

from fastapi.concurrency import (
    _asynccontextmanager_with_shielded_exit,
    _contextmanager_with_concurrency_limit,
    contextmanager_in_threadpool,
)
from fastapi.dependencies._dependant_plan import (
    ASYNC_GENERATOR,
    ContextMaker,
    DependantPlan,
    get_plan,
    own_asynccontextmanager,
    own_contextmanager,
)
from fastapi.dependencies._params import Values
from fastapi.dependencies._solution import Connection
from fastapi.dependencies.models import Dependant
from fastapi.types import AnyCallable

# The exit stacks in the scope of a request: the inner one ends after the response was sent, the other one before.
INNER_STACK = "fastapi_inner_astack"
FUNCTION_STACK = "fastapi_function_astack"


def enter_generator(plan: DependantPlan, values: Values, request: Connection) -> Awaitable[object]:
    """Return an awaitable that runs a dependency up to its `yield` and gives the value that it yields."""
    stack = get_stack(request, FUNCTION_STACK if plan.scope == "function" else INNER_STACK)
    if _solve_generator is not _own_solve_generator:
        return _solve_generator(dependant=plan.dependant, stack=stack, sub_values=values, request=request)
    return stack.enter_async_context(_make_context(plan, values, request))


async def _solve_generator(
    *,
    dependant: Dependant,
    stack: AsyncExitStack,
    sub_values: Dict[str, Any],
    request: Connection,
) -> Any:
    """Run a dependency up to its `yield`, and leave the rest of it to `stack`."""
    return await stack.enter_async_context(_make_context(get_plan(dependant), sub_values, request))


def _make_context(plan: DependantPlan, values: Values, request: Connection) -> AbstractAsyncContextManager[object]:
    """Return a context manager whose entry runs a dependency up to its `yield`, and whose exit runs the rest."""
    inner = _get_context_maker(plan)(**values)
    context: AbstractAsyncContextManager[object]
    if plan.kind == ASYNC_GENERATOR:
        context = _asynccontextmanager_with_shielded_exit(inner, _get_cleanup_scope(request))
    else:
        context = contextmanager_in_threadpool(inner)
    if plan.concurrency is not None:
        context = _contextmanager_with_concurrency_limit(context, plan.concurrency.get_semaphore())
    return context


def _get_context_maker(plan: DependantPlan) -> ContextMaker:
    """Return the maker of the plan. If a test or a tool replaced `contextmanager`, call the replacement each time."""
    make: Callable[[AnyCallable], ContextMaker]
    if plan.kind == ASYNC_GENERATOR:
        make, own_make = asynccontextmanager, own_asynccontextmanager
    else:
        make, own_make = contextmanager, own_contextmanager
    return plan.make_context if make is own_make and plan.make_context is not None else make(plan.call)


def _get_cleanup_scope(request: HTTPConnection) -> CancelScope:
    """Return the cancel scope around all asynchronous generators of a route.

    It opens before the first of them starts: a generator may hold scopes of its own, and scopes nest.
    """
    stack = get_stack(request, INNER_STACK)
    scopes: Dict[AsyncExitStack, CancelScope] = request.scope.setdefault("fastapi_async_cleanup_scopes", {})
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


# Tests and tools replace `_solve_generator` in `fastapi.dependencies.utils`; this is the function of this module.
_own_solve_generator = _solve_generator
