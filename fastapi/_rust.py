"""The bridge to the core: the operations that the rest of the package uses.

It knows frames, not FastAPI. `fastapi/_wasm` loads the core and chooses a rung of this ladder, best first:

    fast     wasmtime's raw call by ctypes: 0.14 us a crossing
    public   the Python package's public call: 20 us a crossing, where the raw call does not pass the self-test
    pulley   the raw call on wasmtime's interpreter, where executable memory is forbidden
    javascript  the engine of the host of JavaScript in which CPython itself runs (Pyodide): browsers, Node.js
    python   no core: the exact way alone

Without `FASTAPI_RS_MODE` the first rung that passes the self-test is taken. One INFO line on the logger "fastapi" names
the rung and the stand-ins. A module that is missing, damaged or stale is an error and not a rung, because a process on
a slower rung would hide it.
"""

from __future__ import annotations

import os
import threading
from marshal import dumps
from typing import Any, Callable

from fastapi._stand_ins.accelerators import NotUsed
from fastapi._wasm import artifact, contract
from fastapi._wasm.artifact import RustExtensionError as RustExtensionError
from fastapi._wasm.core import COUNTERS
from fastapi._wasm.crossing import make_crossing
from fastapi._wasm.instance import DOCUMENT_VERSION, REQUEST_VERSION, Unavailable
from fastapi._wasm.ladder import MODE_VARIABLE, chosen, security_refusals
from fastapi._wasm.ladder import MODES as MODES
from fastapi._wasm.ladder import compile_early as compile_early
from fastapi._wasm.ladder import require_core as _require_core
from fastapi._wasm.ladder import security as security
from fastapi._wasm.plan import Plan


def mode() -> str:
    """Return the rung in use. The first call loads the core; raises RustExtensionError for a broken installation."""
    return chosen().mode


def why() -> str:
    """Return the reason for that rung, and for each module with secrets that is not available."""
    return "; ".join([chosen().why, *security_refusals.values()])


def why_not_raw() -> str | None:
    """Return why calls go through the Python classes of wasmtime, or None. The self-test of the rung is the check."""
    choice = chosen()
    if choice.mode in ("fast", "pulley"):
        return None
    if choice.mode in ("javascript", "python") or os.environ.get(MODE_VARIABLE):
        raise NotUsed(choice.why)
    return choice.why


def rust_available() -> bool:
    """Whether the core answers in this process."""
    try:
        return mode() != "python"
    except RustExtensionError:
        return False


def check_compatibility() -> dict[str, object]:
    """Describe the core in use; raise RustExtensionError when its file, its manifest and the contract disagree."""
    _, description = artifact.read()
    artifact.check_contract(description, contract.CONTRACT_HASH)
    choice = chosen()
    host = choice.core.host if choice.core else None
    return {
        "mode": choice.mode,
        "why": choice.why,
        "module": artifact.MODULE,
        "sha256": description["sha256"],
        "contract": description["contract"],
        "compiler": description["compiler"],
        "core_version": choice.core.version if choice.core else None,
        "engine": f"{host.runtime} {host.version}" if host else None,
        "wasmtime": host.version if host and host.runtime == "wasmtime" else None,
        "cache": choice.core.cached if choice.core else None,
        "exports": sorted(contract.EXPORTS),
    }


def get_rust_function(name: str) -> Callable[..., object]:
    """Return an operation of the core by the name of its export; it takes and returns Python values.

    Example: `get_rust_function("describe")()` answers the contract's hash and the version of the core.
    """
    if name not in contract.EXPORTS:
        raise RustExtensionError(f"the core has no function {name!r}; it has {', '.join(sorted(contract.EXPORTS))}")
    core = _require_core()
    parameters, result = contract.EXPORTS[name]
    version = DOCUMENT_VERSION if name in ("encode_json", "dump_json") else REQUEST_VERSION

    def operation(*arguments: Any) -> object:
        numbers, values = arguments[: len(parameters)], arguments[len(parameters) :]
        frame = dumps(values[0], version) if values else b""
        try:
            if result is not None:
                return core.lease().instance.invoke(name, *arguments)
            return core.exchange(name, frame, *numbers)
        except Unavailable as error:
            raise RustExtensionError(f"the core cannot be asked for {name}: {error}") from None

    operation.__name__ = name
    return operation


def encode_json(value: object) -> bytes | None:
    """Return the JSON text of `jsonable_encoder(value)`, or None when Python has to write it."""
    try:
        encode = _local.encode_json
    except AttributeError:
        encode = _new_crossing("encode_json", DOCUMENT_VERSION)
    answer: bytes | None = encode(value)
    return answer


def dump_json(value: object) -> bytes | None:
    """Return the JSON text of a result of `jsonable_encoder`, or None when Python has to write it."""
    try:
        dump = _local.dump_json
    except AttributeError:
        dump = _new_crossing("dump_json", DOCUMENT_VERSION)
    answer: bytes | None = dump(value)
    return answer


def open_form(content_type: bytes, max_files: int, max_fields: int, max_part_size: int) -> tuple[Any, ...] | None:
    """Return `(kind, state, charset, delimiter)` for a body of this type, or None when Starlette has to read it."""
    try:
        ask = _local.open_form
    except AttributeError:
        ask = _new_crossing("open_form", REQUEST_VERSION)
    answer: tuple[object, ...] | None = ask((content_type, max_files, max_fields, max_part_size))
    return answer


def parse_form(state: bytes, flags: int, piece: Any) -> tuple[Any, ...] | None:
    """Return `(events, whether all are whole fields, next state)` for a piece of a form, or None without a core.

    The core keeps no part of a form, so any thread may ask about the next piece.
    """
    try:
        ask = _local.parse_form
    except AttributeError:
        ask = _new_crossing("parse_form", REQUEST_VERSION)
    answer: tuple[Any, ...] | None = ask((state, flags), piece)
    return answer


def counters() -> dict[str, int]:
    """Return the counters of the core since the process started, summed over all threads.

    A thread that uses the core at the moment counts as it did when it asked for the counters itself, and fully when it
    has ended.
    """
    core = chosen().core
    return core.counters() if core else dict.fromkeys(COUNTERS + ("traps",), 0)


class LoadedPlan(Plan):
    """A plan known to every thread: it loads itself into a thread's instance at its first use there."""

    def __init__(self, frame: bytes) -> None:
        super().__init__(_require_core(), frame)


# The crossings of this thread, by the name of the operation.
_local = threading.local()


def _new_crossing(name: str, version: int) -> Callable[..., Any]:
    """Make this thread's crossing for an operation that needs no plan; one that declines when there is no core."""
    core = chosen().core
    cross: Callable[..., Any] = _decline if core is None else make_crossing(core, name, version)
    setattr(_local, name, cross)
    return cross


def _decline(*_: object) -> None:
    return None
