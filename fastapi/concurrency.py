"""Worker threads, limits and shielded exits for dependencies."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, AbstractContextManager
from contextlib import asynccontextmanager as asynccontextmanager
from types import TracebackType
from typing import AsyncGenerator, Generic, Optional, Type, TypeVar
from weakref import WeakKeyDictionary

import anyio as anyio
from anyio import CancelScope as CancelScope
from anyio import CapacityLimiter as CapacityLimiter
from anyio import Semaphore
from anyio.lowlevel import RunVar, checkpoint_if_cancelled
from starlette.concurrency import iterate_in_threadpool as iterate_in_threadpool
from starlette.concurrency import run_in_threadpool as run_in_threadpool
from starlette.concurrency import (
    run_until_first_complete as run_until_first_complete,
)

from fastapi._stand_ins.worker_threads import call_in_thread, exit_in_thread

_T = TypeVar("_T")


@asynccontextmanager
async def contextmanager_in_threadpool(
    cm: AbstractContextManager[_T],
) -> AsyncGenerator[_T, None]:
    """Enter and exit a blocking context manager in worker threads.

    The exit always runs. It is shielded from cancellation, and does not count against the default limiter: all threads
    of that limiter may be waiting for a resource that this exit returns.
    """
    value = await call_in_thread(run_in_threadpool, cm.__enter__, {})
    try:
        yield value
    except BaseException as exc:
        if not await _exit_in_thread(cm, exc):
            raise
    else:
        await _exit_in_thread(cm, None)


async def _exit_in_thread(cm: AbstractContextManager[object], exc: Optional[BaseException]) -> bool:
    arguments = (None, None, None) if exc is None else (type(exc), exc, exc.__traceback__)
    return bool(await exit_in_thread(cm.__exit__, *arguments))


class _asynccontextmanager_with_shielded_exit(Generic[_T]):
    """Shield the exit of `cm` from cancellation, and deliver a pending cancellation after it.

    `cleanup_scope` is open around all dependencies, so its shield covers the code that runs in the task of the exit.
    Entering is not shielded.
    """

    # PERF: a generator with `asynccontextmanager` takes 1.3 times as long to enter and to leave.
    __slots__ = ("_cleanup_scope", "_cm")

    def __init__(self, cm: AbstractAsyncContextManager[_T], cleanup_scope: CancelScope) -> None:
        self._cm = cm
        self._cleanup_scope = cleanup_scope

    async def __aenter__(self) -> _T:
        return await self._cm.__aenter__()

    async def __aexit__(
        self, kind: Optional[Type[BaseException]], exc: Optional[BaseException], traceback: Optional[TracebackType]
    ) -> bool:
        leaving, has_failed = _exit_shielded(self._cm, self._cleanup_scope, exc), exc is not None
        # The traceback of an exception that leaves has this frame.
        del exc, traceback
        suppressed = await leaving
        if suppressed or not has_failed:
            await checkpoint_if_cancelled()
        return suppressed


async def _exit_shielded(
    cm: AbstractAsyncContextManager[object], cleanup_scope: CancelScope, exc: Optional[BaseException]
) -> bool:
    arguments = (None, None, None) if exc is None else (type(exc), exc, exc.__traceback__)
    outer = cleanup_scope.shield
    cleanup_scope.shield = True
    try:
        leaving = cm.__aexit__(*arguments)
        # The traceback of an exception that leaves has this frame.
        del exc, arguments
        return bool(await leaving)
    finally:
        cleanup_scope.shield = outer


@asynccontextmanager
async def _contextmanager_with_concurrency_limit(
    cm: AbstractAsyncContextManager[_T], semaphore: Semaphore
) -> AsyncGenerator[_T, None]:
    """Acquire `semaphore` before entering `cm`, and release it after leaving `cm`."""
    async with semaphore:
        async with cm as value:
            yield value


class _DependencyConcurrency:
    """The limit of one `Depends()` object: a semaphore for each event loop that uses it."""

    def __init__(self, max_concurrency: int) -> None:
        self.max_concurrency = max_concurrency

    def get_semaphore(self) -> Semaphore:
        """Return the semaphore of the running event loop."""
        semaphores = _semaphores_of_loop()
        semaphore = semaphores.get(self)
        if semaphore is None:
            semaphore = semaphores[self] = Semaphore(self.max_concurrency)
        return semaphore


_dependency_semaphores: RunVar[WeakKeyDictionary[_DependencyConcurrency, Semaphore]] = RunVar("_dependency_semaphores")


def _semaphores_of_loop() -> WeakKeyDictionary[_DependencyConcurrency, Semaphore]:
    try:
        return _dependency_semaphores.get()
    except LookupError:
        semaphores: WeakKeyDictionary[_DependencyConcurrency, Semaphore] = WeakKeyDictionary()
        _dependency_semaphores.set(semaphores)
        return semaphores
