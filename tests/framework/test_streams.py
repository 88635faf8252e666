"""Endpoints that yield: raw streams, JSON Lines, server-sent events."""

from typing import Any, AsyncIterable, AsyncIterator, Iterable, Iterator

import pytest
from pydantic import BaseModel, ValidationError

from fastapi import FastAPI
from fastapi.exceptions import ResponseValidationError
from fastapi.responses import EventSourceResponse, StreamingResponse
from fastapi.sse import ServerSentEvent, format_sse_event
from tests.framework.support import client


class Item(BaseModel):
    n: int


async def items_async() -> AsyncIterable[Item]:
    for n in range(2):
        yield Item(n=n)


def items_sync() -> Iterable[Item]:
    for n in range(2):
        yield Item(n=n)


async def untyped_async():
    yield {"a": None}
    yield [1, "é"]


def untyped_sync():
    yield {"a": None}
    yield [1, "é"]


async def events() -> AsyncIterator[Any]:
    yield ServerSentEvent(data={"a": 1}, event="added", id="7", retry=10, comment="hello")
    yield ServerSentEvent(raw_data="two\nlines")
    yield {"plain": True}


def raw() -> Iterator[bytes]:
    yield b"ab"
    yield b"cd"


@pytest.mark.parametrize(
    "endpoint, options, media_type, text",
    [
        (items_async, {}, "application/jsonl", '{"n":0}\n{"n":1}\n'),
        (items_sync, {}, "application/jsonl", '{"n":0}\n{"n":1}\n'),
        (untyped_async, {}, "application/jsonl", '{"a": null}\n[1, "\\u00e9"]\n'),
        (untyped_sync, {}, "application/jsonl", '{"a": null}\n[1, "\\u00e9"]\n'),
        (
            items_async,
            {"response_class": EventSourceResponse},
            "text/event-stream; charset=utf-8",
            'data: {"n":0}\n\ndata: {"n":1}\n\n',
        ),
        (
            items_sync,
            {"response_class": EventSourceResponse},
            "text/event-stream; charset=utf-8",
            'data: {"n":0}\n\ndata: {"n":1}\n\n',
        ),
        (
            events,
            {"response_class": EventSourceResponse},
            "text/event-stream; charset=utf-8",
            ': hello\nevent: added\ndata: {"a": 1}\nid: 7\nretry: 10\n\n'
            "data: two\ndata: lines\n\n"
            'data: {"plain":true}\n\n',
        ),
        (raw, {"response_class": StreamingResponse}, None, "abcd"),
    ],
)
def test_streams(endpoint, options, media_type, text):
    app = FastAPI()
    app.get("/", **options)(endpoint)
    response = client(app).get("/")
    assert (response.status_code, response.text) == (200, text)
    assert response.headers.get("content-type") == media_type
    assert "content-length" not in response.headers


def test_headers_of_event_streams():
    app = FastAPI()
    app.post("/", response_class=EventSourceResponse)(items_async)
    headers = client(app).post("/").headers
    assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-cache", "no")


def test_an_item_that_does_not_fit_ends_the_stream():
    app = FastAPI()

    @app.get("/")
    async def endpoint() -> AsyncIterable[Item]:
        yield {"n": "x"}  # type: ignore[misc]

    with pytest.raises(ResponseValidationError):
        client(app).get("/")


@pytest.mark.parametrize(
    "parts, expected",
    [
        ({"data_str": "x"}, b"data: x\n\n"),
        ({"data_str": "a\r\nb\rc\n"}, b"data: a\ndata: b\ndata: c\ndata: \n\n"),
        ({"comment": "c"}, b": c\n\n"),
        ({"data_str": "x", "event": "e", "id": "1", "retry": 0}, b"event: e\ndata: x\nid: 1\nretry: 0\n\n"),
        ({}, b"\n"),
    ],
)
def test_the_bytes_of_an_event(parts, expected):
    assert format_sse_event(**parts) == expected


@pytest.mark.parametrize(
    "parts",
    [{"data": 1, "raw_data": "x"}, {"event": "a\nb"}, {"id": "a\rb"}, {"id": "\0"}, {"retry": -1}],
)
def test_events_that_are_refused(parts):
    with pytest.raises(ValidationError):
        ServerSentEvent(**parts)


def test_silence_is_filled_with_comments(monkeypatch):
    import anyio

    import fastapi.routing

    monkeypatch.setattr(fastapi.routing, "_PING_INTERVAL", 0.02)
    app = FastAPI()

    @app.get("/", response_class=EventSourceResponse)
    async def endpoint() -> AsyncIterable[int]:
        await anyio.sleep(0.1)
        yield 1

    text = client(app).get("/").text
    assert text.startswith(": ping\n\n") and text.endswith("data: 1\n\n")


@pytest.mark.parametrize(
    "options, media_type",
    [({}, "application/jsonl"), ({"response_class": EventSourceResponse}, "text/event-stream")],
)
def test_streams_tell_the_schema_of_an_item(options, media_type):
    app = FastAPI()
    app.get("/", **options)(items_async)
    content = app.openapi()["paths"]["/"]["get"]["responses"]["200"]["content"]
    assert list(content) == [media_type] and "itemSchema" in content[media_type]
