"""Dependencies that yield, while they are entered: they are left in the order of upstream's exit stacks.

A request that succeeds leaves them here, one after the other, without any exit stack. As soon as an exception is in the
air, real exit stacks take over those that are still entered (`hand_over`): they decide which exception goes into which
generator, and which one leaves.
"""

from __future__ import annotations

import asyncio
from contextlib import AbstractAsyncContextManager, AbstractContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any, AsyncIterator, Awaitable, List, NoReturn, Tuple

from starlette.requests import Request
from starlette.types import Scope

from fastapi import concurrency
from fastapi._routing.planned.rejoin import raising_once
from fastapi._scope_keys import CLEANUP_SCOPES_KEY, FUNCTION_STACK_KEY, REQUEST_STACK_KEY
from fastapi._stand_ins.anyio_names import CancelScope
from fastapi._stand_ins.http.scopes import current_task_of, enter, leave
from fastapi._stand_ins.worker_threads import call_in_thread
from fastapi.concurrency import _asynccontextmanager_with_shielded_exit, _exit_in_thread
from fastapi.dependencies._solving.generators import get_stack, shield

# The kind of an entry, and the generator, the context manager that a thread runs, the cancel scope, or the exception
# with which the last of them was left.
Entry = Tuple[int, Any]
_GENERATOR, _IN_THREAD, _CANCEL_SCOPE, _FAILURE = range(4)


class Entered:
    """The dependencies of one request that stand at their `yield`."""

    __slots__ = ("_cleanup", "_host", "_is_nested", "_scope", "early", "late")

    def __init__(self, scope: Scope) -> None:
        self._scope = scope
        # Those that are left before the response, and those that are left after it.
        self.early: List[Entry] = []
        self.late: List[Entry] = []
        self._cleanup: Any = None
        self._host: Any = None
        self._is_nested = False

    async def enter_async(self, generator: Any, is_left_early: bool) -> object:
        """Run a generator up to its `yield`, and return the value that it yields."""
        if self._cleanup is None:
            self._open_cleanup()
        try:
            value: object = await generator.__anext__()
        except StopAsyncIteration:
            pass
        else:
            (self.early if is_left_early else self.late).append((_GENERATOR, generator))
            return value
        return await _context_of(_Ended()).__aenter__()

    async def enter_in_thread(self, context: AbstractContextManager[object], is_left_early: bool) -> object:
        """Enter the context manager of a dependency in a worker thread."""
        try:
            value: object = await call_in_thread(concurrency.run_in_threadpool, context.__enter__, {})
        except StopAsyncIteration as error:
            await _raise_in_generator(error)
        (self.early if is_left_early else self.late).append((_IN_THREAD, context))
        return value

    def are_some(self) -> bool:
        """Whether something is to be left."""
        return bool(self.early or self.late)

    async def leave(self, entries: List[Entry]) -> None:
        """Leave `early` before the response, or `late` after it, beginning with the last one.

        After an exception, the exit stacks continue as if it had been raised on one of them.
        """
        try:
            while entries:
                kind, entry = entries.pop()
                if kind == _IN_THREAD:
                    await _leave_in_thread(entry)
                elif kind == _CANCEL_SCOPE:
                    self._close_cleanup()
                elif self._is_nested:
                    await self._shielded(entry).__aexit__(None, None, None)
                else:
                    # PERF: no scope is around the cleanup scope, so nothing needs a shield (benchmark `yields`).
                    await _finish(entry)
        except BaseException as error:
            entries.append((_FAILURE, error))
            raise

    def _open_cleanup(self) -> None:
        """Open the cancel scope around all asynchronous generators, before the first of them starts."""
        self._scope.setdefault(CLEANUP_SCOPES_KEY, {})
        loop = asyncio._get_running_loop()
        self._host = None if loop is None else current_task_of(loop)
        self._cleanup = CancelScope().__enter__() if self._host is None else enter(self._host)
        self._is_nested = getattr(self._cleanup, "_parent_scope", self) is not None
        self.late.append((_CANCEL_SCOPE, self._cleanup))

    def _close_cleanup(self) -> None:
        if self._host is None:
            self._cleanup.__exit__(None, None, None)
        else:
            leave(self._cleanup, self._host)

    def _shielded(self, generator: object) -> AbstractAsyncContextManager[object]:
        return _asynccontextmanager_with_shielded_exit(_context_of(generator), self._cleanup)

    async def hand_over(self) -> None:
        """Push everything that is entered on the exit stacks in the scope."""
        late, early = self.late, self.early
        # Frames that refer to this object are in the traceback of an exception that the task, the host, may end with.
        self.late, self.early, self._host = [], [], None
        await self._push(self._scope[REQUEST_STACK_KEY], late)
        await self._push(self._scope[FUNCTION_STACK_KEY], early)

    async def _push(self, stack: AsyncExitStack, entries: List[Entry]) -> None:
        for kind, entry in entries:
            if kind == _GENERATOR:
                stack.push_async_exit(self._shielded(entry))
            elif kind == _IN_THREAD:
                await stack.enter_async_context(_entered_in_thread(entry))
            elif kind == _FAILURE:
                stack.callback(raising_once(entry))
            else:
                scopes = self._scope[CLEANUP_SCOPES_KEY]
                scopes[stack] = stack.push(entry)
                stack.callback(scopes.pop, stack)


async def _leave_in_thread(context: AbstractContextManager[object]) -> None:
    try:
        await _exit_in_thread(context, None)
    except StopAsyncIteration as error:
        await _raise_in_generator(error)


async def _raise_in_generator(error: StopAsyncIteration) -> NoReturn:
    """Raise the `RuntimeError` that `error` becomes in an asynchronous generator, as on the exact way."""

    async def generate() -> AsyncIterator[None]:
        raise error
        yield

    await generate().__anext__()
    raise AssertionError


async def _finish(generator: Any) -> None:
    """Run a generator to its end, as the exit of its context manager does without an exception."""
    try:
        await generator.__anext__()
    except StopAsyncIteration:
        return
    # It yields again, which is an error.
    await _context_of(_Repeated(generator)).__aexit__(None, None, None)


def _context_of(generator: object) -> AbstractAsyncContextManager[object]:
    """Return the context manager of the standard library for a generator that has begun."""
    return asynccontextmanager(partial(_identity, generator))()


def _identity(generator: Any) -> Any:
    return generator


class _Ended:
    """Stands for a generator that has ended without yielding."""

    async def __anext__(self) -> None:
        raise StopAsyncIteration


class _Repeated:
    """Stands for a generator that has yielded more than once; it yields that value once more."""

    def __init__(self, generator: Any) -> None:
        self.aclose = generator.aclose

    async def __anext__(self) -> None:
        return None


@asynccontextmanager
async def _entered_in_thread(context: AbstractContextManager[object]) -> AsyncIterator[None]:
    """Exit a context manager in a worker thread that has entered it before."""
    try:
        yield
    except BaseException as error:
        if not await _exit_in_thread(context, error):
            raise
    else:
        await _exit_in_thread(context, None)


class InStacks:
    """Enters dependencies on the exit stacks in the scope of a request, as the exact way does."""

    __slots__ = ("_request",)

    def __init__(self, request: Request) -> None:
        self._request = request

    def enter_async(self, generator: Any, is_left_early: bool) -> Awaitable[object]:
        """Run a generator up to its `yield`, and return the value that it yields."""
        context = shield(_context_of(generator), self._request)
        return self._stack(is_left_early).enter_async_context(context)

    def enter_in_thread(self, context: AbstractContextManager[object], is_left_early: bool) -> Awaitable[object]:
        """Enter the context manager of a dependency in a worker thread."""
        return self._stack(is_left_early).enter_async_context(concurrency.contextmanager_in_threadpool(context))

    def _stack(self, is_left_early: bool) -> AsyncExitStack:
        return get_stack(self._request, FUNCTION_STACK_KEY if is_left_early else REQUEST_STACK_KEY)
