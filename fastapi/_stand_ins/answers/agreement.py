"""Whether `AnswerGroup` behaves like the task group of the installed Starlette and anyio.

A few small streams are sent with Starlette's own function and with the stand-in. The messages, their turns of
the event loop, the tasks, the exceptions and the cancellations have to be equal, wherever the client leaves and
wherever the request is cancelled.
"""

from __future__ import annotations

import asyncio
from functools import partial
from inspect import isasyncgenfunction
from typing import AsyncIterator, Awaitable, Callable, Dict, Iterator, List, NamedTuple, Optional

from starlette import responses
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from fastapi import _rust
from fastapi._stand_ins.accelerators import NotUsed, OlderRelease
from fastapi._stand_ins.answers.pipe_agreement import compare_pipes
from fastapi._stand_ins.answers.serving import GENUINE_STREAM, call_stream
from fastapi._stand_ins.anyio_names import CancelScope, get_current_task
from fastapi._stand_ins.comparing import find_difference, run_on_new_loop
from fastapi._stand_ins.http.loops import OpenTask
from fastapi._stand_ins.http.scopes import learn

Seen = List[object]
Pieces = Callable[[Seen], AsyncIterator[bytes]]
SendStream = Callable[[StreamingResponse, Scope, Receive, Send], Awaitable[None]]
SCOPE: Scope = {"type": "http", "asgi": {"spec_version": "2.3"}}


class Case(NamedTuple):
    """A stream, and the events beside it. An event has the number of the turn in which it happens."""

    pieces: str
    is_busy: bool = False
    # Whether the client leaves by itself when it has the whole answer, as servers tell the application.
    leaves_at_end: bool = True
    leaves: int = -1
    cancels: int = -1
    cancels_scope: int = -1
    # The number of the message that cannot be sent.
    fails_to_send: int = -1
    # Whether an exception tells that the client has left.
    fails_to_receive: bool = False


def why_off() -> Optional[str]:
    """Return the differences, or None."""
    if not _rust.rust_available():
        raise NotUsed("the core does not run")
    group = getattr(responses, "create_collapsing_task_group", None)
    if not isasyncgenfunction(getattr(group, "__wrapped__", None)):
        raise OlderRelease("this release of Starlette has another task group")
    return find_difference(lambda different: run_on_new_loop(_compare_all(different)))


async def _compare_all(different: List[str]) -> None:
    await learn(asyncio.get_running_loop())
    for case in some_cases():
        if await observe(case, GENUINE_STREAM) != await observe(case, call_stream):
            different.append(repr(case))
            return
    await compare_pipes(different)


def some_cases() -> Iterator[Case]:
    """Yield the cases that are compared at the first use."""
    for pieces in PIECES:
        for is_busy in (False, True):
            yield Case(pieces, is_busy)
        yield Case(pieces, leaves_at_end=False)
    for turn in range(5):
        yield Case("waiting", True, leaves=turn)
        yield Case("waiting", True, leaves=turn, fails_to_receive=True)
        yield Case("waiting", cancels=turn)
        yield Case("at once", cancels_scope=turn)
    yield Case("at once", fails_to_send=1)


async def observe(case: Case, serve: SendStream) -> Seen:
    """Return the events of one stream."""
    log: Seen = []
    sent: List[Message] = []
    turns = [0]
    loop = asyncio.get_running_loop()
    gone = asyncio.Event()
    outer = CancelScope()

    async def receive() -> Message:
        log.append((turns[0], "receive"))
        try:
            await gone.wait()
        except BaseException as error:
            log.append((turns[0], type(error).__name__, "Cancelled via cancel scope" in str(error)))
            raise
        if case.fails_to_receive:
            raise OSError("cannot be received")
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        log.append((turns[0], message))
        sent.append(message)
        if case.fails_to_send == len(sent) - 1:
            raise OSError("cannot be sent")
        if case.leaves_at_end and not message.get("more_body", True):
            gone.set()

    async def background() -> None:
        log.append((turns[0], "background", _count_tasks()))

    async def run() -> None:
        task: OpenTask = asyncio.current_task()
        try:
            with outer if case.cancels_scope >= 0 else CancelScope():
                response = StreamingResponse(PIECES[case.pieces](log), background=background)  # type: ignore[arg-type]
                await serve(response, SCOPE, receive, send)
                await asyncio.sleep(0)
                log.append((turns[0], "sent"))
        finally:
            cancelling = getattr(task, "cancelling", int)()
            log.append((turns[0], cancelling, outer.cancel_called, outer.cancelled_caught))

    host = loop.create_task(run())
    events = ((case.leaves, gone.set), (case.cancels, host.cancel), (case.cancels_scope, outer.cancel))
    for turn, event in events:
        if turn >= 0:
            _call_later(turn, event)
    for _ in range(30):
        if case.is_busy or host.done():
            await asyncio.sleep(0)
            turns[0] += case.is_busy
        else:
            await asyncio.wait([host], timeout=0.02)
    if not host.done():
        log.append("never ends")
        host.cancel()
        await asyncio.wait([host], timeout=10)
    # A stream that was not iterated to its end is closed when nothing refers to it, and the exception refers to much.
    for _ in range(3):
        await asyncio.sleep(0)
    log.append("cancelled" if host.cancelled() else _describe(host.exception()))
    return log


def _describe(error: Optional[BaseException], depth: int = 0) -> object:
    """Return a text of an exception with its causes, contexts and members."""
    if error is None or depth > 3:
        return None
    parts = [_describe(part, depth + 1) for part in getattr(error, "exceptions", ())]
    chain = [_describe(each, depth + 1) for each in (error.__cause__, error.__context__)]
    # The text of a cancellation names the scope and the task.
    return repr(error).partition(" scope ")[0], parts, chain, error.__suppress_context__


def _count_tasks() -> int:
    return sum(StreamingResponse.__name__ in task.get_name() for task in asyncio.all_tasks())


def _call_later(turns: int, function: Callable[[], object]) -> None:
    if turns:
        asyncio.get_running_loop().call_soon(_call_later, turns - 1, function)
    else:
        function()


# ── Streams ──


async def _at_once(log: Seen) -> AsyncIterator[bytes]:
    task: OpenTask = asyncio.current_task()
    log.append((_count_tasks(), task.get_name(), get_current_task().name))
    for i in range(2):
        yield b"%d" % i


async def _waiting(log: Seen) -> AsyncIterator[bytes]:
    try:
        for i in range(3):
            yield b"%d" % i
            await asyncio.sleep(0)
    except BaseException as error:
        log.append(type(error).__name__)
        raise
    finally:
        log.append("closed")


async def _failing(log: Seen, error: BaseException) -> AsyncIterator[bytes]:
    yield b"piece"
    raise error


async def _cancelling(log: Seen) -> AsyncIterator[bytes]:
    yield b"piece"
    task: OpenTask = asyncio.current_task()
    task.cancel()


async def _with_callback(log: Seen) -> AsyncIterator[bytes]:
    task: OpenTask = asyncio.current_task()
    task.add_done_callback(lambda task: log.append(("done", task.cancelled())))
    yield b"piece"


class _PieceFailed(Exception):
    pass


class _PieceFailedBadly(BaseException):
    pass


PIECES: Dict[str, Pieces] = {
    "at once": _at_once,
    "waiting": _waiting,
    "an exception": partial(_failing, error=_PieceFailed("own")),
    "a base exception": partial(_failing, error=_PieceFailedBadly("own")),
    "a cancellation": partial(_failing, error=asyncio.CancelledError("own")),
    "a task that cancels itself": _cancelling,
    "a callback of the task": _with_callback,
}
