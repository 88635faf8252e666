"""Exceptions with a handler are answered where they are raised, with the messages of the exact way."""

import asyncio
import sys
from typing import Any, Dict, List

import pytest
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.responses import JSONResponse, PlainTextResponse
from typing_extensions import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request, Response
from tests.planned.asgi import call, exactly, http_scope
from tests.planned.test_request_objects import frames, needs_core, on_both_ways


class Refused(Exception):
    pass


JSON = (b"content-type", b"application/json")

# The exception, and the messages of its answer.
DEFAULT_ANSWERS: Dict[str, Any] = {
    "detail": (lambda: HTTPException(404, "no item"), 404, [(b"content-length", b"20"), JSON], b'{"detail":"no item"}'),
    "data": (lambda: HTTPException(400, {"a": [1]}), 400, [(b"content-length", b"20"), JSON], b'{"detail":{"a":[1]}}'),
    "no detail": (lambda: HTTPException(401), 401, [(b"content-length", b"25"), JSON], b'{"detail":"Unauthorized"}'),
    "headers": (
        lambda: HTTPException(403, "no", headers={"X-A": "b"}),
        403,
        [(b"x-a", b"b"), (b"content-length", b"15"), JSON],
        b'{"detail":"no"}',
    ),
    "no body": (lambda: HTTPException(204), 204, [], b""),
    "Starlette's": (
        lambda: StarletteHTTPException(409),
        409,
        [(b"content-length", b"21"), JSON],
        b'{"detail":"Conflict"}',
    ),
}


@pytest.mark.parametrize("name", DEFAULT_ANSWERS)
@pytest.mark.parametrize("raised_in", ["endpoint", "dependency", "def endpoint"])
def test_the_default_handler(name: str, raised_in: str) -> None:
    make_error, status, headers, body = DEFAULT_ANSWERS[name]

    def make(events: List[Any]) -> FastAPI:
        app = FastAPI(openapi_url=None)

        async def needed() -> None:
            if raised_in == "dependency":
                raise make_error()

        if raised_in == "def endpoint":

            @app.get("/{n}")
            def function(n: int) -> None:
                raise make_error()

        @app.get("/{n}")
        async def root(n: int, needed: Annotated[None, Depends(needed)]) -> None:
            raise make_error()

        return app

    messages, _ = on_both_ways(make)
    assert messages == [
        {"type": "http.response.start", "status": status, "headers": headers},
        {"type": "http.response.body", "body": body},
    ]


@pytest.mark.parametrize("detail", [object(), float("nan"), {1: {2}}])
def test_a_detail_that_cannot_be_written(detail: Any) -> None:
    def make(events: List[Any]) -> FastAPI:
        app = FastAPI(openapi_url=None)

        @app.exception_handler(TypeError)
        async def wrong(request: Request, error: TypeError) -> Response:
            events.append(type(error.__context__).__name__)
            return PlainTextResponse("wrong", status_code=599)

        @app.get("/{n}")
        async def root(n: int) -> None:
            raise HTTPException(404, detail)

        return app

    _, events = on_both_ways(make)
    assert events in ([], ["HTTPException"])


def add_handlers(app: FastAPI, events: List[Any]) -> None:
    @app.exception_handler(Refused)
    async def refused(request: Request, error: Refused) -> Response:
        events.append((str(error), request.path_params, getattr(request.state, "mark", None)))
        request.scope["fastapi_middleware_astack"].callback(events.append, "the outermost stack is left")
        if str(error) == "handler fails":
            raise HTTPException(410)
        return JSONResponse({"refused": str(error)}, status_code=418)

    @app.exception_handler(KeyError)
    def in_a_thread(request: Request, error: KeyError) -> Response:
        return PlainTextResponse("in a thread", status_code=418)

    @app.exception_handler(403)
    async def forbidden(request: Request, error: HTTPException) -> Response:
        return PlainTextResponse("by status", status_code=499)


# The exception, and the answer.
OWN_ANSWERS = [
    (lambda: Refused("x"), 418, b'{"refused":"x"}'),
    (lambda: Refused("handler fails"), 410, b'{"detail":"Gone"}'),
    (lambda: KeyError("k"), 418, b"in a thread"),
    (lambda: HTTPException(403), 499, b"by status"),
]


@pytest.mark.parametrize(("make_error", "status", "body"), OWN_ANSWERS)
@pytest.mark.parametrize("asks", [False, True])
def test_handlers_of_the_application(make_error: Any, status: int, body: bytes, asks: bool) -> None:
    def make(events: List[Any]) -> FastAPI:
        app = FastAPI(openapi_url=None)
        add_handlers(app, events)

        async def mark(request: Request) -> None:
            request.state.mark = "marked"

        @app.get("/{n}", dependencies=[Depends(mark)] if asks else [])
        async def root(n: int) -> None:
            raise make_error()

        return app

    messages, events = on_both_ways(make)
    assert (messages[0]["status"], messages[1]["body"]) == (status, body)
    if events:
        assert events == [(str(make_error()), {"n": "1"}, "marked" if asks else None), "the outermost stack is left"]


@pytest.mark.parametrize("fails", ["http.response.start", "http.response.body"])
@pytest.mark.parametrize("error", [Refused("x"), HTTPException(404)])
def test_sending_the_answer_fails(fails: str, error: Exception) -> None:
    def make() -> FastAPI:
        app = FastAPI(openapi_url=None)
        add_handlers(app, [])

        @app.get("/{n}")
        async def root(n: int) -> None:
            raise error

        return app

    async def ask(app: FastAPI) -> Any:
        sent = []

        async def send(message: Any) -> None:
            sent.append(message["type"])
            if message["type"] == fails:
                raise OSError(fails)

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        with pytest.raises(OSError, match=fails) as found:
            await app(http_scope("/1"), receive, send)
        return sent, repr(found.value.__context__)

    planned, exact = asyncio.run(ask(make())), asyncio.run(ask(exactly(make())))
    assert planned == exact


def test_an_exception_object_that_is_raised_again() -> None:
    def keeps_traceback(app: FastAPI) -> bool:
        error = HTTPException(404)

        @app.get("/{n}")
        async def root(n: int) -> None:
            raise error

        for _ in range(2):
            assert call(app, "/1").status == 404
        return error.__traceback__ is not None

    # Newer releases of Starlette take the traceback away.
    assert keeps_traceback(FastAPI()) is keeps_traceback(exactly(FastAPI()))


@needs_core
@pytest.mark.skipif(sys.version_info < (3, 9), reason="other releases enter other frames")
def test_the_frames_of_a_request() -> None:
    app = FastAPI(openapi_url=None)

    @app.get("/")
    async def root() -> None:
        raise HTTPException(404)

    # Through the middleware stack, it enters more than 65.
    assert frames(app, "/") <= 32
