"""The ladder: chooses the rung, best first, and loads the modules on it."""

from __future__ import annotations

import logging
import os
import sys
import threading
from contextlib import suppress
from typing import Any

from fastapi._forks import in_children
from fastapi._stand_ins import accelerators
from fastapi._wasm import artifact, contract, early, self_test
from fastapi._wasm.artifact import RustExtensionError
from fastapi._wasm.core import Core
from fastapi._wasm.instance import Host, Trapped, Unavailable
from fastapi._wasm.javascript import JavascriptHost, is_javascript_host
from fastapi._wasm.loading import load_module
from fastapi._wasm.security import SecurityCore

MODES = ("fast", "public", "pulley", "javascript", "python")
MODE_VARIABLE = "FASTAPI_RS_MODE"

_logger = logging.getLogger("fastapi")


class Choice:
    """The rung in use."""

    def __init__(self, mode: str, why: str, core: Core | None = None) -> None:
        self.mode = mode
        self.why = why
        self.core = core


_choice: Choice | None = None
opened_security: dict[str, SecurityCore] = {}
# Module -> why this process uses no secrets with it.
security_refusals: dict[str, str] = {}
_refusal: str | None = None
# Reentrant: a signal handler may ask for the core while its own thread looks for it.
_choice_lock = threading.RLock()


def _renew_lock() -> None:
    global _choice_lock
    _choice_lock = threading.RLock()


in_children(_renew_lock)


def chosen() -> Choice:
    """Return the rung in use, which the first call finds."""
    global _choice, _refusal
    if _choice is None:
        with _choice_lock:
            if _refusal is not None:
                raise RustExtensionError(_refusal)
            if _choice is None:
                try:
                    choice = _choose(os.environ.get(MODE_VARIABLE, ""))
                except RustExtensionError as error:
                    _refusal = str(error)
                    raise
                # A signal handler may have chosen meanwhile. The crossings that it began keep its choice.
                if _choice is None:
                    _choice = choice
                    _logger.info("fastapi-rs: mode %s (%s); %s", _choice.mode, _choice.why, accelerators.summary())
    return _choice


def compile_early() -> None:
    """Begin to compile the core beside the other imports, if this process is the first one on this machine."""
    forced = os.environ.get(MODE_VARIABLE, "")
    if _choice is None and forced in ("", "fast", "pulley") and not is_javascript_host():
        # This thread may be in the middle of the import of one of these modules: the other thread must not wait for it.
        with suppress(ImportError):
            from fastapi._wasm import library, native, public  # noqa: F401
        early.open_early(forced or MODES[0], lambda rung: _load(rung, *artifact.read()))


def require_core() -> Core:
    choice = chosen()
    if choice.core is None:
        raise RustExtensionError(f"the core is not in use: {choice.why}")
    return choice.core


def security(module: str = artifact.MODULE) -> SecurityCore | None:
    """Return a module used for secrets: the core or an extra, which is loaded at its first use; None if unavailable."""
    found = opened_security.get(module)
    if found is None and module not in security_refusals:
        choice = chosen()
        if choice.core is None:
            return None
        with _choice_lock:
            found = opened_security.get(module)
            if found is None and module not in security_refusals:
                found = _open_security(choice.core, module)
    return found


def _choose(forced: str) -> Choice:
    if forced and forced not in MODES:
        raise RustExtensionError(f"{MODE_VARIABLE}={forced!r} is not a mode; the modes are {', '.join(MODES)}")
    if forced == "python":
        return Choice("python", f"{MODE_VARIABLE} demands it")
    wasm, description = artifact.read()
    artifact.check_contract(description, contract.CONTRACT_HASH)
    reasons: list[str] = []
    for rung in (forced,) if forced else _candidates():
        try:
            core = early.take_early(rung) or _load(rung, wasm, description)
            _require_self_test(core)
        except (Unavailable, MemoryError) as error:
            reasons.append(f"{rung}: {' '.join(str(error).split())}")
            continue
        what = f"{core.host.runtime} {core.host.version}, core {core.version}"
        because = f"; {MODE_VARIABLE} demands it" if forced else "".join(f"; not {reason}" for reason in reasons)
        return Choice(rung, what + because, core)
    if forced:
        raise RustExtensionError(f"{MODE_VARIABLE}={forced} cannot be had: {reasons[0]}")
    return Choice("python", "; ".join(reasons))


def _candidates() -> tuple[str, ...]:
    """Return the rungs that this platform can have, best first."""
    return ("javascript",) if is_javascript_host() else MODES[:3]


def _load(rung: str, wasm: bytes, description: dict[str, Any]) -> Core:
    """Return the core on this rung."""
    if sys.implementation.name != "cpython":
        raise Unavailable("frames are CPython's marshal, and only CPython's ctypes makes a crossing cheap")
    host = JavascriptHost() if rung == "javascript" else _wasmtime_host(rung)
    return Core(host, wasm, description["sha256"])


def _wasmtime_host(rung: str) -> Host:
    # A host of JavaScript has no use for these modules, and may have no ctypes.
    from fastapi._wasm.library import import_wasmtime, locate_library, package_version
    from fastapi._wasm.native import NativeHost
    from fastapi._wasm.public import PublicHost

    if rung == "public":
        return PublicHost(import_wasmtime(), package_version())
    return NativeHost(*locate_library(), pulley=rung == "pulley")


def _require_self_test(core: Core) -> None:
    """Raise Unavailable for a core that does not pass the self-test."""
    try:
        self_test.run_self_test(core)
    except (Trapped, MemoryError, ValueError, EOFError, TypeError) as error:
        raise Unavailable(f"the self-test failed: {type(error).__name__}: {error}") from error


def _open_security(core: Core, module: str) -> SecurityCore | None:
    """Open a module for secrets on the rung of the core; None, and one warning, when it does not run here."""
    try:
        opened = SecurityCore(core.host) if module == artifact.MODULE else _load_extra(core.host, module)
        told, _ = opened.ask("describe", None)
    except (Unavailable, Trapped, MemoryError) as error:
        name = "an instance for secrets" if module == artifact.MODULE else os.path.basename(module)
        reason = " ".join(str(error).split()) or type(error).__name__
        security_refusals[module] = f"not {name}: {reason}"
        _logger.warning("fastapi-rs: this process goes on without %s: %s", name, reason)
        return None
    if told != contract.CONTRACT_HASH:
        raise artifact.mismatch("the module tells another contract", module, contract.CONTRACT_HASH, told)
    opened_security[module] = opened
    return opened


def _load_extra(host_of_core: Host, module: str) -> SecurityCore:
    """Load an extra. Raises RustExtensionError for a file that is missing, damaged or of another contract."""
    wasm, description = artifact.read(module)
    host = host_of_core.sibling()
    load_module(host, wasm, description[artifact.KEYS[module]])
    return SecurityCore(host)
