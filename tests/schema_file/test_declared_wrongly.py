"""Declarations that could never work are refused when the route is declared."""

from __future__ import annotations

from typing import Any

import pytest
from typing_extensions import Annotated

from fastapi import (
    APIRouter,
    Depends,
    FastAPI,
    ParamsSchemaError,
    WebSocket,
    load_params_schema,
    param_factory,
    reload_params_schema,
)
from tests.planned.asgi import call
from tests.schema_file.conftest import WriteFile

FILE = """\
version: 1
endpoints:
  e:
    params:
      item_id: {in: path, type: int}
      other: {in: path, type: int, alias: that}
      q: {in: query, type: str, default: ""}
"""


@pytest.fixture(autouse=True)
def loaded(write: WriteFile) -> str:
    path = write(FILE)
    load_params_schema(path)
    return path


def reading(param: str) -> Any:
    async def read(value: Any = param_factory("e", param)) -> Any:
        return value

    return read


def test_a_path_that_lacks_the_parameter() -> None:
    app = FastAPI()
    with pytest.raises(ParamsSchemaError) as caught:
        app.get("/a/{id}")(reading("item_id"))
    message = str(caught.value)
    assert (
        "params_schema.yaml:5:7: endpoint e, parameter item_id, field in: the file reads 'item_id' from the path"
        in message
    )
    assert "the path '/a/{id}' has no {item_id}; allowed: id" in message
    with pytest.raises(ParamsSchemaError, match="the path '/{other}' has no {that}"):
        app.get("/{other}")(reading("other"))
    assert [route.path for route in app.routes if "open" not in route.path and "docs" not in route.path] == ["/redoc"]
    app.get("/{that}")(reading("other"))
    assert call(app, "/3").body == b"3"


def test_a_dependency_whose_route_lacks_the_parameter() -> None:
    app = FastAPI()
    with pytest.raises(ParamsSchemaError, match="the path '/b' has no {item_id}"):

        @app.get("/b")
        async def endpoint(value: Any = Depends(reading("item_id"))) -> None: ...


def test_a_websocket_that_lacks_the_parameter() -> None:
    app = FastAPI()
    with pytest.raises(ParamsSchemaError, match="the path '/ws' has no {item_id}"):

        @app.websocket("/ws")
        async def listen(websocket: WebSocket, item_id: int = param_factory("e", "item_id")) -> None: ...


def test_a_router_gets_the_parameter_from_where_it_is_included() -> None:
    inner, outer, app = APIRouter(), APIRouter(), FastAPI()
    inner.get("/a")(reading("item_id"))
    outer.include_router(inner, prefix="/inner")
    with pytest.raises(ParamsSchemaError, match="the path '/x/inner/a' has no {item_id}"):
        app.include_router(outer, prefix="/x")
    app.include_router(outer, prefix="/{item_id}")
    assert call(app, "/4/inner/a").body == b"4"


def test_a_changed_file_that_reads_from_a_path_without_it_is_refused(write: WriteFile, caplog: Any) -> None:
    app, router = FastAPI(), APIRouter()
    app.get("/q")(reading("q"))
    router.get("/r")(reading("q"))
    app.include_router(router)
    assert call(app, "/r?q=a").body == b'"a"'
    write(FILE.replace('{in: query, type: str, default: ""}', "{in: path, type: str}"))
    assert reload_params_schema() is False
    assert "has no {q}" in caplog.text
    assert call(app, "/q?q=a").body == call(app, "/r?q=a").body == b'"a"'


@pytest.mark.parametrize("annotation", [Any, Annotated[str, param_factory], None])
def test_a_factory_that_is_not_called(annotation: Any) -> None:
    app = FastAPI()

    async def endpoint(q: Any = param_factory) -> None: ...

    if annotation is not Any:
        endpoint.__annotations__["q"] = annotation
        endpoint.__defaults__ = () if annotation is not None else (param_factory,)
    with pytest.raises(
        ParamsSchemaError, match="parameter q: param_factory has to be called: write `= param_factory.*"
    ):
        app.get("/c")(endpoint)


@pytest.mark.parametrize("made", [lambda: param_factory("e", "q"), lambda: param_factory])
def test_a_parameter_is_no_dependency(made: Any) -> None:
    app = FastAPI()
    with pytest.raises(ParamsSchemaError, match="declares no dependency: write|has to be called"):

        @app.get("/c")
        async def as_default(q: Any = Depends(made())) -> None: ...

    async def in_annotation(q: Any) -> None: ...

    in_annotation.__annotations__["q"] = Annotated[str, Depends(made())]
    with pytest.raises(ParamsSchemaError, match="declares no dependency: write|has to be called"):
        app.get("/c")(in_annotation)


def test_a_misspelt_place() -> None:
    with pytest.raises(ParamsSchemaError, match="'heder' is no place of a request and no type; did you mean header"):
        param_factory("e", "q", param_type="heder")
    with pytest.raises(ParamsSchemaError, match="there is no type 'flot'; did you mean float"):
        param_factory("e", "q", param_type="flot")
