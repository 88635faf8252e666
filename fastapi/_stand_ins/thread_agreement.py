"""Whether a call through `worker_threads` behaves like a call through the installed anyio.

A few small programs make their calls in both ways on one event loop. Their observations must be equal: the item that a
thread gets, and the number of turns before it; results, exceptions, context variables; the limiter; cancellation.
"""

from __future__ import annotations

import asyncio
import threading
from contextvars import Context, ContextVar
from functools import partial
from typing import Any, Awaitable, Callable, List, Mapping, Optional, Tuple

import anyio
import anyio.to_thread
from anyio.to_thread import current_default_thread_limiter
from starlette.concurrency import run_in_threadpool

from fastapi._stand_ins.anyio_names import CancelScope
from fastapi._stand_ins.comparing import find_difference, run_on_new_loop
from fastapi._stand_ins.http.scopes import learn
from fastapi._stand_ins.worker_threads import Backend, call_directly, exit_directly, use

Events = List[Any]
Run = Callable[..., Awaitable[Any]]
Program = Callable[[Run, Events], Awaitable[None]]


def why_off() -> Optional[str]:
    """Return the differences, or None after calls were allowed to take the shorter way."""
    try:
        backend = Backend()
    except (AttributeError, ImportError, KeyError) as error:
        return f"anyio has other parts: {error!r}"
    reason = find_difference(lambda different: run_on_new_loop(_compare(backend, different)))
    if reason is None:
        use(backend)
    return reason


async def _compare(backend: Backend, different: List[str]) -> None:
    await learn(asyncio.get_running_loop())
    # After this call a thread is idle.
    await run_in_threadpool(int)
    if not backend.finds_keys() or backend.pool() is None:
        different.append("anyio keeps its idle threads elsewhere")
        return

    async def shortly(function: Callable[..., Any], **arguments: Any) -> Any:
        pool = backend.pool()
        assert pool is not None
        return await call_directly(backend, pool, function, arguments)

    async def exit_shortly(function: Callable[..., Any], **arguments: Any) -> Any:
        pool = backend.pool()
        assert pool is not None
        return await exit_directly(backend, pool, partial(function, **arguments))

    exits = {f"{name}, at an exit": program for name, program in _PROGRAMS.items() if program is not _call_in_scope}
    for programs, run, run_shortly in ((_PROGRAMS, run_in_threadpool, shortly), (exits, _exit, exit_shortly)):
        for name, program in programs.items():
            expected = await _observe(backend, program, run, None)
            if await _observe(backend, program, run_shortly, expected) != expected:
                different.append(name)
                # A thread that gets something strange may never answer.
                return


async def _exit(function: Callable[..., Any], **arguments: Any) -> Any:
    """Call a function as the exit of a dependency in a thread calls it with anyio."""
    with CancelScope(shield=True):
        return await anyio.to_thread.run_sync(partial(function, **arguments), limiter=anyio.CapacityLimiter(1))


async def _observe(backend: Backend, program: Program, run: Run, expected: Optional[Events]) -> Events:
    """Return the events of a program. `expected` are those that a thread may be handed."""
    log: Events = []
    turns = 0
    is_over = False

    async def spin() -> None:
        nonlocal turns
        while not is_over:
            await asyncio.sleep(0)
            turns += 1

    async def run_watched(function: Callable[..., Any], **arguments: Any) -> Any:
        pool = backend.pool()
        assert pool is not None
        worker, start = pool[backend.idle][-1], turns

        def see(item: Any) -> None:
            event = (turns - start, _describe(item))
            log.append(event)
            if expected is not None and event not in expected:
                raise _Different

        worker.queue = _WatchedQueue(worker, see)
        return await run(function, **arguments)

    # A call that was cancelled may still keep the thread.
    await _until(lambda: backend.pool() is not None)
    spinning, running = asyncio.ensure_future(spin()), asyncio.ensure_future(program(run_watched, log))
    await asyncio.wait([running], timeout=_LONGEST_WAIT)
    is_over = True
    await spinning
    log.append(repr(running.exception()) if running.done() else "never ends")
    return log


async def _until(is_reached: Callable[[], bool]) -> None:
    """Let the loop go round until a thread has come so far."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _LONGEST_WAIT
    while not is_reached():
        if loop.time() > deadline:
            raise TimeoutError("a thread does not answer")
        await asyncio.sleep(0)


_LONGEST_WAIT = 10.0


class _Different(Exception):
    """A thread would get something other than from anyio."""


class _WatchedQueue:
    """Stands for the queue of a worker thread until the next item is put into it."""

    def __init__(self, worker: Any, see: Callable[[Any], None]) -> None:
        self._worker = worker
        self._queue = worker.queue
        self._see = see

    def put_nowait(self, item: Any) -> None:
        self._worker.queue = self._queue
        if item is not None:
            self._see(item)
        self._queue.put_nowait(item)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)


def _describe(item: Any) -> Any:
    """Return everything about an item for a thread that has to be equal."""
    parts = list(item) if isinstance(item, tuple) else [item]
    return [_describe_part(part) for part in parts]


def _describe_part(part: Any) -> Any:
    if isinstance(part, Context):
        return {variable.name: value for variable, value in part.items()}
    if isinstance(part, CancelScope):
        return "scope", part.shield, part.cancel_called
    return part if isinstance(part, tuple) else type(part).__name__


# ── Programs ──

_variable: ContextVar[str] = ContextVar("fastapi-rs: compared", default="unset")


async def _get_results(run: Run, log: Events) -> None:
    log.append(await run(dict, a=1, b=[2]))
    log.append(await run(_name_thread))


def _name_thread() -> Tuple[str, str]:
    thread = threading.current_thread()
    return thread.name, type(thread).__name__


async def _meet_exception(run: Run, log: Events) -> None:
    try:
        await run(_fail)
    except _FailureInThread as error:
        log.append((error.args, error.__context__, error.__cause__))


class _FailureInThread(Exception):
    pass


def _fail() -> None:
    raise _FailureInThread("in a thread")


async def _use_variables(run: Run, log: Events) -> None:
    _variable.set("outside")
    log.append((await run(_swap_variable), _variable.get()))


def _swap_variable() -> str:
    before = _variable.get()
    _variable.set("inside")
    return before


async def _hold_token(run: Run, log: Events) -> None:
    limiter, task = current_default_thread_limiter(), asyncio.current_task()

    def look() -> Tuple[float, bool]:
        return limiter.borrowed_tokens, task in limiter.statistics().borrowers

    log.append((look(), await run(look), look()))


async def _call_in_scope(run: Run, log: Events) -> None:
    with CancelScope(shield=True):
        log.append(await run(int))


async def _cancel(run: Run, log: Events) -> None:
    has_started, goes_on, has_ended = threading.Event(), threading.Event(), threading.Event()

    def wait() -> None:
        has_started.set()
        goes_on.wait(_LONGEST_WAIT)
        has_ended.set()

    async def call() -> None:
        try:
            await run(wait)
        except BaseException as error:
            log.append(type(error).__name__)
            raise

    task = asyncio.ensure_future(call())
    await _until(has_started.is_set)
    task.cancel()
    for _ in range(9):
        await asyncio.sleep(0)
    log.append(task.done())
    goes_on.set()
    await _until(has_ended.is_set)
    await asyncio.wait([task])
    log.append(task.cancelled())


_PROGRAMS: Mapping[str, Program] = {
    "a result": _get_results,
    "an exception": _meet_exception,
    "context variables": _use_variables,
    "a token of the limiter": _hold_token,
    "a call in a scope": _call_in_scope,
    "a call that is cancelled": _cancel,
}
