"""Whether the protocol behaves like that of the installed uvicorn: both serve a small application over two sockets.

The comparison also finds the rules that differ between uvicorn's own protocols and releases, see `OwnRules`.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import socket
from contextlib import suppress
from typing import Any, Callable, Dict, List, Optional, Tuple

from starlette.types import Receive, Scope, Send
from uvicorn import Config
from uvicorn.server import ServerState

from fastapi._server.protocol import Protocol
from fastapi._server.rules import OwnProtocol, OwnRules, known_rules, own_protocol
from fastapi._server.service import Service, forget_service, keep_service
from fastapi._stand_ins.comparing import find_difference, run_on_new_loop
from fastapi.applications import FastAPI

_TIMEOUT = 10.0
# Holds the function that shuts the server down, once there is one.
Stops = List[Callable[[], None]]
_SCOPE_KEYS = {
    *("type", "asgi", "http_version", "server", "client", "scheme", "method", "root_path", "path", "raw_path"),
    *("query_string", "headers", "state"),
}
_HOST = b" HTTP/1.1\r\nHost: h\r\n"
_POST = b"POST /body" + _HOST + b"Content-Type: application/json\r\nContent-Length: 7\r\n\r\n"
# The pieces that a client sends on one connection. The last endpoint shuts the server down.
_CONVERSATIONS: Tuple[Tuple[bytes, ...], ...] = (
    (b"GET /plain" + _HOST + b"\r\n", b"GET /items/7?q=a%20b" + _HOST + b"X-A: b\r\n\r\n"),
    (_POST + b'{"a":1}', b"GET /plain" + _HOST + b"Connection: close\r\n\r\n"),
    (_POST, b'{"a":1}', b"GET /none" + _HOST + b"Connection: Close\r\n\r\n"),
    (b"GET /items/x" + _HOST + b"\r\n", b"GET /refused" + _HOST + b"\r\n", b"GET /error" + _HOST + b"\r\n"),
    # The connection comes back from uvicorn's own protocol, twice.
    (b"HEAD /plain" + _HOST + b"\r\n", b"GET /plain" + _HOST + b"\r\n") * 2,
    (b"GET /plain HTTP/1.0\r\n\r\n",),
    (b"GET /plain\r\n\r\n",),
    (b"GET /stop" + _HOST + b"\r\n",),
)

_variable: contextvars.ContextVar[bool] = contextvars.ContextVar("fastapi-rs", default=False)
_logger = logging.getLogger("fastapi")


def find_difference_from_uvicorn() -> Optional[str]:
    """Compare with uvicorn's protocols and note their rules; return the difference from its usual one, or None."""
    difference = _examine(own_protocol("auto"))
    other = own_protocol("h11")
    if difference is None and other not in known_rules:
        why_not_other = _examine(other)
        if why_not_other is not None:
            _logger.warning("fastapi-rs: %s serves all requests: %s", other.__name__, why_not_other)
    return difference


def _examine(protocol_class: OwnProtocol) -> Optional[str]:
    """Compare with one class of protocols, and note its rules; return the difference."""

    def compare(different: List[str]) -> None:
        run_on_new_loop(_compare(protocol_class, different))

    difference = find_difference(compare)
    if difference is not None:
        known_rules.pop(protocol_class, None)
    return difference


async def _compare(protocol_class: OwnProtocol, different: List[str]) -> None:
    rules = await _find_rules(protocol_class)
    known_rules[protocol_class] = rules
    for pieces in _CONVERSATIONS:
        expected = await _converse(protocol_class, rules, pieces)
        found = await _converse(Protocol, rules, pieces)
        if expected != found:
            different.append(f"{b''.join(pieces)!r}: {found!r} instead of {expected!r}")


async def _find_rules(protocol_class: OwnProtocol) -> OwnRules:
    """Return the rules of a class. Raises ValueError for one that leaves the known frame."""
    scopes: List[Scope] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scopes.append({**scope, "sees": _variable.get()})
        headers = [(b"content-length", b"1")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"x"})

    request = b"GET /a%20b?c=d" + _HOST + b"Connection: close\r\n\r\n"
    closed, _, _ = await _talk(_configuration(app), protocol_class, (request,))
    stopped, _, _ = await _converse(protocol_class, None, _CONVERSATIONS[-1])
    scope = scopes[0]
    sees = scope.pop("sees")
    known = {"type": "http", "http_version": "1.1", "path": "/a b", "raw_path": b"/a%20b", "query_string": b"c=d"}
    if set(scope) != _SCOPE_KEYS or any(scope[key] != value for key, value in known.items()):
        raise ValueError(f"a scope {scope!r}")
    close_lines = [line for line in closed.split(b"\r\n") if line.lower() == b"connection: close"]
    if len(close_lines) != 1 or set(scope["asgi"]) != {"version", "spec_version"}:
        raise ValueError(f"a response {closed!r}")
    asgi = scope["asgi"]
    template = {**dict.fromkeys(scope), "type": "http", "http_version": "1.1", "root_path": ""}
    announces_shutdown = b"connection: close" in stopped.lower()
    return OwnRules(protocol_class, template, asgi, close_lines[0] + b"\r\n", announces_shutdown, not sees)


async def _converse(
    protocol_class: OwnProtocol, rules: Optional[OwnRules], pieces: Tuple[bytes, ...]
) -> Tuple[bytes, List[str], int]:
    """Return the bytes, the effects, and the number of requests of a conversation with a small application."""
    stop: Stops = []
    effects: List[str] = []
    app = _application(effects, stop)
    config = _configuration(app)
    if rules is not None:
        keep_service(config, Protocol.http, Service(config, rules, app, False))
    received, connections, state = await _talk(config, protocol_class, pieces, stop)
    # The counters are about the applications of the user.
    forget_service(config)
    effects.append(f"{connections} connections, {len(state.tasks)} tasks")
    return received, effects, state.total_requests


def _application(effects: List[str], stop: Stops) -> FastAPI:
    from fastapi.exceptions import HTTPException

    app = FastAPI(openapi_url=None)

    async def plain() -> Dict[str, bool]:
        effects.append("called")
        return {"sees": _variable.get()}

    async def items(number: int, q: str = "") -> Dict[str, object]:
        return {"number": number, "q": q}

    async def body(value: Dict[str, int]) -> Dict[str, int]:
        return value

    async def refused() -> None:
        raise HTTPException(418, "no", headers={"X-B": "c"})

    async def error() -> None:
        raise ValueError("an error that the server has to log")

    async def stopped() -> str:
        stop[0]()
        return "stopped"

    app.add_api_route("/plain", plain)
    app.add_api_route("/items/{number}", items)
    app.add_api_route("/body", body, methods=["POST"])
    app.add_api_route("/refused", refused)
    app.add_api_route("/error", error)
    app.add_api_route("/stop", stopped)
    return app


def _configuration(app: Any) -> Config:
    config = Config(app, log_config=None, lifespan="off", proxy_headers=False, interface="asgi3")
    config.load()
    return config


async def _talk(
    config: Config,
    protocol_class: OwnProtocol,
    pieces: Tuple[bytes, ...],
    stop: Optional[Stops] = None,
) -> Tuple[bytes, int, ServerState]:
    """Send pieces to a server of one connection; return the bytes that it has sent, its connections, and its state."""
    state = ServerState()
    state.default_headers = [(b"server", b"uvicorn")]
    loop = asyncio.get_event_loop()
    near, far = socket.socketpair()
    near.setblocking(False)
    far.setblocking(False)
    protocols: List[Any] = []

    def make() -> Any:
        protocol = protocol_class(config=config, server_state=state, app_state={}, _loop=loop)
        # The comparison must not leave lines in the log of the application.
        protocol.access_log = False
        protocol.logger = _silent
        protocols.append(protocol)
        return protocol

    token = _variable.set(True)
    try:
        transport, _ = await loop.connect_accepted_socket(make, far)
    finally:
        _variable.reset(token)
    if stop is not None:
        stop.append(lambda: _shut_down(state))
    received = await _exchange(loop, near, pieces)
    near.close()
    for _ in range(20):
        await asyncio.sleep(0)
    connections = len(state.connections)
    transport.close()
    await asyncio.sleep(0)
    return received, connections, state


def _shut_down(state: ServerState) -> None:
    for connection in list(state.connections):
        connection.shutdown()


_silent = logging.Logger("fastapi-rs: silent", logging.CRITICAL + 1)


async def _exchange(loop: asyncio.AbstractEventLoop, near: socket.socket, pieces: Tuple[bytes, ...]) -> bytes:
    received = b""
    for piece in pieces:
        try:
            await loop.sock_sendall(near, piece)
        except BrokenPipeError:
            break
        for _ in range(20):
            # A piece may be half of a request, so there may be nothing to read.
            await asyncio.sleep(0)
        try:
            received += near.recv(1 << 16)
        except BlockingIOError:
            continue
    with suppress(OSError):
        near.shutdown(socket.SHUT_WR)
    while True:
        data = await asyncio.wait_for(loop.sock_recv(near, 1 << 16), _TIMEOUT)
        if not data:
            return received
        received += data
