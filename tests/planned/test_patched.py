"""Every request calls patched functions, as on the exact way: a plan leaves none of them out."""

import inspect
from typing import Any, Dict, List, Tuple

import pytest
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.routing import Mount, Route, Router
from typing_extensions import Annotated

import fastapi.routing
from fastapi import APIRouter, Body, Depends, FastAPI, _rust
from fastapi._routing.planning.explain import explain
from fastapi.routing import APIRoute
from tests.planned.asgi import answered_by_core, call

needs_core = pytest.mark.skipif(not _rust.rust_available(), reason="FASTAPI_RS_MODE=python has no core")
JSON = [(b"content-type", b"application/json")]


class Item(BaseModel):
    a: int


def make_app() -> FastAPI:
    app = FastAPI()

    @app.get("/plain")
    async def plain():
        return {"hello": "world"}

    @app.get("/sync")
    def sync():
        return 1

    router = APIRouter()

    @router.get("/included")
    async def included():
        return 2

    app.include_router(router, prefix="/v1")
    return app


TARGETS = ("/plain", "/sync", "/v1/included")


def answers(app: FastAPI) -> List[Tuple[int, bytes]]:
    return [(seen.status, seen.body) for seen in (call(app, target) for target in TARGETS)]


def counting(function: Any, calls: List[str]) -> Any:
    if inspect.iscoroutinefunction(function):

        async def counted(*args: Any, **kwargs: Any) -> Any:
            calls.append(function.__name__)
            return await function(*args, **kwargs)
    else:

        def counted(*args: Any, **kwargs: Any) -> Any:
            calls.append(function.__name__)
            return function(*args, **kwargs)

    return counted


# The number of calls by the real package for each of the three requests.
METHODS = [
    (APIRoute, "handle", [1, 1, 1]),
    (Route, "handle", [1, 1, 0]),
    (Router, "__call__", [1, 1, 1]),
    (APIRouter, "matches", [0, 0, 1]),
    (APIRouter, "handle", [0, 0, 1]),
]
FUNCTIONS = [
    ("solve_dependencies", [1, 1, 1]),
    ("run_endpoint_function", [1, 1, 1]),
    ("serialize_response", [1, 1, 1]),
    ("run_in_threadpool", [0, 1, 0]),
    ("jsonable_encoder", [1, 1, 1]),
]


@pytest.mark.parametrize("kind, name, expected", METHODS)
def test_methods_patched_before_the_first_request(
    monkeypatch: pytest.MonkeyPatch, kind: Any, name: str, expected: List[int]
) -> None:
    calls: List[str] = []
    monkeypatch.setattr(kind, name, counting(getattr(kind, name), calls))
    app = make_app()
    assert calls_per_request(app, calls) == expected


@pytest.mark.parametrize("name, expected", FUNCTIONS)
@pytest.mark.parametrize("first", ["request", "patch"])
def test_functions_patched_at_any_time(
    monkeypatch: pytest.MonkeyPatch, name: str, expected: List[int], first: str
) -> None:
    calls: List[str] = []
    app = make_app()
    if first == "request":
        answers(app)
    with monkeypatch.context() as patch:
        patch.setattr(fastapi.routing, name, counting(getattr(fastapi.routing, name), calls))
        assert calls_per_request(app, calls) == expected
    assert calls_per_request(app, calls) == [0, 0, 0]


def calls_per_request(app: FastAPI, calls: List[str]) -> List[int]:
    counts = []
    for target in TARGETS:
        calls.clear()
        assert call(app, target).status == 200
        counts.append(len(calls))
    return counts


@needs_core
def test_the_core_answers_again_when_the_patch_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app()
    expected = answers(app)
    with monkeypatch.context() as patch:
        patch.setattr(fastapi.routing, "serialize_response", counting(fastapi.routing.serialize_response, []))
        assert answers(app) == expected
        assert not any(": planned" in line for line in explain(app))
    assert any(": planned" in line for line in explain(app))
    before = answered_by_core()
    assert answers(app) == expected
    assert answered_by_core() > before


def test_a_replaced_middleware_stack_of_the_router_is_called() -> None:
    calls: List[str] = []
    app = make_app()
    app.router.middleware_stack = counting(app.router.middleware_stack, calls)
    assert calls_per_request(app, calls) == [1, 1, 1]


def names_of_built_handlers(monkeypatch: pytest.MonkeyPatch) -> List[str]:
    names: List[str] = []
    original = fastapi.routing.get_request_handler

    def get_request_handler(*args: Any, **kwargs: Any) -> Any:
        names.append(kwargs["dependant"].call.__name__)
        return original(*args, **kwargs)

    monkeypatch.setattr(fastapi.routing, "get_request_handler", get_request_handler)
    return names


def test_handlers_of_inclusions_are_built_with_a_patch_that_comes_after_the_first_request(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As with Sentry, initialised late: it traces only handlers that are not built yet."""
    app = make_app()
    assert call(app, "/plain").status == 200
    names = names_of_built_handlers(monkeypatch)
    answers(app)
    assert names == ["included"]


def test_handlers_of_inclusions_that_have_answered_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app()
    answers(app)
    calls: List[str] = []
    monkeypatch.setattr(fastapi.routing, "get_request_handler", counting(fastapi.routing.get_request_handler, calls))
    assert calls_per_request(app, calls) == [0, 0, 0]


# Bodies for which the tracing of Logfire showed a difference.


def make_body_app() -> FastAPI:
    app = FastAPI()

    def embedded(i: Annotated[Item, Body(embed=True)]) -> Item:
        return i

    @app.post("/both")
    async def both(i: Item, d: Annotated[Item, Depends(embedded)]) -> Any:
        return [d, i]

    @app.post("/one")
    async def one(i: Item, q: int = 1) -> Any:
        return i

    return app


@pytest.mark.parametrize(
    "body, status, found",
    [
        (b'{"a": 1, "i": {"a": 2}}', 200, b'[{"a":2},{"a":1}]'),
        (b'{"a": 1}', 422, b'"loc":["body","i"]'),
        (b'{"i": {"a": 1}}', 422, b'"loc":["body","a"]'),
    ],
)
def test_the_only_body_parameter_of_a_dependency_is_embedded(body: bytes, status: int, found: bytes) -> None:
    seen = call(make_body_app(), "/both", method="POST", headers=JSON, body=body)
    assert seen.status == status
    assert found in seen.body


@pytest.mark.parametrize("body", [b'{"a": "x"}', b"[1]", b"null", b""])
def test_the_value_of_an_invalid_body_is_null(monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    values: List[Dict[str, Any]] = []
    original = fastapi.routing.solve_dependencies

    async def solve_dependencies(**kwargs: Any) -> Any:
        solved = await original(**kwargs)
        values.append(solved.values)
        return solved

    monkeypatch.setattr(fastapi.routing, "solve_dependencies", solve_dependencies)
    assert call(make_body_app(), "/one", method="POST", headers=JSON, body=body).status == 422
    assert values == [{"q": 1, "i": None}]


# Telemetry of mounted applications, for which OpenTelemetry's instrumentor showed a difference.


@pytest.mark.parametrize("root_path, route", [("", "/hello/{name}"), ("/proxy", "/proxy/hello/{name}")])
def test_the_path_of_an_unrecorded_mount_is_not_part_of_the_route(root_path: str, route: str) -> None:
    trace = pytest.importorskip("opentelemetry.sdk.trace")
    export = pytest.importorskip("opentelemetry.sdk.trace.export")
    memory = pytest.importorskip("opentelemetry.sdk.trace.export.in_memory_span_exporter")
    exporter, provider = memory.InMemorySpanExporter(), trace.TracerProvider()
    provider.add_span_processor(export.SimpleSpanProcessor(exporter))
    child = FastAPI(telemetry={"tracer_provider": provider, "operation_spans": False})

    @child.get("/hello/{name}")
    async def hello(name: str) -> str:
        return name

    app = Starlette(routes=[Mount("/tenants/{tenant}", app=child)])
    assert call(app, f"{root_path}/tenants/acme/hello/you", root_path=root_path).status == 200
    assert [span.attributes["http.route"] for span in exporter.get_finished_spans()] == [route]


def test_the_documentation_builds_handlers_of_inclusions(monkeypatch: pytest.MonkeyPatch) -> None:
    """A later patch does not reach the handlers of documented routes."""
    app = make_app()
    app.openapi()
    names = names_of_built_handlers(monkeypatch)
    answers(app)
    assert names == []
