"""Turns of the event loop that are taken inside of the task that waits for them.

A task that awaits a turn is in the queue of the loop, behind the entries that are there. If these are steps of tasks
below it alone, the task may run them itself and continue: the loop would have done the same, and asked the operating
system for events at each turn.

    host      receive ── run_next ──> the task below runs until it waits  ──> the host continues
    queue     [task below, host]      [host, ...]                             [...]

While a task runs others inside of its step, it stands for an entry of the queue. It is passive if it would find nothing
to do in its turn but to wait. Otherwise the tasks inside of it must not take turns before it does.

A host that would wait continues where it would have been woken or cancelled: behind the entries that were in the queue
then. An entry of its own marks that place (`_place`), and runs the step of the host when the loop reaches it.
"""

from __future__ import annotations

import threading
from asyncio import CancelledError, Handle
from asyncio.base_events import BaseEventLoop
from asyncio.tasks import Task
from asyncio.tasks import _enter_task as enter_task
from asyncio.tasks import _leave_task as leave_task
from functools import partial
from sys import _getframe, exc_info
from types import coroutine
from typing import Awaitable, Generator, List, Optional, Tuple

from starlette.middleware import base
from starlette.middleware.base import BaseHTTPMiddleware

from fastapi._stand_ins.http.loops import OpenLoop, OpenTask, turn

TASK_NAME = f"{base.__name__}.{BaseHTTPMiddleware.__qualname__}.__call__.<locals>.call_next.<locals>.coro"


class Nest:
    """The tasks of one thread that run others inside of their step, the outermost first."""

    __slots__ = ("busy", "hosts", "is_watching", "turns")

    def __init__(self) -> None:
        self.hosts: List[TurnHost] = []
        # The number of hosts that have something to do in their next turn.
        self.busy = 0
        # The number of turns that were taken inside of tasks.
        self.turns = 0
        # Whether the loop of this thread marks where hosts are cancelled.
        self.is_watching = False


class _Local(threading.local):
    def __init__(self) -> None:
        self.nest = Nest()


_local = _Local()


class TurnHost:
    """A task that runs others inside of its step. With `waits`, it would wait before they run."""

    __slots__ = ("is_busy", "is_woken", "message", "nest", "place", "task", "turns")

    def __init__(self, task: OpenTask, is_busy: bool = False, waits: bool = False) -> None:
        self.task = task
        self.nest = _local.nest
        # The number of turns that the host has seen. It waits when there were more.
        self.turns = -1 if waits else self.nest.turns
        # Whether it has something to do in its next turn.
        self.is_busy = is_busy
        self.is_woken = False
        self.place: Optional[Handle] = None
        # The message of the cancellation that gave the host its place, in a tuple.
        self.message: Optional[Tuple[object, ...]] = None

    def has_waited(self) -> bool:
        """Whether the turn of the host was left out, in which it would have begun to wait."""
        return self.nest.turns > self.turns

    def wake(self, loop: OpenLoop) -> None:
        """Give the host something to do. If it waits, it continues behind the entries that are in the queue now."""
        nest = self.nest
        if nest.turns > self.turns:
            if loop._ready or nest.is_watching:
                _mark_cancelled(nest, loop)
                if self.place is None and loop._ready:
                    self.take_place(loop)
            self.is_woken = True
        self.is_busy = True
        nest.busy += 1

    def take_place(self, loop: OpenLoop) -> None:
        """Let the host continue behind the entries that are in the queue now."""
        self.place = _place(loop, self.task)
        loop._ready.append(self.place)

    def mark_cancelled(self, loop: OpenLoop) -> None:
        """Give the host, which was cancelled while it waited, its place in the queue."""
        self.take_place(loop)
        self.message = (getattr(self.task, "_cancel_message", None),)


def _place(loop: OpenLoop, task: OpenTask) -> Handle:
    """Return an entry for the queue of a loop that runs the step of `task`, which is in the queue further behind."""

    def run_step() -> None:
        ready = loop._ready
        for index in range(len(ready) - 1, -1, -1):
            handle = ready[index]
            if _is_step_of(handle._callback, task):
                # The loop has counted its entries.
                ready[index] = left = Handle(bool, (), loop)
                left.cancel()
                handle._run()
                return

    return Handle(run_step, (), loop)


def _is_step_of(callback: object, task: OpenTask) -> bool:
    """Whether an entry of the queue is the step of a task, and not a public method of it, such as `cancel`."""
    return getattr(callback, "__self__", None) is task and getattr(callback, "__name__", "__step").startswith("__")


def _watch(nest: Nest, loop: OpenLoop) -> None:
    """Mark from now on where a host that waits is cancelled, until no task runs others inside of its step.

    An entry that is put into the queue after a cancellation comes after the step of the cancelled task.
    """
    if not nest.is_watching and "_call_soon" not in loop.__dict__:
        nest.is_watching = True
        loop._call_soon = partial(_call_soon_and_mark, nest, loop)


def _call_soon_and_mark(nest: Nest, loop: OpenLoop, *entry: object) -> Handle:
    _mark_cancelled(nest, loop)
    made: Handle = type(loop)._call_soon(loop, *entry)
    return made


def _mark_cancelled(nest: Nest, loop: OpenLoop) -> None:
    """Give the hosts that were cancelled since the last entry their places in the queue."""
    for host in nest.hosts:
        if host.task._must_cancel and host.place is None and not host.is_woken and nest.turns > host.turns:
            host.mark_cancelled(loop)


def entries_of_turn(
    loop: OpenLoop, task: OpenTask, wakes_host: bool = False, known_step: Optional[Handle] = None
) -> int:
    """Return how many entries the next turn of `task`, the current one, has: steps of tasks below layers, 0 or 1.

    Return -1 if anything else runs in this turn. With `wakes_host`, the task wakes its host after the turn. Pass the
    result of `lone_step_of` as `known_step`.
    """
    nest = _local.nest
    if task._must_cancel or nest.busy or loop._stopping:
        return -1
    hosts = nest.hosts
    for host in hosts:
        if host.task._must_cancel:
            return -1
    scheduled = loop._scheduled
    if scheduled and scheduled[0]._when < loop.time() + loop._clock_resolution:
        return -1
    ready = loop._ready
    if ready:
        # Exceptions of another task must not get the one that is handled here as their context. The task of a layer
        # has a variable context of its own, so its step can run inside of another one.
        if len(ready) > 1 or exc_info()[1] is not None:
            return -1
        if ready[0] is not known_step and not (_is_step_below(ready[0]) and _is_last_of_turn()):
            return -1
    nest.turns += 1
    if hosts and (ready or not wakes_host or len(hosts) > 1):
        _watch(nest, loop)
    return len(ready)


def lone_step_of(loop: OpenLoop, task: OpenTask) -> Optional[Handle]:
    """Return the step of a task below if it is the only entry in the queue, and was put there in the current step.

    While it is there and alone, the loop runs the last entry of a turn: the queue had no other entry then, and entries
    that came later run later.
    """
    ready = loop._ready
    return ready[0] if len(ready) == 1 and _is_step_of(ready[0]._callback, task) else None


def _is_step_below(handle: Handle) -> bool:
    """Whether an entry of the queue is the step of a task below a layer."""
    task = getattr(handle._callback, "__self__", None)  # type: ignore[attr-defined]
    return task.__class__ is Task and task.get_name() == TASK_NAME


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


def run_next(loop: OpenLoop, host: TurnHost) -> Optional[Awaitable[None]]:
    """Run, inside of the current task, `host`, the step that the loop runs next.

    Return the turn that the current task has to take after that, None if it continues.

    PERF: a turn of the loop asks the operating system for events (benchmark `mw`).
    """
    handle = loop._ready.popleft()
    task, nest = host.task, host.nest
    hosts = nest.hosts
    hosts.append(host)
    nest.busy += host.is_busy
    if nest.turns > host.turns:
        _watch(nest, loop)
    leave_task(loop, task)
    try:
        handle._run()
    except (KeyboardInterrupt, SystemExit) as error:
        # It leaves the loop, which may be started again.
        loop.call_soon(_raise, error)
        return turn()
    finally:
        enter_task(loop, task)
        hosts.pop()
        nest.busy -= host.is_busy
        if nest.is_watching and not hosts:
            nest.is_watching = False
            del loop._call_soon
    if host.place is None:
        if not task._must_cancel:
            return None
        if host.is_woken or nest.turns == host.turns:
            # Its step was in the queue before the entries that are there now.
            loop._ready.appendleft(_place(loop, task))
        else:
            host.mark_cancelled(loop)
    return turn() if host.message is None else _turn_of_cancelled(*host.message)


@coroutine
def _turn_of_cancelled(message: object) -> Generator[None, None, None]:
    """Take a turn that ends with a cancellation. A later one has not changed its message."""
    try:
        yield
    except CancelledError as error:
        error.args = () if message is None else (message,)
        raise


def take_turn(loop: OpenLoop, task: OpenTask) -> Optional[Awaitable[None]]:
    """Run the next step inside of `task`, the current one, which has something to do in its turn, as `run_next`."""
    return run_next(loop, TurnHost(task, is_busy=True))


def _raise(error: BaseException) -> None:
    raise error
