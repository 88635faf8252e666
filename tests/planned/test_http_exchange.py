"""The bridge compared with Starlette's own class, with failures and cancellation, and with values of the real package.

Each program runs twice in this process: with the bridge, and without it, served by Starlette's own class. A task that
always runs counts the turns of the event loop, and cancellation happens at each of them.
"""

import asyncio
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any, AsyncIterable, Callable, Dict, List, Tuple

import anyio
import pytest
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import PlainTextResponse, StreamingResponse

from fastapi import FastAPI, HTTPException, Request
from fastapi._application import stack
from fastapi._stand_ins import comparing as _comparing
from fastapi._stand_ins.accelerators import HTTP_MIDDLEWARE, Accelerator
from fastapi._stand_ins.http import agreement as _http_agreement
from fastapi.sse import EventSourceResponse
from tests.planned.asgi import http_scope

needs_agreement = pytest.mark.skipif(not HTTP_MIDDLEWARE.is_on(), reason="the stand-in is off")

ROOT = Path(__file__).parents[2]
Log = List[Any]


class Own(BaseException):
    pass


def add_endpoints(app: FastAPI, note: Callable[..., None], host: List[Any]) -> None:
    @app.get("/plain")
    async def plain():
        note("endpoint", asyncio.current_task() is not host[0], anyio.get_current_task().parent_id == id(host[0]))
        return {"a": 1}

    @app.get("/awaits")
    async def awaits():
        try:
            for i in range(3):
                await asyncio.sleep(0)
                note("endpoint", i)
        except BaseException as error:
            note("endpoint", type(error).__name__)
            raise

    @app.get("/task")
    async def task():
        async def other() -> None:
            for i in range(4):
                note("other", i)
                await asyncio.sleep(0)

        app.state.task = asyncio.ensure_future(other())
        asyncio.get_running_loop().call_later(0, note, "timer")

    @app.get("/callback")
    async def callback():
        asyncio.current_task().add_done_callback(lambda task: note("done"))  # type: ignore[union-attr]

    @app.get("/host")
    async def cancel_host():
        host[0].cancel()

    @app.get("/host-and-task")
    async def cancel_host_after_a_task_was_made():
        async def other() -> None:
            note("other")

        app.state.task = asyncio.ensure_future(other())
        host[0].cancel()
        asyncio.get_running_loop().call_soon(note, "soon")

    @app.get("/cancelled")
    async def cancelled():
        raise asyncio.CancelledError("mine")

    @app.get("/own")
    async def own():
        raise Own("below")

    @app.get("/error")
    async def error():
        raise ValueError("below") from KeyError("cause")

    @app.get("/http")
    async def http_error():
        raise HTTPException(418)

    @app.get("/stream")
    async def stream():
        async def parts() -> AsyncIterable[str]:
            for i in range(3):
                note("made", i)
                yield str(i)

        return StreamingResponse(parts())

    @app.post("/reads")
    @app.post("/reads-late")
    async def reads(body: Dict[str, Any]):
        note("endpoint", body, len(asyncio.all_tasks()))
        return body

    @app.post("/reads-cancelled")
    async def reads_and_is_cancelled(body: Dict[str, Any]):
        raise asyncio.CancelledError("mine")

    @app.post("/reads-raw")
    async def reads_raw(request: Request):
        note("endpoint", await request.body(), await request.is_disconnected())

    @app.get("/number")
    async def number(n: int):
        return n


PATHS = [
    "/plain",
    "/awaits",
    "/task",
    "/callback",
    "/host",
    "/host-and-task",
    "/cancelled",
    "/own",
    "/error",
    "/http",
    "/stream",
]
READING_PATHS = ["/reads", "/reads-late", "/reads-raw", "/reads-cancelled"]
PATHS += [*READING_PATHS, "/number", "/number?n=1", "/nothing"]


def functions(note: Callable[..., None]) -> "dict[str, Callable[..., Any]]":
    async def pass_on(request: Request, call_next: Any) -> Any:
        response = await call_next(request)
        note("called", response.status_code, len(asyncio.all_tasks()))
        return response

    async def answer(request: Request, call_next: Any) -> Any:
        await call_next(request)
        return PlainTextResponse("own")

    async def fail(request: Request, call_next: Any) -> Any:
        await call_next(request)
        raise Own("around")

    async def twice(request: Request, call_next: Any) -> Any:
        await call_next(request)
        return await call_next(request)

    async def catch(request: Request, call_next: Any) -> Any:
        try:
            return await call_next(request)
        except BaseException as error:
            note("caught", type(error), type(error.__cause__), type(error.__context__))
            return PlainTextResponse("caught")

    async def scoped(request: Request, call_next: Any) -> Any:
        with anyio.CancelScope() as scope:
            asyncio.get_running_loop().call_soon(scope.cancel)
            return await call_next(request)
        return PlainTextResponse("cancelled")

    async def waiting(request: Request, call_next: Any) -> Any:
        return await asyncio.wait_for(call_next(request), 20)

    async def cancel_itself(request: Request, call_next: Any) -> Any:
        asyncio.current_task().cancel()  # type: ignore[union-attr]
        return await call_next(request)

    async def starts(request: Request, call_next: Any) -> Any:
        async def other() -> None:
            for i in range(4):
                note("mine", i)
                await asyncio.sleep(0)

        task = asyncio.ensure_future(other())
        response = await call_next(request)
        note("called")
        await task
        return response

    return {function.__name__: function for key, function in locals().items() if key != "note"}


NAMES = sorted(functions(lambda *what: None))


def contexts_of(error: Any) -> List[type]:
    """Return the classes of an exception and of the exceptions during which it was raised."""
    return [type(error), *contexts_of(error.__cause__ or error.__context__)] if error is not None else [type(None)]


class Noting:
    """Pure ASGI middleware with code of its own before and after each message."""

    def __init__(self, app: Any, note: Callable[..., None]) -> None:
        self.app, self.note = app, note

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def heard(message: Any) -> None:
            self.note("sends", message["type"])
            await send(message)
            self.note("sent", message["type"])

        try:
            await self.app(scope, receive, heard)
        except BaseException as error:
            self.note("saw", type(error).__name__, type(error.__context__).__name__, type(error.__cause__).__name__)
            raise
        finally:
            self.note("left")


def add_layers(app: FastAPI, name: str, note: Callable[..., None], layers: str) -> None:
    """Add a function; with layers around it, and inside of another function."""
    if layers == "pure inside":
        app.add_middleware(Noting, note=note)
    app.middleware("http")(functions(note)[name])
    if layers in ("inside", "pure between"):
        if layers == "pure between":
            app.add_middleware(Noting, note=note)
        app.middleware("http")(functions(note)["pass_on"])


LAYERS = ("alone", "inside", "pure between", "pure inside")


async def observe(name: str, path: str, is_busy: bool, cancel_at: int, layers: str = "alone") -> Log:
    log: Log = []
    turns, host, is_over = [0], [None], [False]

    def note(*what: Any) -> None:
        log.append((turns[0], *what))

    app = FastAPI()
    add_layers(app, name, note, layers)
    add_endpoints(app, note, host)

    async def spin() -> None:
        while not is_over[0]:
            await asyncio.sleep(0)
            turns[0] += 1
            if turns[0] == cancel_at:
                host[0].cancel()  # type: ignore[attr-defined]

    messages = [{"type": "http.request", "body": b'{"a": 1}'}] if path in READING_PATHS else []

    async def receive() -> Any:
        note("receives")
        if path == "/reads-late":
            await asyncio.sleep(0)
        if messages:
            return messages.pop()
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        note(message["type"], message.get("status"), message.get("body"), message.get("more_body"))

    target, _, query = path.partition("?")
    headers = [(b"content-type", b"application/json")]
    scope = http_scope(target, "POST" if messages else "GET", headers, query_string=query.encode())
    loop = asyncio.get_running_loop()
    serving: Any = loop.create_task(app(scope, receive, send))
    host[0] = serving
    spinning = loop.create_task(spin()) if is_busy else None
    await asyncio.wait([serving], timeout=20)
    note("cancelled" if serving.cancelled() else contexts_of(serving.exception()))
    is_over[0] = True
    if spinning is not None:
        await spinning
    for _ in range(8):
        await asyncio.sleep(0)
    return log


def seen(
    monkeypatch: pytest.MonkeyPatch, name: str, path: str, is_busy: bool, cancel_at: int, layers: str
) -> Tuple[Log, Log]:
    """Return the log with the stand-ins and the one with Starlette's class alone."""
    here = asyncio.run(observe(name, path, is_busy, cancel_at, layers))
    with monkeypatch.context() as patch:
        patch.setattr(stack, "bridge", lambda layer: layer)
        return here, asyncio.run(observe(name, path, is_busy, cancel_at, layers))


@pytest.mark.parametrize("layers", LAYERS)
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_order_and_turns_are_those_of_starlette(monkeypatch, name, path, layers):
    if name == "twice" and path in READING_PATHS and not HTTP_MIDDLEWARE.is_on():
        pytest.skip("older releases of Starlette wait for a second body")
    for is_busy in (False, True):
        here, there = seen(monkeypatch, name, path, is_busy, 0, layers)
        assert here == there


@pytest.mark.parametrize("layers", ["alone", "pure between"])
@pytest.mark.parametrize("path", ["/plain", "/awaits", "/stream", "/error", *READING_PATHS])
@pytest.mark.parametrize("name", ["pass_on", "catch", "answer", "waiting"])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_cancellation_at_each_turn(monkeypatch, name, path, layers):
    for turn in range(1, 14):
        here, there = seen(monkeypatch, name, path, True, turn, layers)
        # Without the turns: a cancelled task group takes one turn more or less to end.
        assert [event[1:] for event in here] == [event[1:] for event in there], turn


# ── Values of the real package ──


def ask(app: FastAPI, path: str) -> Any:
    sent: Log = []

    async def receive() -> Any:
        await asyncio.Event().wait()

    async def send(message: Any) -> None:
        sent.append(message.get("status") or message.get("body"))

    async def main() -> Any:
        try:
            await asyncio.wait_for(app(http_scope(path), receive, send), 20)
        except BaseException as error:
            return sent, error
        return sent, None

    return asyncio.run(main())


def behind(count: int) -> FastAPI:
    app = FastAPI()
    for _ in range(count):

        @app.middleware("http")
        async def pass_on(request: Request, call_next: Any) -> Any:
            return await call_next(request)

    add_endpoints(app, lambda *what: None, [None])
    return app


@pytest.mark.parametrize("count", [1, 2])
def test_a_base_exception_leaves_in_a_group(count):
    sent, error = ask(behind(count), "/own")
    assert sent == []
    for _ in range(count):
        none, error = error.exceptions
        assert type(none) is RuntimeError and none.args == ("No response returned.",)
    assert type(error) is Own and error.args == ("below",)


@pytest.mark.parametrize("count", [1, 2])
def test_a_cancelled_endpoint_gives_no_response(count):
    sent, error = ask(behind(count), "/cancelled")
    assert sent == [500, b"Internal Server Error"]
    assert type(error) is RuntimeError and error.args == ("No response returned.",)


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_an_interrupt_stops_the_loop(kind):
    app = behind(1)

    @app.get("/stop")
    async def stop():
        raise kind("stop")

    loop = asyncio.new_event_loop()

    async def never() -> Any:
        raise AssertionError

    try:
        task = loop.create_task(app(http_scope("/stop"), never, never))
        with pytest.raises(kind):
            loop.run_until_complete(task)
        # The task of the request still exists, as after any interrupt of a loop.
        assert task in asyncio.all_tasks(loop)
        task.cancel()
        with pytest.raises(BaseException):  # noqa: B017
            loop.run_until_complete(task)
        assert type(task.exception()) is kind
    finally:
        loop.close()


@pytest.mark.parametrize(
    ["count", "path", "expected"],
    [
        (0, "/first", [200]),
        (1, "/first", [500, b"Internal Server Error"]),
        (2, "/first", [500, b"Internal Server Error"]),
        (0, "/mid", [200]),
        (1, "/mid", [200, b""]),
        (2, "/mid", [200, b""]),
    ],
)
@needs_agreement
def test_an_event_stream_that_fails_is_broken(count, path, expected):
    app = behind(count)

    @app.get("/first", response_class=EventSourceResponse)
    async def first() -> AsyncIterable[int]:
        raise HTTPException(403, "no")
        yield 1

    @app.get("/mid", response_class=EventSourceResponse)
    async def mid() -> AsyncIterable[int]:
        yield 1
        raise ValueError("mid")

    # Starlette's function sends an empty body at the end, which has no status.
    sent, error = ask(app, path)
    assert sent == expected
    (inner,) = error.exceptions
    assert type(inner) is (HTTPException if path == "/first" else ValueError)


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("is_read", [True, False])
def test_a_client_that_has_left_is_not_noticed_by_a_cancelled_scope(count, is_read):
    app = behind(count)

    @app.post("/read")
    async def read(request: Request):
        if is_read:
            await request.body()
        return [await request.is_disconnected(), await request.is_disconnected()]

    left = [{"type": "http.request", "body": b"abc"}]
    sent: Log = []

    async def receive() -> Any:
        return left.pop() if left else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message.get("body"))

    asyncio.run(app(http_scope("/read", "POST"), receive, send))  # type: ignore[arg-type]
    assert sent[1] == b"[false,false]"


# ── The names of anyio ──

ASKED_FOR = """
import asyncio
import sys

import anyio

if "WouldBlock" in vars(anyio):
    sys.exit()  # A release of anyio that makes all of its names when it is imported.

from fastapi import FastAPI
from tests.planned.asgi import http_scope

app = FastAPI()

@app.middleware("http")
async def around(request, call_next):
    return await call_next(request)

@app.get("/")
async def read():
    return 1

async def receive():
    return {"type": "http.request", "body": b""}

async def send(message):
    pass

async def serve():
    busy = asyncio.ensure_future(spin())
    await app(http_scope("/"), receive, send)
    busy.cancel()

async def spin():
    while True:
        await asyncio.sleep(0)

print([name for name in ("Event", "create_memory_object_stream", "create_task_group") if name in vars(anyio)])
asyncio.run(serve())
print([name for name in ("WouldBlock", "get_current_task") if name in vars(anyio)])
"""


def test_the_bridge_imports_only_the_names_of_anyio_that_the_real_package_imports():
    # anyio renames an object on import: `anyio._core._exceptions.WouldBlock` becomes `anyio.WouldBlock` in tracebacks.
    command = [sys.executable, "-c", ASKED_FOR]
    found = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8", check=True)
    assert found.stdout in ("", "[]\n[]\n")


# ── Stand-ins that do not agree ──


def asked_again(known: Accelerator) -> Accelerator:
    """Return the same accelerator before its check has run."""
    return Accelerator(known.name, known.replaces, known.packages, known.check)


@needs_agreement
def test_without_another_thread_starlette_serves_the_request(monkeypatch, caplog):
    def refuse(thread: Any) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(_comparing.Thread, "start", refuse)
    with caplog.at_level(logging.WARNING, logger="fastapi"):
        assert not asked_again(HTTP_MIDDLEWARE).is_on()
    (record,) = caplog.records
    assert "can't start new thread" in record.getMessage()


@needs_agreement
def test_a_difference_is_logged_once(monkeypatch, caplog):
    async def one_turn_more(layer: Any, scope: Any, receive: Any, send: Any) -> None:
        await asyncio.sleep(0)
        await BaseHTTPMiddleware.__call__(layer, scope, receive, send)

    monkeypatch.setattr(_http_agreement, "GENUINE_CALL", one_turn_more)
    again = asked_again(HTTP_MIDDLEWARE)
    with caplog.at_level(logging.WARNING, logger="fastapi"):
        assert not again.is_on() and not again.is_on()
    (record,) = caplog.records
    assert "an answer, busy" in record.getMessage()


def test_a_task_that_an_outer_scope_cancels_leaves_no_trace(caplog):
    app = behind(1)

    @app.middleware("http")
    async def outer(request: Request, call_next: Any) -> Any:
        response = await call_next(request)
        assert [part async for part in response.body_iterator] == [b'{"a":1}']
        raise HTTPException(404, "gone")

    @app.get("/nothing-to-see")
    async def nothing_to_see():
        return {"a": 1}

    sent, error = ask(app, "/nothing-to-see")
    assert sent == [500, b"Internal Server Error"]
    assert type(error) is HTTPException
    assert not [record for record in caplog.records if record.name == "asyncio"]
