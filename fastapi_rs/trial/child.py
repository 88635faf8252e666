"""The program of a child process: imports an application, sends requests to it, and writes the answers down.

It runs with the interpreter of the application and knows the standard library alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import io
import json
import logging
import sys
import time
from base64 import b64decode, b64encode
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple
from urllib.parse import unquote_to_bytes

_LONGEST = 30
_moving: List[bytes] = []
_REPEATED_BELOW = 0.2
_LIFESPAN = 60


def main(place: str) -> None:
    """Run the configuration in a file, and write the answer beside it."""
    config = json.loads(Path(place).read_text(encoding="utf-8"))
    try:
        answer = _run(config)
    except BaseException as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    Path(place).with_suffix(".answer").write_text(json.dumps(answer), encoding="utf-8")


def _run(config: Dict[str, Any]) -> Dict[str, Any]:
    # Each run has its objects at other addresses, so that answers which depend on them are not repeated.
    _moving.extend(bytes(size) for size in range(8, 512, 16) for _ in range(config["run"]))
    started = time.perf_counter()
    app = _load(config["application"])
    answer: Dict[str, Any] = {"import_seconds": time.perf_counter() - started}
    if config["requests"] is None:
        answer["document"] = app.openapi() if hasattr(app, "openapi") else {}
        answer["ways"] = _ways(config["application"])
        answer["rung"] = _rung()
        return answer
    answer["answers"] = asyncio.run(_send_all(app, config))
    return answer


def _load(place: str) -> Any:
    module, _, name = place.partition(":")
    found: Any = importlib.import_module(module)
    for part in (name or "app").split("."):
        found = getattr(found, part)
    return found


def _ways(place: str) -> List[str]:
    """Return the lines that `fastapi-rs explain` prints; an empty list on the real package."""
    try:
        from fastapi import _doctor
    except ImportError:
        return []
    with contextlib.redirect_stdout(io.StringIO()) as output:
        _doctor.explain_application(place)
    return output.getvalue().splitlines()


def _rung() -> str:
    """Return the rung in use and its reason; nothing on the real package."""
    try:
        from fastapi import _rust
    except ImportError:
        return ""
    return f"{_rust.mode()} ({_rust.why()})"


class _Records(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: List[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self.lines.append(
            f"{record.name} {record.levelname} {record.getMessage()}" + (f" {_shown(error)}" if error else "")
        )


def _shown(error: Optional[BaseException]) -> str:
    return f"{type(error).__name__}: {error}" if error is not None else ""


async def _send_all(app: Any, config: Dict[str, Any]) -> List[Dict[str, Any]]:
    records = _Records()
    logging.getLogger().addHandler(records)
    lifespan = _Lifespan(app)
    await lifespan.start()
    found = []
    progress = Path(config["progress"])
    for number, request in enumerate(config["requests"]):
        records.lines = []
        answer = await _send(app, request, lifespan.state)
        answer["logs"] = list(records.lines)
        answer["times"] = [answer.pop("time")]
        # A response that ends when its client goes away is not repeated.
        if request["repeated"] and answer["error"] is None and answer["times"][0] < _REPEATED_BELOW:
            for _ in range(config["rounds"]):
                answer["times"].append(await _time(app, request, lifespan.state))
        found.append(answer)
        if number % 8 == 0:
            progress.write_text(str(number), encoding="utf-8")
    await lifespan.stop()
    return found


class _Lifespan:
    """https://asgi.readthedocs.io/en/latest/specs/lifespan.html"""

    def __init__(self, app: Any) -> None:
        self.state: Dict[str, Any] = {}
        self._app = app
        self._received: asyncio.Queue[Dict[str, Any]] = asyncio.Queue()
        self._sent: asyncio.Queue[Dict[str, Any]] = asyncio.Queue()

    async def start(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        self._task = asyncio.ensure_future(self._app(scope, self._received.get, self._sent.put))
        message = await self._exchange("lifespan.startup")
        if message["type"] == "lifespan.startup.failed":
            raise RuntimeError(f"the application does not start: {message.get('message', '').strip()}")

    async def stop(self) -> None:
        await self._exchange("lifespan.shutdown")
        with contextlib.suppress(Exception):
            await self._task

    async def _exchange(self, kind: str) -> Dict[str, Any]:
        await self._received.put({"type": kind})
        answered = asyncio.ensure_future(self._sent.get())
        await asyncio.wait([answered, self._task], timeout=_LIFESPAN, return_when=asyncio.FIRST_COMPLETED)
        if answered.done():
            return answered.result()
        answered.cancel()
        if self._task.done():
            # An application without a lifespan raises; a server ignores that.
            return {"type": f"{kind}.complete"}
        raise RuntimeError(f"the application does not answer {kind} within {_LIFESPAN} s")


async def _send(app: Any, request: Dict[str, Any], state: Dict[str, Any]) -> Dict[str, Any]:
    sent: List[Dict[str, Any]] = []
    scope = _scope(request, state)
    body = b64decode(request["body"])
    ended = asyncio.Event()
    first = True

    async def receive() -> Dict[str, Any]:
        nonlocal first
        if first:
            first = False
            return {"type": "http.request", "body": body, "more_body": False}
        await ended.wait()
        return {"type": "http.disconnect"}

    async def send(message: Dict[str, Any]) -> None:
        sent.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            ended.set()

    error: Optional[BaseException] = None
    # Not asyncio.wait_for: before Python 3.12 it makes a task, which costs more than the request.
    this = asyncio.current_task()
    assert this is not None
    deadline = asyncio.get_running_loop().call_later(_LONGEST, this.cancel)
    started = time.perf_counter()
    try:
        await app(scope, receive, send)
    except asyncio.CancelledError:
        error = TimeoutError(f"no end within {_LONGEST} s")
    except Exception as raised:
        error = raised
    elapsed = time.perf_counter() - started
    deadline.cancel()
    return {
        **_answer(sent),
        "error": _shown(error) if error is not None else None,
        "route": _route(scope),
        "time": elapsed,
    }


async def _time(app: Any, request: Dict[str, Any], state: Dict[str, Any]) -> float:
    """Return the seconds of one call, with nothing around it."""
    scope, body = _scope(request, state), b64decode(request["body"])

    async def receive() -> Dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Dict[str, Any]) -> None:
        pass

    started = time.perf_counter()
    await app(scope, receive, send)
    return time.perf_counter() - started


def _answer(sent: List[Dict[str, Any]]) -> Dict[str, Any]:
    start = next((message for message in sent if message["type"] == "http.response.start"), None)
    body = b"".join(message.get("body", b"") for message in sent if message["type"] == "http.response.body")
    headers: List[Tuple[str, str]] = [
        (bytes(name).decode("latin-1"), bytes(value).decode("latin-1"))
        for name, value in (start or {}).get("headers", ())
    ]
    return {"status": start["status"] if start else None, "headers": headers, "body": b64encode(body).decode()}


def _route(scope: Dict[str, Any]) -> Optional[str]:
    return getattr(scope.get("route"), "path_format", None) or getattr(scope.get("route"), "path", None)


def _scope(request: Dict[str, Any], state: Dict[str, Any]) -> Dict[str, Any]:
    path, _, query = request["target"].partition("?")
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1", "replace")) for name, value in request["headers"]
    ]
    body = b64decode(request["body"])
    if body:
        headers.append((b"content-length", str(len(body)).encode()))
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": request["method"],
        "scheme": "http",
        "path": unquote_to_bytes(path).decode("utf-8", "replace"),
        "raw_path": path.encode("ascii", "replace"),
        "query_string": query.encode("ascii", "replace"),
        "root_path": "",
        "headers": [(b"host", b"127.0.0.1:8000"), *headers],
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8000),
        "state": dict(state),
        "extensions": {},
    }


if __name__ == "__main__":
    main(sys.argv[1])
