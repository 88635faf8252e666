"""Many requests at once: each gets its own answer, in any number of tasks, threads, loops and processes."""

import asyncio
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
from contextvars import ContextVar
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Optional, Tuple

import anyio
import pytest
from typing_extensions import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException, _rust
from fastapi.responses import JSONResponse
from tests.planned.asgi import Seen, answered_by_core, exactly, http_scope, run

needs_core = pytest.mark.skipif(not _rust.rust_available(), reason="FASTAPI_RS_MODE=python has no core")
ROOT = Path(__file__).resolve().parents[2]
JSON = [(b"content-type", b"application/json")]


class Lost(Exception):
    pass


def make_app() -> FastAPI:
    app = FastAPI()

    async def first(h: Annotated[int, Header()]) -> int:
        await anyio.sleep(0)
        return h

    def second(a: Annotated[int, Depends(first)], q: str) -> Tuple[int, str]:
        return a, q

    @app.get("/async/{n}")
    async def read(n: int, a: Annotated[int, Depends(first)], q: str) -> Any:
        await anyio.sleep(0.001 * (n % 3))
        return [n, a, q]

    @app.get("/sync/{n}")
    def read_sync(n: int, a: Annotated[Tuple[int, str], Depends(second)]) -> Any:
        return [n, *a]

    @app.post("/body/{n}")
    async def read_body(n: int, body: Dict[str, int], q: str) -> Any:
        await anyio.sleep(0)
        return [n, body["h"], q]

    @app.get("/raise/{n}")
    async def fail(n: int, q: str) -> Any:
        await anyio.sleep(0)
        if n % 2:
            raise Lost(q)
        raise HTTPException(409, [n, q])

    return app


async def request_number(app: FastAPI, n: int) -> None:
    """Send one of six kinds of requests with `n` in it, and require an answer with `n` in it."""
    kind = n % 6
    headers = [(b"h", b"%d" % n), *JSON]
    path = ["/async", "/sync", "/body", "/raise", "/async/x", "/nowhere"][kind] + f"/{n}"
    if kind == 4:
        path = f"/async/x{n}"
    method = "POST" if kind == 2 else "GET"
    scope = http_scope(path, method, headers, query_string=b"q=q%d" % n)
    seen = await run(app, Seen(scope), b'{"h": %d}' % n)
    if kind == 3 and n % 2:
        assert type(seen.error) is Lost and str(seen.error) == f"q{n}" and seen.status == 500
        return
    assert seen.error is None and len(seen.messages) == 2
    body = json.loads(seen.body)
    if kind < 3:
        assert (seen.status, body) == (200, [n, n, f"q{n}"])
    elif kind == 4:
        assert seen.status == 422 and [error["input"] for error in body["detail"]] == [f"x{n}"]
    else:
        assert seen.status == 404 and body == {"detail": "Not Found"}


async def request_many(app: FastAPI, numbers: List[int]) -> None:
    async with anyio.create_task_group() as group:
        for n in numbers:
            group.start_soon(request_number, app, n)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_thousand_requests_in_flight(backend: str) -> None:
    if backend == "trio":
        pytest.importorskip("trio")
    anyio.run(request_many, make_app(), list(range(1000)), backend=backend)


def test_threads_with_loops_of_their_own() -> None:
    """Eight threads call one application at once, before it is compiled."""
    app = make_app()
    backends = ["asyncio", *(["trio"] if _has_trio() else [])]
    start, failures = threading.Barrier(8), []

    def work(number: int) -> None:
        start.wait()
        numbers = list(range(number * 1000, number * 1000 + 150))
        try:
            anyio.run(request_many, app, numbers, backend=backends[number % len(backends)])
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def _has_trio() -> bool:
    try:
        import trio  # noqa: F401
    except ImportError:
        return False
    return True


def test_routes_added_during_requests_to_others() -> None:
    app = make_app()
    stop, failures = threading.Event(), []

    def ask() -> None:
        try:
            while not stop.is_set():
                anyio.run(request_many, app, list(range(30)))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for i in range(20):

        async def added(number: int = i) -> int:
            return number

        app.add_api_route(f"/added/{i}", added)
        seen = asyncio.run(run(app, Seen(http_scope(f"/added/{i}"))))
        if seen.body != b"%d" % i:
            failures.append(seen.body)  # type: ignore[arg-type]
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []


# ── Context variables ──

trail: ContextVar[str] = ContextVar("trail", default="")


def leave(name: str) -> str:
    trail.set(f"{trail.get()}/{name}")
    return trail.get()


def make_trail_app(middleware: str) -> FastAPI:
    app = FastAPI()

    async def asynchronous() -> str:
        return leave("async")

    def synchronous() -> str:
        return leave("sync")

    class Both:
        def __init__(self, s: Annotated[str, Depends(synchronous)], a: Annotated[str, Depends(asynchronous)]) -> None:
            self.seen = [s, a, leave("class")]

    @app.get("/async")
    async def read(both: Annotated[Both, Depends()]) -> Any:
        return [*both.seen, leave("endpoint")]

    @app.get("/sync")
    def read_sync(both: Annotated[Both, Depends()]) -> Any:
        return [*both.seen, leave("endpoint")]

    @app.get("/raise")
    async def fail(both: Annotated[Both, Depends()]) -> Any:
        leave("raise")
        raise HTTPException(400)

    @app.exception_handler(HTTPException)
    async def handle(request: Any, error: HTTPException) -> Any:
        return JSONResponse(leave("handler"), 418)

    if middleware == "http":

        @app.middleware("http")
        async def around(request: Any, call_next: Callable[..., Any]) -> Any:
            leave("middleware")
            response = await call_next(request)
            leave("after")
            return response

    if middleware == "asgi":

        class Around:
            def __init__(self, app: Any) -> None:
                self.app = app

            async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
                leave("middleware")
                await self.app(scope, receive, send)
                leave("after")

        app.add_middleware(Around)
    return app


@pytest.mark.parametrize("middleware", ["", "http", "asgi"])
@pytest.mark.parametrize("path", ["/async", "/sync", "/raise"])
def test_context_variables(path: str, middleware: str) -> None:
    async def follow(app: FastAPI) -> Tuple[bytes, str]:
        trail.set("start")
        seen = await run(app, Seen(http_scope(path)))
        return seen.body, trail.get()

    planned = asyncio.run(follow(make_trail_app(middleware)))
    assert planned == asyncio.run(follow(exactly(make_trail_app(middleware))))
    assert b"endpoint" in planned[0] or b"handler" in planned[0]


# ── Cancellation ──


def make_waiting_app(calls: List[str]) -> FastAPI:
    app = FastAPI()

    async def wait(name: str) -> None:
        calls.append(f"{name} waits")
        try:
            await anyio.sleep(60)
        except BaseException as error:
            # trio says Cancelled, asyncio CancelledError.
            calls.append(f"{name} {type(error).__name__}")
            raise
        finally:
            calls.append(f"{name} left")

    async def dependency(where: str) -> None:
        if where == "dependency":
            await wait("dependency")

    @app.post("/wait")
    async def endpoint(where: str, ready: Annotated[None, Depends(dependency)], body: Optional[Dict[str, int]]) -> None:
        await wait("endpoint")

    @app.get("/short")
    async def short(where: str) -> None:
        await wait("short")

    @app.get("/sync")
    def sync(where: str) -> str:
        calls.append("sync waits")
        time.sleep(0.05)
        calls.append("sync left")
        return where

    return app


PLACES = ["dependency", "endpoint", "body", "short", "sync", "send"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_cancellation(place: str, backend: str) -> None:
    if backend == "trio":
        pytest.importorskip("trio")
    planned, exact = ([], []), ([], [])  # type: Tuple[List[Any], List[Any]], Tuple[List[Any], List[Any]]
    for (calls, messages), make in ((planned, lambda app: app), (exact, exactly)):
        anyio.run(cancelled, make(make_waiting_app(calls)), place, calls, messages, backend=backend)
    assert planned == exact
    assert planned[0][-1] == "cancelled outside"


async def cancelled(app: FastAPI, place: str, calls: List[str], messages: List[Any]) -> None:
    path = {"short": "/short", "sync": "/sync"}.get(place, "/wait")
    method = "POST" if path == "/wait" else "GET"
    if place == "send":
        path, method = "/sync", "GET"
    waiting = anyio.Event()

    async def receive() -> Dict[str, Any]:
        if place == "body":
            calls.append("body waits")
            await anyio.sleep(60)
        return {"type": "http.request", "body": b"{}", "more_body": False}

    async def send(message: Dict[str, Any]) -> None:
        messages.append(message)
        if place == "send":
            calls.append("send waits")
            await anyio.sleep(60)

    async def call() -> None:
        scope = http_scope(path, method, JSON, query_string=b"where=" + place.encode())
        try:
            await app(scope, receive, send)
            calls.append("answered")
        except BaseException as error:
            calls.append(f"outside {type(error).__name__}")
            raise
        finally:
            waiting.set()

    async with anyio.create_task_group() as group:
        group.start_soon(call)
        while not any("waits" in each for each in calls) or (place == "send" and "send waits" not in calls):
            await anyio.sleep(0.001)
        group.cancel_scope.cancel()
    calls.append("cancelled outside")


# ── Memory ──

GROWTH = """
import asyncio, os, sys
from tests.planned.applications import make_app
from tests.planned.test_ways_agree import JSON

app = make_app()
app.state.calls = None
ok = ("GET", "/items/5", b"q=a&limit=3", [], b"")
REQUESTS = [
    *[ok] * 12,
    ("GET", "/many/1/b", b"text=abc&tag=x&tag=y", [(b"x-count", b"1"), (b"cookie", b"visits=3")], b""),
    ("GET", "/many/x/b", b"text=a", [], b""),
    ("GET", "/nowhere", b"", [], b""),
    ("GET", "/oauth", b"", [(b"authorization", b"Bearer t")], b""),
    ("GET", "/opaque/2024-02-29", b"colour=blue", [], b""),
    ("POST", "/body/3", b"", JSON, b'{"name": "tray"}'),
    ("GET", "/v1/outer/inner/x", b"n=2", [], b""),
    ("GET", "/raise/http", b"", [], b""),
]


async def send(message):
    pass


async def many(times):
    for _ in range(times // len(REQUESTS)):
        for number, (method, path, query, headers, body) in enumerate(REQUESTS):
            scope = {
                "type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": query,
                "headers": headers, "root_path": "", "scheme": "http", "server": ("x", 80), "http_version": "1.1",
            }

            async def receive():
                return {"type": "http.request", "body": body}

            await app(scope, receive, send)


def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


async def main():
    await many(20_000)
    before = resident()
    await many(200_000)
    print(resident() - before)


asyncio.run(main())
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="needs Linux's /proc")
def test_memory_does_not_grow_over_two_hundred_thousand_requests() -> None:
    done = subprocess.run([sys.executable, "-c", GROWTH], cwd=str(ROOT), stdout=subprocess.PIPE, timeout=300)
    assert done.returncode == 0
    assert int(done.stdout) < 3 << 20


# ── Servers ──

SERVED = """
import os
from fastapi import FastAPI

app = FastAPI()


@app.get("/items/{n}")
async def read(n: int, q: str = "a"):
    return [n, q, "VERSION"]


@app.get("/process")
def process():
    return os.getpid()
"""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Callable[..., int]]:
    """Return a function that starts uvicorn on a port of this machine. The fixture stops the server at the end."""
    pytest.importorskip("uvicorn")
    if sys.platform == "win32":
        pytest.skip("a server's processes cannot be told to stop here")
    (tmp_path / "served.py").write_text(SERVED, encoding="utf-8")
    servers: List[Any] = []

    def start(*options: str) -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        command = [sys.executable, "-m", "uvicorn", "served:app", "--port", str(port), "--log-level", "warning"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
        servers.append(subprocess.Popen([*command, *options], cwd=str(tmp_path), env=environment))
        return port

    yield start
    for server in servers:
        server.terminate()
        server.wait(30)


def ask(port: int, target: str) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", target)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def wait_for(port: int, target: str, wanted: Callable[[Any], bool]) -> Any:
    end = time.monotonic() + 60
    while True:
        try:
            answer = ask(port, target)
            if wanted(answer):
                return answer
        except (OSError, http.client.HTTPException):
            pass
        assert time.monotonic() < end, "the server did not answer as it should"
        time.sleep(0.05)


def test_two_workers_of_uvicorn(served: Callable[..., int]) -> None:
    port = served("--workers", "2")
    wait_for(port, "/items/1", lambda answer: True)
    processes = set()
    end = time.monotonic() + 60
    while len(processes) < 2 and time.monotonic() < end:
        processes.add(ask(port, "/process")[1])
        assert ask(port, "/items/5?q=x") == (200, [5, "x", "VERSION"])
        assert ask(port, "/items/x")[0] == 422
        assert ask(port, "/nowhere")[0] == 404
    assert len(processes) == 2


def test_uvicorn_reloads(served: Callable[..., int], tmp_path: Path) -> None:
    port = served("--reload")
    assert wait_for(port, "/items/1", lambda answer: True) == (200, [1, "a", "VERSION"])
    time.sleep(1.1)  # A watcher of modification times may see whole seconds.
    (tmp_path / "served.py").write_text(
        SERVED.replace("VERSION", "next").replace("n: int", "n: float"), encoding="utf-8"
    )
    assert wait_for(port, "/items/1", lambda answer: answer[1][2] == "next") == (200, [1.0, "a", "next"])


@needs_core
def test_all_this_was_answered_by_the_core() -> None:
    before = answered_by_core()
    anyio.run(request_many, make_app(), list(range(60)))
    # All but the requests that no route matches.
    assert answered_by_core() - before >= 49
