"""Later readers of a body find the one that the request keeps. The values are those of upstream."""

from typing import Any, Dict, List

import pytest
from starlette.exceptions import HTTPException
from typing_extensions import Annotated

from fastapi import Body, Depends, FastAPI, Form, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import PlainTextResponse, Response
from tests.planned.transcript import URLENCODED, ask, message

MULTIPART = b"multipart/form-data; boundary=B"
FIELD = b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n3\r\n--B--\r\n'
NO_FORM = b"--B\r\nX : 1\r\n\r\n"
CONSUMED = "RuntimeError: Stream consumed"
AGAIN = "AssertionError: the channel was read after the body"


class Refused(Exception):
    pass


async def look(request: Request, how: str) -> str:
    """Read the body of a request in one way, and return the value or the error as text."""
    try:
        if how == "stream":
            return repr([chunk async for chunk in request.stream()])
        if how == "form":
            return repr((await request.form()).multi_items())
        if how == "json":
            return repr(await request.json())
        return repr(await request.body())
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def make(layer: str, is_given: bool) -> FastAPI:
    """Return an application; with `is_given`, its endpoints also take the request."""
    app = FastAPI(openapi_url=None)

    @app.exception_handler(RequestValidationError)
    @app.exception_handler(HTTPException)
    @app.exception_handler(Refused)
    async def show(request: Request, error: Exception) -> Response:
        status = 422 if isinstance(error, RequestValidationError) else getattr(error, "status_code", 499)
        return PlainTextResponse(await look(request, request.url.query), status)

    if layer == "http":

        @app.middleware("http")
        async def pass_on(request: Request, call_next: Any) -> Any:
            return await call_next(request)

    if layer == "asgi":
        app.add_middleware(PassOn)

    def guard() -> None:
        pass

    def connection(request: Request) -> None:
        pass

    dependencies = [Depends(connection if is_given else guard)]

    @app.post("/json", dependencies=dependencies)
    async def read_json(a: Annotated[int, Body(embed=True)]) -> None:
        raise Refused

    @app.post("/text", dependencies=dependencies)
    async def read_text(text: Annotated[bytes, Body()]) -> None:
        raise Refused

    @app.post("/form", dependencies=dependencies)
    async def read_form(a: Annotated[int, Form()]) -> None:
        raise Refused

    return app


class PassOn:
    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


def row(path: str, received: List[Any], content_type: bytes, status: int, **seen: str) -> Any:
    return pytest.param(path, received, content_type, status, seen)


JSON = b"application/json"
DICT = message(b'{"a": 1}')
INVALID = "JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)"
CASES = [
    row("/json", [DICT], JSON, 499, body="b'{\"a\": 1}'", json="{'a': 1}", stream="[b'{\"a\": 1}', b'']", form="[]"),
    row("/json", [message(b'{"a"', True), message(b": 1}")], JSON, 499, body="b'{\"a\": 1}'", json="{'a': 1}"),
    row("/json", [message(b'{"a": "x"}')], JSON, 422, body='b\'{"a": "x"}\'', json="{'a': 'x'}"),
    row("/json", [message(b"{")], JSON, 422, body="b'{'", json=INVALID, stream="[b'{', b'']", form="[]"),
    row("/json", [message(b"\xff")], JSON, 400, body="b'\\xff'", stream="[b'\\xff', b'']"),
    row("/json", [message(b"")], JSON, 422, body="b''", stream="[b'', b'']"),
    row("/json", [{"type": "http.disconnect"}], JSON, 400, body=AGAIN, json=AGAIN, stream=AGAIN),
    row("/json", [OSError("gone"), DICT], JSON, 400, body="b'{\"a\": 1}'", json="{'a': 1}"),
    row("/json", [message(b"{", True), OSError("gone"), message(b'"a":1}')], JSON, 400, body="b'\"a\":1}'"),
    row("/json", [{}, DICT], JSON, 400, body="b'{\"a\": 1}'"),
    row("/json", [None, DICT], JSON, 400, body="b'{\"a\": 1}'"),
    row("/json", [{"type": "http.request", "body": "text"}], JSON, 400, body=CONSUMED),
    row("/json", [message(b"a=1")], URLENCODED, 422, body="b'a=1'", form="[('a', '1')]"),
    row("/text", [message(b"abc")], b"text/plain", 499, body="b'abc'", stream="[b'abc', b'']"),
    row("/form", [message(b"a=1")], URLENCODED, 499, body=CONSUMED, form="[('a', '1')]", stream=CONSUMED),
    row("/form", [message(b"a", True), message(b"=1")], URLENCODED, 499, body=CONSUMED, form="[('a', '1')]"),
    row("/form", [message(b"a=x")], URLENCODED, 422, body=CONSUMED, form="[('a', 'x')]", json=CONSUMED),
    row("/form", [message(b"")], URLENCODED, 422, body=CONSUMED, form="[]"),
    row("/form", [message(FIELD)], MULTIPART, 499, body=CONSUMED, form="[('a', '3')]"),
    row("/form", [message(NO_FORM)], MULTIPART, 400, body=CONSUMED, form=CONSUMED, stream=CONSUMED),
    row("/form", [message(NO_FORM, True), message(b"rest")], MULTIPART, 400, body="b'rest'"),
    row("/form", [message(b"a=1")], b"multipart/form-data", 400, body="b'a=1'"),
    row("/form", [message(b"a=1")], b"text/plain", 422, body="b'a=1'", form="[]"),
    row("/form", [OSError("gone"), message(b"a=1")], URLENCODED, 400, body="b'a=1'", form="[('a', '1')]"),
    row("/form", [message(b"a", True), OSError("gone"), message(b"b")], URLENCODED, 400, body="b'b'"),
]


@pytest.mark.parametrize("is_given", [False, True], ids=["", "given"])
@pytest.mark.parametrize("layer", ["", "asgi"])
@pytest.mark.parametrize(("path", "received", "content_type", "status", "seen"), CASES)
def test_an_exception_handler_reads_the_body(
    path: str, received: List[Any], content_type: bytes, status: int, seen: Dict[str, str], layer: str, is_given: bool
) -> None:
    app = make(layer, is_given)
    for how, expected in seen.items():
        found = ask(app, f"{path}?{how}", "POST", content_type=content_type, received=received)
        assert (found.raised, found.sent) == (None, [status, expected.encode()]), how


@pytest.mark.parametrize("is_given", [False, True], ids=["", "given"])
@pytest.mark.parametrize(("path", "received", "content_type", "status", "seen"), CASES)
def test_an_exception_handler_reads_the_body_behind_a_function(
    path: str, received: List[Any], content_type: bytes, status: int, seen: Dict[str, str], is_given: bool
) -> None:
    app = make("http", is_given)
    for how, expected in seen.items():
        if expected != AGAIN and status != 400:
            found = ask(app, f"{path}?{how}", "POST", content_type=content_type, received=received)
            assert (found.raised, found.sent[:2]) == (None, [status, expected.encode()]), how


def test_the_request_of_a_handler_has_the_channel_of_the_server() -> None:
    """The request receives later messages from the server, after those that were replayed to it."""
    app = FastAPI()

    @app.exception_handler(RequestValidationError)
    async def show(request: Request, error: Exception) -> Response:
        return PlainTextResponse(repr([await request.body(), await request.receive()]))

    @app.post("/")
    async def read(a: Annotated[int, Body(embed=True)]) -> None: ...

    received = [message(b"{"), {"type": "later"}]
    assert ask(app, "/", "POST", received=received).sent == [200, b"[b'{', {'type': 'later'}]"]


def test_an_error_of_reading_is_the_cause_and_has_no_context() -> None:
    app = FastAPI()
    errors: List[Any] = []

    @app.exception_handler(RequestValidationError)
    @app.exception_handler(HTTPException)
    async def show(request: Request, error: Exception) -> Response:
        errors.append([type(error.__cause__).__name__, error.__cause__ and error.__cause__.__context__])
        return Response()

    @app.post("/")
    async def read(a: Annotated[int, Body(embed=True)]) -> None: ...

    @app.post("/form")
    async def read_form(a: Annotated[int, Form()]) -> None: ...

    ask(app, "/", "POST", b"{")
    ask(app, "/", "POST", received=[OSError("gone")])
    ask(app, "/", "POST", received=[{}])
    ask(app, "/form", "POST", content_type=URLENCODED, received=[OSError("gone")])
    assert errors == [["JSONDecodeError", None], ["OSError", None], ["KeyError", None], ["OSError", None]]
