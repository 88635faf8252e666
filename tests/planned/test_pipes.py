"""Pipes between the tasks of server-sent events: anyio's memory streams give the expected events."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any, List

import pytest

from fastapi import FastAPI
from fastapi._routing.exact import streaming
from fastapi._stand_ins.accelerators import STREAMS
from fastapi._stand_ins.event_pipes.agreement import PipeCase, Streams, play
from fastapi._stand_ins.event_pipes.pipe import Pipe
from fastapi.sse import EventSourceResponse

pytestmark = pytest.mark.skipif(not STREAMS.is_on(), reason="the stand-in is off")


def _draw(seed: int) -> PipeCase:
    draw = Random(seed)
    sends = ["send", "send", "send", 1, 2, 3]
    receives = ["receive", "receive", "receive", "receive", 1, 2, 3]
    if seed % 3 == 0:
        receives.append("receive within 0")
    sender = [draw.choice(sends) for _ in range(draw.randint(0, 6))]
    receiver = [draw.choice(receives) for _ in range(draw.randint(0, 7))]
    return sender, receiver, draw.choice([-1, -1, draw.randint(0, 9)]), draw.choice([-1, -1, draw.randint(0, 9)])


def test_drawn_tasks_have_the_same_events_with_a_pipe_as_with_streams_of_anyio() -> None:
    async def compare() -> None:
        for seed in range(600):
            case = _draw(seed)
            assert await play(Pipe, case) == await play(Streams, case), case

    asyncio.run(compare())


@pytest.mark.parametrize("kind", [Pipe, Streams])
def test_a_cancelled_wait_has_the_context_that_nothing_was_there(kind: Any) -> None:
    async def compare() -> None:
        no_room = await play(kind, (["send", "send"], [9], 4, -1))
        assert no_room == [(1, "sender", 0), (4, "sender", "CancelledError", "WouldBlock"), True, True]
        no_item = await play(kind, ([9], ["receive"], -1, 4))
        assert no_item == [(4, "receiver", "CancelledError", "WouldBlock"), True, True]

    asyncio.run(compare())


def test_a_receiver_without_items_gets_the_time() -> None:
    async def wait() -> List[str]:
        pipe = Pipe(asyncio.get_running_loop())
        found = [await pipe.receive_within(0.001), await pipe.receive_within(0.001)]
        asyncio.get_running_loop().call_later(0.002, pipe.end)
        found.append(await pipe.receive_within(None))
        return [streaming.TIME_IS_OVER is each and "time" or "end" for each in found]

    assert asyncio.run(wait()) == ["time", "time", "end"]


def _requests(app: FastAPI) -> List[Any]:
    sent: List[Any] = []

    async def request() -> None:
        async def receive() -> Any:
            await asyncio.Event().wait()

        async def send(message: Any) -> None:
            sent.append(message.get("body"))

        scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": []}
        await app(scope, receive, send)

    asyncio.run(request())
    return sent


def test_events_go_through_pipes(monkeypatch: pytest.MonkeyPatch) -> None:
    made: List[Pipe] = []

    class Seen(Pipe):
        def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
            super().__init__(loop)
            made.append(self)

    monkeypatch.setattr(streaming, "Pipe", Seen)
    app = FastAPI()

    @app.get("/", response_class=EventSourceResponse)
    async def events() -> Any:
        for i in range(3):
            yield i

    assert _requests(app) == [None, b"data: 0\n\n", b"data: 1\n\n", b"data: 2\n\n", b""]
    assert len(made) == 2


def test_a_replaced_memory_stream_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    import anyio

    genuine = anyio.create_memory_object_stream
    made: List[str] = []

    class Streams:
        def __class_getitem__(cls, item: Any) -> Any:
            made.append(item.__name__)
            return genuine[item]

    monkeypatch.setattr(anyio, "create_memory_object_stream", Streams)
    app = FastAPI()

    @app.get("/", response_class=EventSourceResponse)
    async def events() -> Any:
        yield "x"

    assert _requests(app) == [None, b'data: "x"\n\n', b""]
    assert made == ["bytes", "bytes"]


def test_data_with_the_end_of_a_line_is_split() -> None:
    app = FastAPI()

    class Text(str):
        pass

    @app.get("/", response_class=EventSourceResponse)
    async def events() -> Any:
        from fastapi.sse import ServerSentEvent

        yield ServerSentEvent(raw_data="a\r\nb")
        yield "a\nb"

    assert _requests(app) == [None, b"data: a\ndata: b\n\n", b'data: "a\\nb"\n\n', b""]
