"""An event loop without sockets, and a portal and worker threads without threads: for test clients in Pyodide.

Pyodide's own loop belongs to JavaScript and cannot run until a task is done. Starlette's `TestClient` runs the
application in a thread. Here, both run in the one thread that there is.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
import time
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, Awaitable, Callable, Iterator, List, Tuple


class _NoSelector:
    """Waits for time alone."""

    def select(self, timeout: float | None) -> List[Any]:
        if timeout is None:
            raise RuntimeError("the loop waits for ever: nothing outside of it can wake it here")
        time.sleep(timeout)
        return []

    def close(self) -> None:
        pass


class Loop(asyncio.BaseEventLoop):
    """An event loop for tasks and timers."""

    def __init__(self) -> None:
        super().__init__()
        self._selector = _NoSelector()

    def _process_events(self, events: Any) -> None:
        pass

    def _write_to_self(self) -> None:
        pass


class Policy(asyncio.events._AbstractEventLoopPolicy):  # type: ignore[name-defined,misc]
    """Makes such loops."""

    _loop: Any = None

    def get_event_loop(self) -> Any:
        self._loop = self._loop or Loop()
        return self._loop

    def set_event_loop(self, loop: Any) -> None:
        self._loop = loop

    def new_event_loop(self) -> Loop:
        return Loop()


class _Waited(Future):  # type: ignore[type-arg]
    """The result of a task. Asking for it runs the loop until the task is done."""

    def __init__(self, loop: Loop, task: Any) -> None:
        super().__init__()
        self._loop, self._task = loop, task

    def cancel(self) -> bool:
        return bool(self._task.cancel())

    def done(self) -> bool:
        return bool(self._task.done())

    def result(self, timeout: float | None = None) -> Any:
        return self._loop.run_until_complete(self._task)

    def exception(self, timeout: float | None = None) -> Any:
        try:
            self.result()
        except BaseException as error:
            return error
        return None


class Portal:
    """Has the methods of anyio's `BlockingPortal` that Starlette's test client calls."""

    def __init__(self) -> None:
        self.loop = Loop()

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return self.start_task_soon(function, *arguments).result()

    def start_task_soon(self, function: Callable[..., Any], *arguments: Any, name: object = None) -> _Waited:
        return _Waited(self.loop, self.loop.create_task(_awaited(function, arguments)))

    def start_task(self, function: Callable[..., Any], *arguments: Any, name: object = None) -> Tuple[_Waited, Any]:
        started = self.loop.create_future()

        class Status:
            def started(self, value: Any = None) -> None:
                started.set_result(value)

        task = self.loop.create_task(function(*arguments, task_status=Status()))
        self.loop.run_until_complete(asyncio.wait([started, task], return_when=asyncio.FIRST_COMPLETED))
        return _Waited(self.loop, task), started.result() if started.done() else task.result()

    @contextmanager
    def wrap_async_context_manager(self, manager: Any) -> Iterator[Any]:
        value = self.call(manager.__aenter__)
        try:
            yield value
        except BaseException as error:
            if not self.call(manager.__aexit__, type(error), error, error.__traceback__):
                raise
        else:
            self.call(manager.__aexit__, None, None, None)


async def _awaited(function: Callable[..., Any], arguments: Tuple[Any, ...]) -> Any:
    answer = function(*arguments)
    return await answer if isinstance(answer, Awaitable) else answer


@contextmanager
def start_blocking_portal(backend: str = "asyncio", backend_options: Any = None, **_: Any) -> Iterator[Portal]:
    """Yield a portal of this thread."""
    if backend != "asyncio":
        raise RuntimeError(f"{backend} has no loop without sockets")
    portal = Portal()
    try:
        yield portal
        pending = asyncio.all_tasks(portal.loop)
        for task in pending:
            task.cancel()
        if pending:
            portal.loop.run_until_complete(asyncio.wait(pending))
    finally:
        portal.loop.close()


async def run_sync(function: Callable[..., Any], *arguments: Any, **_: Any) -> Any:
    """Stand for `anyio.to_thread.run_sync`: call the function at once, in a context of its own as a thread has."""
    import contextvars

    await asyncio.sleep(0)
    return contextvars.copy_context().run(function, *arguments)


def wait(waited: Any, timeout: float | None = None, return_when: str = "") -> None:
    """Stand for `concurrent.futures.wait`, with which the client waits for the application."""
    for each in waited:
        each.exception()


def wait_for_a_thread(self: Any, timeout: float | None = None) -> bool:
    """Stand for `threading.Condition.wait`: no other thread can end the wait."""
    if timeout is None:
        raise RuntimeError("can't wait for another thread")
    return False


def run(main: Any, *, debug: bool | None = None, loop_factory: Any = None) -> Any:
    """Stand for `asyncio.run`, which Pyodide replaces by a function for hosts that can switch stacks."""
    with asyncio.Runner(debug=debug, loop_factory=loop_factory or Loop) as runner:
        return runner.run(main)


def install() -> None:
    """Replace the loop of asyncio, and the functions of anyio that start threads."""
    import anyio.from_thread
    import anyio.to_thread

    asyncio.events._set_event_loop_policy(Policy())  # type: ignore[attr-defined]
    # Pyodide calls Python inside of its own loop.
    asyncio._set_running_loop(None)
    asyncio.run = run
    threading.Condition.wait = wait_for_a_thread  # type: ignore[method-assign]
    concurrent.futures.wait = wait  # type: ignore[assignment]
    anyio.from_thread.start_blocking_portal = start_blocking_portal  # type: ignore[assignment]
    anyio.to_thread.run_sync = run_sync  # type: ignore[assignment]
