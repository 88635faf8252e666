"""An exception raised while a refusal is sent has the refusal as its context. The values are those of upstream."""

from __future__ import annotations

import asyncio
import sys
from typing import Any, List, Optional

import pytest
from starlette.exceptions import HTTPException

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse


class Own(BaseException):
    pass


# Path, and the attributes of the exception.
REFUSED = {
    "/unknown": (404, "Not Found", None),
    "/post": (405, "Method Not Allowed", {"Allow": "POST"}),
}


def make(has_handler: bool = False) -> FastAPI:
    app = FastAPI(openapi_url=None)

    @app.get("/number")
    async def number(n: int) -> int:
        return n

    @app.post("/post")
    async def post() -> None: ...

    if has_handler:

        @app.exception_handler(OSError)
        async def handle(request: Request, error: OSError) -> JSONResponse:
            return JSONResponse({}, 418)

    return app


def fail_while_sending(app: FastAPI, path: str, fails_at: int, error: BaseException) -> Optional[BaseException]:
    """Let the n-th `send` of the answer raise `error`, which has a context already; return the resulting exception."""
    path, _, query = path.partition("?")
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": []}
    sent: List[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)
        if len(sent) - 1 == fails_at:
            try:
                raise KeyError("k")
            except KeyError:
                raise error  # noqa: B904, the context is looked at

    async def run() -> Optional[BaseException]:
        try:
            await app(scope, receive, send)
        except BaseException as raised:
            return raised
        return None

    return asyncio.run(run())


def check_refusal(error: Optional[BaseException], path: str) -> None:
    if path in REFUSED:
        assert type(error) is HTTPException
        assert (error.args, error.status_code, error.detail, error.headers) == ((), *REFUSED[path])
    else:
        expected = {
            "type": "int_parsing",
            "loc": ("query", "n"),
            "msg": "Input should be a valid integer, unable to parse string as an integer",
            "input": "a",
        }
        assert type(error) is RequestValidationError
        assert error.args == ([expected],) and error.errors() == [expected] and error.body is None
        assert (error.endpoint_function, error.endpoint_path) == ("number", "GET /number")
    assert error.__context__ is None and error.__cause__ is None


@pytest.mark.parametrize("path", [*REFUSED, "/number?n=a"])
@pytest.mark.parametrize("fails_at", [0, 1])
@pytest.mark.parametrize("kind", [OSError, Own, asyncio.CancelledError, GeneratorExit])
def test_refusal_is_the_context_of_a_failing_send(path: str, fails_at: int, kind: Any) -> None:
    error = kind("gone")
    assert fail_while_sending(make(), path, fails_at, error) is error
    assert type(error.__context__) is KeyError and error.__cause__ is None
    check_refusal(error.__context__.__context__, path)


@pytest.mark.parametrize("path", [*REFUSED, "/number?n=a"])
def test_handled_exception_of_a_failing_send_has_the_refusal_as_context(path: str) -> None:
    error = OSError("gone")
    raised = fail_while_sending(make(has_handler=True), path, 1, error)
    if path in REFUSED:
        # No route is around the refusal, so one place fewer handles exceptions.
        assert raised is error
    else:
        assert repr(raised) == "RuntimeError('Caught handled exception, but response already started.')"
        assert raised is not None and raised.__cause__ is error
    assert type(error.__context__) is KeyError
    check_refusal(error.__context__.__context__, path)


@pytest.mark.skipif(sys.version_info < (3, 9), reason="a thrown exception gets no context")
@pytest.mark.parametrize("path", [*REFUSED, "/number?n=a"])
def test_refusal_is_the_context_of_a_cancellation(path: str) -> None:
    app = make()
    path, _, query = path.partition("?")
    scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": []}

    async def receive() -> Any: ...

    async def run() -> BaseException:
        is_sending = asyncio.Event()

        async def send(message: Any) -> None:
            is_sending.set()
            await asyncio.Event().wait()

        async def serve() -> BaseException:
            try:
                await app(scope, receive, send)
            except asyncio.CancelledError as error:
                return error
            raise AssertionError("the request was not cancelled")

        task = asyncio.ensure_future(serve())
        await is_sending.wait()
        task.cancel()
        return await task

    check_refusal(asyncio.run(run()).__context__, path + ("" if path in REFUSED else "?n=a"))
