"""The exported plan: the frame of the core, and the answers that no code of the application sees or makes."""

from __future__ import annotations

import datetime
from base64 import b64decode
from marshal import loads
from typing import Any, Callable, Dict, List, Tuple

import pytest
from pydantic import BaseModel
from typing_extensions import Annotated

from fastapi import Body, Depends, FastAPI, Query, Request, _rust
from fastapi._plan_export import export_plan
from fastapi._version import __rs_version__
from fastapi._wasm import contract
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from fastapi.security import HTTPBearer

if not _rust.rust_available():
    pytest.skip("no core here", allow_module_level=True)


class Page(BaseModel):
    start: int = 0


def application(kind: Callable[..., FastAPI] = FastAPI) -> FastAPI:
    app = kind(openapi_url=None)

    @app.get("/items/{item_id}")
    async def read(item_id: int, q: str = "") -> None: ...

    @app.post("/items")
    async def create(name: Annotated[str, Body(embed=True)], limit: int = 1) -> None: ...

    @app.get("/users")
    async def users(user: Annotated[str, Depends(lambda: "a")], limit: int) -> None: ...

    @app.get("/days/{day}")
    async def days(day: datetime.date) -> None: ...

    @app.get("/pages")
    async def pages(page: Annotated[Page, Query()]) -> None: ...

    @app.get("/secret")
    async def secret(token: Annotated[Any, Depends(HTTPBearer())]) -> None: ...

    @app.get("/text/{n}", response_class=PlainTextResponse)
    async def text(n: int) -> None: ...

    @app.api_route("/both", methods=["GET", "PUT"])
    async def both() -> None: ...

    return app


def param(place: str, name: str, converted: bool = True) -> Dict[str, Any]:
    return {"in": place, "name": name, "converted": converted}


def routes_of(app: FastAPI) -> Dict[str, Any]:
    return {route["route"]: route for route in export_plan(app)["routes"]}


def test_head_of_the_document() -> None:
    document = export_plan(application())
    assert (document["format"], document["release"]) == (1, __rs_version__)
    assert (document["contract"], document["root_path"]) == (contract.CONTRACT_HASH, "")


def test_params() -> None:
    routes = routes_of(application())
    assert {title: route["params"] for title, route in routes.items()} == {
        "GET /items/{item_id}": [param("path", "item_id"), param("query", "q")],
        # The core also reads the Content-Type, for Python.
        "POST /items": [param("query", "limit"), None],
        "GET /users": [param("query", "limit")],
        "GET /days/{day}": [param("path", "day", converted=False)],
        "GET /pages": [None],
        "GET /secret": [None],
        # Guided: the application reads the parameters.
        "GET /text/{n}": None,
        "GET,PUT /both": [],
    }
    assert routes["GET /pages"]["unread"] == [{"in": "query", "name": "page"}]
    assert not [title for title, route in routes.items() if route["unread"] and title != "GET /pages"]


def test_refusals() -> None:
    json = ["content-type", "application/json"]
    document = export_plan(application())
    missing = {"status": 404, "headers": [["content-length", "22"], json], "body": '{"detail":"Not Found"}'}
    assert document["not_found"] == missing
    routes = {route["route"]: route for route in document["routes"]}
    assert routes["POST /items"]["method_not_allowed"] == {
        "status": 405,
        "headers": [["allow", "POST"], ["content-length", "31"], json],
        "body": '{"detail":"Method Not Allowed"}',
    }
    invalid = {"status": 422, "headers": [["content-length", "13"], json]}
    assert routes["GET /items/{item_id}"]["invalid"] == invalid


def test_only_the_application_refuses_in_doubt() -> None:
    routes = routes_of(application())
    assert [title for title, route in routes.items() if route["invalid"]] == ["GET /items/{item_id}", "GET,PUT /both"]
    # The header Allow has the order of a set.
    assert [title for title, route in routes.items() if not route["method_not_allowed"]] == ["GET,PUT /both"]


def test_mounts_and_documentation_have_no_refusals() -> None:
    app = FastAPI()
    app.mount("/sub", application())
    for route in export_plan(app)["routes"]:
        assert (route["params"], route["method_not_allowed"], route["invalid"]) == (None, None, None)


def test_the_core_loads_the_plan() -> None:
    frame = b64decode(export_plan(application())["plan"])
    version, _, routes = loads(frame)
    assert version == contract.PLAN_VERSION
    assert [route[1] for route in routes][:3] == ["/items/{item_id}", "/items", "/users"]
    instance = _rust._require_core().host.instance(contract.EXPORTS)
    assert instance.exchange("load_plan", frame) == 0
    instance.close()


def with_handler(error: Any) -> Callable[[FastAPI], None]:
    def apply(app: FastAPI) -> None:
        @app.exception_handler(error)
        async def handle(request: Request, error: Exception) -> JSONResponse:
            return JSONResponse({})

    return apply


def with_middleware(app: FastAPI) -> None:
    @app.middleware("http")
    async def add_header(request: Request, call_next: Any) -> Any:
        return await call_next(request)


def with_default(app: FastAPI) -> None:
    app.router.default = PlainTextResponse("none")


# For each change: whether the document has the answers 404, 405 and 422.
CHANGES: Dict[str, Tuple[Callable[[FastAPI], None], List[bool]]] = {
    "nothing": (lambda app: None, [True, True, True]),
    "handler of invalid requests": (with_handler(RequestValidationError), [True, True, False]),
    "handler of 404": (with_handler(404), [False, True, True]),
    "handler of 405": (with_handler(405), [True, False, True]),
    "another default": (with_default, [False, True, True]),
    "middleware": (with_middleware, [False, False, False]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_answers_that_code_of_the_application_sees(change: str) -> None:
    apply, expected = CHANGES[change]
    app = application()
    apply(app)
    assert answers_of(app) == expected


def answers_of(app: FastAPI) -> List[bool]:
    document = export_plan(app)
    route = document["routes"][0]
    return [answer is not None for answer in (document["not_found"], route["method_not_allowed"], route["invalid"])]


def test_a_class_that_sees_every_request() -> None:
    class Counting(FastAPI):
        async def __call__(self, *arguments: Any) -> None:
            await super().__call__(*arguments)

    assert answers_of(application(Counting)) == [False, False, False]


def test_replaced_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(JSONResponse, "render", lambda self, content: b"{}")
    assert answers_of(application()) == [False, False, False]


def test_without_the_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_rust, "rust_available", lambda: False)
    with pytest.raises(_rust.RustExtensionError, match="the routes are not planned: "):
        export_plan(application())
