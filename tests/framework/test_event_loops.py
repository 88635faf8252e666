"""The same application under asyncio and under trio."""

import threading
from typing import Any, AsyncIterator, Iterator

import anyio
import pytest
import sniffio

from fastapi import Depends, FastAPI, Form, Request, WebSocket
from fastapi.concurrency import contextmanager_in_threadpool, iterate_in_threadpool, run_in_threadpool
from tests.framework.support import client, http_scope, serve, status_and_body


def library() -> str:
    return sniffio.current_async_library()


async def asynchronous() -> AsyncIterator[str]:
    yield sniffio.current_async_library()


def synchronous() -> Iterator[bool]:
    yield threading.current_thread() is threading.main_thread()


app = FastAPI()


@app.get("/async")
async def endpoint(value: str = Depends(asynchronous), in_main: bool = Depends(synchronous)):
    return [value, sniffio.current_async_library(), in_main]


@app.get("/sync")
def sync_endpoint(n: int = 1):
    return [n, threading.current_thread() is threading.main_thread()]


@app.post("/form")
async def form(a: str = Form()):
    return a


@app.post("/body")
async def body(item: dict):
    return item


@app.get("/stream")
async def stream():
    yield 1
    yield 2


@app.websocket("/ws")
async def websocket(websocket: WebSocket):
    await websocket.accept()
    await websocket.send_text(sniffio.current_async_library())
    await websocket.close()


BACKENDS = pytest.mark.parametrize("backend", ["asyncio", "trio"])


@BACKENDS
def test_requests(backend):
    with client(app, backend=backend) as calls:
        assert calls.get("/async").json() == [backend, backend, False]
        assert calls.get("/sync?n=2").json() == [2, False]
        assert calls.get("/sync?n=x").status_code == 422
        assert calls.post("/form", data={"a": "b"}).json() == "b"
        assert calls.post("/body", json={"a": 1}).json() == {"a": 1}
        assert calls.get("/stream").text == "1\n2\n"
        with calls.websocket_connect("/ws") as session:
            assert session.receive_text() == backend


@BACKENDS
def test_calls_below_any_client(backend):
    async def main() -> Any:
        return await serve(app, http_scope("/sync", query_string=b"n=3"))

    assert status_and_body(anyio.run(main, backend=backend)) == (200, b"[3,false]")


@BACKENDS
def test_a_body_in_pieces(backend):
    async def main() -> Any:
        scope = http_scope("/body", "POST", headers=[(b"content-type", b"application/json")])
        return await serve(app, scope, b'{"a"', b": ", b"1}")

    assert status_and_body(anyio.run(main, backend=backend)) == (200, b'{"a":1}')


@BACKENDS
def test_many_requests_at_once(backend):
    async def one(n: int, found: Any) -> None:
        sent = await serve(app, http_scope("/sync", query_string=f"n={n}".encode()))
        found[n] = status_and_body(sent)[1]

    async def main() -> Any:
        found: Any = {}
        async with anyio.create_task_group() as group:
            for n in range(30):
                group.start_soon(one, n, found)
        return found

    assert anyio.run(main, backend=backend) == {n: f"[{n},false]".encode() for n in range(30)}


# trio warns about the generator of the endpoint, which is not closed; so it does with the real package.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
@BACKENDS
def test_an_endless_stream_can_be_cancelled(backend):
    endless = FastAPI()

    @endless.get("/")
    async def endpoint():
        while True:
            yield 1

    async def main() -> bool:
        with anyio.move_on_after(0.1) as scope:
            await serve(endless, http_scope("/"))
        return scope.cancel_called

    assert anyio.run(main, backend=backend) is True


@BACKENDS
def test_helpers_for_threads(backend):
    from contextlib import contextmanager

    log = []

    @contextmanager
    def manager():
        try:
            yield "value"
        except KeyError as error:
            log.append(error)
            raise

    async def main() -> Any:
        error = KeyError("x")
        try:
            async with contextmanager_in_threadpool(manager()) as value:
                raise error
        except KeyError as seen:
            same = seen is error
        numbers = [n async for n in iterate_in_threadpool(iter([1, 2]))]
        return value, same, numbers, await run_in_threadpool(lambda: 5)

    assert anyio.run(main, backend=backend) == ("value", True, [1, 2], 5)
    assert len(log) == 1


def test_a_request_without_optional_scope_keys():
    bare = FastAPI()

    @bare.get("/x")
    def endpoint(request: Request):
        return request.method

    scope = {"type": "http", "method": "GET", "path": "/x", "headers": [], "query_string": b""}

    async def main() -> Any:
        return await serve(bare, scope)

    assert status_and_body(anyio.run(main)) == (200, b'"GET"')
