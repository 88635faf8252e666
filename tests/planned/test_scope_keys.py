"""The keys of a scope, during and after a request, are exactly those of upstream."""

from contextlib import AsyncExitStack
from typing import Any, Dict, List

import anyio
import pytest
from starlette.exceptions import HTTPException
from starlette.middleware.exceptions import ExceptionMiddleware
from typing_extensions import Annotated

from fastapi import APIRouter, Body, Depends, FastAPI, Form, Request
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from fastapi.responses import PlainTextResponse, Response
from tests.planned.transcript import URLENCODED, ask, keys_of, message

STACK = ["app", "fastapi_middleware_astack", "router", "starlette.exception_handlers"]
MATCH = ["endpoint", "path_params", "route"]
ROUTE = sorted([*STACK, *MATCH, "fastapi_function_astack", "fastapi_inner_astack"])
MULTIPART = b"multipart/form-data; boundary=B"


def make(place: str = "first", layer: str = "", limits: Any = None) -> FastAPI:
    """Return an application with a router that is included before or after its own routes, or not at all."""
    app, router = FastAPI(openapi_url=None, form_limits=limits), APIRouter()
    if layer == "asgi":
        app.add_middleware(PassOn)
    if layer == "http":

        @app.middleware("http")
        async def pass_on(request: Request, call_next: Any) -> Any:
            return await call_next(request)

    @router.get("/in/{n}")
    async def inside(n: int) -> int:
        return n

    @router.get("/in/request/{n}")
    async def inside_request(n: int, request: Request) -> int:
        return n

    if place == "first":
        app.include_router(router)

    @app.get("/own/{n}")
    async def own(n: int) -> int:
        return n

    @app.get("/request/{n}")
    async def read_request(n: int, request: Request) -> int:
        return n

    @app.get("/fails")
    async def fails() -> None:
        raise KeyError

    @app.get("/refuses")
    async def refuses() -> None:
        raise HTTPException(418)

    @app.get("/response")
    async def response() -> Response:
        return Response()

    @app.post("/body")
    async def body(body: Annotated[Dict[str, int], Body()]) -> None: ...

    @app.post("/form")
    async def form(a: Annotated[int, Form()]) -> None: ...

    if place == "last":
        app.include_router(router)
    return app


class PassOn:
    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


REQUESTS: List[Any] = [
    ({"target": "/own/1"}, ROUTE),
    ({"target": "/own/x"}, ROUTE),
    ({"target": "/request/1"}, ROUTE),
    ({"target": "/request/x"}, ROUTE),
    ({"target": "/fails"}, ROUTE),
    ({"target": "/refuses"}, ROUTE),
    ({"target": "/response"}, ROUTE),
    ({"target": "/body", "method": "POST", "body": b"{}"}, ROUTE),
    ({"target": "/body", "method": "POST", "body": b"{"}, ROUTE),
    ({"target": "/body", "method": "POST", "body": b"3"}, ROUTE),
    ({"target": "/form", "method": "POST", "body": b"a=1", "content_type": URLENCODED}, ROUTE),
    ({"target": "/form", "method": "POST", "body": b"a=x", "content_type": URLENCODED}, ROUTE),
    ({"target": "/form", "method": "POST", "body": b"zzz", "content_type": MULTIPART}, ROUTE),
    ({"target": "/none"}, STACK),
    ({"target": "/own/1/"}, STACK),
    ({"target": "/own/1", "method": "POST"}, sorted([*STACK, *MATCH])),
]


@pytest.mark.parametrize("layer", ["", "asgi", "http"])
@pytest.mark.parametrize("place", ["first", "last", "nowhere"])
@pytest.mark.parametrize(("request_", "keys"), REQUESTS)
def test_keys_that_a_request_leaves_in_its_scope(
    request_: Dict[str, Any], keys: List[str], place: str, layer: str
) -> None:
    found = ask(make(place, layer), **request_)
    is_found = keys is ROUTE
    asked = place == "first" or (place == "last" and not is_found)
    assert found.keys == (sorted([*keys, "fastapi"]) if asked else keys)
    assert found.scope.get("fastapi", {}) == {}


@pytest.mark.parametrize("target", ["/in/1", "/in/x", "/in/request/1", "/in/request/x"])
@pytest.mark.parametrize("limits", [{}, {"max_fields": 3}])
def test_keys_that_an_included_router_leaves(target: str, limits: Any) -> None:
    found = ask(make(limits=limits), target)
    assert found.keys == sorted([*ROUTE, "fastapi"])
    entry = found.scope["fastapi"]
    assert sorted(entry) == sorted(["effective_route_context", "included_router", *(["form_limits"] if limits else [])])
    assert entry.get("form_limits", {}) == limits


@pytest.mark.parametrize("target", ["/own/1", "/own/x", "/none", "/fails", "/request/1"])
def test_limits_of_forms_are_in_the_scope_of_every_request(target: str) -> None:
    found = ask(make("nowhere", limits={"max_files": 3}), target)
    assert found.scope["fastapi"] == {"form_limits": {"max_files": 3}}


def test_the_stacks_in_the_scope_are_of_one_class() -> None:
    app = make()
    first, second = ask(app, "/own/1"), ask(app, "/own/2")
    for key in ("fastapi_middleware_astack", "fastapi_inner_astack", "fastapi_function_astack"):
        assert type(first.scope[key]) is AsyncExitStack
    # They are closed, so they keep no callback.
    first.scope["fastapi_inner_astack"].callback(pytest.fail, "called")
    assert second.scope["starlette.exception_handlers"][0][HTTPException] is not None


def test_no_other_key_is_seen_while_a_request_is_answered() -> None:
    """An exception handler, an overridden dependency, and middleware that receives and sends look at the scope."""
    seen: List[List[str]] = []
    app = FastAPI()

    class Looks:
        def __init__(self, app: Any) -> None:
            self.app = app

        async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
            async def receive_and_look() -> Any:
                seen.append(keys_of(scope))
                return await receive()

            async def look_and_send(sent: Any) -> None:
                seen.append(keys_of(scope))
                await send(sent)

            await self.app(scope, receive_and_look, look_and_send)

    app.add_middleware(Looks)

    @app.exception_handler(HTTPException)
    @app.exception_handler(RequestValidationError)
    @app.exception_handler(KeyError)
    async def look(request: Request, error: Exception) -> Response:
        seen.append(keys_of(request.scope))
        return PlainTextResponse(type(error).__name__, 499)

    async def first(n: Annotated[int, Form()] = 0) -> int:
        app.dependency_overrides[second] = looking
        return n

    async def second() -> int:
        return 0

    async def looking(request: Request) -> int:
        seen.append(keys_of(request.scope))
        return 1

    @app.post("/form")
    async def form(a: Annotated[int, Depends(first)], b: Annotated[int, Depends(second)]) -> List[int]:
        return [a, b]

    @app.post("/mixed")
    async def mixed(request: Request, x: Annotated[int, Form()] = 1, q: int = 0) -> None: ...

    @app.post("/body")
    async def body(request: Request, x: Annotated[Dict[str, int], Body()], q: int = 0) -> None: ...

    @app.post("/raises")
    async def raises(request: Request, q: int = 0) -> None:
        raise KeyError("k")

    two = [message(b"n=", True), message(b"4")]
    assert ask(app, "/form", "POST", content_type=URLENCODED, received=two).sent == [200, b"[4,1]"]
    app.dependency_overrides.clear()
    assert ask(app, "/form", "POST", b"n=4", URLENCODED).sent == [200, b"[4,1]"]
    for path, sent, content_type, error in [
        ("/mixed", b"a=1", b"multipart/form-data", b"HTTPException"),
        ("/mixed", b"x=z", URLENCODED, b"RequestValidationError"),
        ("/body", b"{", b"application/json", b"RequestValidationError"),
        ("/body", b"\xff", b"application/json", b"HTTPException"),
        ("/body?q=x", b"{}", b"application/json", b"RequestValidationError"),
        ("/raises", b"", b"application/json", b"KeyError"),
    ]:
        assert ask(app, path, "POST", sent, content_type).sent == [499, error]
    assert len(seen) > 20
    assert all(keys == ROUTE for keys in seen)


@pytest.mark.parametrize("path", ["/request", "/function", "/fails"])
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_cancel_scope_of_dependencies_is_forgotten_after_a_request(path: str, backend: str) -> None:
    pytest.importorskip(backend)
    app = FastAPI(openapi_url=None)
    during: List[int] = []

    async def yielding(request: Request) -> Any:
        yield 1
        during.append(len(request.scope["fastapi_async_cleanup_scopes"]))

    @app.get("/request")
    async def until_sent(value: Annotated[int, Depends(yielding)]) -> int:
        return value

    @app.get("/function")
    async def until_returned(value: Annotated[int, Depends(yielding, scope="function")]) -> int:
        return value

    @app.get("/fails")
    async def fails(value: Annotated[int, Depends(yielding)]) -> int:
        raise HTTPException(409)

    scope: Dict[str, Any] = {"type": "http", "method": "GET", "path": path, "query_string": b"", "headers": []}

    async def serve() -> None:
        async def receive() -> Any:
            return message(b"")

        async def send(sent: Any) -> None: ...

        await app(scope, receive, send)

    anyio.run(serve, backend=backend)
    assert during == ([] if path == "/fails" else [1])
    assert scope["fastapi_async_cleanup_scopes"] == {}


@pytest.mark.parametrize("path", ["/core", "/core?n=a", "/thread", "/raises"])
def test_a_router_that_is_called_without_its_application_refuses(path: str) -> None:
    app = FastAPI(openapi_url=None)

    @app.get("/core")
    async def core(n: int = 1) -> int:
        return n

    @app.get("/thread")
    def thread() -> int:
        return 1

    @app.get("/raises")
    async def raises() -> None:
        raise KeyError

    for called in (app.router, app.router.app):
        answer = ask(called, path)
        assert answer.sent == []
        assert answer.raised == "AssertionError('fastapi_middleware_astack not found in request scope')"
    assert ask(app, "/core").sent == [200, b"1"]


def test_an_application_without_an_exit_stack_in_its_middleware_stack_refuses() -> None:
    class WithoutExitStack(FastAPI):
        def build_middleware_stack(self) -> Any:
            return ExceptionMiddleware(self.router)

    app = WithoutExitStack(openapi_url=None)

    @app.get("/")
    async def root() -> int:
        return 1

    assert ask(app, "/").raised == "AssertionError('fastapi_middleware_astack not found in request scope')"


def test_an_exit_stack_of_another_name_is_in_the_scope() -> None:
    app = FastAPI(openapi_url=None)
    app.add_middleware(AsyncExitStackMiddleware, context_name="own_stack")

    @app.get("/")
    async def root(request: Request) -> Any:
        return sorted(key for key in request.scope if key.endswith("stack"))

    answer = ask(app, "/")
    assert answer.sent == [
        200,
        b'["fastapi_function_astack","fastapi_inner_astack","fastapi_middleware_astack","own_stack"]',
    ]
