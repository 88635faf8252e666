"""A short way into a worker thread.

`run_in_threadpool` takes as long to reach a thread as the thread takes to wake up: it looks up the backend and the
variables of the event loop, and opens cancel scopes for steps that nothing can cancel. `call_in_thread` hands the call
to an idle thread of the same pool. It is anyio's own thread, so everything in it is as ever: its name, its end after
some idle seconds, `anyio.from_thread`, context variables. And so is everything around it: the limiter and who waits for
it, what is cancelled and when, and how often the event loop goes round before the function is called.

Everything else is left to `run_in_threadpool` itself: the first call on an event loop, a pool that has to grow or to
shrink, another backend than asyncio, a release of anyio that is not known here, a function that was replaced.

One call in each process is watched: what anyio itself hands to a thread must be what `_call` hands to it. If it is not,
a warning says so, and all calls are left to anyio.
"""

from __future__ import annotations

import math
from asyncio import AbstractEventLoop, Future, current_task, get_running_loop
from contextvars import Context, copy_context
from functools import lru_cache, partial
from types import coroutine
from typing import Any, Awaitable, Callable, Dict, Generator, Mapping, Optional, Tuple

import anyio.lowlevel
import anyio.to_thread
from starlette import concurrency

from fastapi._stand_ins.anyio_names import WouldBlock
from fastapi._stand_ins.guards import is_defined_in
from fastapi.logger import logger

# What a worker thread takes out of its queue, and who keeps the idle ones, is the same in all these releases of anyio.
FIRST_RELEASE, FIRST_UNKNOWN_RELEASE = (4, 5), (4, 17)
# Before this one, the variables of an event loop were kept by their names.
_KEPT_BY_VARIABLE = (4, 10)

_run_in_threadpool = concurrency.run_in_threadpool
_run_sync = anyio.to_thread.run_sync


async def call_in_thread(
    run: Callable[..., Awaitable[Any]], function: Callable[..., Any], arguments: Dict[str, Any]
) -> Any:
    """Do what `await run(function, **arguments)` does, where `run` is `run_in_threadpool` as the caller knows it."""
    backend = _known_backend() if run is _run_in_threadpool and anyio.to_thread.run_sync is _run_sync else None
    pool = None if backend is None else backend.pool()
    if backend is None or pool is None:
        return await run(function, **arguments)
    if not backend.is_proved:
        backend.watch(pool[backend.idle][-1])
        return await run(function, **arguments)
    await _go_round()
    task, limiter = current_task(), pool[backend.limiter]
    await _acquire(backend, limiter, task)
    try:
        return await _call(backend, pool[backend.idle], partial(function, **arguments))
    finally:
        limiter.release_on_behalf_of(task)


async def _acquire(backend: _Backend, limiter: Any, task: Any) -> None:
    """Take a token. A task that has to wait for one, or that a scope may cancel, takes it as it always does."""
    if not backend.is_in_scope(task):
        try:
            limiter.acquire_on_behalf_of_nowait(task)
        except WouldBlock:
            pass
        else:
            try:
                await _go_round()
            except BaseException:
                limiter.release_on_behalf_of(task)
                raise
            return
    await limiter.acquire_on_behalf_of(task)


async def _call(backend: _Backend, idle: Any, function: Callable[[], Any]) -> Any:
    loop = get_running_loop()
    if not idle or len(idle) > 1 and backend.is_expired(idle[0], loop):
        # Threads begin and end as anyio lets them. The token is held already.
        return await _run_sync(function, limiter=anyio.CapacityLimiter(math.inf))
    worker = idle.pop()
    with backend.cancel_scope(shield=True) as scope:
        outer = scope._parent_scope
        future = loop.create_future()
        context = copy_context()
        context.run(backend.leave_library, None)
        worker.queue.put_nowait((context, function, (), future, scope if outer is None else outer))
        return await future


@coroutine
def _go_round() -> Generator[None, None, None]:
    """Let the event loop go round once, as `asyncio.sleep(0)` does."""
    yield


class _Backend:
    """The parts of anyio's asyncio backend that lead to a thread. They are private, hence the list of releases.

    Raises:
        AttributeError, ImportError, KeyError: one of them is not there.
    """

    def __init__(self, release: Tuple[int, ...]) -> None:
        from anyio._backends import _asyncio as parts

        # Whether anyio was seen to hand to a thread what is handed to it here; or that it hands over something else.
        self.is_proved = self.is_refuted = False
        self.cancel_scope = parts.CancelScope
        self.leave_library = _leave_library()
        # The keys of the idle threads and of the limiter in the variables of an event loop.
        self.idle, self.limiter = _keys((parts._threadpool_idle_workers, parts._default_thread_limiter), release)
        self._limiter_class = parts.CapacityLimiter
        self._longest_idle = parts.WorkerThread.MAX_IDLE_TIME
        self._task_states: Mapping[Any, Any] = parts._task_states
        self._loops: Mapping[Any, Dict[Any, Any]] = anyio.lowlevel._run_vars
        self._methods = vars(parts.AsyncIOBackend)
        self._run = self._methods["run_sync_in_worker_thread"]
        functions = (_run_in_threadpool, _run_sync, self._run.__func__)
        if not all(is_defined_in(function.__module__, function) for function in functions):
            raise AttributeError("a function on the way to a thread was replaced")

    def pool(self) -> Optional[Dict[Any, Any]]:
        """Return the variables of the event loop that runs here, None when no idle thread of its pool can be taken."""
        try:
            if self.is_refuted or current_task() is None or self._methods["run_sync_in_worker_thread"] is not self._run:
                return None
        except RuntimeError:
            return None
        pool = self._loops.get(get_running_loop())
        if pool is None or not pool.get(self.idle) or pool.get(self.limiter).__class__ is not self._limiter_class:
            return None
        return pool

    def watch(self, worker: Any) -> None:
        """Look at the next call that anyio hands to a thread."""
        if not isinstance(worker.queue, _Watched):
            worker.queue = _Watched(worker, self._judge)

    def _judge(self, item: Any) -> None:
        if (
            type(item) is tuple
            and len(item) == 5
            and isinstance(item[0], Context)
            and callable(item[1])
            and isinstance(item[2], tuple)
            and isinstance(item[3], Future)
            and isinstance(item[4], self.cancel_scope)
        ):
            self.is_proved = True
        elif not self.is_refuted:
            self.is_refuted = True
            logger.warning(
                "fastapi-rs: the installed anyio hands calls to its worker threads in a form that is not known here"
                " (%s); functions that block take anyio's own way, which is slower",
                ", ".join(type(each).__name__ for each in item) if isinstance(item, tuple) else type(item).__name__,
            )

    def is_in_scope(self, task: Any) -> bool:
        """Tell whether a cancel scope is open around what the task does now."""
        state = self._task_states.get(task)
        return state is not None and state.cancel_scope is not None

    def is_expired(self, worker: Any, loop: AbstractEventLoop) -> bool:
        """Tell whether a thread has waited for so long that it has to end."""
        return bool(loop.time() - worker.idle_since >= self._longest_idle)


class _Watched:
    """Stands for the queue of a worker thread until the next call is put into it."""

    def __init__(self, worker: Any, judge: Callable[[Any], None]) -> None:
        self._worker = worker
        self._queue = worker.queue
        self._judge = judge

    def put_nowait(self, item: Any) -> None:
        self._worker.queue = self._queue
        if item is not None:
            self._judge(item)
        self._queue.put_nowait(item)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)


@lru_cache(maxsize=None)
def _known_backend() -> Optional[_Backend]:
    from importlib.metadata import PackageNotFoundError, version

    try:
        release = tuple(int(part) for part in version("anyio").split(".")[:2])
        return _Backend(release) if FIRST_RELEASE <= release < FIRST_UNKNOWN_RELEASE else None
    except (PackageNotFoundError, ValueError, AttributeError, ImportError, KeyError):
        return None


def _keys(variables: Tuple[Any, ...], release: Tuple[int, ...]) -> Tuple[Any, ...]:
    return variables if release >= _KEPT_BY_VARIABLE else tuple(variable._name for variable in variables)


def _leave_library() -> Callable[[Optional[str]], Any]:
    """Return what tells `sniffio`, where it is installed, that there is no event loop in a thread."""
    try:
        from anyio._core._eventloop import set_current_async_library
    except ImportError:
        from sniffio import current_async_library_cvar

        return current_async_library_cvar.set
    return set_current_async_library
