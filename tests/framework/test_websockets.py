"""WebSockets: parameters, dependencies, refusals."""

from typing import Any, Iterator, List, Optional

import pytest
from starlette.websockets import WebSocketDisconnect

from fastapi import (
    APIRouter,
    Cookie,
    Depends,
    FastAPI,
    Header,
    Query,
    WebSocket,
    WebSocketException,
)
from fastapi.exceptions import WebSocketRequestValidationError
from fastapi.responses import PlainTextResponse
from tests.framework.support import client


def counting(log: List[str]) -> Any:
    def dependency() -> Iterator[str]:
        log.append("enters")
        yield "dependency"
        log.append("exits")

    return dependency


def make(log: List[str]) -> FastAPI:
    app, router = FastAPI(), APIRouter()

    @router.websocket("/items/{n}")
    async def endpoint(
        websocket: WebSocket,
        n: int,
        q: List[int] = Query(default=[]),
        x_h: Optional[str] = Header(default=None),
        c: str = Cookie(default="none"),
        d: str = Depends(counting(log)),
    ):
        await websocket.accept()
        await websocket.send_json([n, q, x_h, c, d])
        text = await websocket.receive_text()
        await websocket.send_text(f"echo {text}")
        await websocket.close(code=3000, reason="enough")
        log.append("endpoint")

    @router.websocket("/refusing")
    async def refusing(websocket: WebSocket):
        raise WebSocketException(code=1008, reason="no")

    app.include_router(router, prefix="/ws")
    return app


def test_a_conversation():
    log: List[str] = []
    with client(make(log)).websocket_connect("/ws/items/3?q=1&q=2", headers={"x-h": "h", "cookie": "c=1"}) as session:
        assert session.receive_json() == [3, [1, 2], "h", "1", "dependency"]
        session.send_text("hi")
        assert session.receive_text() == "echo hi"
        with pytest.raises(WebSocketDisconnect) as caught:
            session.receive_text()
    assert caught.value.code == 3000
    assert log == ["enters", "endpoint", "exits"]


@pytest.mark.parametrize("path, code", [("/ws/items/x", 1008), ("/ws/refusing", 1008), ("/ws/nowhere", 1000)])
def test_connections_that_are_refused(path, code):
    log: List[str] = []
    with pytest.raises(WebSocketDisconnect) as caught:
        with client(make(log)).websocket_connect(path):
            """Not reached."""
    assert caught.value.code == code


def test_handlers_of_validation_errors_of_websockets():
    app, seen = make([]), []

    @app.exception_handler(WebSocketRequestValidationError)
    async def handle(websocket: WebSocket, exc: WebSocketRequestValidationError):
        seen.append(exc.errors()[0]["loc"])
        await websocket.close(code=4000)

    with pytest.raises(WebSocketDisconnect) as caught:
        with client(app).websocket_connect("/ws/items/x"):
            """Not reached."""
    assert (caught.value.code, seen) == (4000, [("path", "n")])


def test_dependencies_of_levels_run_for_websockets():
    log: List[str] = []

    def note(text: str) -> Any:
        def dependency(websocket: WebSocket) -> None:
            log.append(f"{text} {websocket.url.path}")

        return Depends(dependency)

    app = FastAPI(dependencies=[note("app")])
    router = APIRouter(dependencies=[note("router")])

    @router.websocket("/x", dependencies=[note("route")])
    async def endpoint(websocket: WebSocket):
        await websocket.accept()
        await websocket.close()

    app.include_router(router, dependencies=[note("inclusion")])
    with client(app).websocket_connect("/x"):
        """Nothing to say."""
    assert log == ["app /x", "inclusion /x", "router /x", "route /x"]


def test_overrides_count_for_websockets():
    app = FastAPI()

    def original() -> str:
        return "original"

    @app.websocket("/")
    async def endpoint(websocket: WebSocket, value: str = Depends(original)):
        await websocket.accept()
        await websocket.send_text(value)
        await websocket.close()

    app.dependency_overrides[original] = lambda: "replaced"
    with client(app).websocket_connect("/") as session:
        assert session.receive_text() == "replaced"


def test_an_http_request_to_a_websocket_route_finds_nothing():
    app = make([])
    app.get("/ws/both")(lambda: PlainTextResponse("http"))
    app.add_api_websocket_route("/ws/both", lambda websocket: websocket.close())
    assert client(app).get("/ws/items/3").status_code == 404
    assert client(app).get("/ws/both").text == "http"
