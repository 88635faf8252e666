"""A WebSocket route does not keep later operations from the core, unless its class decides that it matches requests."""

from __future__ import annotations

from typing import Any, List
from unittest import mock

import pytest
from starlette.responses import PlainTextResponse
from starlette.routing import Match, WebSocketRoute

from fastapi import APIRouter, FastAPI, WebSocket, _rust
from tests.planned.asgi import answered_by_core, call

needs_core = pytest.mark.skipif(not _rust.rust_available(), reason="the core does not run")


async def socket(websocket: WebSocket) -> None: ...


async def endpoint() -> str:
    return "operation"


class Greedy(WebSocketRoute):
    def matches(self, scope: Any) -> Any:
        return Match.FULL, {}

    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        await PlainTextResponse("socket")(scope, receive, send)


def make(kind: str) -> FastAPI:
    app = FastAPI(openapi_url=None)
    if kind == "own class":
        app.router.routes.append(Greedy("/ws", socket))
    elif kind == "starlette":
        app.router.add_websocket_route("/ws", socket)
    elif kind == "included":
        router = APIRouter()
        router.websocket("/ws")(socket)
        app.include_router(router, prefix="/p")
    else:
        app.websocket("/{ws}")(socket)
    app.get("/operation")(endpoint)
    return app


@needs_core
@pytest.mark.parametrize("kind", ["starlette", "included", "fastapi"])
def test_operations_behind_sockets(kind: str) -> None:
    app, before = make(kind), answered_by_core()
    assert call(app, "/operation").body == b'"operation"'
    assert answered_by_core() == before + 1
    assert [call(app, path).status for path in ("/ws", "/never", "/%0A", "/operation%0A")] == [404, 404, 404, 200]


def test_a_class_that_decides() -> None:
    assert call(make("own class"), "/operation").body == b"socket"


@pytest.mark.parametrize("kind", ["starlette", "fastapi"])
def test_a_replaced_method(kind: str) -> None:
    app = make(kind)
    found: List[str] = []
    original = WebSocketRoute.matches

    def matches(self: WebSocketRoute, scope: Any) -> Any:
        found.append(scope["path"])
        return original(self, scope)

    assert call(app, "/operation").status == 200
    with mock.patch.object(WebSocketRoute, "matches", matches):
        assert call(app, "/operation").status == 200
    assert call(app, "/operation").status == 200
    assert found == ["/operation"]
