"""Objects of the request on the planned way: the functions share them, and the answer has their headers and tasks."""

import sys
from typing import Any, Callable, Dict, List

import pytest
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from typing_extensions import Annotated

from fastapi import BackgroundTasks, Cookie, Depends, FastAPI, Header, Request, Response, Security, _rust
from fastapi._routing.planning.explain import explain
from fastapi.security import SecurityScopes
from tests.planned.asgi import Seen, call, exactly, http_scope, run

needs_core = pytest.mark.skipif(not _rust.rust_available(), reason="FASTAPI_RS_MODE=python has no core")

MakeApp = Callable[[List[Any]], FastAPI]


def on_both_ways(make: MakeApp, target: str = "/1", **arguments: Any) -> Any:
    """Return the answer and the events on the planned way, which equal those on the exact way."""
    outcomes = []
    for prepare in (lambda app: app, exactly):
        events: List[Any] = []
        app = make(events)
        if _rust.rust_available():
            assert any(line.endswith(": planned") for line in explain(app)), list(explain(app))
        seen = call(prepare(app), target, **arguments)
        outcomes.append(([seen.messages, repr(seen.error)], events))
    assert outcomes[0] == outcomes[1]
    messages, events = outcomes[0]
    return messages[0], events


def frames(app: FastAPI, target: str) -> int:
    """Return the number of Python frames that one request enters, after others have warmed the application up."""
    import asyncio

    async def count() -> int:
        for _ in range(3):
            await run(app, Seen(http_scope(target)))
        entered = 0

        def see(frame: Any, event: str, argument: object) -> None:
            nonlocal entered
            entered += event == "call"

        seen = Seen(http_scope(target))
        sys.setprofile(see)
        try:
            await run(app, seen)
        finally:
            sys.setprofile(None)
        assert seen.status < 500
        return entered

    return asyncio.run(count())


def test_all_functions_get_the_same_objects() -> None:
    def make(events: List[Any]) -> FastAPI:
        app = FastAPI(openapi_url=None)

        async def needed(connection: HTTPConnection, response: Response, tasks: BackgroundTasks) -> Any:
            return connection, response, tasks

        @app.get("/{n}")
        async def root(
            tasks: BackgroundTasks,
            n: int,
            needed: Annotated[Any, Depends(needed)],
            response: Response,
            request: Request,
        ) -> Any:
            same = [one is other for one, other in zip(needed, (request, response, tasks))]
            events.append((same, request.path_params, request.app is app, type(tasks) is BackgroundTasks))
            return n

        return app

    messages, events = on_both_ways(make)
    assert messages[1]["body"] == b"1"
    assert events == [([True, True, True], {"n": "1"}, True, True)]


# (status of the response, declared status) -> (status, headers, body)
STATUSES = [
    (None, None, 200, [(b"content-length", b"1"), (b"content-type", b"application/json"), (b"x-a", b"b")], b"1"),
    (201, None, 201, [(b"content-length", b"1"), (b"content-type", b"application/json"), (b"x-a", b"b")], b"1"),
    (None, 202, 202, [(b"content-length", b"1"), (b"content-type", b"application/json"), (b"x-a", b"b")], b"1"),
    (0, 202, 202, [(b"content-length", b"1"), (b"content-type", b"application/json"), (b"x-a", b"b")], b"1"),
    (0, None, 0, [(b"content-type", b"application/json"), (b"x-a", b"b")], b""),
    (204, 201, 204, [(b"content-type", b"application/json"), (b"x-a", b"b")], b""),
    (205, None, 205, [(b"content-length", b"1"), (b"content-type", b"application/json"), (b"x-a", b"b")], b""),
]


@pytest.mark.parametrize(("injected", "declared", "status", "headers", "body"), STATUSES)
def test_the_injected_response(injected: Any, declared: Any, status: int, headers: Any, body: bytes) -> None:
    def make(events: List[Any]) -> FastAPI:
        app = FastAPI(openapi_url=None)

        @app.get("/{n}", status_code=declared)
        async def root(n: int, response: Response) -> Any:
            response.headers["x-a"] = "b"
            response.status_code = injected
            return n

        return app

    messages, _ = on_both_ways(make)
    assert messages == [
        {"type": "http.response.start", "status": status, "headers": headers},
        {"type": "http.response.body", "body": body},
    ]


@pytest.mark.parametrize("returns_response", [False, True])
def test_background_tasks_run_after_the_answer(returns_response: bool) -> None:
    def make(events: List[Any]) -> FastAPI:
        app = FastAPI(openapi_url=None)

        async def task(name: str) -> None:
            events.append(name)

        def needed(tasks: BackgroundTasks) -> None:
            tasks.add_task(task, "dependency's")

        @app.get("/{n}")
        async def root(n: int, tasks: BackgroundTasks, needed: Annotated[None, Depends(needed)]) -> Any:
            tasks.add_task(task, "endpoint's")
            events.append("endpoint")
            return PlainTextResponse("made") if returns_response else n

        return app

    messages, events = on_both_ways(make)
    assert messages[1]["body"] == (b"made" if returns_response else b"1")
    assert events == ["endpoint", "dependency's", "endpoint's"]


def test_a_failing_task_raises_after_the_answer() -> None:
    def make(events: List[Any]) -> FastAPI:
        app = FastAPI(openapi_url=None)

        @app.exception_handler(ZeroDivisionError)
        async def handler(request: Request, error: Exception) -> Response:
            raise AssertionError("the response has begun")

        @app.get("/{n}")
        async def root(n: int, tasks: BackgroundTasks) -> Any:
            tasks.add_task(lambda: 1 // 0)
            return n

        return app

    messages, _ = on_both_ways(make)
    assert [message["type"] for message in messages] == ["http.response.start", "http.response.body"]


@pytest.mark.parametrize("stack", ["fastapi_function_astack", "fastapi_inner_astack", "fastapi_middleware_astack"])
@pytest.mark.parametrize("outcome", ["value", "response", "refused", "unhandled"])
def test_functions_push_on_the_stacks(stack: str, outcome: str) -> None:
    def make(events: List[Any]) -> FastAPI:
        app = FastAPI(openapi_url=None)

        @app.exception_handler(KeyError)
        async def handler(request: Request, error: Exception) -> Response:
            events.append("handler")
            return PlainTextResponse("refused", status_code=418)

        @app.get("/{n}")
        async def root(n: int, request: Request) -> Any:
            request.scope[stack].push(lambda kind, error, traceback: events.append((stack, kind)))
            if outcome == "refused":
                raise KeyError("refused")
            if outcome == "unhandled":
                raise ValueError("unhandled")
            return PlainTextResponse("made") if outcome == "response" else n

        return app

    _, events = on_both_ways(make)
    kind = {"refused": KeyError, "unhandled": ValueError}.get(outcome)
    is_outermost = stack == "fastapi_middleware_astack"
    left = (stack, None if is_outermost and outcome == "refused" else kind)
    expected = [left, "handler"] if outcome == "refused" else [left]
    assert events == (expected[::-1] if is_outermost else expected)


def test_scopes_are_made_for_each_function() -> None:
    def make(events: List[Any]) -> FastAPI:
        app = FastAPI(openapi_url=None)

        async def needed(scopes: SecurityScopes) -> List[str]:
            scopes.scopes.append("own")
            return list(scopes.scopes)

        @app.get("/{n}")
        async def root(
            n: int, found: Annotated[Any, Security(needed, scopes=["a", "b"])], scopes: SecurityScopes
        ) -> Any:
            return [found, scopes.scopes]

        return app

    for _ in range(2):
        assert on_both_ways(make)[0][1]["body"] == b'[["a","b","own"],[]]'


def change_query(request: Request) -> None:
    request.scope["query_string"] = b"q=changed"


def change_path(request: Request) -> None:
    request.scope["path_params"]["n"] = "changed"


def change_headers(request: Request) -> None:
    request.scope["headers"].append((b"x-h", b"changed"))


def change_cookies(request: Request) -> None:
    request.cookies["c"] = "changed"


# As in the real package, which keeps query, headers and cookies in the request before the first dependency.
CHANGES: Dict[Any, bytes] = {
    change_query: b'["1","sent","none","none"]',
    change_path: b'["changed","sent","none","none"]',
    change_headers: b'["1","sent","changed","none"]',
    change_cookies: b'["1","sent","none","changed"]',
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_dependency_changes_parameters(change: Callable[[Request], None]) -> None:
    def make(events: List[Any]) -> FastAPI:
        app = FastAPI(openapi_url=None)

        async def needed(request: Request) -> None:
            events.append("dependency")
            change(request)

        @app.get("/{n}")
        async def root(
            n: str,
            needed: Annotated[None, Depends(needed)],
            q: str = "none",
            x_h: Annotated[str, Header()] = "none",
            c: Annotated[str, Cookie()] = "none",
        ) -> Any:
            return [n, q, x_h, c]

        return app

    messages, events = on_both_ways(make, "/1?q=sent")
    assert messages[1]["body"] == CHANGES[change]
    assert events == ["dependency"]


def test_a_dependency_adds_an_override() -> None:
    def make(events: List[Any]) -> FastAPI:
        app = FastAPI(openapi_url=None)

        async def replaced() -> str:
            return "original"

        async def first(response: Response, tasks: BackgroundTasks) -> None:
            response.headers["x-a"] = "b"
            tasks.add_task(events.append, "task")
            app.dependency_overrides[replaced] = lambda: "override"

        @app.get("/{n}")
        async def root(n: int, first: Annotated[None, Depends(first)], found: Annotated[str, Depends(replaced)]) -> Any:
            return found

        return app

    messages, events = on_both_ways(make)
    assert messages[1]["body"] == b'"override"'
    assert (b"x-a", b"b") in messages[0]["headers"]
    assert events == ["task"]


@needs_core
@pytest.mark.skipif(sys.version_info < (3, 9), reason="other releases enter other frames")
def test_the_frames_of_a_request() -> None:
    app = FastAPI(openapi_url=None)

    @app.get("/request")
    async def with_request(request: Request) -> Any:
        return 1

    @app.get("/response")
    async def with_response(response: Response, tasks: BackgroundTasks) -> Any:
        return 1

    # The guided way enters more than 60.
    assert frames(app, "/request") <= 45
    assert frames(app, "/response") <= 35
