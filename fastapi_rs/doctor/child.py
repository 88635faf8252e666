"""The program of the doctor's child process: imports the package and asks it a few requests.

It prints one line of JSON. This is the one module of the doctor that imports `fastapi`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import traceback
from statistics import median
from time import perf_counter
from typing import Any, Dict, List, Tuple

from fastapi_rs.doctor.process import MARK

REQUESTS = 300
# The report has these from the disk.
_LEFT_OUT = ("fastapi-rs", "package", "python", "conflict")


def main() -> None:
    try:
        answer = examine()
    except BaseException as error:
        answer = {"error": _one_line(error)}
    sys.stdout.write(f"\n{MARK}{json.dumps(answer)}\n")
    sys.stdout.flush()


def examine() -> Dict[str, Any]:
    started = perf_counter()
    import fastapi

    answer: Dict[str, Any] = {
        "import_ms": _milliseconds(perf_counter() - started),
        "file": fastapi.__file__,
        "version": getattr(fastapi, "__version__", "unknown"),
        "is_ours": hasattr(fastapi, "__rs_version__"),
    }
    if answer["is_ours"]:
        answer.update(_own_facts())
    return answer


def _own_facts() -> Dict[str, Any]:
    from fastapi import _doctor

    first, times = asyncio.run(_self_test())
    return {
        "findings": [found for found in _doctor.findings() if not _is_known(*found)],
        "cache": _cache(),
        "first_ms": _milliseconds(first),
        "request_us": round(median(times) * 1e6, 1),
        "requests": len(times),
    }


def _is_known(title: str, _: str, good: bool) -> bool:
    return title in _LEFT_OUT or (title == "core" and good)


def _cache() -> Dict[str, Any]:
    from fastapi import _rust
    from fastapi._wasm import cache

    description = _rust.check_compatibility()
    used = description.get("cache")
    return {
        "setting": os.environ.get(cache.CACHE_VARIABLE, ""),
        "folders": list(cache.folders()),
        "has_core": description["core_version"] is not None,
        "used": used if isinstance(used, str) else "",
    }


async def _self_test() -> Tuple[float, List[float]]:
    """Ask an application three kinds of requests; return the seconds of the first one and of many later ones."""
    app = _application()
    started = perf_counter()
    await _expect(app, "/items/7", b"limit=3", 200, {"item_id": 7, "limit": 3})
    first = perf_counter() - started
    await _expect(app, "/items/x", b"", 422, None)
    await _expect(app, "/nothing", b"", 404, {"detail": "Not Found"})
    times = []
    for _ in range(REQUESTS):
        started = perf_counter()
        await _expect(app, "/items/7", b"limit=3", 200, {"item_id": 7, "limit": 3})
        times.append(perf_counter() - started)
    return first, times


def _application() -> Any:
    from fastapi import FastAPI

    app = FastAPI()

    async def read_item(item_id: int, limit: int = 10) -> Any:
        return {"item_id": item_id, "limit": limit}

    # The annotations of this module are strings, which need no name of this function.
    app.get("/items/{item_id}")(read_item)
    return app


async def _expect(app: Any, path: str, query: bytes, status: int, value: Any) -> None:
    sent: List[Dict[str, Any]] = []

    async def receive() -> Dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Dict[str, Any]) -> None:
        sent.append(message)

    await app(_scope(path, query), receive, send)
    body = json.loads(b"".join(message.get("body", b"") for message in sent[1:]))
    if sent[0]["status"] != status or (value is not None and body != value):
        raise AssertionError(f"the self-test asked {path} and got {sent[0]['status']} with {body!r}")


def _scope(path: str, query: bytes) -> Dict[str, Any]:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "root_path": "",
        "headers": [(b"host", b"localhost")],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 1)


def _one_line(error: BaseException) -> str:
    """Return an error as one line, with the file of the package in which it happened."""
    text = " ".join(traceback.format_exception_only(type(error), error)[-1].split())
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "fastapi" in frame.filename]
    place = f" ({frames[-1].filename}, line {frames[-1].lineno})" if len(frames) > 1 else ""
    return text + place
