"""The first start on a machine: the core is compiled in a thread while the package imports its other modules.

Later starts load the compiled code from the cache and need no thread. The thread may import no other module of the
package than those of `fastapi._wasm`: CPython 3.14 would let it wait for the end of `import fastapi`, which waits for
this thread.
"""

from __future__ import annotations

import threading
from typing import Callable, Optional

from fastapi._forks import in_children
from fastapi._wasm import cache
from fastapi._wasm.core import Core

# Opens the core on a rung; it may raise any exception.
OpenCore = Callable[[str], Core]


class EarlyCore:
    """A core that a thread opens."""

    def __init__(self, rung: str, open_core: OpenCore) -> None:
        self._rung = rung
        self._open_core = open_core
        self._core: Optional[Core] = None
        # The interpreter waits for this thread when it ends: native code must not run on while the process ends.
        self._thread = threading.Thread(target=self._run, name="fastapi-rs compiles the core")

    def start(self) -> bool:
        """Return whether the thread runs: a platform or a limit may forbid threads."""
        try:
            self._thread.start()
        except RuntimeError:
            return False
        return True

    def _run(self) -> None:
        try:
            self._core = self._open_core(self._rung)
        except Exception:
            # The caller opens the core again and reports the error.
            self._core = None

    def take(self, rung: str) -> Optional[Core]:
        """Wait for the thread. Return its core, or None if it failed or opened another rung."""
        self._thread.join()
        return self._core if rung == self._rung else None


_early: Optional[EarlyCore] = None


def open_early(rung: str, open_core: OpenCore) -> None:
    """Open the core in a thread, if this machine keeps no compiled core."""
    global _early
    if not cache.holds_any():
        early = EarlyCore(rung, open_core)
        _early = early if early.start() else None


def take_early(rung: str) -> Optional[Core]:
    """Return the core that a thread has opened on this rung, once; None if no thread has opened it."""
    global _early
    early, _early = _early, None
    return None if early is None else early.take(rung)


def _forget() -> None:
    # The thread did not survive os.fork.
    global _early
    _early = None


in_children(_forget)
