"""One process of the benchmark: runs in one environment, imports one `fastapi`, prints JSON.

`run.py` calls it as a script, by path, so `sys.path[0]` is this folder and not the project: in the real package's
environment, imports must not find the project's own `fastapi/`.

    subject.py answers --rows plain,items     status, headers and body of each row
    subject.py time    --rows plain,items     microseconds per request, in process
    subject.py serve   --row plain            uvicorn with one worker; prints its port
    subject.py imports                        seconds and memory of `import fastapi`
    subject.py register                       1000 POST routes, the first request, the first openapi()
    subject.py functions --rows jsonable10k   single functions
    subject.py core                           the core round trip of `items` (this project only)
    subject.py artifact                       size, first compilation and loading of the modules (this project only)
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import hashlib
import json
import os
import sys
import time
from typing import Any, Awaitable, Callable

from workloads import BODY, BY_NAME, JSON, Row

Application = Callable[[Any, Any, Any], Awaitable[None]]

TASKS = ["answers", "time", "serve", "imports", "register", "functions", "core", "artifact", "versions"]
# The CPU time of the process, with all threads, excludes the time of other programs on the machine.
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
now = time.perf_counter


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("task", choices=TASKS)
    parser.add_argument("--subject", default="real", help="real, ours, starlette, raw, blacksheep, falcon or litestar")
    parser.add_argument("--rows", default="")
    parser.add_argument("--seconds", type=float, default=0.25, help="time spent on one row")
    parser.add_argument("--clock", choices=list(CLOCKS), default="wall", help="cpu: for a machine that is not idle")
    options = parser.parse_args()
    global now
    now = CLOCKS[options.clock]
    names = [name for name in options.rows.split(",") if name]
    result = getattr(sys.modules[__name__], f"task_{options.task}")(options.subject, names, options.seconds)
    if result is not None:
        print(json.dumps(result))


def application(subject: str, row: Row) -> Application | None:
    if subject in ("starlette", "raw"):
        import controls

        return controls.make(subject, row)
    if subject in ("real", "ours"):
        _check_package(subject)
        import apps

        return apps.APPS[row.app]()
    import peers

    return peers.make(subject, row)


def _check_package(subject: str) -> None:
    import fastapi

    if hasattr(fastapi, "__rs_version__") != (subject == "ours"):
        raise SystemExit(f"{fastapi.__file__} is not the package of the subject {subject!r}")


# ---- answers -------------------------------------------------------------------------------------------------------


def task_answers(subject: str, names: list[str], seconds: float) -> dict[str, Any]:
    answers = {}
    for name in names:
        try:
            app = application(subject, BY_NAME[name])
            if app is not None:
                # Twice: the second answer uses the state that the first request prepared.
                answers[name] = [asyncio.run(_answer(app, BY_NAME[name])) for _ in range(2)]
        except Exception as error:  # One broken row must not hide the others; it counts as a wrong answer.
            answers[name] = [{"status": "no answer", "headers": [], "body": "", "start": repr(error)}]
    return answers


async def _answer(app: Application, row: Row) -> dict[str, Any]:
    sent: list[dict[str, Any]] = []
    messages = row.messages()

    async def receive() -> dict[str, object]:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(row.scope(), receive, send)
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return {
        "status": sent[0]["status"],
        "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in sent[0]["headers"]],
        "body": hashlib.sha256(body).hexdigest(),
        "start": body[:300].decode("latin-1"),
    }


# ---- time in process -----------------------------------------------------------------------------------------------


def task_time(subject: str, names: list[str], seconds: float) -> dict[str, list[float]]:
    times = {}
    for name in names:
        row = BY_NAME[name]
        app = application(subject, row)
        if app is not None:
            times[name] = asyncio.run(_time(app, row, seconds))
    return times


async def _time(app: Application, row: Row, seconds: float) -> list[float]:
    """Return microseconds per request of some samples, each of which runs the request many times."""
    request = requester(app, row)
    count = 1
    while True:
        started = now()
        await request(count)
        spent = now() - started
        if spent > 0.02:
            break
        count *= 2
    samples = 5
    count = max(1, int(count * seconds / samples / spent))
    # Freeze the objects of the application, so the collector does not visit them while requests are timed.
    gc.collect()
    gc.freeze()
    found = []
    for _ in range(samples):
        started = now()
        await request(count)
        found.append((now() - started) / count * 1e6)
    gc.unfreeze()
    return found


def requester(app: Application, row: Row) -> Callable[[int], Awaitable[None]]:
    scope = row.scope()
    messages = row.messages()

    async def send(message: Any) -> None:
        return None

    async def receive_single() -> Any:
        return messages[0]

    async def single(count: int) -> None:
        for _ in range(count):
            await app(dict(scope), receive_single, send)

    async def several(count: int) -> None:
        for _ in range(count):
            following = iter(messages)

            async def receive() -> Any:
                return next(following)  # noqa: B023

            await app(dict(scope), receive, send)

    return single if len(messages) == 1 else several


# ---- uvicorn -------------------------------------------------------------------------------------------------------


def task_serve(subject: str, names: list[str], seconds: float) -> None:
    import uvicorn

    app = application(subject, BY_NAME[names[0]])
    config = uvicorn.Config(app, port=0, log_level="warning", access_log=False, lifespan="off")
    config.load()
    sock = config.bind_socket()
    # Uvicorn chooses loop and parser: uvloop and httptools if they are installed.
    parser = config.http_protocol_class.__module__.rpartition(".")[2]
    print(json.dumps({"port": sock.getsockname()[1], "pid": os.getpid(), "parser": parser}), flush=True)
    uvicorn.Server(config).run(sockets=[sock])


# ---- import, registration, core ------------------------------------------------------------------------------------


def task_imports(subject: str, names: list[str], seconds: float) -> dict[str, float]:
    before = _memory()
    started = now()
    import fastapi  # noqa: F401

    spent = now() - started
    _check_package(subject)
    return {"ms": spent * 1e3, "mib": (_memory() - before) / 2**20}


def task_register(subject: str, names: list[str], seconds: float) -> dict[str, float]:
    _check_package(subject)
    import apps

    from fastapi import FastAPI

    apps.register(FastAPI(), 1)  # An import, or an object that a process builds once, is not a cost of a route.
    gc.collect()
    before = _memory()
    started = now()
    app = FastAPI()
    apps.register(app, 1000)
    registered = now()
    after = _memory()
    row = Row("first", "", method="POST", path="/things999", query=b"page=2&q=x", headers=JSON, body=BODY)
    first = _timed(lambda: asyncio.run(_answer(app, row)))
    openapi = _timed(app.openapi)
    return {
        "ms": (registered - started) * 1e3,
        "mib": (after - before) / 2**20,
        "first_request_ms": first[0],
        "openapi_ms": openapi[0],
        "mib_with_openapi": (_memory() - before) / 2**20,
        "status": first[1]["status"],
    }


def _timed(call: Callable[[], Any]) -> tuple[float, Any]:
    started = now()
    value = call()
    return (now() - started) * 1e3, value


def _memory() -> int:
    """Return the resident memory of this process in bytes, or 0 if it cannot be read."""
    try:
        with open("/proc/self/statm") as statm:
            return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def task_core(subject: str, names: list[str], seconds: float) -> dict[str, Any]:
    import core_round_trip

    return core_round_trip.measure(seconds)


def task_functions(subject: str, names: list[str], seconds: float) -> dict[str, Any]:
    import functions

    _check_package(subject)
    return functions.measure(names, seconds, now)


def task_artifact(subject: str, names: list[str], seconds: float) -> dict[str, float]:
    import artifact

    return artifact.measure(now)


def task_versions(subject: str, names: list[str], seconds: float) -> dict[str, str]:
    import importlib.metadata

    found = {"python": sys.version.split()[0], "executable": sys.executable}
    for name in COMPARED:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


# The packages whose versions must be equal in both environments.
COMPARED = [
    "starlette",
    "pydantic",
    "pydantic-core",
    "anyio",
    "python-multipart",
    "uvicorn",
    "uvloop",
    "httptools",
    "typing-extensions",
]


if __name__ == "__main__":
    main()
