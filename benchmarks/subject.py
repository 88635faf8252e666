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
import functools
import gc
import json
import os
import sys
import time
from typing import Any, Awaitable, Callable

import playing
from playing import Application, requester
from workloads import BODY, BY_NAME, JSON, Row

TASKS = ["answers", "time", "serve", "imports", "register", "functions", "core", "artifact", "versions"]
# The CPU time of the process, with all threads, excludes the time of other programs on the machine.
CLOCKS = {"wall": time.perf_counter, "cpu": time.process_time}
now = time.perf_counter
ANSWER_LIMIT = 20  # seconds


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
        return _built(row.app)
    import peers

    return peers.make(subject, row)


@functools.lru_cache(maxsize=1)  # Rows of one application stand together.
def _built(name: str) -> Application:
    import apps

    app: Application = apps.APPS[name]()
    return app


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
                answers[name] = [part for _ in range(2) for part in asyncio.run(_answers(app, BY_NAME[name]))]
        except Exception as error:  # One broken row must not hide the others; it counts as a wrong answer.
            answers[name] = [{"status": "no answer", "headers": [], "body": "", "start": repr(error)}]
    return answers


async def _answers(app: Application, row: Row) -> list[dict[str, Any]]:
    return await asyncio.wait_for(playing.answers(app, row), ANSWER_LIMIT)


# ---- time in process -----------------------------------------------------------------------------------------------


def task_time(subject: str, names: list[str], seconds: float) -> dict[str, dict[str, list[float]]]:
    """Return row -> the samples of its requests, and of its direct work if it has some."""
    times = {}
    for name in names:
        row = BY_NAME[name]
        app = application(subject, row)
        if app is not None:
            unit = len(row.steps) or 1
            times[name] = {"request": asyncio.run(_time(requester(app, row), seconds, unit))}
            work = _direct_work(subject, name)
            if work is not None:
                times[name]["direct"] = asyncio.run(_time(work, seconds / 3, unit))
    return times


def _direct_work(subject: str, name: str) -> Callable[[int], Awaitable[None]] | None:
    if subject not in ("real", "ours"):
        return None
    import apps

    call = apps.DIRECT.get(name)
    return playing.repeated(call) if call else None


async def _time(request: Callable[[int], Awaitable[None]], seconds: float, unit: int) -> list[float]:
    """Return microseconds per request of some samples, each of which has a multiple of `unit` requests."""
    await request(2 * unit)  # The first request loads and prepares much, so it says nothing about the number to run.
    count = unit
    while True:
        started = now()
        await request(count)
        spent = now() - started
        if spent > min(0.02, seconds / 5):
            break
        count *= 2
    samples = 5
    count = unit * max(1, round(count * seconds / samples / spent / unit))
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


# ---- uvicorn -------------------------------------------------------------------------------------------------------


def task_serve(subject: str, names: list[str], seconds: float) -> None:
    import uvicorn

    app = application(subject, BY_NAME[names[0]])
    # `ours-protocol`; older releases of uvicorn take no other name here.
    http = os.environ.get("BENCHMARK_PROTOCOL", "auto")
    config = uvicorn.Config(app, port=0, http=http, log_level="warning", access_log=False, lifespan="off")
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
    first = _timed(lambda: asyncio.run(playing.answer(app, row)))
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
