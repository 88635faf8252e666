"""405: the planned refusal of a method. The values are those of the real package."""

from __future__ import annotations

import sys
from typing import Any, Callable, Dict, List, Tuple

import pytest
from starlette.responses import PlainTextResponse

from fastapi import APIRouter, FastAPI, _rust
from fastapi.routing import APIRoute
from tests.planned.asgi import Seen, call, exactly, with_included_routes
from tests.planned.transcript import ask

needs_core = pytest.mark.skipif(not _rust.rust_available(), reason="the core does not run")


async def endpoint() -> None: ...


async def other() -> None: ...


class Own(APIRoute):
    async def handle(self, scope: Any, receive: Any, send: Any) -> None:
        await PlainTextResponse("own")(scope, receive, send)


def make(**options: Any) -> FastAPI:
    app = FastAPI(openapi_url=None, **options)
    app.add_api_route("/items/{first}/{rest:path}", endpoint, methods=["GET"])
    app.add_api_route("/items/{first}/{rest:path}", other, methods=["PUT"])
    router = APIRouter(form_limits={"max_fields": 3})
    router.add_api_route("/{name}", endpoint, methods=["PUT"])
    router.add_api_route("/text", endpoint, methods=["PATCH"], response_class=PlainTextResponse)
    outer = APIRouter()
    outer.include_router(router, prefix="/inner")
    app.include_router(outer, prefix="/outer")
    app.add_api_route("/outer/inner/text", endpoint, methods=["GET"])
    app.add_api_route("/own", endpoint, methods=["GET"])
    return app


def refused(allow: bytes) -> List[Dict[str, Any]]:
    body = b'{"detail":"Method Not Allowed"}'
    headers = [(b"allow", allow), (b"content-length", b"31"), (b"content-type", b"application/json")]
    return [
        {"type": "http.response.start", "status": 405, "headers": headers},
        {"type": "http.response.body", "body": body},
    ]


# Method, path; the methods that are allowed, the parameters of the path, and the number of entries about inclusions.
REFUSED = [
    ("POST", "/items/1/2/3", b"GET", {"first": "1", "rest": "2/3"}, 0),
    ("HEAD", "/items/\u00e9/", b"GET", {"first": "\u00e9", "rest": ""}, 0),
    ("OPTIONS", "/outer/inner/x", b"PUT", {"name": "x"}, 3),
    ("BREW", "/outer/inner/text", b"PUT", {"name": "text"}, 3),
    ("get", "/own", b"GET", {}, 0),
]


@pytest.mark.parametrize("method, path, allow, path_params, count", REFUSED)
@pytest.mark.parametrize("exact", [False, True])
def test_refusal(method: str, path: str, allow: bytes, path_params: Dict[str, str], count: int, exact: bool) -> None:
    app = exactly(make()) if exact else make()
    for _ in range(2):
        seen = call(app, "/", method, path=path)
        assert seen.error is None and seen.messages == refused(allow)
        scope = seen.scope
        assert (scope["path_params"], scope["endpoint"]) == (path_params, endpoint)
        assert type(scope["route"]) is APIRoute and scope["router"] is app.router and scope["app"] is app
        assert len(scope["fastapi"]) == count
        assert "fastapi_middleware_astack" in scope
        assert not {"fastapi_inner_astack", "fastapi_function_astack"} & scope.keys()


@pytest.mark.parametrize("exact", [False, True])
def test_several_methods_in_the_order_of_their_set(exact: bool) -> None:
    app = FastAPI()
    app.add_api_route("/x", endpoint, methods=["put", "GET", "PATCH", "DELETE"])
    seen = call(exactly(app) if exact else app, "/x", "POST")
    methods = ", ".join({each.upper() for each in ["put", "GET", "PATCH", "DELETE"]})
    assert seen.messages == refused(methods.encode())


def test_parameters_of_the_path_join_those_of_the_scope() -> None:
    seen = call(make(), "/items/1/2", "POST", path_params={"first": "0", "z": "9"})
    assert seen.scope["path_params"] == {"first": "1", "z": "9", "rest": "2"}


def test_a_request_below_a_root_path() -> None:
    seen = call(make(), "/root/items/1/2", "POST", root_path="/root")
    assert (seen.status, seen.scope["path_params"]) == (405, {"first": "1", "rest": "2"})


def test_changed_methods() -> None:
    app = make()
    assert call(app, "/own", "PUT").messages == refused(b"GET")
    app.router.routes[-1].methods.add("PUT")  # type: ignore[attr-defined]
    app.router.routes[-1].methods.discard("GET")  # type: ignore[attr-defined]
    assert call(app, "/own", "PUT").status == 200
    assert call(app, "/own", "GET").messages == refused(b"PUT")


def replace_handle(app: FastAPI) -> None:
    async def handle(scope: Any, receive: Any, send: Any) -> None:
        await PlainTextResponse("own")(scope, receive, send)

    app.router.routes[-1].handle = handle  # type: ignore[method-assign]


def use_own_class(app: FastAPI) -> None:
    app.router.routes.pop()
    app.router.add_api_route("/own", endpoint, route_class_override=Own)


def handle_status(app: FastAPI) -> None:
    app.add_exception_handler(405, lambda request, error: PlainTextResponse("own"))


def handle_class(app: FastAPI) -> None:
    from starlette.exceptions import HTTPException

    app.add_exception_handler(HTTPException, lambda request, error: PlainTextResponse("own"))


@pytest.mark.parametrize("change", [replace_handle, use_own_class, handle_status, handle_class])
def test_left_to_the_exact_way(change: Callable[[FastAPI], None]) -> None:
    app = make()
    change(app)
    seen = call(app, "/own", "PUT")
    assert (seen.status, seen.body) == (200, b"own")


def test_methods_that_no_header_can_have() -> None:
    app = FastAPI()
    app.add_api_route("/x", endpoint, methods=["\u0394"])
    assert type(call(app, "/x").error) is UnicodeEncodeError


@pytest.mark.parametrize("fails_at", [0, 1])
@pytest.mark.parametrize("path", ["/own", "/outer/inner/x"])
def test_failing_send(path: str, fails_at: int) -> None:
    planned, exact = (ask(app, path, "POST", fails_at=fails_at) for app in (make(), exactly(make())))
    assert (planned.sent, planned.raised) == ([405, refused(b"")[1]["body"]][: fails_at + 1], "OSError('gone')")
    assert (planned.keys, planned.receives) == (exact.keys, exact.receives)


def frames(app: FastAPI, method: str, path: str) -> Tuple[int, Seen]:
    """Return the number of Python frames of one request, after the first ones."""
    for _ in range(3):
        call(app, path, method)
    count = 0

    def count_frame(frame: Any, event: str, arg: Any) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(count_frame)
    try:
        seen = call(app, path, method)
    finally:
        sys.setprofile(None)
    return count, seen


@needs_core
def test_number_of_routes_does_not_matter() -> None:
    counts = set()
    for number in (1, 30):
        app = with_included_routes(number, endpoint)
        count, seen = frames(app, "POST", f"/p/x{number - 1}")
        assert seen.status == 405
        counts.add(count)
    # The event loop makes a few calls more or less; asking 29 routes more makes hundreds.
    assert max(counts) < min(counts) + 29
