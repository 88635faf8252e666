"""Guided and planned operations answer as on the exact way: equal messages, effects and exceptions in equal order."""

import asyncio
from contextlib import AsyncExitStack
from datetime import date
from typing import Any, AsyncIterator, Callable, Dict, Iterator, List, Optional

import pytest
from pydantic import BaseModel
from starlette.background import BackgroundTask
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, StreamingResponse
from typing_extensions import Annotated

import fastapi.routing
from fastapi import (
    APIRouter,
    BackgroundTasks,
    Body,
    Depends,
    FastAPI,
    File,
    Header,
    HTTPException,
    Query,
    Request,
    Response,
    Security,
    _rust,
)
from fastapi._routing.planning.explain import explain
from fastapi.dependencies._solving import solver as _solver
from fastapi.routing import APIRoute
from fastapi.security import SecurityScopes
from fastapi.sse import EventSourceResponse
from tests.planned.asgi import Seen, answered_by_core, exactly, http_scope, run

needs_core = pytest.mark.skipif(not _rust.rust_available(), reason="FASTAPI_RS_MODE=python has no core")
JSON = (b"content-type", b"application/json")


class Refused(Exception):
    pass


class Unhandled(Exception):
    pass


class Page(BaseModel):
    number: int = 1
    tags: List[str] = []


class Unsendable(Response):
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        raise Refused("before the start")


class Recording(APIRoute):
    """A route class as in the documentation of FastAPI."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        handle = super().get_route_handler()

        async def recorded(request: Request) -> Response:
            request.app.state.calls.append(("route class", request.path_params))
            response = await handle(request)
            response.headers["x-recorded"] = "1"
            return response

        return recorded


def make_app(*, middleware: str = "") -> FastAPI:
    app = FastAPI(openapi_url=None)
    calls: List[Any] = []
    app.state.calls = calls
    _add_handlers(app, calls)
    _add_injected(app, calls)
    _add_yielding(app, calls)
    _add_readers(app, calls)
    _add_answers(app, calls)
    _add_included(app, calls)
    if middleware == "http":

        @app.middleware("http")
        async def around(request: Request, call_next: Any) -> Any:
            calls.append("before")
            response = await call_next(request)
            calls.append(("after", response.status_code))
            return response

    if middleware == "asgi":

        class Around:
            def __init__(self, app: Any) -> None:
                self.app = app

            async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
                calls.append("before")
                await self.app(scope, receive, send)
                calls.append("after")

        app.add_middleware(Around)
    return app


def _add_handlers(app: FastAPI, calls: List[Any]) -> None:
    @app.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> Response:
        stack = request.scope["fastapi_middleware_astack"]
        stack.callback(calls.append, "the outermost stack is left")
        calls.append(("handler", str(error), sorted(request.path_params), getattr(request.state, "mark", None)))
        return PlainTextResponse(f"refused {error}", status_code=418)

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Response:
        calls.append(("unexpected", type(error).__name__, str(error)))
        return PlainTextResponse("unexpected", status_code=500)


def _add_injected(app: FastAPI, calls: List[Any]) -> None:
    @app.get("/request/{n}")
    async def with_request(n: int, request: Request, q: str = "none") -> Any:
        request.state.mark = n
        if n == 2:
            raise Refused(n)
        if n == 3:
            raise Unhandled(n)
        keys = sorted(key for key in request.scope if isinstance(key, str))
        stacks = [type(request.scope[key]) is AsyncExitStack for key in keys if key.endswith("_astack")]
        return {"n": n, "q": q, "path": request.url.path, "keys": keys, "stacks": stacks}

    @app.get("/injected/{n}", status_code=203)
    def with_all(
        n: int, request: Request, connection: HTTPConnection, response: Response, tasks: BackgroundTasks
    ) -> Any:
        response.headers["x-n"] = str(n)
        response.set_cookie("n", str(n))
        if n == 2:
            response.status_code = 204
        if n == 3:
            response.status_code = 205
        tasks.add_task(calls.append, f"task {n}")
        return {"n": n, "same": request is connection}

    @app.get("/own/{n}")
    async def own_response(n: int, tasks: BackgroundTasks, response: Response) -> Any:
        tasks.add_task(calls.append, "task")
        response.headers["x-lost"] = "1"
        return JSONResponse([n], status_code=202, headers={"x-own": "1"})

    async def scoped(scopes: SecurityScopes, request: Request) -> Any:
        calls.append(scopes.scopes)
        return scopes.scope_str

    @app.get("/scopes")
    async def with_scopes(found: Annotated[str, Security(scoped, scopes=["a", "b"])], mine: SecurityScopes) -> Any:
        return [found, mine.scopes]


def _add_yielding(app: FastAPI, calls: List[Any]) -> None:
    async def session(n: int) -> AsyncIterator[int]:
        calls.append("session")
        try:
            yield n * 10
        except Refused as error:
            calls.append(("session saw", str(error)))
            if n == 5:
                raise HTTPException(409, "from the session") from error
            raise
        except BaseException as error:
            calls.append(("session saw", type(error).__name__))
            if n != 6:
                raise
        finally:
            calls.append("session left")

    def early(n: int) -> Iterator[int]:
        calls.append("early")
        yield n
        calls.append("early left")

    @app.get("/yield/{n}")
    async def with_session(
        n: int,
        number: Annotated[int, Depends(session)],
        first: Annotated[int, Depends(early, scope="function")],
        tasks: BackgroundTasks,
    ) -> Any:
        tasks.add_task(calls.append, "task")
        calls.append("endpoint")
        if n in (2, 5):
            raise Refused(n)
        if n in (3, 6):
            raise Unhandled(n)
        if n == 4:
            return PlainTextResponse("own")
        return [number, first]

    @app.get("/streamed/{n}")
    async def streamed(n: int, number: Annotated[int, Depends(session)]) -> Any:
        async def chunks() -> AsyncIterator[bytes]:
            yield b"%d" % number
            if n == 2:
                raise Refused("after the start")
            if n == 3:
                raise Unhandled("after the start")

        return StreamingResponse(chunks())


def _add_readers(app: FastAPI, calls: List[Any]) -> None:
    async def on(day: date, n: Annotated[int, Query(ge=0)] = 1) -> Any:
        calls.append(("on", str(day), n))
        return day

    @app.get("/days/{m}")
    async def days(m: int, day: Annotated[date, Depends(on)], x: Annotated[List[int], Header()] = []) -> Any:  # noqa: B006
        return [m, day, x]

    @app.get("/pages/{m}")
    async def pages(m: int, page: Annotated[Page, Query()], request: Request) -> Any:
        return [m, page]

    async def rewrite(request: Request) -> None:
        request.scope["query_string"] = b"q=rewritten"
        request.scope["path_params"]["m"] = "77"

    @app.get("/rewritten/{m}")
    async def rewritten(m: int, done: Annotated[None, Depends(rewrite)], q: str = "none") -> Any:
        return [m, q]

    @app.post("/body/{n}")
    async def with_body(n: int, request: Request, page: Annotated[Page, Body()], h: Annotated[date, Header()]) -> Any:
        return [n, page, h, (await request.body()).decode()]


def _add_answers(app: FastAPI, calls: List[Any]) -> None:
    @app.get("/html/{n}", response_class=HTMLResponse)
    async def html(n: int) -> Any:
        return f"<p>{n}"

    @app.get("/events/{n}", response_class=EventSourceResponse)
    async def events(n: int) -> AsyncIterator[int]:
        for each in range(n):
            yield each

    @app.get("/lines/{n}")
    async def lines(n: int) -> AsyncIterator[int]:
        for i in range(n):
            yield i

    @app.get("/made/{kind}")
    async def made(kind: str) -> Any:
        async def failing() -> AsyncIterator[bytes]:
            yield b"begun"
            raise Refused("after the start") if kind == "refused" else Unhandled("after the start")

        async def task() -> None:
            calls.append("task")
            if kind == "task":
                raise Unhandled("in the task")

        if kind in ("refused", "unhandled"):
            return StreamingResponse(failing())
        if kind == "never":
            return Unsendable()
        return JSONResponse({"kind": kind}, background=BackgroundTask(task))

    @app.get("/wrong/{n}", response_model=Page)
    async def wrong(n: int, request: Request) -> Any:
        return {"number": "x"} if n == 2 else {"number": n, "more": 1}


def _add_included(app: FastAPI, calls: List[Any]) -> None:
    outer, inner = APIRouter(route_class=Recording), APIRouter(form_limits={"max_fields": 3})

    @outer.get("/recorded/{n}")
    async def recorded(n: int, prefix: str) -> Any:
        if n == 2:
            raise Refused(n)
        return [n, prefix]

    @inner.post("/limited/{n}")
    async def limited(n: int, request: Request) -> Any:
        entry = request.scope["fastapi"]
        context = entry["effective_route_context"]
        return [n, entry.get("form_limits"), context.path, type(entry["included_router"]).__name__]

    outer.include_router(inner, prefix="/inner")
    app.include_router(outer, prefix="/v/{prefix}", form_limits={"max_files": 2})


REQUESTS: List[Any] = [
    *[(f"/request/{n}?q=a", {}) for n in (1, 2, 3, "x")],
    ("/request/1", {"method": "POST"}),
    ("/request/1/", {}),
    *[(f"/injected/{n}", {}) for n in (1, 2, 3)],
    ("/own/1", {}),
    ("/scopes", {}),
    *[(f"/yield/{n}", {}) for n in (1, 2, 3, 4, 5, 6, "x")],
    *[(f"/streamed/{n}", {}) for n in (1, 2, 3)],
    ("/days/1?day=2024-02-29&n=3", {"headers": [(b"x", b"1"), (b"x", b"2")]}),
    ("/days/1?day=never&n=-3", {"headers": [(b"x", b"one")]}),
    ("/days/1?day=never&n=3", {}),
    ("/days/x?n=3", {}),
    ("/pages/1?number=3&tags=a&tags=b", {}),
    ("/pages/1?number=x", {}),
    ("/rewritten/1?q=sent", {}),
    ("/body/1", {"method": "POST", "headers": [JSON, (b"h", b"2024-02-29")], "body": b'{"number": 3}'}),
    ("/body/1", {"method": "POST", "headers": [JSON, (b"h", b"2024-02-29")], "body": b'{"number": '}),
    ("/body/x", {"method": "POST", "headers": [JSON, (b"h", b"never")], "body": b'{"number": "x"}'}),
    ("/html/1", {}),
    ("/events/3", {}),
    ("/lines/3", {}),
    *[(f"/made/{kind}", {}) for kind in ("plainly", "task", "refused", "unhandled", "never")],
    ("/wrong/1", {}),
    ("/wrong/2", {}),
    *[(f"/v/p/recorded/{n}", {}) for n in (1, 2, "x")],
    ("/v/p/inner/limited/1", {"method": "POST"}),
]


def ask(app: FastAPI, target: str, arguments: Dict[str, Any]) -> Any:
    path, _, query = target.partition("?")
    scope = http_scope(path, arguments.get("method", "GET"), arguments.get("headers", ()), query_string=query.encode())
    seen = asyncio.run(run(app, Seen(scope), arguments.get("body", b"")))
    calls = list(app.state.calls)
    app.state.calls.clear()
    error: Optional[BaseException] = seen.error
    causes = []
    while error is not None:
        causes.append((type(error).__name__, str(error)[:60]))
        error = error.__cause__
    return seen.messages, causes, calls, repr(scope.get("path_params"))


@pytest.mark.parametrize("middleware", ["", "http", "asgi"])
@pytest.mark.parametrize(("target", "arguments"), REQUESTS)
def test_guided_and_exact_agree(target: str, arguments: Dict[str, Any], middleware: str) -> None:
    guided = ask(make_app(middleware=middleware), target, arguments)
    assert guided == ask(exactly(make_app(middleware=middleware)), target, arguments)


@needs_core
def test_all_ways_are_here() -> None:
    lines = [line.split(" (")[0] for line in explain(make_app()) if not line.startswith(" ")]
    assert [line for line in lines if not line.endswith(": planned")] == [
        "GET /days/{m}: guided",
        "GET /html/{n}: guided",
        "GET /events/{n}: guided",
        "GET /v/{prefix}/recorded/{n}: guided",
    ]


@needs_core
@pytest.mark.parametrize("middleware", ["", "http", "asgi"])
def test_the_first_request_compiles_the_plan_for_all_others(middleware: str) -> None:
    app = make_app(middleware=middleware)
    before = answered_by_core()
    ask(app, "/v/p/recorded/1", {})
    assert answered_by_core() == before + 1
    compiled = app._planned_way._compiled
    ask(app, "/request/1", {})
    assert app._planned_way._compiled is compiled


@needs_core
@pytest.mark.parametrize("target", ["/request/1", "/yield/1", "/v/p/recorded/1", "/html/1"])
def test_the_core_selects(target: str) -> None:
    app = make_app()
    before = answered_by_core()
    assert ask(app, target, {})[0][0]["status"] == 200
    assert answered_by_core() == before + 1


@needs_core
def test_values_of_the_core_are_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app()
    asked: List[str] = []
    read = _solver._read_request

    def reading(request: Any, plan: Any, values: Any, errors: Any) -> None:
        asked.extend("query" for _ in plan.query)
        read(request, plan, values, errors)

    monkeypatch.setattr(_solver, "_read_request", reading)
    assert ask(app, "/request/1?q=a", {})[0][0]["status"] == 200
    assert asked == []
    # After a function that gets the request, they are.
    ask(app, "/rewritten/1?q=sent", {})
    assert asked == ["query"]


@needs_core
def test_a_patched_solver_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app()
    expected = ask(app, "/yield/1", {})
    seen: List[Any] = []
    original = fastapi.routing.solve_dependencies

    async def patched(**arguments: Any) -> Any:
        solved = await original(**arguments)
        seen.append(dict(solved.values))
        return solved

    monkeypatch.setattr(fastapi.routing, "solve_dependencies", patched)
    assert ask(app, "/yield/1", {}) == expected
    assert [values["number"] for values in seen] == [10]


@needs_core
def test_overridden_dependencies_read_their_own_parameters() -> None:
    app = make_app()
    route: Any = next(route for route in app.router.routes if getattr(route, "path", "") == "/days/{m}")
    original = route.dependant.dependencies[0].call

    async def instead(n: str, other: str = "none") -> Any:
        return [n, other]

    assert b"2024" in ask(app, "/days/1?day=2024-02-29", {})[0][1]["body"]
    app.dependency_overrides[original] = instead
    assert ask(app, "/days/1?n=zz&other=o", {})[0][1]["body"] == b'[1,["zz","o"],[]]'
    app.dependency_overrides.clear()
    assert b"2024" in ask(app, "/days/1?day=2024-02-29", {})[0][1]["body"]


def make_mounting(*, is_exact: bool) -> FastAPI:
    """Return an application with another one mounted in it; the record of a request names the one that it reached."""
    outer, inner = FastAPI(openapi_url=None), FastAPI(openapi_url=None)
    calls: List[Any] = []
    outer.state.calls = calls
    for name, app in (("outer", outer), ("inner", inner)):
        _add_refusal(app, name, calls)
    outer.mount("/inner", exactly(inner) if is_exact else inner)
    return exactly(outer) if is_exact else outer


def _add_refusal(app: FastAPI, name: str, calls: List[Any]) -> None:
    @app.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> Response:
        request.scope["fastapi_middleware_astack"].callback(calls.append, f"the stack of {name} is left")
        return PlainTextResponse(f"{name} refused", status_code=418)

    @app.get("/{n}")
    async def read(n: int, request: Request) -> Any:
        by_class, _ = request.scope["starlette.exception_handlers"]
        calls.append(by_class[Refused] is refused)
        request.scope["fastapi_middleware_astack"].callback(calls.append, f"left in {name}")
        if n == 2:
            raise Refused(n)
        return {"app": request.app is app, "keys": sorted(map(str, request.scope))}

    @app.post("/{n}")
    async def upload(n: int, file: Annotated[bytes, File()], request: Request) -> Any:
        request.scope["fastapi_middleware_astack"].callback(calls.append, f"left in {name}")
        if n == 2:
            raise Refused(n)
        return len(file)


UPLOAD = {
    "method": "POST",
    "headers": [(b"content-type", b"multipart/form-data; boundary=b")],
    "body": b'--b\r\ncontent-disposition: form-data; name="file"; filename="x"\r\n\r\ndata\r\n--b--',
}


@pytest.mark.parametrize("arguments", [{}, UPLOAD])
@pytest.mark.parametrize("target", ["/1", "/2", "/inner/1", "/inner/2"])
def test_a_mounted_application_has_a_stack_and_handlers_of_its_own(target: str, arguments: Dict[str, Any]) -> None:
    found = ask(make_mounting(is_exact=False), target, arguments)
    assert found == ask(make_mounting(is_exact=True), target, arguments)
    owner = "inner" if "inner" in target else "outer"
    assert f"left in {owner}" in found[2] and False not in found[2]
