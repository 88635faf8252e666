"""One client for all servers: it sends the rows of `tests/hosts/application.py`, and keeps everything that it sees."""

from __future__ import annotations

import http.client
import json
from typing import Any, Dict, List, Tuple

from tests.hosts.application import ROWS, Row, simplified

# Headers that a server writes with the time, or with its own name.
VARYING = ("date", "server")


def observe(port: int, websockets: bool = True) -> Dict[str, Any]:
    """Return every answer of a server: on a connection for each request, on one connection, and on a WebSocket."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        kept = [answer_on(connection, row) for row in ROWS]
    finally:
        connection.close()
    return {
        "alone": [answer_to(port, row) for row in ROWS],
        "kept": kept,
        "started": json.loads(answer_to(port, Row("GET", "/started", 200, None))[2]),
        "head": answer_to(port, Row("HEAD", "/docs", 200, None))[:2],
        "document": answer_to(port, Row("GET", "/openapi.json", 200, None)),
        "echo": echo(port) if websockets else None,
    }


Answer = Tuple[int, List[Tuple[str, str]], str]


def answer_to(port: int, row: Row) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        return answer_on(connection, row)
    finally:
        connection.close()


def answer_on(connection: http.client.HTTPConnection, row: Row) -> Answer:
    connection.request(row.method, row.target, row.body or None, row.headers)
    response = connection.getresponse()
    headers = sorted((name.lower(), value) for name, value in response.getheaders() if name.lower() not in VARYING)
    return response.status, headers, response.read().decode()


def echo(port: int) -> str:
    from websockets.sync.client import connect

    with connect(f"ws://127.0.0.1:{port}/echo") as websocket:
        websocket.send("hello")
        return str(websocket.recv(10))


def wrong_rows(answers: List[Answer]) -> List[str]:
    """Return the rows whose answer is not that of the table."""
    found = []
    for row, (status, headers, body) in zip(ROWS, answers):
        answer = simplified(status, dict(headers).get("content-type", ""), body.encode())
        if (status, answer) != (row.status, row.answer):
            found.append(f"{row.method} {row.target}: {status} {body[:300]}")
    return found
