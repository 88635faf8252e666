"""A client that sends requests and reads no answer: both protocols stop at the same request."""

from __future__ import annotations

import asyncio
from typing import Any, List

import pytest

pytest.importorskip("uvicorn")

from fastapi import _rust
from tests.server.conversation import RESUME, Server, Step
from tests.server.transport import MemoryTransport

pytestmark = pytest.mark.skipif(not _rust.rust_available(), reason="no core here")

LARGE = Step(b"GET /large HTTP/1.1\r\nHost: h\r\n\r\n")
HEAD = Step(b"HEAD /plain HTTP/1.1\r\nHost: h\r\n\r\n")
STREAM = Step(b"GET /stream HTTP/1.1\r\nHost: h\r\n\r\n", 100)
FORM = Step(
    b"POST /form HTTP/1.1\r\nHost: h\r\nContent-Type: text/plain\r\nContent-Length: 60000\r\n\r\n" + b"x" * 60000
)
HIGH_WATER = 64 << 10


class FullTransport(MemoryTransport):
    """Tells the protocol that its buffer is full, and keeps bytes of the client while the protocol does not read."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._unsent = 0
        self._arrived: List[bytes] = []

    def write(self, data: Any) -> None:
        super().write(data)
        was_full = self._unsent > HIGH_WATER
        self._unsent += len(data)
        if self._unsent > HIGH_WATER and not was_full:
            self._protocol.pause_writing()

    def feed(self, data: bytes) -> None:
        self._arrived.append(data)
        while self._arrived and self.is_reading:
            super().feed(self._arrived.pop(0))

    def resume_reading(self) -> None:
        super().resume_reading()
        self._loop.call_soon(self.feed, b"") if self._arrived else None


class FullServer(Server):
    """A server whose clients do not read."""

    make_transport = FullTransport


@pytest.mark.parametrize(
    "steps",
    [
        [LARGE] * 30,
        [HEAD, LARGE] * 15,
        [LARGE, STREAM] * 15,
        [LARGE, LARGE, LARGE, LARGE, HEAD, LARGE, LARGE, LARGE],
        [LARGE] * 4 + [FORM] * 4,
        [Step(LARGE.what * 30)],
        [Step(LARGE.what * 2)] * 15,
    ],
)
def test_the_server_stops(steps: List[Step], http: str, loop: asyncio.AbstractEventLoop) -> None:
    expected, found = FullServer(http, False).converse(steps, loop), FullServer(http, True).converse(steps, loop)
    assert found == expected
    assert found.effects.count("large") <= 5
    assert len(found.sent) < HIGH_WATER + 2 * 21_000


def test_the_server_continues(http: str, loop: asyncio.AbstractEventLoop) -> None:
    steps = [*[LARGE] * 6, Step(RESUME, 200)]
    expected, found = FullServer(http, False).converse(steps, loop), FullServer(http, True).converse(steps, loop)
    assert found == expected
    assert found.effects.count("large") == 6
