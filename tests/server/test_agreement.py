"""The protocol and uvicorn's own ones: the same bytes, log lines, effects and states for the same conversation."""

from __future__ import annotations

import asyncio
import os
from random import Random
from typing import Dict, List, Tuple

import pytest

uvicorn = pytest.importorskip("uvicorn")

from fastapi import _rust  # noqa: E402
from fastapi._server.service import service_for  # noqa: E402
from tests.server.conversation import PAIRS, Server, Step  # noqa: E402
from tests.server.drawing import draw_conversation  # noqa: E402

pytestmark = pytest.mark.skipif(not _rust.rust_available(), reason="no core here")
CONVERSATIONS = int(os.environ.get("FASTAPI_RS_CONVERSATIONS", "600"))

_servers: Dict[Tuple[str, bool], Server] = {}


def server(http: str, is_ours: bool) -> Server:
    if (http, is_ours) not in _servers:
        _servers[http, is_ours] = Server(http, is_ours)
    return _servers[http, is_ours]


def counts(http: str) -> Tuple[int, int]:
    service = service_for(server(http, True).config, PAIRS[http].http)
    assert service is not None
    return service.simple, service.handed_over


def compare(steps: List[Step], http: str, loop: asyncio.AbstractEventLoop) -> None:
    expected = server(http, False).converse(steps, loop)
    assert server(http, True).converse(steps, loop) == expected, steps


def test_drawn_conversations(http: str, loop: asyncio.AbstractEventLoop) -> None:
    random = Random(14)
    for _ in range(CONVERSATIONS):
        compare(draw_conversation(random), http, loop)
    simple, handed_over = counts(http)
    assert simple > CONVERSATIONS / 10 and handed_over > CONVERSATIONS / 10


SIMPLE = b"POST /body HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n"
BODY = b'{"name":"pen"}'
PLAIN = b"GET /plain HTTP/1.1\r\nHost: h\r\n\r\n"


def test_a_request_may_be_cut_anywhere(http: str, loop: asyncio.AbstractEventLoop) -> None:
    whole = SIMPLE + BODY
    for place in range(1, len(whole)):
        compare([Step(whole[:place]), Step(whole[place:]), Step(PLAIN)], http, loop)


def test_a_body_after_its_head_is_simple(http: str, loop: asyncio.AbstractEventLoop) -> None:
    server(http, True)
    before = counts(http)
    compare([Step(SIMPLE), Step(BODY[:4]), Step(BODY[4:]), Step(PLAIN)], http, loop)
    after = counts(http)
    assert (after[0] - before[0], after[1] - before[1]) == (2, 0)


@pytest.mark.parametrize("event", ["end", "lost", "shutdown"])
@pytest.mark.parametrize("turns", range(6))
def test_an_end_at_any_moment(event: str, turns: int, http: str, loop: asyncio.AbstractEventLoop) -> None:
    for request in (SIMPLE + BODY, PLAIN, b"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n"):
        compare([Step(request, turns), Step(event), Step(PLAIN)], http, loop)
    compare([Step(SIMPLE, turns), Step(event, turns), Step(BODY)], http, loop)
