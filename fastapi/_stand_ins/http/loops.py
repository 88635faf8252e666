"""Turns of asyncio's event loop, and whether a loop shows which turns have nothing to run."""

from __future__ import annotations

import asyncio
from asyncio import AbstractEventLoop
from asyncio.base_events import BaseEventLoop
from types import coroutine
from typing import Any, Callable, Coroutine, Dict, Generator, List, Optional

from fastapi._stand_ins.accelerators import LOOP_TURNS
from fastapi._stand_ins.comparing import find_difference
from fastapi._stand_ins.guards import is_original, redefines

# A loop or a task of asyncio, with the private attributes that its type does not show.
OpenLoop = Any
OpenTask = Any


@coroutine
def turn(loop: OpenLoop = None) -> Generator[None, None, None]:
    """Let the loop go round once, as `asyncio.sleep(0)` does."""
    yield


@coroutine
def past_first_turn(waiting: Coroutine[Any, Any, Any]) -> Generator[Any, Any, Any]:
    """Await a coroutine whose first turn of the loop has been taken."""
    try:
        waiting.send(None)
    except StopIteration as end:
        return end.value
    return (yield from waiting)


@coroutine
def interrupted(waiting: Coroutine[Any, Any, Any], error: BaseException) -> Generator[Any, Any, Any]:
    """Await a coroutine that has begun, and gets `error` where it waits."""
    # This frame becomes part of the traceback of an exception, so it must not refer to it.
    go_on: Callable[[Any], Any] = waiting.throw
    values: List[Any] = [error]
    del error
    while True:
        try:
            found = go_on(values.pop())
        except StopIteration as end:
            return end.value
        try:
            values.append((yield found))
            go_on = waiting.send
        except BaseException as raised:
            values.append(raised)
            go_on = waiting.throw


# ── Loops that show their queues ──


# The answers of `shows_its_queues` so far, by the class of a loop.
OPEN_KINDS: Dict[type, bool] = {}


def shows_its_queues(loop: AbstractEventLoop) -> bool:
    """Whether a loop keeps its queues as asyncio's own loops do, so that an idle turn can be recognized."""
    kind = loop.__class__
    found = OPEN_KINDS.get(kind)
    if found is None:
        found = OPEN_KINDS[kind] = _runs_as_asyncio(kind) and LOOP_TURNS.is_on()
    return found


def opens_its_queues(loop: OpenLoop) -> Optional[bool]:
    """Return whether a loop shows its queues, or None if it makes its tasks in another way than asyncio's own loops.

    A task factory and debug mode are other ways.
    """
    is_open = OPEN_KINDS.get(loop.__class__)
    if is_open is None:
        is_open = shows_its_queues(loop)
    if is_open:
        # PERF: the results of the two methods below (benchmark `mw`).
        is_plain = loop._task_factory is None and not loop._debug
    else:
        is_plain = loop.get_task_factory() is None and not loop.get_debug()
    return is_open if is_plain else None


def _runs_as_asyncio(kind: type) -> bool:
    return (
        issubclass(kind, BaseEventLoop)
        and not redefines(kind, BaseEventLoop, *_QUEUE_METHODS, "get_task_factory", "get_debug")
        and all(is_original(BaseEventLoop, name) for name in _QUEUE_METHODS)
        and hasattr(kind, "time")
    )


_QUEUE_METHODS = ("_run_once", "call_soon", "call_at", "create_task")


def why_off() -> Optional[str]:
    """Return why no turn of a loop is recognized as idle, or None."""
    return find_difference(_compare)


def _compare(different: List[str]) -> None:
    """Run some handles in a SelectorEventLoop, and look for them in its queues."""
    loop: Any = asyncio.SelectorEventLoop()
    try:
        if not _runs_as_asyncio(type(loop)):
            different.append("the event loop of asyncio has other methods")
        elif not _keeps_handles_in_queues(loop):
            different.append("the event loop of asyncio keeps its handles elsewhere")
    finally:
        loop.close()


def _keeps_handles_in_queues(loop: OpenLoop) -> bool:
    ran: List[int] = []
    first, second = loop.call_soon(ran.append, 1), loop.call_soon(ran.append, 2)
    later = loop.call_later(60, ran.append, 3)
    if list(loop._ready) != [first, second] or loop._scheduled[0]._when != later.when():
        return False
    if loop._stopping or loop._clock_resolution <= 0 or loop._task_factory is not None or loop._debug:
        return False
    loop._ready.popleft()._run()
    loop.call_soon(loop.stop)
    loop.run_forever()
    later.cancel()
    return ran == [1, 2] and not loop._ready
