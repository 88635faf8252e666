"""The OpenAPI document and the pages that show it."""

import json
from decimal import Decimal
from typing import Any, Dict, List, Optional, Union

import pytest
from pydantic import BaseModel, Field
from typing_extensions import Annotated

from fastapi import APIRouter, Body, Cookie, Depends, FastAPI, File, Form, Header, Path, Query, UploadFile
from fastapi._changes import changes
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html, get_swagger_ui_oauth2_redirect_html
from fastapi.openapi.utils import get_openapi, get_openapi_path
from fastapi.routing import iter_route_contexts
from tests.framework.support import client

VALIDATION = {
    "description": "Validation Error",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/HTTPValidationError"}}},
}


class Item(BaseModel):
    name: str
    price: Optional[float] = None


class Both(BaseModel):
    value: Decimal


def parts_equal(whole: Any, part: Any) -> bool:
    """Tell whether all that `part` names is in `whole`: Pydantic's releases add to a schema, but do not change it."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(key in whole and parts_equal(whole[key], part[key]) for key in part)
    if isinstance(part, list):
        return len(whole) == len(part) and all(map(parts_equal, whole, part))
    return bool(whole == part)


def test_a_whole_document():
    app = FastAPI(
        title="Shop",
        version="2",
        summary="sells",
        description="All",
        contact={"name": "me", "email": "me@example.org"},
        license_info={"name": "MIT", "identifier": "MIT"},
        terms_of_service="https://example.org/terms",
        servers=[{"url": "https://example.org"}],
        openapi_tags=[{"name": "items", "description": "Things"}],
        openapi_external_docs={"url": "https://example.org/more"},
    )

    @app.get("/items/{n}", tags=["items"], status_code=200)
    def read_item(
        n: int = Path(ge=1), q: Optional[str] = Query(default=None, max_length=5), x_h: str = Header()
    ) -> Item:
        """Read an item.

        At length.
        """
        return Item(name="x")

    assert client(app).get("/openapi.json").json() == {
        "openapi": "3.1.0",
        "info": {
            "title": "Shop",
            "summary": "sells",
            "description": "All",
            "termsOfService": "https://example.org/terms",
            "contact": {"name": "me", "email": "me@example.org"},
            "license": {"name": "MIT", "identifier": "MIT"},
            "version": "2",
        },
        "servers": [{"url": "https://example.org"}],
        "tags": [{"name": "items", "description": "Things"}],
        "externalDocs": {"url": "https://example.org/more"},
        "paths": {
            "/items/{n}": {
                "get": {
                    "tags": ["items"],
                    "summary": "Read Item",
                    "description": "Read an item.\n\nAt length.",
                    "operationId": "read_item_items__n__get",
                    "parameters": [
                        {
                            "name": "n",
                            "in": "path",
                            "required": True,
                            "schema": {"type": "integer", "minimum": 1, "title": "N"},
                        },
                        {
                            "name": "q",
                            "in": "query",
                            "required": False,
                            "schema": {"anyOf": [{"type": "string", "maxLength": 5}, {"type": "null"}], "title": "Q"},
                        },
                        {
                            "name": "x-h",
                            "in": "header",
                            "required": True,
                            "schema": {"type": "string", "title": "X-H"},
                        },
                    ],
                    "responses": {
                        "200": {
                            "description": "Successful Response",
                            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}},
                        },
                        "422": VALIDATION,
                    },
                }
            }
        },
        "components": {
            "schemas": {
                "HTTPValidationError": {
                    "properties": {
                        "detail": {
                            "items": {"$ref": "#/components/schemas/ValidationError"},
                            "type": "array",
                            "title": "Detail",
                        }
                    },
                    "type": "object",
                    "title": "HTTPValidationError",
                },
                "Item": {
                    "properties": {
                        "name": {"type": "string", "title": "Name"},
                        "price": {"anyOf": [{"type": "number"}, {"type": "null"}], "title": "Price"},
                    },
                    "type": "object",
                    "required": ["name"],
                    "title": "Item",
                },
                "ValidationError": {
                    "properties": {
                        "loc": {
                            "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
                            "type": "array",
                            "title": "Location",
                        },
                        "msg": {"type": "string", "title": "Message"},
                        "type": {"type": "string", "title": "Error Type"},
                        "input": {"title": "Input"},
                        "ctx": {"type": "object", "title": "Context"},
                    },
                    "type": "object",
                    "required": ["loc", "msg", "type"],
                    "title": "ValidationError",
                },
            }
        },
    }


def body_model(item: Item):
    """Not called."""


def body_embedded(item: Item = Body(embed=True)):
    """Not called."""


def body_optional(item: Optional[Item] = None):
    """Not called."""


def body_list(items: List[Item]):
    """Not called."""


def form_fields(a: str = Form(), b: int = Form(default=1)):
    """Not called."""


def form_files(f: UploadFile, g: bytes = File(), h: List[UploadFile] = File(default=[])):
    """Not called."""


FILE = {"type": "string", "contentMediaType": "application/octet-stream"}


@pytest.mark.parametrize(
    "endpoint, required, media_type, schema",
    [
        (body_model, True, "application/json", {"$ref": "#/components/schemas/Item"}),
        (body_embedded, True, "application/json", {"$ref": "#/components/schemas/Body_body_embedded__post"}),
        (body_optional, None, "application/json", {"anyOf": [{"$ref": "#/components/schemas/Item"}, {"type": "null"}]}),
        (body_list, True, "application/json", {"items": {"$ref": "#/components/schemas/Item"}, "type": "array"}),
        (
            form_fields,
            True,
            "application/x-www-form-urlencoded",
            {"$ref": "#/components/schemas/Body_form_fields__post"},
        ),
        (form_files, True, "multipart/form-data", {"$ref": "#/components/schemas/Body_form_files__post"}),
    ],
)
def test_request_bodies(endpoint, required, media_type, schema):
    app = FastAPI()
    app.post("/")(endpoint)
    body = app.openapi()["paths"]["/"]["post"]["requestBody"]
    assert body.get("required") == required
    assert list(body["content"]) == [media_type]
    assert parts_equal(body["content"][media_type]["schema"], schema)


def test_schemas_of_files():
    app = FastAPI()
    app.post("/")(form_files)
    schema = app.openapi()["components"]["schemas"]["Body_form_files__post"]
    assert schema["required"] == ["f", "g"]
    assert parts_equal(
        schema["properties"], {"f": FILE, "g": FILE, "h": {"type": "array", "items": FILE, "title": "H"}}
    )


def test_models_read_and_written_have_two_schemas_by_default():
    def endpoint(both: Both) -> Both:
        return both

    def names(**options: Any) -> List[str]:
        app = FastAPI(**options)
        app.post("/")(endpoint)
        return sorted(name for name in app.openapi()["components"]["schemas"] if "Both" in name)

    assert names() == ["Both-Input", "Both-Output"]
    assert names(separate_input_output_schemas=False) == ["Both"]


class Described(BaseModel):
    a: int = Field(description="A number", examples=[1, 2])


def test_metadata_of_parameters():
    app = FastAPI()

    @app.get("/{p}")
    def endpoint(
        p: Annotated[str, Path(title="T", description="D", deprecated=True)],
        q: Annotated[int, Query(alias="the-q", openapi_examples={"one": {"value": 1}}, examples=[1])],
        c: Annotated[Optional[str], Cookie(include_in_schema=False)] = None,
        s: Annotated[str, Query(json_schema_extra={"x-more": 1}, pattern="^a")] = "a",
        d: Annotated[Dict[str, int], Body(description="whole", examples=[{"a": 1}])] = {},  # noqa: B006
    ):
        """Not called."""

    operation = app.openapi()["paths"]["/{p}"]["get"]
    path, query, extra = operation["parameters"]
    assert parts_equal(
        path, {"name": "p", "description": "D", "deprecated": True, "schema": {"title": "T", "description": "D"}}
    )
    assert parts_equal(query, {"name": "the-q", "examples": {"one": {"value": 1}}, "schema": {"examples": [1]}})
    assert parts_equal(extra, {"name": "s", "schema": {"x-more": 1, "pattern": "^a", "default": "a"}})
    assert operation["requestBody"]["content"]["application/json"]["schema"]["examples"] == [{"a": 1}]


def test_options_of_operations():
    app = FastAPI()
    callbacks = APIRouter()

    @callbacks.post("{$callback_url}/done")
    def done(item: Item):
        """Not called."""

    @app.post(
        "/",
        summary="S",
        description="D",
        response_description="R",
        operation_id="own",
        deprecated=True,
        status_code=201,
        responses={404: {"model": Item, "description": "none"}, "5XX": {"description": "broken"}},
        callbacks=callbacks.routes,
        openapi_extra={"x-extra": {"a": 1}},
    )
    def endpoint() -> Union[Item, None]:
        """Not used: a description is given."""

    @app.webhooks.post("new-item")
    def new_item(item: Item):
        """A customer added an item."""

    document = app.openapi()
    operation = document["paths"]["/"]["post"]
    assert parts_equal(
        operation,
        {
            "summary": "S",
            "description": "D",
            "operationId": "own",
            "deprecated": True,
            "x-extra": {"a": 1},
            "responses": {
                "201": {"description": "R"},
                "404": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Item"}}}},
                "5XX": {"description": "broken"},
            },
        },
    )
    assert list(operation["callbacks"]["done"]) == ["{$callback_url}/done"]
    assert document["webhooks"]["new-item"]["post"]["description"] == "A customer added an item."


def test_operation_ids_may_be_made_by_a_function():
    app = FastAPI(generate_unique_id_function=lambda route: f"app-{route.name}")
    router = APIRouter(generate_unique_id_function=lambda route: f"router-{route.name}")
    router.post("/b")(body_embedded)
    app.get("/a")(lambda: 1)
    app.include_router(router)
    document = app.openapi()
    assert document["paths"]["/a"]["get"]["operationId"] == "app-<lambda>"
    assert document["paths"]["/b"]["post"]["operationId"] == "router-body_embedded"
    assert "Body_router-body_embedded" in document["components"]["schemas"]


def test_equal_operation_ids_warn():
    app = FastAPI()
    app.get("/a", operation_id="same")(body_optional)
    app.get("/b", operation_id="same")(body_optional)
    with pytest.warns(UserWarning, match="Duplicate Operation ID same"):
        app.openapi()


def test_the_document_is_kept_and_follows_the_routes():
    app = FastAPI()
    app.get("/a")(lambda: 1)
    first = app.openapi()
    assert app.openapi() is first
    app.get("/b")(lambda: 1)
    assert list(app.openapi()["paths"]) == ["/a", "/b"]


def test_a_root_path_is_a_server_of_one_request():
    app = FastAPI(servers=[{"url": "/here"}])
    assert client(app, root_path="/proxy").get("/openapi.json").json()["servers"] == [
        {"url": "/proxy"},
        {"url": "/here"},
    ]
    assert client(app).get("/openapi.json").json()["servers"] == [{"url": "/here"}]


def test_a_document_of_some_routes():
    app = FastAPI()
    app.get("/a", tags=["a"])(lambda: 1)
    app.get("/b", tags=["b"])(lambda: 1)
    some = [context for context in iter_route_contexts(app.routes) if getattr(context, "tags", None) == ["b"]]
    assert list(get_openapi(title="t", version="1", routes=some)["paths"]) == ["/b"]


@pytest.mark.parametrize(
    "options, path, status, needle",
    [
        ({}, "/docs", 200, "url: '/openapi.json'"),
        ({}, "/docs", 200, "https://cdn.jsdelivr.net/npm/swagger-ui-dist@5/swagger-ui-bundle.js"),
        ({}, "/redoc", 200, '<redoc spec-url="/openapi.json">'),
        ({}, "/docs/oauth2-redirect", 200, "window.opener.swaggerUIRedirectOauth2"),
        ({"docs_url": None}, "/docs", 404, "Not Found"),
        ({"redoc_url": "/other"}, "/other", 200, "redoc.standalone.js"),
        ({"openapi_url": None}, "/docs", 404, "Not Found"),
        ({"openapi_url": "/api.json"}, "/docs", 200, "url: '/api.json'"),
        ({"title": "Mine"}, "/docs", 200, "<title>Mine - Swagger UI</title>"),
        ({"title": "Mine"}, "/redoc", 200, "<title>Mine - ReDoc</title>"),
        ({"swagger_ui_parameters": {"deepLinking": False}}, "/docs", 200, '"deepLinking": false'),
        ({"swagger_ui_init_oauth": {"clientId": "<c>"}}, "/docs", 200, '{"clientId": "\\u003cc\\u003e"}'),
    ],
)
def test_pages(options, path, status, needle):
    response = client(FastAPI(**options)).get(path)
    assert response.status_code == status
    assert needle in response.text
    if status == 200:
        assert response.headers["content-type"] == "text/html; charset=utf-8"


def test_pages_made_by_hand():
    swagger = get_swagger_ui_html(openapi_url="/o", title="t", swagger_js_url="/js", oauth2_redirect_url="/r")
    redoc = get_redoc_html(openapi_url="/o", title="t", redoc_js_url="/js", with_google_fonts=False)
    assert (
        b'<script src="/js"></script>' in swagger.body
        and b"oauth2RedirectUrl: window.location.origin + '/r'" in swagger.body
    )
    assert b'src="/js"' in redoc.body and b"fonts.googleapis" not in redoc.body
    assert b"<script>" in get_swagger_ui_oauth2_redirect_html().body


def test_pages_behind_a_prefix():
    assert "url: '/proxy/openapi.json'" in client(FastAPI(), root_path="/proxy").get("/docs").text


def test_the_document_may_be_replaced():
    app = FastAPI()
    app.openapi = lambda: {"mine": True}  # type: ignore[method-assign]
    assert json.loads(client(app).get("/openapi.json").text) == {"mine": True}


def test_parameters_of_dependencies_stand_in_the_document():
    app = FastAPI()

    def dependency(q: int, x: str = Header()) -> None:
        """Not called."""

    @app.get("/{p}")
    def endpoint(p: str, d: None = Depends(dependency)):
        """Not called."""

    parameters = app.openapi()["paths"]["/{p}"]["get"]["parameters"]
    assert [(parameter["in"], parameter["name"]) for parameter in parameters] == [
        ("path", "p"),
        ("query", "q"),
        ("header", "x"),
    ]


def test_the_document_is_made_anew_when_one_of_two_inclusions_of_a_router_is_gone(monkeypatch):
    # The version of each router also counts the replaced files of parameters in this process.
    monkeypatch.setattr(changes, "declarations", 0)
    app, router = FastAPI(), APIRouter()

    @router.get("/a")
    def endpoint() -> None: ...

    app.include_router(router)
    app.include_router(router, prefix="/again")
    # Four documentation pages, two inclusions, and the one route of the router in each of them.
    assert app.router._get_routes_version() == 8
    assert sorted(app.openapi()["paths"]) == ["/a", "/again/a"]
    app.title = "changed"
    assert app.openapi()["info"]["title"] == "FastAPI"
    app.router.routes.pop()
    document = app.openapi()
    assert sorted(document["paths"]) == ["/a"] and document["info"]["title"] == "changed"
    assert app.openapi() is document


def test_methods_of_a_path_are_documented_in_the_order_of_the_set():
    """The order differs with the seed of the hashes, and both packages ask the same set."""
    router = APIRouter()
    methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "OPTIONS"]

    @router.api_route("/a", methods=methods, operation_id="a")
    def endpoint() -> None: ...

    app = FastAPI()
    app.include_router(router)
    for context in iter_route_contexts([*router.routes, app.routes[-1]]):
        with pytest.warns(UserWarning, match="Duplicate Operation ID a"):
            path, _, _ = get_openapi_path(route=context, operation_ids=set(), model_name_map={}, field_mapping={})
        assert list(path) == [method.lower() for method in context.methods]
