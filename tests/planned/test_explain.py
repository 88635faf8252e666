"""The output of `fastapi-rs explain`: the way of each operation, the converter of each value, and the reason.

python -m tests.planned.test_explain      writes tests/planned/explain.txt again
"""

import sys
from datetime import date
from pathlib import Path
from typing import Any, AsyncIterator, Callable, Iterator, List, Optional

import pytest
from pydantic import AfterValidator, BaseModel
from starlette.convertors import CONVERTOR_TYPES, StringConvertor
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse
from starlette.routing import Host
from typing_extensions import Annotated

import fastapi.routing
from fastapi import (
    APIRouter,
    BackgroundTasks,
    Body,
    Depends,
    FastAPI,
    Form,
    Query,
    Request,
    Response,
    WebSocket,
)
from fastapi._doctor import main
from fastapi._routing.planning.explain import explain
from fastapi.routing import APIRoute
from fastapi.security import SecurityScopes
from fastapi.sse import EventSourceResponse
from tests.planned.applications import make_app

STORED = Path(__file__).with_name("explain.txt")


def test_the_print_is_as_stored() -> None:
    # Older releases of Pydantic keep the limits of a float as written, or convert them to floats.
    printed = [line.replace("gt 0.0", "gt 0") for line in explain(make_app())]
    assert printed == STORED.read_text(encoding="utf-8").splitlines()


EXAMPLE = """
from fastapi import FastAPI

class Namespace:
    app = FastAPI(openapi_url=None)

@Namespace.app.get("/")
async def read(q: str = ""):
    return q
"""


def test_the_command(capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "example_of_explain.py").write_text(EXAMPLE, encoding="utf-8")
    monkeypatch.setattr("sys.path", list(sys.path))
    monkeypatch.chdir(tmp_path)
    assert main(["explain", "example_of_explain:Namespace.app"]) == 0
    assert capsys.readouterr().out.startswith(
        "GET /: planned\n"
        "    query q: the core converts str\n"
        "    endpoint read\n"
        "    answer: the core writes plain values\n"
        "stand-ins:\n"
        "    raw call: "
    )


# ── Reasons ──


class OwnRoute(APIRoute):
    pass


class MatchingRoute(APIRoute):
    def matches(self, scope: Any) -> Any:
        return super().matches(scope)


class MatchingRouter(APIRouter):
    def matches(self, scope: Any) -> Any:
        return super().matches(scope)


class Model(BaseModel):
    a: int = 0


class Unhashable:
    __hash__ = None  # type: ignore[assignment]

    def __call__(self) -> int:
        return 1


async def plain() -> int:
    return 1


def generating() -> Iterator[int]:
    yield 1


class Generating:
    def __call__(self) -> Iterator[int]:
        yield 1


async def reads_body(n: Annotated[int, Body()]) -> int:
    return n


async def reads_date(day: date) -> date:
    return day


async def makes_default(n: Annotated[int, Query(default_factory=int)]) -> int:
    return n


def adding(endpoint: Callable[..., Any], path: str = "/x", **options: Any) -> Callable[[FastAPI], None]:
    return lambda app: app.add_api_route(path, endpoint, **options)


def asking(annotation: Any, **options: Any) -> Callable[[FastAPI], None]:
    """Return a function that adds an operation whose endpoint has one parameter, `p`."""

    async def asks(p: Any) -> None:
        pass

    asks.__annotations__["p"] = annotation
    return adding(asks, **options)


def add_handler_of_its_own(app: FastAPI) -> None:
    app.add_api_route("/x", plain)
    app.router.routes[-1].app = app.router.routes[-1].app.__call__  # type: ignore[attr-defined]


def add_with_handle(app: FastAPI) -> None:
    app.add_api_route("/x", plain)
    app.router.routes[-1].handle = app.router.routes[-1].handle  # type: ignore[method-assign]


def add_and_change(app: FastAPI) -> None:
    app.add_api_route("/x", plain)
    app.router.routes[-1].status_code = 201  # type: ignore[attr-defined]


def add_and_move(app: FastAPI) -> None:
    app.add_api_route("/x", plain)
    app.router.routes[-1].path = "/y"  # type: ignore[attr-defined]


def add_outside(app: FastAPI) -> None:
    app.router.routes.append(APIRoute("/x", plain))


def add_custom_route(app: FastAPI) -> None:
    app.router.add_api_route("/x", plain, route_class_override=OwnRoute)


def add_matching_route(app: FastAPI) -> None:
    app.router.routes.append(MatchingRoute("/x", plain))


def add_matching_router(app: FastAPI) -> None:
    router = MatchingRouter()
    router.add_api_route("/x", plain)
    app.include_router(router)


def add_websocket(app: FastAPI) -> None:
    @app.websocket("/x")
    async def listen(websocket: WebSocket) -> None:
        await websocket.accept()


def mount(app: FastAPI) -> None:
    app.mount("/x", FastAPI())


def add_convertor(app: FastAPI) -> None:
    class Word(StringConvertor):
        regex = "[a-z]+"

    CONVERTOR_TYPES["word_of_explain"] = Word()
    try:
        app.add_api_route("/x/{p:word_of_explain}", plain)
    finally:
        del CONVERTOR_TYPES["word_of_explain"]


def add_unbuildable(app: FastAPI) -> None:
    router = APIRouter()
    app.include_router(router, prefix="/{p}")

    @router.get("/x")
    async def late(p: Annotated[int, Query()]) -> None:
        pass


async def streaming() -> AsyncIterator[int]:
    yield 1


async def streaming_with_response(response: Response) -> AsyncIterator[int]:
    yield 1


REASONS: List[Any] = [
    ("GET /x: guided (a custom route class: OwnRoute)", add_custom_route),
    ("GET /x: guided (its handler was replaced)", add_handler_of_its_own),
    ("GET /x: guided (its handler was replaced)", add_with_handle),
    ("GET /x: guided (an attribute was changed after its handler was built)", add_and_change),
    ("APIRoute /y: exact way (its path was changed after it was built)", add_and_move),
    ("GET /x: guided (a response class of its own)", adding(plain, response_class=PlainTextResponse)),
    (
        "GET /x: guided (status 205, which Starlette sends with the length of a body that it does not send)",
        adding(plain, status_code=205, response_model=None),
    ),
    ("GET /x: guided (a route outside of any application)", add_outside),
    ("MatchingRoute /x: exact way (MatchingRoute decides what matches)", add_matching_route),
    ("_IncludedRouter: exact way (the included MatchingRouter decides what matches)", add_matching_router),
    ("WS /x: exact way (a WebSocket)", add_websocket),
    ("GET /x/{p:word_of_explain}: exact way (a path parameter has a convertor of its own)", add_convertor),
    ("* /x/{path:path}: mounted (the core selects it, its application answers)", mount),
    ("Host: exact way (a Host)", lambda app: app.router.routes.append(Host("x.org", FastAPI()))),
    ("GET,HEAD /x: exact way (a plain Starlette route)", lambda app: app.add_route("/x", plain)),
    ("GET /x: planned", asking(Request)),
    ("GET /x: planned", asking(HTTPConnection)),
    ("GET /x: planned", asking(Response)),
    ("GET /x: planned", asking(BackgroundTasks)),
    ("GET /x: planned", asking(SecurityScopes)),
    ("GET /x: guided (asking.<locals>.asks asks for the websocket as p)", asking(WebSocket)),
    ("GET /x: planned", asking(Annotated[int, Depends(generating)])),
    (
        "GET /x: guided (Generating.__call__ yields, and is no plain function)",
        asking(Annotated[int, Depends(Generating().__call__)]),
    ),
    (
        "POST /x: guided (the dependency reads_body reads the body)",
        asking(Annotated[int, Depends(reads_body)], methods=["POST"]),
    ),
    (
        "GET /x: guided (a dependency has a parameter that only Pydantic converts: day)",
        asking(Annotated[date, Depends(reads_date)]),
    ),
    (
        "GET /x: guided (a dependency has a parameter with a default factory: n)",
        asking(Annotated[int, Depends(makes_default)]),
    ),
    (
        "GET /x: guided (plain is called anew wherever it is asked for)",
        asking(Annotated[int, Depends(plain, use_cache=False)]),
    ),
    (
        "GET /x: planned",
        asking(Annotated[Model, Query()]),
    ),
    ("GET /x: planned", adding(streaming)),
    (
        "GET /x: guided (a stream of an endpoint with a body, an object of the request or a dependency that yields)",
        adding(streaming_with_response),
    ),
    ("GET /x: guided (a stream of events)", adding(streaming, response_class=EventSourceResponse)),
    ("GET /x: guided (a dependency is not hashable)", asking(Annotated[int, Depends(Unhashable())])),
    (
        "GET /x: guided (plain has a max_concurrency)",
        asking(Annotated[int, Depends(plain, max_concurrency=2)]),
    ),
    ("POST /x: guided (a body limit)", adding(plain, methods=["POST"], max_body_size=10)),
]


@pytest.mark.parametrize(("line", "add"), REASONS)
def test_reasons_for_the_exact_way(line: str, add: Callable[[FastAPI], None]) -> None:
    app = FastAPI(openapi_url=None)
    add(app)
    assert next(iter(explain(app))) == line


def test_a_router_whose_routes_cannot_be_built() -> None:
    app = FastAPI(openapi_url=None)
    add_unbuildable(app)
    (line,) = explain(app)
    assert line.startswith("_IncludedRouter: exact way (its routes cannot be built: AssertionError(")


def test_a_form() -> None:
    pytest.importorskip("python_multipart")
    app = FastAPI(openapi_url=None)
    asking(Annotated[int, Form()], methods=["POST"])(app)
    assert list(explain(app))[:3] == [
        "POST /x: planned",
        "    header content-type: the core converts str",
        "    form p: the core converts int",
    ]


def test_a_form_of_a_dependency_that_only_pydantic_reads() -> None:
    app = FastAPI(openapi_url=None)

    async def dependency(model: Annotated[Model, Form()]) -> None:
        pass

    asking(Annotated[None, Depends(dependency)], methods=["POST"])(app)
    assert list(explain(app)) == ["POST /x: guided (a dependency takes a field of a form that only Pydantic reads)"]


def test_a_form_of_a_dependency_that_only_pydantic_converts() -> None:
    app = FastAPI(openapi_url=None)

    async def dependency(n: Annotated[int, AfterValidator(abs), Form()]) -> None:
        pass

    asking(Annotated[None, Depends(dependency)], methods=["POST"])(app)
    assert list(explain(app)) == [
        "POST /x: guided (a dependency takes a field of a form that only Pydantic converts: n)"
    ]


def test_a_form_with_limits_of_an_included_router() -> None:
    app, router = FastAPI(openapi_url=None), APIRouter(form_limits={"max_fields": 2})

    @router.post("/x")
    async def read(p: Annotated[int, Form()]) -> None:
        pass

    app.include_router(router)
    assert list(explain(app)) == ["POST /x: guided (a form, with limits of an included router)"]


def test_a_replaced_convertor(monkeypatch: pytest.MonkeyPatch) -> None:
    class Word(StringConvertor):
        regex = "[a-z]+"

    monkeypatch.setitem(CONVERTOR_TYPES, "str", Word())
    assert list(explain(FastAPI(openapi_url=None))) == ["*: exact way (a convertor of Starlette's was replaced)"]


def test_patched_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    app = FastAPI(openapi_url=None)
    app.add_api_route("/x", plain)
    monkeypatch.setattr(fastapi.routing, "solve_dependencies", lambda **given: None)
    assert list(explain(app)) == ["GET /x: guided (its handler was replaced)"]


OPAQUES: List[Any] = [
    (date, "date"),
    (Annotated[str, Query(pattern="^a")], "str with pattern"),
    (Annotated[int, Query(strict=True, ge=2**60)], "int with ge, strict"),
    (Annotated[List[date], Query()], "a list of date"),
    (Annotated[List[Optional[int]], Query()], "a list of nullable"),
    (Annotated[int, Query(validate_default=True)], "its default is validated, or its validation is watched"),
]


@pytest.mark.parametrize(("annotation", "why"), OPAQUES)
def test_reasons_for_values_that_pydantic_converts(annotation: Any, why: str) -> None:
    app = FastAPI(openapi_url=None)
    asking(annotation)(app)
    text = "list of text" if "list" in why else "text"
    assert list(explain(app))[1] == f"    query p: the core reads {text}, Pydantic converts it ({why})"


if __name__ == "__main__":
    STORED.write_text("\n".join(explain(make_app())) + "\n", encoding="utf-8")
