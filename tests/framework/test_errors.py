"""Errors: exception handlers, validation errors, and the endpoint that an error names."""

import os

import pytest
from starlette.exceptions import HTTPException as StarletteHTTPException

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError, ResponseValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from tests.framework.support import client


class Own(Exception):
    pass


class Derived(Own):
    pass


def failing(error: BaseException, **options):
    app = FastAPI(**options)

    @app.get("/")
    def endpoint():
        raise error

    return app


@pytest.mark.parametrize(
    "error, status, body, headers",
    [
        (HTTPException(404, "gone"), 404, {"detail": "gone"}, {}),
        (HTTPException(404), 404, {"detail": "Not Found"}, {}),
        (HTTPException(400, {"a": [1]}), 400, {"detail": {"a": [1]}}, {}),
        (HTTPException(401, "x", {"www-authenticate": "Y"}), 401, {"detail": "x"}, {"www-authenticate": "Y"}),
        (StarletteHTTPException(418, "tea"), 418, {"detail": "tea"}, {}),
        (HTTPException(418), 418, {"detail": "I'm a Teapot"}, {}),
        (HTTPException(204), 204, None, {}),
        (HTTPException(304, headers={"etag": "x"}), 304, None, {"etag": "x"}),
    ],
)
def test_http_exceptions(error, status, body, headers):
    response = client(failing(error)).get("/")
    assert response.status_code == status
    assert (response.json() if response.content else None) == body
    assert {name: response.headers[name] for name in headers} == headers


@pytest.mark.parametrize("error, found", [(Own("a"), "own a"), (Derived("b"), "own b"), (HTTPException(410), "status")])
def test_handlers_are_found_by_status_and_by_class(error, found):
    app = failing(error)

    @app.exception_handler(Own)
    def handle(request: Request, exc: Own):
        return PlainTextResponse(f"own {exc}")

    @app.exception_handler(410)
    async def gone(request: Request, exc: HTTPException):
        return PlainTextResponse("status")

    assert client(app).get("/").text == found


def test_an_unhandled_error_is_answered_and_raised():
    app = failing(KeyError("x"))

    @app.exception_handler(Exception)
    def handle(request: Request, exc: Exception):
        return JSONResponse({"seen": type(exc).__name__}, status_code=500)

    assert client(app, raise_server_exceptions=False).get("/").json() == {"seen": "KeyError"}
    with pytest.raises(KeyError):
        client(app).get("/")


def test_a_handler_of_validation_errors_sees_body_and_endpoint():
    app = FastAPI()
    seen = {}

    @app.post("/items/{n}")
    def create_item(n: int, body: dict):
        """Never runs."""

    @app.exception_handler(RequestValidationError)
    def handle(request: Request, exc: RequestValidationError):
        seen.update(body=exc.body, function=exc.endpoint_function, path=exc.endpoint_path, file=exc.endpoint_file)
        seen["text"] = str(exc)
        seen["line"] = exc.endpoint_line
        return PlainTextResponse("handled", status_code=400)

    assert client(app).post("/items/x", json={"a": 1}).text == "handled"
    assert (seen["body"], seen["function"], seen["path"]) == ({"a": 1}, "create_item", "POST /items/{n}")
    assert os.path.basename(seen["file"]) == "test_errors.py"
    lines = [line for line in seen["text"].splitlines() if line]
    assert lines[0] == "1 validation error:"
    assert "'type': 'int_parsing'" in lines[1]
    assert lines[2] == f'  File "{seen["file"]}", line {seen["line"]}, in create_item'
    assert lines[3] == "    POST /items/{n}"


def test_validation_errors_of_responses_tell_the_endpoint_below_a_mount():
    app, sub = FastAPI(), FastAPI()

    @sub.get("/items")
    def read_items() -> int:
        return "x"  # type: ignore[return-value]

    app.mount("/sub", sub)
    with pytest.raises(ResponseValidationError) as caught:
        client(app).get("/sub/items")
    assert caught.value.endpoint_ctx["path"] == "GET /sub/items"
    assert caught.value.endpoint_ctx["function"] == "read_items"
    assert caught.value.body == "x"


def test_errors_made_by_hand():
    error = RequestValidationError([{"type": "x"}, {"type": "y"}], body="b")
    assert (error.errors(), error.body, error.endpoint_path) == ([{"type": "x"}, {"type": "y"}], "b", None)
    assert str(error) == "2 validation errors:\n  {'type': 'x'}\n  {'type': 'y'}"


def test_middleware_sees_answers_and_may_refuse():
    app = FastAPI()
    app.get("/")(lambda: {"a": 1})

    @app.middleware("http")
    async def add(request: Request, call_next):
        if "refuse" in request.query_params:
            return PlainTextResponse("refused", status_code=403)
        response = await call_next(request)
        response.headers["x-added"] = "1"
        return response

    calls = client(app)
    assert (calls.get("/").json(), calls.get("/").headers["x-added"]) == ({"a": 1}, "1")
    assert calls.get("/?refuse").status_code == 403
    assert calls.get("/none").headers["x-added"] == "1"
    with pytest.raises(RuntimeError, match="Cannot add middleware after an application has started"):
        app.add_middleware(object)
