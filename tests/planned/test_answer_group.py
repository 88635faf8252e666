"""Streams that are sent with the stand-in for the task group: Starlette's own function gives the expected events."""

from __future__ import annotations

import asyncio
import gc
from typing import Any, Iterator, List

import pytest

from fastapi import FastAPI
from fastapi._stand_ins.accelerators import STREAMS
from fastapi._stand_ins.answers.agreement import PIECES, Case, observe
from fastapi._stand_ins.answers.group import AnswerGroup
from fastapi._stand_ins.answers.serving import GENUINE_STREAM, call_stream
from fastapi._stand_ins.http.scopes import learn
from fastapi.responses import StreamingResponse

pytestmark = pytest.mark.skipif(not STREAMS.is_on(), reason="the stand-in is off")

TURNS = range(9)


def _cases(pieces: str) -> Iterator[Case]:
    for is_busy in (True, False):
        for leaves_at_end in (True, False):
            case = Case(pieces, is_busy, leaves_at_end)
            yield case
            for number in range(4):
                yield case._replace(fails_to_send=number)
    for turn in TURNS:
        case = Case(pieces, True)
        for leaves_at_end in (True, False):
            yield case._replace(leaves_at_end=leaves_at_end, leaves=turn)
            yield case._replace(leaves_at_end=leaves_at_end, leaves=turn, fails_to_receive=True)
            yield case._replace(leaves_at_end=leaves_at_end, cancels=turn)
            yield case._replace(leaves_at_end=leaves_at_end, cancels_scope=turn)
        yield case._replace(cancels=turn, cancels_scope=turn)
        yield case._replace(cancels=turn, cancels_scope=turn + 1)
        yield case._replace(leaves=turn, cancels=turn)
        yield case._replace(leaves=turn, cancels_scope=turn)


@pytest.mark.parametrize("pieces", PIECES)
def test_a_stream_has_the_same_events_as_with_a_genuine_group(pieces: str) -> None:
    async def compare() -> None:
        await learn(asyncio.get_running_loop())
        for case in _cases(pieces):
            assert await observe(case, call_stream) == await observe(case, GENUINE_STREAM), case

    # A collection would close generators of earlier cases.
    gc.disable()
    try:
        asyncio.run(compare())
    finally:
        gc.enable()


def _app() -> FastAPI:
    app = FastAPI()

    async def pieces() -> Any:
        yield b"a"
        yield b"b"

    @app.get("/")
    async def endpoint() -> Any:
        return StreamingResponse(pieces())

    return app


def _entered(monkeypatch: pytest.MonkeyPatch, app: FastAPI, **scope: Any) -> List[str]:
    """Return the class names of the groups in which a stream was sent."""
    entered: List[str] = []
    genuine = AnswerGroup.__aenter__

    async def enter(group: AnswerGroup) -> AnswerGroup:
        entered.append(type(group).__name__)
        return await genuine(group)

    monkeypatch.setattr(AnswerGroup, "__aenter__", enter)
    sent: List[Any] = []

    async def request() -> None:
        async def receive() -> Any:
            await asyncio.Event().wait()

        async def send(message: Any) -> None:
            sent.append(message)

        path = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
        await app({**path, **scope}, receive, send)

    asyncio.run(request())
    assert b"".join(message.get("body", b"") for message in sent) == b"ab"
    return entered


def test_a_stream_is_sent_in_the_stand_in(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _entered(monkeypatch, _app()) == ["AnswerGroup"]


def test_a_stream_below_a_function_around_requests_is_sent_by_starlette(monkeypatch: pytest.MonkeyPatch) -> None:
    app = _app()

    @app.middleware("http")
    async def around(request: Any, call_next: Any) -> Any:
        return await call_next(request)

    assert _entered(monkeypatch, app) == []


def test_a_server_that_raises_on_send_needs_no_group(monkeypatch: pytest.MonkeyPatch) -> None:
    assert _entered(monkeypatch, _app(), asgi={"spec_version": "2.4"}) == []


def test_a_replaced_function_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: List[Any] = []
    genuine = StreamingResponse.__call__

    async def call(self: Any, *arguments: Any) -> None:
        calls.append(self)
        await genuine(self, *arguments)

    monkeypatch.setattr(StreamingResponse, "__call__", call)
    assert _entered(monkeypatch, _app()) == []
    assert len(calls) == 1


def test_a_replaced_group_is_entered(monkeypatch: pytest.MonkeyPatch) -> None:
    from starlette import responses

    calls: List[str] = []
    genuine = responses.create_collapsing_task_group

    def create() -> Any:
        calls.append("created")
        return genuine()

    monkeypatch.setattr(responses, "create_collapsing_task_group", create)
    assert _entered(monkeypatch, _app()) == []
    assert calls == ["created"]


def test_a_stream_is_closed_although_the_exception_is_kept() -> None:
    events: List[str] = []
    app = FastAPI()

    async def pieces() -> Any:
        try:
            yield b"a"
            await asyncio.sleep(0)
            yield b"b"
        finally:
            events.append("closed")

    @app.get("/")
    async def endpoint() -> Any:
        return StreamingResponse(pieces())

    async def request() -> None:
        async def receive() -> Any:
            raise OSError("cannot be received")

        async def send(message: Any) -> None:
            pass

        scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
        try:
            await app(scope, receive, send)
        except OSError as error:
            kept.append(error)
        for _ in range(3):
            await asyncio.sleep(0)
        events.append("checked")

    kept: List[OSError] = []
    gc.disable()
    try:
        asyncio.run(request())
    finally:
        gc.enable()
    assert events == ["closed", "checked"]
