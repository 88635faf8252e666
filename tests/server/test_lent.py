"""A connection comes back from uvicorn's own protocol between two requests, and only then."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Any, List

import pytest

pytest.importorskip("uvicorn")
pytest.importorskip("h11")

import h11
from uvicorn.server import ServerState

from fastapi import _rust
from fastapi._server.lent import is_whole
from fastapi._server.service import service_for
from tests.server.conversation import CANCEL, END, LOST, PAIRS, PAUSE, RESUME, SHUTDOWN, Server, Step, turn
from tests.server.drawing import draw_request
from tests.server.transport import MemoryTransport

pytestmark = pytest.mark.skipif(not _rust.rust_available(), reason="no core here")

HOST = b" HTTP/1.1\r\nHost: h\r\n"
PLAIN = Step(b"GET /plain" + HOST + b"\r\n")
ODD = Step(b"GET http://h/plain" + HOST + b"\r\n")
HEAD = Step(b"HEAD /plain" + HOST + b"\r\n")
REQUEST = Step(b"GET /request" + HOST + b"\r\n")
STREAM = Step(b"GET /stream" + HOST + b"\r\n", 100)
EMPTY = Step(b"GET /empty" + HOST + b"\r\n")
SHORT = Step(b"GET /short" + HOST + b"\r\n")
CLOSING = Step(b"GET http://h/plain" + HOST + b"Connection: close\r\n\r\n")
FORM = Step(
    b"POST /form"
    + HOST
    + b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 8\r\nX-Forwarded-For: a\r\n\r\nname=pen"
)
BARE = Step(b"GET http://h/plain HTTP/1.1\nHost: h\n\nGET /plain" + HOST + b"\r\n")
HALF = Step(b"GET http://h/plain HTTP/1.1\r\n")
REST = Step(b"Host: h\r\n\r\n")
UPGRADE = Step(b"GET /plain" + HOST + b"Connection: upgrade\r\nUpgrade: h2c\r\n\r\n")


@pytest.mark.parametrize(
    "steps, simple",
    [
        ([ODD, PLAIN], 1),
        ([PLAIN, ODD, PLAIN, HEAD, PLAIN], 3),
        ([REQUEST, PLAIN, REQUEST, PLAIN], 4),
        # uvicorn's own protocol continues these responses.
        ([STREAM, PLAIN, EMPTY, PLAIN], 2),
        ([SHORT, PLAIN], 0),
        ([CLOSING, PLAIN], 0),
        ([ODD, ODD, ODD, PLAIN], 0),
        ([PLAIN, PLAIN, PLAIN, ODD, ODD, ODD, PLAIN], 4),
        # The parser may keep bytes.
        ([FORM, PLAIN], 0),
        ([BARE, PLAIN], 0),
        ([HALF, REST, PLAIN], 0),
        ([UPGRADE, PLAIN], 0),
        ([Step(ODD.what + b"G"), Step(PLAIN.what[1:]), PLAIN], 0),
        # The next request does not wait for the response.
        ([Step(ODD.what, 0), PLAIN, PLAIN], 0),
        ([Step(STREAM.what, 3), PLAIN, PLAIN], 0),
        ([Step(PAUSE), ODD, PLAIN, Step(RESUME), PLAIN], 0),
        ([ODD, Step(PAUSE), PLAIN, Step(RESUME), PLAIN], 0),
        ([ODD, Step(PAUSE), Step(RESUME), PLAIN], 1),
        ([PLAIN, ODD, Step(END), PLAIN], 1),
        ([ODD, PLAIN, Step(END), PLAIN], 1),
        ([ODD, Step(LOST)], 0),
        ([ODD, PLAIN, Step(LOST)], 1),
        ([ODD, Step(SHUTDOWN), PLAIN], 0),
        ([ODD, PLAIN, Step(SHUTDOWN), PLAIN], 1),
        ([Step(STREAM.what, 8), Step(SHUTDOWN), PLAIN], 0),
        ([Step(STREAM.what, 14), Step(CANCEL), PLAIN], 0),
        ([ODD, PLAIN, Step(b"BAD\r\n\r\n")], 1),
    ],
)
def test_a_mixed_connection(steps: List[Step], simple: int, http: str, loop: asyncio.AbstractEventLoop) -> None:
    ours = Server(http, True)
    assert ours.converse(steps, loop) == Server(http, False).converse(steps, loop)
    service: Any = service_for(ours.config, PAIRS[http].http)
    assert service.simple == simple


def test_an_idle_connection_ends_while_the_other_protocol_has_it(http: str, loop: asyncio.AbstractEventLoop) -> None:
    for steps in ([ODD, PLAIN], [ODD, PLAIN, PLAIN]):
        ours = Server(http, True, timeout_keep_alive=0)
        assert ours.converse(steps, loop) == Server(http, False, timeout_keep_alive=0).converse(steps, loop)


def test_the_timer_of_a_resting_protocol_closes_nothing(http: str, loop: asyncio.AbstractEventLoop) -> None:
    config = Server(http, True).config
    transport = MemoryTransport(loop)

    async def talk() -> None:
        make: Any = config.http_protocol_class
        protocol = make(config=config, server_state=ServerState(), app_state={}, _loop=loop)
        transport.attach(protocol)
        for step in (HEAD, PLAIN):
            transport.feed(step.what)
            await turn(40)
        protocol._resting.own.timeout_keep_alive_handler()
        assert not transport.is_closing()
        for step in (HEAD, PLAIN):
            transport.feed(step.what)
            await turn(40)

    loop.run_until_complete(talk())
    assert b"".join(transport.written).count(b"HTTP/1.1 200") == 2
    assert b"".join(transport.written).count(b"HTTP/1.1 405") == 2


@pytest.mark.parametrize(
    "data, expected",
    [
        (b"GET / HTTP/1.1\r\nHost: h\r\n\r\n", True),
        (b"FOO * HTTP/3\r\n\r\n", True),
        (b"", False),
        (b"GET / HTTP/1.1\r\nHost: h\r\n", False),
        (b"GET / HTTP/1.1\r\nHost: h\r\n\r\nG", False),
        (b"\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", False),
        (b"GET / HTTP/1.1\nHost: h\r\n\r\n", False),
        (b"GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n", False),
        (b"GET / HTTP/1.1\r\ncontent-Length: 0\r\n\r\n", False),
        (b"GET / HTTP/1.1\r\nTransfer_Encoding: chunked\r\n\r\n", False),
        (b"GET / HTTP/1.1\r\nUPGRADE: x\r\n\r\n", False),
        (b"GET / HTTP/1.1\r\nExpect: 100-continue\r\n\r\n", False),
        (b"CONNECT h:1 HTTP/1.1\r\n\r\n", False),
        (b"GET / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n", False),
    ],
)
def test_a_whole_request(data: bytes, expected: bool) -> None:
    assert is_whole(data) is expected


def test_a_parser_reads_a_whole_request_and_keeps_nothing(http: str) -> None:
    random, rest_of = Random(15), rest_of_h11 if http == "h11" else rest_of_httptools
    found = 0
    while found < 1500:
        data = draw_request(random)[0]
        if not is_whole(data):
            continue
        found += 1
        assert rest_of(data) in ("", "refused"), data


def rest_of_h11(data: bytes) -> str:
    """Return "" if h11 has read one request and keeps nothing, "refused" if it refuses the bytes."""
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(data)
    try:
        events = [type(connection.next_event()) for _ in range(2)]
    except h11.RemoteProtocolError:
        return "refused"
    is_one = events == [h11.Request, h11.EndOfMessage]
    return "" if is_one and connection.trailing_data == (b"", False) else repr(events)


def rest_of_httptools(data: bytes) -> str:
    """Do the same with httptools."""
    import httptools

    counter = Counter()
    parser = httptools.HttpRequestParser(counter)
    try:
        parser.feed_data(data)
    except httptools.HttpParserUpgrade:
        return "upgrade"
    except httptools.HttpParserError:
        return "refused"
    return "" if counter.seen == ["begin", "complete"] else repr(counter.seen)


class Counter:
    """Notes the begin and the end of messages."""

    def __init__(self) -> None:
        self.seen: List[str] = []

    def on_message_begin(self) -> None:
        self.seen.append("begin")

    def on_message_complete(self) -> None:
        self.seen.append("complete")
