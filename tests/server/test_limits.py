"""The options of uvicorn that a protocol follows: limits, timeouts, headers, logging."""

from __future__ import annotations

import asyncio
from typing import Any, Dict, List

import pytest

pytest.importorskip("uvicorn")

from fastapi import _rust
from fastapi._server.service import service_for
from tests.server.conversation import CANCEL, PAIRS, PAUSE, RESUME, SHUTDOWN, Server, Step

pytestmark = pytest.mark.skipif(not _rust.rust_available(), reason="no core here")

PLAIN = b"GET /plain HTTP/1.1\r\nHost: h\r\n\r\n"
CLIENT = b"GET /client HTTP/1.1\r\nHost: h\r\n\r\n"
ERROR = b"GET /error HTTP/1.1\r\nHost: h\r\n\r\n"
SLOW = b"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n"
FORWARDED = b"GET /plain HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 203.0.113.9\r\n\r\n"
POST = b"POST /body HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n"


CASES: Dict[str, Any] = {
    # (options, steps, the number of responses that our protocol writes)
    "another header": ({"headers": [("X-A", "b")]}, [Step(PLAIN)], 1),
    "no server header": ({"server_header": False}, [Step(PLAIN)], 1),
    "an idle connection": ({"timeout_keep_alive": 0}, [Step(PLAIN), Step(PLAIN)], 1),
    "too many connections": ({"limit_concurrency": 1}, [Step(PLAIN)], 0),
    "few connections": ({"limit_concurrency": 2}, [Step(PLAIN), Step(PLAIN)], 2),
    "a body in pieces with a limit": ({"limit_concurrency": 2}, [Step(POST), Step(b'{"name":"pen"}')], 0),
    "a trusted proxy": ({"forwarded_allow_ips": "192.0.2.1"}, [Step(FORWARDED)], 0),
    "no layer for proxies": ({"proxy_headers": False}, [Step(FORWARDED)], 1),
    "a root path": ({"root_path": "/api"}, [Step(PLAIN)], 0),
    "a client that does not read": ({}, [Step(PAUSE), Step(PLAIN), Step(RESUME)], 1),
    "a client that does not wait": ({}, [Step(SLOW, 2), Step(PLAIN)], 0),
    "an error before the next request": ({}, [Step(PAUSE), Step(ERROR), Step(PLAIN), Step(RESUME)], 0),
    "a changed scope": ({}, [Step(CLIENT)], 1),
    "a changed scope that uvicorn logs": ({}, [Step(PAUSE), Step(CLIENT), Step(PLAIN), Step(RESUME)], 0),
    "a cancelled continuation": ({}, [Step(SLOW, 2), Step(PLAIN, 1), Step(CANCEL)], 0),
    "a shutdown between requests": ({}, [Step(PLAIN), Step(SHUTDOWN)], 1),
    "a shutdown during a request": ({}, [Step(SLOW, 2), Step(SHUTDOWN)], 1),
    "a cancelled request": ({}, [Step(SLOW, 2), Step(CANCEL)], 0),
    "a cancelled stream": ({}, [Step(b"GET /stream HTTP/1.1\r\nHost: h\r\n\r\n", 14), Step(CANCEL)], 0),
}


@pytest.mark.parametrize("name", CASES)
def test_an_option_means_the_same(name: str, http: str, loop: asyncio.AbstractEventLoop) -> None:
    options, steps, simple = CASES[name]
    ours = Server(http, True, **options)
    assert ours.converse(steps, loop) == Server(http, False, **options).converse(steps, loop)
    service = service_for(ours.config, PAIRS[http].http)
    assert (0 if service is None else service.simple) == simple


def test_a_continuation_that_never_ran_closes_the_connection(http: str, loop: asyncio.AbstractEventLoop) -> None:
    transcript = Server(http, True).converse([Step(SLOW, 2), Step(PLAIN, 0), Step(CANCEL)], loop)
    assert (transcript.sent, transcript.is_closed, transcript.connections, transcript.tasks) == (b"", True, 0, 0)


def test_a_task_has_the_context_of_its_connection(http: str, loop: asyncio.AbstractEventLoop) -> None:
    seen: List[Any] = []
    for is_ours in (True, False):
        server = Server(http, is_ours)
        seen.append(server.converse([Step(PLAIN)], loop).log)
    assert seen[0] == seen[1]
    assert seen[0][0][:2] == ("uvicorn.access", "INFO")


def test_the_log_names_the_client_that_the_endpoint_sets(http: str, loop: asyncio.AbstractEventLoop) -> None:
    transcript = Server(http, True).converse([Step(CLIENT), Step(PAUSE), Step(CLIENT), Step(PLAIN), Step(RESUME)], loop)
    logged = [line[3] for line in transcript.log]
    changed = ("198.51.100.7:9", "GET", "/other?z", "1.1", 200)
    assert logged == [changed, changed, ("192.0.2.1:5000", "GET", "/plain", "1.1", 200)]
