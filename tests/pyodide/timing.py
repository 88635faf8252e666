# ruff: noqa: E402, T201
"""Print, as JSON, the seconds of the import and of four kinds of requests, each the best of several rounds."""

from __future__ import annotations

import asyncio
import json
import sys
import time

REQUESTS = {
    "items": ("/items/5", b"q=abc&n=7", 200),
    "p8": ("/p8/1/two", b"c=5&d=1.5&e=true&f=x&g=9", 200),
    "422": ("/items/x", b"n=y", 422),
    "404": ("/nothing", b"", 404),
}
ROUNDS, REPETITIONS = 7, 300

started = time.process_time()
if "ours" in sys.argv:
    sys.path.insert(0, "/project")
import fastapi

seconds = {"import": time.process_time() - started}
app = fastapi.FastAPI()


@app.get("/items/{number}")
async def items(number: int, q: str = "none", n: int = 1) -> dict:
    return {"number": number, "q": q, "n": n}


@app.get("/p8/{a}/{b}")
async def p8(
    a: int, b: str, c: int = 1, d: float = 2.0, e: bool = False, f: str = "f", g: int = 3, h: str = fastapi.Header("h")
) -> dict:
    return {"a": a, "b": b, "c": c, "d": d, "e": e, "f": f, "g": g, "h": h}


async def ask(path: str, query: bytes) -> int:
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "root_path": "",
        "headers": [(b"host", b"test"), (b"accept", b"*/*")],
        "client": ("127.0.0.1", 1),
        "server": ("test", 80),
    }
    sent = []

    async def receive() -> dict:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent[0]["status"]


async def main() -> None:
    for name, (path, query, status) in REQUESTS.items():
        assert await ask(path, query) == status, name
        for _ in range(REPETITIONS):
            await ask(path, query)
    for _ in range(ROUNDS):
        for name, (path, query, _) in REQUESTS.items():
            begun = time.process_time()
            for _ in range(REPETITIONS):
                await ask(path, query)
            used = (time.process_time() - begun) / REPETITIONS
            seconds[name] = min(seconds.get(name, used), used)


coroutine = main()
asyncio._set_running_loop(None)
try:
    while True:
        coroutine.send(None)
except StopIteration:
    assert fastapi.__file__.startswith("/project" if "ours" in sys.argv else "/packages")
    print(json.dumps(seconds))
