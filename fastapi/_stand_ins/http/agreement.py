"""Whether the stand-ins of `http/exchange` behave like the installed Starlette and anyio.

A few small programs run with Starlette's own class and with the stand-ins. The messages, the order of events among
them, the turns of the event loop, and the task as anyio describes it have to be equal.
"""

from __future__ import annotations

import asyncio
from functools import partial
from inspect import isasyncgenfunction
from typing import Any, Awaitable, Callable, Dict, List, Optional, Tuple

from starlette.middleware import base
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Message, Receive, Scope, Send

from fastapi import _rust
from fastapi._stand_ins.accelerators import HTTP_MIDDLEWARE, NotUsed, OlderRelease
from fastapi._stand_ins.anyio_names import CancelScope, get_current_task
from fastapi._stand_ins.comparing import find_difference, run_on_new_loop
from fastapi._stand_ins.http.exchange import Exchange
from fastapi._stand_ins.http.loops import shows_its_queues
from fastapi._stand_ins.http.scopes import are_learned, learn
from fastapi._stand_ins.http.serving import GENUINE_CALL, call_here, making

Log = List[Any]
App = Callable[[Log, Scope, Receive, Send], Awaitable[None]]
Dispatch = Callable[[Log, Request, RequestResponseEndpoint], Awaitable[Response]]
Serve = Callable[[BaseHTTPMiddleware, Scope, Receive, Send], Awaitable[None]]


def why_off() -> Optional[str]:
    """Return the differences, or None."""
    if not _rust.rust_available():
        raise NotUsed("the core does not run")
    group = getattr(base, "create_collapsing_task_group", None)
    if not isasyncgenfunction(getattr(group, "__wrapped__", None)):
        raise OlderRelease("this release of Starlette has another task group")
    return find_difference(lambda different: run_on_new_loop(_compare_all(different)))


def why_scopes_off() -> Optional[str]:
    """Return why cancel scopes are entered and left by anyio itself, or None."""
    if not HTTP_MIDDLEWARE.is_on():
        raise NotUsed("http middleware is off")
    return None if are_learned() else "the cancel scopes of anyio have other attributes"


async def _compare_all(different: List[str]) -> None:
    await learn(asyncio.get_running_loop())
    for name, (app, dispatch) in _PROGRAMS.items():
        for is_busy in (False, True):
            for is_inside in (False, True) if name in _INSIDE_ANOTHER else (False,):
                expected = await _observe(app, dispatch, is_busy, is_inside, _serve_genuinely)
                found = await _observe(app, dispatch, is_busy, is_inside, _serve_here)
                if found != expected:
                    different.append(name + ", busy" * is_busy + ", inside of another function" * is_inside)


async def _observe(app: App, dispatch: Dispatch, is_busy: bool, is_inside: bool, serve_with: Serve) -> Log:
    log: Log = []
    turns = [0]
    is_over = False

    async def spin() -> None:
        while not is_over:
            await asyncio.sleep(0)
            turns[0] += 1

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        log.append((turns[0], message["type"], message.get("body"), message.get("more_body")))

    async def below(scope: Scope, receive: Receive, send: Send) -> None:
        log.append((turns[0], "below", get_current_task().name, _parent_is_host(host)))
        await app(log, scope, receive, send)

    async def around(request: Request, call_next: RequestResponseEndpoint) -> Response:
        log.append((turns[0], "around"))
        try:
            return await dispatch(log, request, call_next)
        finally:
            log.append((turns[0], "left"))

    async def run() -> None:
        layer = BaseHTTPMiddleware(below, dispatch=around)
        if is_inside:
            layer = BaseHTTPMiddleware(partial(serve_with, layer), dispatch=partial(_pass_on, log))
        scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "query_string": b""}
        await serve_with(layer, scope, receive, send)

    host: asyncio.Task[None] = asyncio.get_running_loop().create_task(run())
    spinning = asyncio.get_running_loop().create_task(spin()) if is_busy else None
    outcome = await asyncio.wait([host], timeout=10)
    is_over = True
    if spinning is not None:
        await spinning
    if outcome[1]:
        host.cancel()
        await asyncio.wait([host], timeout=10)
        log.append("never ends")
    elif host.cancelled():
        log.append("cancelled")
    else:
        log.append(repr(host.exception()))
    log.append((turns[0], len(asyncio.all_tasks())))
    return log


def _parent_is_host(host: asyncio.Task[None]) -> bool:
    return get_current_task().parent_id == id(host)


async def _serve_genuinely(layer: BaseHTTPMiddleware, scope: Scope, receive: Receive, send: Send) -> None:
    await GENUINE_CALL(layer, scope, receive, send)


async def _serve_here(layer: BaseHTTPMiddleware, scope: Scope, receive: Receive, send: Send) -> None:
    loop = asyncio.get_running_loop()
    making.exchange = exchange = Exchange(layer, loop, shows_its_queues(loop))
    await call_here(exchange, scope, receive, send)


# ── Programs ──


async def _answer(log: Log, scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x", b"y")]})
    await send({"type": "http.response.body", "body": b"whole"})


async def _answer_with_a_task(log: Log, scope: Scope, receive: Receive, send: Send) -> None:
    task = asyncio.ensure_future(_note(log))
    await _answer(log, scope, receive, send)
    await task


async def _read(log: Log, scope: Scope, receive: Receive, send: Send) -> None:
    for _ in range(2):
        log.append((await receive(), len(asyncio.all_tasks())))
    await _answer(log, scope, receive, send)


async def _note(log: Log) -> None:
    log.append("another task")


async def _answer_late(log: Log, scope: Scope, receive: Receive, send: Send) -> None:
    with CancelScope():
        await asyncio.sleep(0)
        log.append("late")
        await asyncio.sleep(0)
    await _answer(log, scope, receive, send)


async def _wait(log: Log, scope: Scope, receive: Receive, send: Send) -> None:
    try:
        for _ in range(9):
            await asyncio.sleep(0)
        log.append("in the end")
    except BaseException as error:
        log.append(type(error).__name__)
        raise


async def _fail(log: Log, scope: Scope, receive: Receive, send: Send) -> None:
    raise _Failure("below")


async def _stream(log: Log, scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for i in range(2):
        log.append(i)
        await send({"type": "http.response.body", "body": b"part", "more_body": True})
    await send({"type": "http.response.body", "body": b""})
    log.append("after")


async def _fail_late(log: Log, scope: Scope, receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    log.append("begun")
    raise _Failure("below")


async def _cancel_late(log: Log, scope: Scope, receive: Receive, send: Send) -> None:
    with CancelScope() as cancel_scope:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        cancel_scope.cancel()
        try:
            await send({"type": "http.response.body", "body": b"whole"})
        finally:
            log.append("cancelled")


async def _fail_in_the_end(log: Log, scope: Scope, receive: Receive, send: Send) -> None:
    await _answer(log, scope, receive, send)
    await asyncio.sleep(0)
    log.append("failing")
    raise _Failure("in the end")


class _Failure(BaseException):
    pass


async def _pass_on(log: Log, request: Request, call_next: RequestResponseEndpoint) -> Response:
    response = await call_next(request)
    log.append(("called", response.status_code, len(asyncio.all_tasks())))
    return response


async def _answer_itself(log: Log, request: Request, call_next: RequestResponseEndpoint) -> Response:
    await call_next(request)
    return PlainTextResponse("own")


async def _raise_after(log: Log, request: Request, call_next: RequestResponseEndpoint) -> Response:
    await call_next(request)
    raise _Failure("around")


async def _call_twice(log: Log, request: Request, call_next: RequestResponseEndpoint) -> Response:
    await call_next(request)
    return await call_next(request)


async def _give_up(log: Log, request: Request, call_next: RequestResponseEndpoint) -> Response:
    with CancelScope() as scope:
        asyncio.get_running_loop().call_soon(_call_later, 3, scope.cancel)
        return await call_next(request)
    return PlainTextResponse("too late")


def _call_later(turns: int, function: Callable[[], None]) -> None:
    if turns:
        asyncio.get_running_loop().call_soon(_call_later, turns - 1, function)
    else:
        function()


_PROGRAMS: Dict[str, Tuple[App, Dispatch]] = {
    "an answer": (_answer, _pass_on),
    "an answer to a message": (_read, _pass_on),
    "a task below": (_answer_with_a_task, _pass_on),
    "an answer that takes its time": (_answer_late, _pass_on),
    "another answer": (_answer, _answer_itself),
    "an exception around": (_answer, _raise_after),
    "an exception below": (_fail, _pass_on),
    "two calls": (_answer, _call_twice),
    "a scope that is cancelled": (_wait, _give_up),
    "a stream": (_stream, _pass_on),
    "an exception after the beginning": (_fail_late, _pass_on),
    "an exception in the end": (_fail_in_the_end, _pass_on),
    "a scope that is cancelled after the beginning": (_cancel_late, _pass_on),
}
_INSIDE_ANOTHER = (
    *("an answer", "an answer to a message", "a stream"),
    *("an exception below", "an exception after the beginning"),
)
