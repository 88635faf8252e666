"""How many functions of this package a simple request calls, and which of its objects are never made."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any, List

import pytest

pytest.importorskip("uvicorn")

import fastapi
from fastapi import _rust
from fastapi_rs import uvicorn as door
from tests.server.conversation import Server, Step

pytestmark = pytest.mark.skipif(not _rust.rust_available(), reason="no core here")
FOLDER = os.path.dirname(fastapi.__file__)
PLAIN = b"GET /plain HTTP/1.1\r\nHost: h\r\n\r\n"
HEAD = b"POST /body HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n"
BODY = HEAD + b'{"name":"pen"}'


@pytest.fixture(autouse=True)
def without_access_log(monkeypatch: Any) -> None:
    connect = door.Protocol.connection_made

    def connection_made(self: Any, transport: Any) -> None:
        self.access_log = False
        connect(self, transport)

    monkeypatch.setattr(door.Protocol, "connection_made", connection_made)


def frames_of(server: Server, steps: List[Step], loop: asyncio.AbstractEventLoop) -> List[str]:
    names: List[str] = []

    def note(frame: Any, event: str, _: object) -> None:
        if event == "call" and frame.f_code.co_filename.startswith(FOLDER):
            names.append(frame.f_code.co_name)

    sys.setprofile(note)
    try:
        server.converse(steps, loop)
    finally:
        sys.setprofile(None)
    return names


@pytest.mark.parametrize("request_bytes, limit", [(PLAIN, 24), (BODY, 29)])
def test_a_request_of_a_connection_calls_few_functions(
    request_bytes: bytes, limit: int, loop: asyncio.AbstractEventLoop
) -> None:
    server = Server("h11", True)
    step = Step(request_bytes)
    server.converse([step], loop)
    names, names_of_one = frames_of(server, [step] * 5, loop), frames_of(server, [step], loop)
    assert (len(names) - len(names_of_one)) / 4 <= limit, names


def test_the_scope_is_made_when_it_is_needed(loop: asyncio.AbstractEventLoop, monkeypatch: Any) -> None:
    made: List[str] = []
    make_scope = door.Protocol.make_scope

    def note(self: Any, parts: Any, state: Any) -> Any:
        made.append(parts[4])
        return make_scope(self, parts, state)

    monkeypatch.setattr(door.Protocol, "make_scope", note)
    server = Server("h11", True)
    step = Step(PLAIN)
    failing = Step(PLAIN.replace(b"/plain", b"/lookup/x"))
    server.converse([step, step, step, failing], loop)
    assert made == ["/lookup/x"]
