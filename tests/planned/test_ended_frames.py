"""The frames of a request end with it, also after an exception: nothing of ours refers to the exception any longer.

An exception whose traceback has a frame that refers to that exception lives until a garbage collection, with all that
its frames refer to: sessions, files, generators. Starlette and the real package leave no such cycle here.
"""

import asyncio
import gc
import sys
from typing import Any, Callable, Dict, List, Tuple

import pytest

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse, PlainTextResponse
from tests.planned import asgi


class Own(Exception):
    pass


class OwnBase(BaseException):
    pass


ERRORS = {"http": lambda: HTTPException(418), "value": ValueError, "own": Own, "base": OwnBase}


class Local:
    """A local variable that tells when its frame has ended."""

    living: List[str] = []

    def __init__(self, name: str) -> None:
        self.name = name
        self.living.append(name)

    def __del__(self) -> None:
        if self.name in self.living:
            self.living.remove(self.name)


def add_plain(app: FastAPI, fail: Callable[[], None]) -> None:
    @app.get("/")
    async def endpoint() -> Any:
        local = Local("endpoint")
        fail()
        return local.name


def add_response(app: FastAPI, fail: Callable[[], None]) -> None:
    async def depend() -> str:
        return Local("dependency").name

    @app.get("/")
    async def endpoint(request: Request, value: str = Depends(depend)) -> Any:
        local = Local("endpoint")
        fail()
        return JSONResponse([local.name, value])


def add_yielding(app: FastAPI, fail: Callable[[], None]) -> None:
    async def enter():
        local = Local("dependency")
        yield local.name

    @app.get("/")
    async def endpoint(value: str = Depends(enter)) -> Any:
        local = Local("endpoint")
        fail()
        return [local.name, value]


def add_mounted(app: FastAPI, fail: Callable[[], None]) -> None:
    inner = FastAPI()
    add_yielding(inner, fail)
    app.mount("/", inner)


ENDPOINTS = (add_plain, add_response, add_yielding, add_mounted)


class Layer:
    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        local = Local("layer")
        await self.app(scope, receive, send)
        del local


def add_function(app: FastAPI) -> None:
    @app.middleware("http")
    async def around(request: Request, call_next: Any) -> Any:
        local = Local("function")
        response = await call_next(request)
        del local
        return response


def add_layers(app: FastAPI, names: str) -> None:
    for name in names.split():
        add_function(app) if name == "function" else app.add_middleware(Layer)


async def handle(request: Request, error: Exception) -> Any:
    local = Local("handler")
    return PlainTextResponse(local.name)


async def run(app: FastAPI, fails_to_send: bool) -> None:
    """Run one request in a task of its own, which ends with the exception of the application."""

    messages = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive() -> Dict[str, Any]:
        return messages.pop() if messages else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        if fails_to_send:
            raise OSError("lost")

    task = asyncio.ensure_future(app(asgi.http_scope("/"), receive, send))
    await asyncio.wait([task])
    task.cancelled() or task.exception()
    del task
    await asyncio.sleep(0)


@pytest.fixture(autouse=True)
def without_collector():
    gc.collect()
    gc.disable()
    Local.living.clear()
    yield
    Local.living.clear()
    gc.enable()


# `contextlib` of an older CPython, and releases of Starlette and anyio for it, keep exceptions themselves.
@pytest.mark.skipif(sys.version_info < (3, 11), reason="the standard library keeps exceptions")
@pytest.mark.parametrize("add_endpoint", ENDPOINTS, ids=lambda add: add.__name__)
class TestFrames:
    # A function around requests keeps the exceptions of the application in Starlette too.
    @pytest.mark.parametrize("error", ERRORS)
    @pytest.mark.parametrize("layers", ["", "layer"])
    def test_of_a_failed_request_end(self, add_endpoint: Any, layers: str, error: str) -> None:
        assert left_by(add_endpoint, failing(error), layers) == []

    # CPython 3.13 keeps it with the real package too.
    @pytest.mark.skipif(sys.version_info >= (3, 12), reason="the standard library keeps the exception")
    @pytest.mark.parametrize("layers", ["function", "function function", "layer function"])
    def test_below_a_function_end_after_an_exception_that_is_none_of_exception(
        self, add_endpoint: Any, layers: str
    ) -> None:
        assert left_by(add_endpoint, failing("base"), layers) == []

    @pytest.mark.parametrize("layers", ["", "layer", "function", "function function"])
    def test_of_an_answer_that_cannot_be_sent_end(self, add_endpoint: Any, layers: str) -> None:
        assert left_by(add_endpoint, lambda: None, layers, fails_to_send=True) == []


@pytest.mark.parametrize(
    ("path", "method", "status"), [("/nope", "GET", 404), ("/items/x", "GET", 422), ("/items/1", "PUT", 405)]
)
def test_refusals_leave_nothing_for_the_collector(path: str, method: str, status: int) -> None:
    app = FastAPI()

    @app.get("/items/{number}")
    def read(number: int) -> int:
        return number

    async def refuse() -> Tuple[int, int]:
        for _ in range(2):
            seen = await asgi.run(app, asgi.Seen(asgi.http_scope(path, method)))
        gc.collect()
        await asgi.run(app, asgi.Seen(asgi.http_scope(path, method)))
        return seen.status, gc.collect()

    assert asyncio.run(refuse()) == (status, 0)


def failing(error: str) -> Callable[[], None]:
    def fail() -> None:
        raise ERRORS[error]()

    return fail


def left_by(add_endpoint: Any, fail: Callable[[], None], layers: str, fails_to_send: bool = False) -> List[str]:
    """Return the frames that have not ended after the second of two requests."""
    app = FastAPI(exception_handlers={Own: handle})
    add_endpoint(app, fail)
    add_layers(app, layers)

    async def run_twice() -> List[str]:
        await run(app, fails_to_send)
        Local.living.clear()
        await run(app, fails_to_send)
        return list(Local.living)

    return asyncio.run(run_twice())
