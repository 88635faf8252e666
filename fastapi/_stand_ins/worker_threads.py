"""A shorter way into a worker thread.

`run_in_threadpool` takes as long to reach a thread as the thread takes to wake up: it looks up the backend and the
variables of the event loop, and opens cancel scopes for steps that nothing can cancel. `call_in_thread` hands the call
to an idle thread of the same pool. It is anyio's own thread, so its name, its end after some idle seconds,
`anyio.from_thread` and context variables stay as they are. So do the limiter and its queue, cancellation, and the
number of turns of the event loop before the function is called.

Everything else takes `run_in_threadpool` itself: the first call on an event loop, a pool that has to grow or to shrink,
another backend than asyncio, a replaced function, and every call where `thread_agreement` finds a difference.

PERF: a request for a `def` endpoint takes three quarters of the time (benchmark `threads`).
"""

from __future__ import annotations

import math
from asyncio import AbstractEventLoop, current_task, get_running_loop
from contextvars import copy_context
from functools import partial
from types import coroutine
from typing import Any, Awaitable, Callable, Dict, Generator, Mapping, Optional, Tuple

import anyio.lowlevel
import anyio.to_thread
from starlette import concurrency

from fastapi._stand_ins.accelerators import WORKER_THREADS, NotUsed
from fastapi._stand_ins.anyio_names import WouldBlock
from fastapi._stand_ins.guards import is_defined_in
from fastapi._stand_ins.http.scopes import enter, leave

_run_in_threadpool = concurrency.run_in_threadpool
_run_sync = anyio.to_thread.run_sync


async def call_in_thread(
    run: Callable[..., Awaitable[Any]], function: Callable[..., Any], arguments: Dict[str, Any]
) -> Any:
    """Do the same as `await run(function, **arguments)`; `run` is `run_in_threadpool` in the module of the caller."""
    is_original = run is _run_in_threadpool and anyio.to_thread.run_sync is _run_sync
    backend = (_ShorterWay.backend or _known_backend()) if is_original else None
    pool = None if backend is None else backend.pool()
    if backend is None or pool is None:
        return await run(function, **arguments)
    return await call_directly(backend, pool, function, arguments)


async def call_directly(
    backend: Backend, pool: Mapping[Any, Any], function: Callable[..., Any], arguments: Dict[str, Any]
) -> Any:
    """Call a function in an idle thread of the pool.

    No frame here refers to the current task when an exception leaves it: the task may end with that exception, whose
    traceback has the frame.
    """
    await go_round()
    task, limiter = current_task(), pool[backend.limiter]
    await _acquire(backend, limiter, task)
    try:
        return await _call(backend, pool[backend.idle], partial(function, **arguments))
    finally:
        limiter.release_on_behalf_of(task)
        del task


class _ShorterWay:
    # The backend, once calls through it were found equal to anyio's own.
    backend: Optional[Backend] = None


def use(backend: Optional[Backend]) -> None:
    """Let calls go through this backend from now on; None: through anyio."""
    _ShorterWay.backend = backend


def _known_backend() -> Optional[Backend]:
    return _ShorterWay.backend if WORKER_THREADS.is_on() else None


async def _acquire(backend: Backend, limiter: Any, task: Any) -> None:
    """Take a token of the limiter; as anyio does if the task has to wait for one, or if its scope was cancelled."""
    scope = backend.scope_of(task)
    if scope is None or not scope._effectively_cancelled:
        try:
            limiter.acquire_on_behalf_of_nowait(task)
        except WouldBlock:
            pass
        else:
            try:
                await (go_round() if scope is None else _go_round_in_shield(task))
            except BaseException:
                limiter.release_on_behalf_of(task)
                del task
                raise
            return
    acquiring = limiter.acquire_on_behalf_of(task)
    del task
    await acquiring


async def _go_round_in_shield(task: Any) -> None:
    """Let the event loop go round once, while no scope can cancel the task."""
    shield = enter(task, shield=True)
    try:
        await go_round()
    except BaseException as error:
        del task
        if not shield.__exit__(type(error), error, error.__traceback__):
            raise
    else:
        leave(shield, task)


async def _call(backend: Backend, idle: Any, function: Callable[..., Any], arguments: Tuple[Any, ...] = ()) -> Any:
    loop = get_running_loop()
    if not idle or len(idle) > 1 and backend.is_expired(idle[0], loop):
        # Anyio begins and ends threads. The task holds its token already.
        return await _run_sync(function, *arguments, limiter=anyio.CapacityLimiter(math.inf))
    worker, host = idle.pop(), current_task()
    scope = enter(host, shield=True)
    try:
        outer = scope._parent_scope
        future = loop.create_future()
        context = copy_context()
        context.run(backend.leave_library, None)
        worker.queue.put_nowait((context, function, arguments, future, scope if outer is None else outer))
        result = await future
    except BaseException as error:
        del host
        if not scope.__exit__(type(error), error, error.__traceback__):
            raise
        return None
    leave(scope, host)
    return result


async def exit_in_thread(function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function in a worker thread, shielded, and without a token of the default limiter.

    It does the same as `anyio.to_thread.run_sync` with a limiter of its own, in a shielded cancel scope.
    """
    backend = (_ShorterWay.backend or _known_backend()) if anyio.to_thread.run_sync is _run_sync else None
    pool = None if backend is None else backend.pool()
    if backend is not None and pool is not None and backend.scope_of(current_task()) is None:
        return await exit_directly(backend, pool, function, *arguments)
    with anyio.CancelScope(shield=True):
        return await anyio.to_thread.run_sync(function, *arguments, limiter=anyio.CapacityLimiter(1))


async def exit_directly(
    backend: Backend, pool: Mapping[Any, Any], function: Callable[..., Any], *arguments: Any
) -> Any:
    """Call a function in an idle thread of the pool, for a task in no cancel scope: no scope can cancel it."""
    await go_round()
    # The limiter is always free, and lets the loop go round.
    await go_round()
    return await _call(backend, pool[backend.idle], function, arguments)


@coroutine
def go_round() -> Generator[None, None, None]:
    """Let the event loop go round once, as `asyncio.sleep(0)` does."""
    yield


class Backend:
    """The parts of anyio's asyncio backend that lead to a thread. They are private.

    Raises:
        AttributeError, ImportError, KeyError: one of them is missing.
        NotUsed: a tool has replaced one of them.
    """

    def __init__(self) -> None:
        from anyio._backends import _asyncio as parts

        self.cancel_scope = parts.CancelScope
        self.leave_library = _leave_library()
        # The keys of the idle threads and of the limiter in the variables of an event loop.
        self.idle: Any = parts._threadpool_idle_workers
        self.limiter: Any = parts._default_thread_limiter
        self._limiter_class = parts.CapacityLimiter
        self._longest_idle = parts.WorkerThread.MAX_IDLE_TIME
        self._task_states: Mapping[Any, Any] = parts._task_states
        self._loops: Mapping[Any, Dict[Any, Any]] = anyio.lowlevel._run_vars
        self._methods = vars(parts.AsyncIOBackend)
        self._run = self._methods["run_sync_in_worker_thread"]
        homes = {
            concurrency.__name__: _run_in_threadpool,
            anyio.to_thread.__name__: _run_sync,
            parts.__name__: self._run.__func__,
        }
        if not all(is_defined_in(home, function) for home, function in homes.items()):
            raise NotUsed("a tool has replaced a function on the way to a thread")

    def finds_keys(self) -> bool:
        """Find the keys in the event loop that runs here, which has an idle thread; return whether they are there."""
        pool = self._loops.get(get_running_loop(), {})
        if self.idle not in pool:
            # Before anyio 4.10, variables of an event loop have their names as keys.
            self.idle, self.limiter = self.idle._name, self.limiter._name
        return self.idle in pool and self.limiter in pool

    def pool(self) -> Optional[Dict[Any, Any]]:
        """Return the variables of the running event loop, or None when its pool has no idle thread to take."""
        try:
            if current_task() is None or self._methods["run_sync_in_worker_thread"] is not self._run:
                return None
        except RuntimeError:
            return None
        pool = self._loops.get(get_running_loop())
        if pool is None or not pool.get(self.idle) or pool.get(self.limiter).__class__ is not self._limiter_class:
            return None
        return pool

    def scope_of(self, task: Any) -> Any:
        """Return the cancel scope that is open around the current step of the task, None without one."""
        state = self._task_states.get(task)
        return None if state is None else state.cancel_scope

    def is_expired(self, worker: Any, loop: AbstractEventLoop) -> bool:
        """Whether a thread has waited for so long that it has to end."""
        return bool(loop.time() - worker.idle_since >= self._longest_idle)


def _leave_library() -> Callable[[Optional[str]], Any]:
    """Return the function that tells `sniffio`, where it is installed, that there is no event loop in a thread."""
    try:
        from anyio._core._eventloop import set_current_async_library
    except ImportError:
        from sniffio import current_async_library_cvar

        return current_async_library_cvar.set
    return set_current_async_library
