"""Many clients over real sockets, and the same clients with uvicorn's own protocol."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from typing import Any, Callable, Iterator, List, Tuple

import pytest

uvicorn = pytest.importorskip("uvicorn")

from fastapi import _rust  # noqa: E402
from fastapi_rs.uvicorn import Protocol  # noqa: E402
from tests.server.application import make_app  # noqa: E402

pytestmark = pytest.mark.skipif(not _rust.rust_available(), reason="no core here")

ITEM = b"GET /items/5 HTTP/1.1\r\nHost: h\r\n\r\n"
CLOSING = ITEM.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
BODY = b'{"name":"pen"}'
FIELDS = b"Host: h\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: 14\r\n\r\n"
POST = b"POST /body HTTP/1.1\r\n" + FIELDS
ANSWER = b'{"number":5,"q":null,"token":null}'
LIMIT = 30.0


class Running:
    """A server in a thread of its own."""

    def __init__(self, server: Any, port: int, thread: threading.Thread) -> None:
        self.server = server
        self.state = server.server_state
        self.port = port
        self.thread = thread

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), LIMIT)

    def ask(self, *pieces: bytes) -> bytes:
        """Return all bytes that the server sends until it closes the connection."""
        with self.connect() as client:
            with contextlib.suppress(ConnectionError):
                for piece in pieces:
                    client.sendall(piece)
            return read_all(client)


@contextlib.contextmanager
def running(http: Any, **options: Any) -> Iterator[Running]:
    config = uvicorn.Config(
        make_app([]), http=http, log_config=None, lifespan="off", date_header=False, loop="asyncio", **options
    )
    server = uvicorn.Server(config)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(512)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        wait_until(lambda: server.started)
        yield Running(server, listener.getsockname()[1], thread)
        server.should_exit = True
        thread.join(LIMIT)
        assert not thread.is_alive()


def wait_until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + LIMIT
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.005)


def read_until(client: socket.socket, end: bytes) -> None:
    found = b""
    while not found.endswith(end):
        piece = client.recv(1 << 16)
        assert piece
        found += piece


def read_all(client: socket.socket) -> bytes:
    found = b""
    with contextlib.suppress(ConnectionError):
        while True:
            piece = client.recv(1 << 16)
            if not piece:
                break
            found += piece
    return found


def both(talk: Callable[[Running], Any], **options: Any) -> Tuple[Any, Any]:
    """Return the results of a talk with our protocol and with uvicorn's own one."""
    results: List[Any] = []
    for http in (Protocol, "auto"):
        with running(http, **options) as server:
            results.append(talk(server))
    return results[0], results[1]


def test_the_limit_of_requests_ends_the_server() -> None:
    def talk(server: Running) -> Any:
        with server.connect() as client:
            for count in range(1, 5):
                client.sendall(ITEM)
                read_until(client, ANSWER)
                wait_until(lambda count=count: server.state.total_requests == count)  # type: ignore[misc]
            client.sendall(ITEM.replace(b"GET", b"HEAD"))
            last = read_all(client)
        server.thread.join(LIMIT)
        return last, server.state.total_requests, server.thread.is_alive()

    ours, own = both(talk, limit_max_requests=5)
    assert ours == own
    assert ours[1:] == (5, False)


def test_200_slow_clients() -> None:
    def talk(server: Running) -> List[bytes]:
        clients = [server.connect() for _ in range(200)]
        requests = [POST + BODY if i % 3 == 0 else CLOSING for i in range(200)]
        for place in range(0, max(map(len, requests)), 12):
            for client, request in zip(clients, requests):
                client.sendall(request[place : place + 12])
            time.sleep(0.002)
        answers = [read_all(client) for client in clients]
        for client in clients:
            client.close()
        wait_until(lambda: not server.state.connections and not server.state.tasks)
        return answers

    ours, own = both(talk)
    assert ours == own
    assert all(answer.startswith(b"HTTP/1.1 200 OK\r\n") for answer in ours)


def test_a_flood_of_connections_leaves_nothing() -> None:
    def talk(server: Running) -> Any:
        for i in range(400):
            with server.connect() as client:
                client.sendall((b"", ITEM[:20], POST + BODY[:3], ITEM, ITEM[:-1], ITEM * 3, b"\x00")[i % 7])
        wait_until(lambda: not server.state.connections and not server.state.tasks)
        return server.ask(CLOSING)

    ours, own = both(talk)
    assert ours == own
    assert ours.endswith(ANSWER)


def test_a_flood_above_the_limit_of_connections() -> None:
    def talk(server: Running) -> List[bytes]:
        idle = [server.connect() for _ in range(20)]
        wait_until(lambda: len(server.state.connections) == 20)
        refused = [server.ask(CLOSING) for _ in range(20)]
        for client in idle:
            client.close()
        wait_until(lambda: not server.state.connections)
        return [*refused, server.ask(CLOSING)]

    ours, own = both(talk, limit_concurrency=10)
    assert ours == own
    assert [answer[9:12] for answer in ours] == [b"503"] * 20 + [b"200"]


@pytest.mark.parametrize("size", [8_000, 8_192, 65_000, 65_536, 70_000, 200_000])
@pytest.mark.parametrize("is_field", [True, False])
def test_a_long_head(size: int, is_field: bool) -> None:
    field, query = (b"\r\nX: " + b"a" * size, b"") if is_field else (b"", b"?q=" + b"a" * size)
    request = CLOSING.replace(b"/5", b"/5" + query).replace(b"\r\nHost", field + b"\r\nHost", 1)

    def talk(server: Running) -> List[int]:
        status = int(server.ask(request)[9:12] or 0)
        # A server that refuses the head may reset the connection before the client has read the refusal.
        return [status or 400, int(server.ask(CLOSING)[9:12])]

    ours, own = both(talk)
    assert ours == own
    assert ours[0] in (200, 400) and ours[1] == 200
