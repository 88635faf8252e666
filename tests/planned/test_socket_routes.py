"""A WebSocket asks only the routes that may match it. All that can be seen is as if it asked every route."""

from __future__ import annotations

import asyncio
from typing import Any, Dict, List

import pytest
from starlette.routing import Match

from fastapi import APIRouter, FastAPI, WebSocket, _rust
from fastapi.routing import APIRoute
from tests.planned.asgi import call

needs_core = pytest.mark.skipif(not _rust.rust_available(), reason="the core does not run")


async def endpoint() -> str:
    return "operation"


async def socket(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.close(3000)


def make(route_class: type = APIRoute) -> FastAPI:
    """Return an application with an operation, a router with one in it, and a WebSocket behind them."""
    app = FastAPI(openapi_url=None)
    app.get("/operation")(endpoint)
    router = APIRouter(route_class=route_class)
    router.get("/included")(endpoint)
    app.include_router(router)
    app.websocket("/ws")(socket)
    return app


def connect(app: FastAPI, path: str = "/ws") -> Dict[str, Any]:
    """Return the codes with which connections close, and the scope."""
    scope: Dict[str, Any] = {"type": "websocket", "path": path, "headers": [], "query_string": b"", "subprotocols": []}
    codes: List[int] = []

    async def receive() -> Dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Dict[str, Any]) -> None:
        if message["type"] == "websocket.close":
            codes.append(message["code"])

    asyncio.run(app(scope, receive, send))
    return {**scope, "codes": codes}


def included_node(app: FastAPI) -> Any:
    return next(route for route in app.routes if hasattr(route, "original_router"))


@needs_core
def test_routes_of_operations_are_not_asked() -> None:
    app = make()
    connect(app)
    asked = app.router._planned_way.routes_for_socket({"type": "websocket"})
    assert [type(route).__name__ for route in asked] == ["APIWebSocketRoute"]


@pytest.mark.parametrize(("path", "code"), [("/ws", 3000), ("/unknown", 1000)])
def test_the_scope_has_the_entry_of_inclusions(path: str, code: int) -> None:
    seen = connect(make(), path)
    assert seen["codes"] == [code] and seen["fastapi"] == {}


def test_a_route_class_that_decides_is_asked() -> None:
    asked: List[str] = []

    class Asked(APIRoute):
        def matches(self, scope: Any) -> Any:
            asked.append(scope["type"])
            return super().matches(scope)

    assert connect(make(Asked))["codes"] == [3000] and asked == ["websocket"]


def no_match(asked: List[str]) -> Any:
    def matches(scope: Any) -> Any:
        asked.append(scope["type"])
        return Match.NONE, {}

    return matches


@pytest.mark.parametrize("find", [included_node, lambda app: included_node(app).original_router.routes[0]])
def test_a_method_that_replaces_matches_after_the_first_connection_is_called(find: Any) -> None:
    app, asked = make(), []  # type: ignore[var-annotated]
    connect(app)
    find(app).matches = no_match(asked)
    assert connect(app)["codes"] == [3000] and asked == ["websocket"]
    del find(app).matches
    assert connect(app)["codes"] == [3000] and asked == ["websocket"]


def test_a_socket_that_joins_an_included_router_later_is_found() -> None:
    app = make()
    connect(app)
    included_node(app).original_router.websocket("/late")(socket)
    assert connect(app, "/late")["codes"] == [3000]


def test_a_node_that_decides_is_asked_for_operations_too() -> None:
    app, asked = make(), []  # type: ignore[var-annotated]
    assert call(app, "/included").status == 200
    included_node(app).matches = no_match(asked)
    assert call(app, "/included").status == 404 and asked == ["http", "http"]
