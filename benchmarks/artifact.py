"""The costs of the modules before the first call: their size, the first compilation, and loading compiled code.

One process measures each of them once, like a starting process. `scripts/bench --rows artifact` repeats it.
"""

from __future__ import annotations

import os
import tempfile
from typing import Any, Callable


def measure(clock: Callable[[], float]) -> dict[str, float]:
    """Return KB, milliseconds to compile and milliseconds to load of each module."""
    with tempfile.TemporaryDirectory() as folder:
        # An empty folder: no compiled code exists yet, and the code compiled here disappears with the folder.
        os.environ["FASTAPI_RS_CACHE"] = folder
        return _measure(clock)


def _measure(clock: Callable[[], float]) -> dict[str, float]:
    from fastapi import _rust
    from fastapi._wasm import artifact
    from fastapi._wasm.loading import load_module

    if _rust.mode() not in ("fast", "pulley"):
        raise SystemExit(f"the mode is {_rust.mode()}: {_rust.why()}")
    host = _rust._require_core().host
    found: dict[str, float] = {}
    for module in artifact.KEYS:
        name = os.path.basename(module)[: -len(".wasm")]
        wasm, description = artifact.read(module)
        digest = description[artifact.KEYS[module]]
        found[f"{name}_kb"] = len(wasm) / 1000
        first, second = host.sibling(), host.sibling()
        if name == "core":
            # Forget the code that this process has already loaded.
            for path in os.listdir(os.environ["FASTAPI_RS_CACHE"]):
                os.unlink(os.path.join(os.environ["FASTAPI_RS_CACHE"], path))
        found[f"{name}_compile_ms"] = _spent(clock, lambda: first.compile(wasm))  # noqa: B023
        load_module(first, wasm, digest)  # Keeps it.
        found[f"{name}_load_ms"] = _spent(clock, lambda: load_module(second, wasm, digest))  # noqa: B023
    return found


def _spent(clock: Callable[[], float], act: Callable[[], Any]) -> float:
    started = clock()
    act()
    return 1e3 * (clock() - started)
