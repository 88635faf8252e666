"""A plugin of pytest that records each call of a module: name, plan, frame and answer, as the bytes in its memory.

`--calls FILE` writes one JSON document for each call.
"""

from __future__ import annotations

import json
import marshal
from io import BytesIO
from os.path import basename
from pathlib import Path
from typing import Any, Dict, List

from fastapi._wasm import artifact, ladder, security
from fastapi._wasm.core import NO_WIRES, Core

calls: List[Dict[str, Any]] = []


def pytest_addoption(parser: Any) -> None:
    parser.addoption("--calls", help="the file for the calls")


def pytest_configure(config: Any) -> None:
    Core.wires = recording(Core.wires)  # type: ignore[method-assign]
    security.SecurityCore.ask = naming(security.SecurityCore.ask)  # type: ignore[method-assign]
    security.SecurityCore.ask_apart = naming(security.SecurityCore.ask_apart)  # type: ignore[method-assign]
    security._Own.exchange = recording_secrets(security._Own.exchange)  # type: ignore[method-assign]


def pytest_sessionfinish(session: Any) -> None:
    with open(session.config.getoption("calls"), "w", encoding="utf-8") as file:
        file.writelines(json.dumps(call) + "\n" for call in calls)


def taken(buffer: Any) -> bytes:
    """Return the bytes of the document at the start of a buffer."""
    file = BytesIO(bytes(buffer))
    marshal.load(file)
    return file.getvalue()[: file.tell()]


def note(module: str, name: str, plan: Any, frame: bytes, answer: bytes) -> None:
    plan = None if plan is None else plan._frame.hex()
    calls.append({"module": module, "name": name, "plan": plan, "frame": frame.hex(), "answer": answer.hex()})


def recording(wires: Any) -> Any:
    def recorded_wires(core: Any, name: str, plan: Any, forget: Any) -> Any:
        found = wires(core, name, plan, forget)
        if found is NO_WIRES:
            return found
        instance, lease, call, arguments, trap, into, out = found

        def recorded(*parts: Any) -> Any:
            frame, failed = taken(into), call(*parts)
            note(basename(artifact.MODULE), name, plan, frame, taken(out))
            return failed

        return instance, lease, recorded, arguments, trap, into, out

    return recorded_wires


# The module that answers at the moment.
_asked: List[str] = []


def naming(ask: Any) -> Any:
    def named(core: Any, *arguments: Any, **options: Any) -> Any:
        folder = Path(artifact.MODULE).parent
        opened = [path for path, opened in ladder.opened_security.items() if opened is core]
        _asked[:] = [Path(path).relative_to(folder).as_posix() for path in opened]
        return ask(core, *arguments, **options)

    return named


def recording_secrets(exchange: Any) -> Any:
    def recorded(own: Any, name: str, frame: bytes, released: bool) -> Any:
        answers: List[bytes] = []
        security.loads = lambda out: (answers.append(taken(out)), marshal.loads(out))[1]  # type: ignore[attr-defined]
        try:
            answer = exchange(own, name, frame, released)
        finally:
            security.loads = marshal.loads  # type: ignore[attr-defined]
        if _asked:
            note(_asked[0], name, None, frame, answers[0])
        return answer

    return recorded
