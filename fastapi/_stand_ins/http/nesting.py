"""Turns of the event loop that are taken inside of the task that waits for them.

A task that awaits a turn is in the queue of the loop, behind the entries that are there. If these are steps of tasks
below it alone, the task may run them itself and continue: the loop would have done the same, and asked the operating
system for events at each turn.

    host      receive ── run_next ──> the task below runs until it waits  ──> the host continues
    queue     [task below, host]      [host, ...]                             [...]

While a task runs others inside of its step, it stands for an entry of the queue. It is passive if it would find nothing
to do in its turn but to wait. Otherwise the tasks inside of it must not take turns before it does.
"""

from __future__ import annotations

import threading
from asyncio.base_events import BaseEventLoop
from asyncio.tasks import Task
from asyncio.tasks import _enter_task as enter_task
from asyncio.tasks import _leave_task as leave_task
from sys import _getframe, exc_info
from typing import Awaitable, List, Optional

from starlette.middleware import base
from starlette.middleware.base import BaseHTTPMiddleware

from fastapi._stand_ins.http.loops import OpenLoop, OpenTask, turn, turn_before_others

TASK_NAME = f"{base.__name__}.{BaseHTTPMiddleware.__qualname__}.__call__.<locals>.call_next.<locals>.coro"


class _Nest(threading.local):
    # The number of tasks that run others inside of their step and have something to do in their next turn.
    busy = 0
    # The number of turns that were taken inside of tasks.
    turns = 0

    def __init__(self) -> None:
        # The tasks that run others inside of their step, the outermost first.
        self.hosts: List[OpenTask] = []


nest = _Nest()


def entries_of_turn(loop: OpenLoop, task: OpenTask) -> int:
    """Return how many entries the next turn of `task`, the current one, has: steps of tasks below layers, 0 or 1.

    Return -1 if anything else runs in this turn.
    """
    if task._must_cancel or nest.busy or loop._stopping:
        return -1
    for host in nest.hosts:
        if host._must_cancel:
            return -1
    scheduled = loop._scheduled
    if scheduled and scheduled[0]._when < loop.time() + loop._clock_resolution:
        return -1
    ready = loop._ready
    if ready:
        # Exceptions of another task must not get the one that is handled here as their context. The task of a layer
        # has a variable context of its own, so its step can run inside of another one.
        task = getattr(ready[0]._callback, "__self__", None)
        if len(ready) > 1 or exc_info()[1] is not None or task.__class__ is not Task or task.get_name() != TASK_NAME:
            return -1
        if not _is_last_of_turn():
            return -1
    nest.turns += 1
    return len(ready)


def _is_last_of_turn() -> bool:
    """Whether the loop runs the last entry of a turn now, so that all entries in the queue belong to the next turn.

    The loop has counted the entries of its turn, and takes as many out of the queue.
    """
    frame = _getframe(2)
    while frame is not None and frame.f_code is not _RUN_ONCE:
        frame = frame.f_back  # type: ignore[assignment]
    if frame is None:
        return False
    found = frame.f_locals
    return bool(found.get("i", -1) + 1 == found.get("ntodo"))


_RUN_ONCE = BaseEventLoop._run_once.__code__  # type: ignore[attr-defined]


def run_next(loop: OpenLoop, host: OpenTask) -> Optional[Awaitable[None]]:
    """Run, inside of the current task, the step that the loop runs next.

    Return the turn that the current task has to take after that, None if it continues.

    PERF: a turn of the loop asks the operating system for events (benchmark `mw`).
    """
    handle = loop._ready.popleft()
    nest.hosts.append(host)
    leave_task(loop, host)
    try:
        handle._run()
    except (KeyboardInterrupt, SystemExit) as error:
        # It leaves the loop, which may be started again.
        loop.call_soon(_raise, error)
        return turn()
    finally:
        enter_task(loop, host)
        nest.hosts.pop()
    return turn_before_others(loop) if host._must_cancel else None


def take_turn(loop: OpenLoop, task: OpenTask) -> Optional[Awaitable[None]]:
    """Run the next step inside of `task`, the current one, which has something to do in its turn, as `run_next`."""
    nest.busy += 1
    try:
        return run_next(loop, task)
    finally:
        nest.busy -= 1


def _raise(error: BaseException) -> None:
    raise error
