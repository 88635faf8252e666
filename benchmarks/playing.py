"""Play the client of a row against an application: once with its answer kept, or many times to be timed."""

from __future__ import annotations

import asyncio
import hashlib
from typing import Any, Awaitable, Callable, Iterator

from workloads import Row

Application = Callable[[Any, Any, Any], Awaitable[None]]
LAST = ("http.response.body", "websocket.close")
DISCONNECTS = {
    "http.request": {"type": "http.disconnect"},
    "websocket.connect": {"type": "websocket.disconnect", "code": 1000, "reason": ""},
}


# ---- one answer ----------------------------------------------------------------------------------------------------


async def answers(app: Application, row: Row) -> list[dict[str, Any]]:
    """Return the answers to a row: one, or one for each step."""
    restart(app)
    return [await answer(app, step) for step in row.steps or (row,)]


async def answer(app: Application, row: Row) -> dict[str, Any]:
    sent: list[dict[str, Any]] = []
    receive, send = client(row.messages(), sent.append)
    await app(row.scope(), receive, send)
    return _websocket_answer(sent) if row.texts else _http_answer(sent, row)


def _http_answer(sent: list[dict[str, Any]], row: Row) -> dict[str, Any]:
    parts = [message.get("body", b"") for message in sent[1:]]
    body = b"".join(parts)
    found = {
        "status": sent[0]["status"],
        "headers": _text(sent[0]["headers"]),
        "body": hashlib.sha256(body).hexdigest(),
        "start": body[:300].decode("latin-1"),
    }
    if row.listens:  # A stream: the client sees when each part arrives.
        found["messages"] = [len(part) for part in parts]
    return found


def _websocket_answer(sent: list[dict[str, Any]]) -> dict[str, Any]:
    messages = [{**message, "headers": _text(message.get("headers", []))} for message in sent]
    kinds = ", ".join(dict.fromkeys(message["type"] for message in sent))
    texts = "\n".join(message["text"] for message in sent if message.get("text"))
    return {"status": kinds, "headers": [], "body": texts, "start": repr(messages[:3]), "messages": messages}


def _text(headers: Any) -> list[list[str]]:
    return [[name.decode("latin-1"), value.decode("latin-1")] for name, value in headers]


# ---- many requests -------------------------------------------------------------------------------------------------


def requester(app: Application, row: Row) -> Callable[[int], Awaitable[None]]:
    """Return a function that sends the request of a row `count` times."""
    if row.steps:
        return _playing_steps(app, row)
    scope, messages = row.scope(), row.messages()

    async def receive_single() -> Any:
        return messages[0]

    async def single(count: int) -> None:
        for _ in range(count):
            await app(dict(scope), receive_single, _drop)

    async def several(count: int) -> None:
        for _ in range(count):
            await app(dict(scope), *client(messages))

    return single if len(messages) == 1 and not row.listens else several


def repeated(call: Callable[[], Any]) -> Callable[[int], Awaitable[None]]:
    """Return a function that calls a function, `def` or `async def`, many times."""

    async def awaited(count: int) -> None:
        for _ in range(count):
            await call()

    async def called(count: int) -> None:
        for _ in range(count):
            call()

    return awaited if asyncio.iscoroutinefunction(call) else called


def _playing_steps(app: Application, row: Row) -> Callable[[int], Awaitable[None]]:
    """Return a function that plays `count` steps, and starts the application's state anew with each round."""
    steps = [(step.scope(), step.messages()) for step in row.steps]

    async def play(count: int) -> None:
        for i, (scope, messages) in _round(steps, count):
            if i == 0:
                restart(app)
            await app(dict(scope), *client(messages))

    return play


def _round(steps: list[Any], count: int) -> Iterator[tuple[int, Any]]:
    for number in range(count):
        i = number % len(steps)
        yield i, steps[i]


def restart(app: Any) -> None:
    """Give an application the state that it had before the first request, if it offers to."""
    again = getattr(getattr(app, "state", app), "restart", None)
    if again is not None:
        again()


def client(messages: list[Any], keep: Callable[[Any], None] | None = None) -> tuple[Any, Any]:
    """Return `receive` and `send` of a client that stays until the answer is whole, as a server presents it."""
    following = iter(messages)
    waiting: list[asyncio.Future[None]] = []
    whole = False

    async def receive() -> Any:
        for message in following:
            return message
        if not whole:
            waiting.append(asyncio.get_running_loop().create_future())
            await waiting[-1]
        return DISCONNECTS[messages[0]["type"]]

    async def send(message: Any) -> None:
        nonlocal whole
        if keep is not None:
            keep(message)
        if message["type"] in LAST and not message.get("more_body", False):
            whole = True
            for future in waiting:
                if not future.done():
                    future.set_result(None)

    return receive, send


async def _drop(message: Any) -> None:
    return None
