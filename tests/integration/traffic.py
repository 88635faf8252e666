"""The requests, and two ways to send them: with Starlette's TestClient, and over a socket to uvicorn.

A client sends a request only after the server has finished the previous one and its background tasks, so that the
observations have a fixed order.
"""

import contextlib
import http.client
import socket
import threading
import time
from concurrent.futures import Future
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Tuple

HOST = "127.0.0.1"
TIMEOUT = 20.0
# The key in RFC 6455, section 1.3. It is fixed because observations contain the headers.
WEBSOCKET_KEY = "dGhlIHNhbXBsZSBub25jZQ=="


class Call(NamedTuple):
    target: str
    method: str = "GET"
    headers: Tuple[Tuple[str, str], ...] = ()
    body: bytes = b""


JSON = (("content-type", "application/json"),)

FIRST = Call("/items/1?q=first")
CALLS = (
    Call("/plain"),
    Call("/items/42?q=a%20b"),
    Call("/items/word"),
    Call("/items/42", "POST", JSON, b'{"name": "tray", "price": 2}'),
    Call("/items/42", "POST", JSON, b'{"price": "much"}'),
    Call("/items/42", "POST", JSON, b"{"),
    Call("/files/a/b.txt"),
    Call("/sync/7"),
    Call("/sync/word"),
    Call("/dependency"),
    Call("/dependency", headers=(("x-token", "thief"),)),
    Call("/resource"),
    Call("/conflict"),
    Call("/unavailable"),
    Call("/handled"),
    Call("/crash/3"),
    Call("/sync-crash"),
    Call("/wrong-answer"),
    Call("/logged"),
    Call("/background"),
    Call("/response"),
    Call("/v1/users/5"),
    Call("/v1/users/five"),
    Call("/v1/users/5/posts/last"),
    Call("/v1/users/5/posts/last/crash"),
    Call("/v1/users/5/nothing"),
    Call("/sub/hello/world"),
    Call("/sub/crash"),
    Call("/sub/nowhere"),
    Call("/plain-mount/inner/thing"),
    Call("/nowhere"),
    Call("/plain/"),
    Call("/plain", "POST"),
    Call("/plain", "HEAD"),
)
# (path, text to send)
CONNECTIONS = (("/ws/3", "hi"), ("/ws/word", "hi"), ("/ws/nowhere/at/all", "hi"))

Answer = Tuple[str, int, str]


class Client(NamedTuple):
    request: Callable[[Call], Tuple[int, str]]
    connect: Callable[[str, str], str]
    # Calls a function in the thread that answers the requests.
    call_there: Callable[[Callable[[], int]], int]

    def first(self) -> List[Any]:
        return [FIRST.target, *self.request(FIRST)]

    def all(self) -> List[Any]:
        answers: List[Any] = []
        for call in CALLS:
            answers.append([f"{call.method} {call.target}", *self.request(call)])
        for path, text in CONNECTIONS:
            answers.append([path, self.connect(path, text)])
        return answers


@contextlib.contextmanager
def through_testclient(app: Any) -> Iterator[Client]:
    from starlette.testclient import TestClient
    from starlette.websockets import WebSocketDisconnect

    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:

        def request(call: Call) -> Tuple[int, str]:
            headers = dict(call.headers)
            answer = client.request(call.method, call.target, headers=headers, content=call.body or None)
            return answer.status_code, answer.text

        def connect(path: str, text: str) -> str:
            try:
                with client.websocket_connect(path) as session:
                    session.send_text(text)
                    return session.receive_text()
            except WebSocketDisconnect as refusal:
                return f"closed with {refusal.code}"

        assert client.portal is not None
        yield Client(request, connect, client.portal.call)


@contextlib.contextmanager
def through_uvicorn(app: Any) -> Iterator[Client]:
    import uvicorn

    listener = socket.socket()
    listener.bind((HOST, 0))
    port = listener.getsockname()[1]
    config = uvicorn.Config(app, log_config=None, ws="websockets-sansio", http="h11", loop="asyncio")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    _wait(lambda: server.started)

    def request(call: Call) -> Tuple[int, str]:
        connection = http.client.HTTPConnection(HOST, port, timeout=TIMEOUT)
        headers = {"connection": "close", **dict(call.headers)}
        connection.request(call.method, call.target, body=call.body or None, headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        _wait(lambda: not server.server_state.tasks)
        return answer.status, text

    def connect(path: str, text: str) -> str:
        answer = _talk(port, path, text)
        _wait(lambda: not server.server_state.tasks)
        return answer

    def call_there(function: Callable[[], int]) -> int:
        result: Future[int] = Future()
        server.servers[0].get_loop().call_soon_threadsafe(lambda: result.set_result(function()))
        return result.result(TIMEOUT)

    try:
        yield Client(request, connect, call_there)
    finally:
        server.should_exit = True
        thread.join(TIMEOUT)
        listener.close()


def _wait(ready: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError("the server did not finish")
        time.sleep(0.002)


def _talk(port: int, path: str, text: str) -> str:
    """Send one text over a WebSocket and return the answer. It implements the part of RFC 6455 for short texts."""
    with socket.create_connection((HOST, port), TIMEOUT) as connection, connection.makefile("rb") as stream:
        lines = [f"GET {path} HTTP/1.1", f"Host: {HOST}:{port}", "Connection: Upgrade", "Upgrade: websocket"]
        lines += [f"Sec-WebSocket-Key: {WEBSOCKET_KEY}", "Sec-WebSocket-Version: 13", "", ""]
        connection.sendall("\r\n".join(lines).encode())
        status = int(stream.readline().split()[1])
        while stream.readline().strip():
            pass
        if status != 101:
            return f"refused with {status}"
        connection.sendall(_frame(0x1, text.encode()))
        answer = _read_frame(stream)
        # The server closes: send its close frame back, and wait for the end of the connection.
        closing = _read_frame(stream)
        connection.sendall(_frame(0x8, closing))
        stream.read()
        return answer.decode()


def _frame(opcode: int, payload: bytes) -> bytes:
    """Return a final frame of a client, masked with zeros (RFC 6455, section 5.2)."""
    return bytes([0x80 | opcode, 0x80 | len(payload)]) + b"\0\0\0\0" + payload


def _read_frame(stream: Any) -> bytes:
    _, length = stream.read(2)
    payload: bytes = stream.read(length)
    return payload


DRIVERS: Dict[str, Callable[[Any], Any]] = {"testclient": through_testclient, "uvicorn": through_uvicorn}
