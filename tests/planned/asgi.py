"""Call an application in process and keep everything that an ASGI server would see."""

import asyncio
from typing import Any, Dict, List, Optional, Sequence, Tuple
from urllib.parse import unquote

from fastapi import APIRouter, FastAPI, _rust

Header = Tuple[bytes, bytes]


class Seen:
    """The messages that one request sent, the exception that it raised, and its scope afterwards."""

    def __init__(self, scope: Dict[str, Any]) -> None:
        self.scope = scope
        self.messages: List[Dict[str, Any]] = []
        self.error: Optional[BaseException] = None

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"])

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages)

    def outcome(self) -> Tuple[Any, ...]:
        """Return everything that must be equal on both ways."""
        return (self.messages, type(self.error), str(self.error), public_scope(self.scope))


def public_scope(scope: Dict[str, Any]) -> Dict[str, Any]:
    """Return the keys that applications read after routing, without those that hold objects of one request."""
    return {key: scope.get(key) for key in ("path_params", "endpoint", "route", "path", "root_path", "method")}


def call(
    app: Any,
    target: str,
    method: str = "GET",
    headers: Sequence[Header] = (),
    body: bytes = b"",
    query: Optional[bytes] = None,
    path: Optional[str] = None,
    **more: Any,
) -> Seen:
    raw_path, _, raw_query = target.partition("?")
    scope = http_scope(
        unquote(raw_path) if path is None else path,
        method,
        headers,
        raw_path=raw_path.encode("utf-8", "replace"),
        query_string=raw_query.encode("latin-1", "replace") if query is None else query,
        **more,
    )
    return asyncio.run(run(app, Seen(scope), body))


def http_scope(path: str, method: str = "GET", headers: Sequence[Header] = (), **more: Any) -> Dict[str, Any]:
    """Return the scope that a server makes for a request."""
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode("utf-8", "replace"),
        "query_string": b"",
        "root_path": "",
        "headers": list(headers),
        "client": ("127.0.0.1", 1),
        "server": ("test", 80),
        **more,
    }


async def run(app: Any, seen: Seen, body: bytes = b"") -> Seen:
    """Send one request in the running loop."""
    return await run_with(app, seen, [{"type": "http.request", "body": body, "more_body": False}])


async def run_with(app: Any, seen: Seen, messages: List[Any]) -> Seen:
    """Send one request with these messages; `receive` raises an exception among them."""
    pending = list(messages)

    async def receive() -> Dict[str, Any]:
        message: Any = pending.pop(0) if pending else {"type": "http.disconnect"}
        if isinstance(message, Exception):
            raise message
        return dict(message)

    async def send(message: Dict[str, Any]) -> None:
        seen.messages.append(message)

    try:
        await app(seen.scope, receive, send)
    except Exception as error:
        seen.error = error
    return seen


class NoWay:
    """A planned way that answers no request."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.outside = self.at_router = self

    def ask(self, *_: Any) -> None:
        return None

    def routes_for_socket(self, scope: Any) -> Any:
        return self.app.router.routes

    def below(self, layer: Any) -> "NoWay":
        return self


def exactly(app: FastAPI) -> FastAPI:
    """Make an application answer every request on the exact way."""
    app._planned_way = app.router._planned_way = NoWay(app)  # type: ignore[assignment]
    return app


def answered_by_core() -> int:
    """Return the number of requests that the core has answered so far."""
    counters = _rust.counters()
    return counters["matched"] + counters["invalid"]


def with_included_routes(number: int, endpoint: Any) -> FastAPI:
    """Return an application with `/p/x0`, `/p/x1`, ..., each the only route of an included router."""
    app = FastAPI()
    for i in range(number):
        router = APIRouter()
        router.add_api_route(f"/x{i}", endpoint)
        app.include_router(router, prefix="/p")
    return app
