"""Copies of parts of the memory of an instance, which JavaScript holds."""

from __future__ import annotations

from typing import Any

# An input of at most this length is copied with the rest of so many bytes.
_SHORT = 1 << 10
_BLANK = bytes(_SHORT)


class Copied(bytearray):
    """A copy of a part of the memory of an instance. Each assignment to a slice reaches the memory."""

    def __init__(self, js: Any, memory: Any, address: int, size: int) -> None:
        super().__init__(size)
        self._js, self._memory = js, memory
        self._place = address, size
        self.renew()
        self.read()

    def renew(self) -> None:
        """Make the typed array over the present memory."""
        self._window: Any = self._js.Uint8Array.new(self._memory.buffer, *self._place)

    def read(self) -> None:
        """Copy the memory."""
        self._window.assign_to(self)

    def __setitem__(self, where: Any, content: Any) -> None:
        super().__setitem__(where, content)
        self.write(where, content)

    def write(self, where: slice, content: Any) -> None:
        """Write to the memory alone."""
        start, stop, _ = where.indices(self._place[1])
        if not self._window.byteLength:
            # A call that trapped has enlarged the memory before.
            self.renew()
        self._window.subarray(start, stop).assign(content)


class Input(Copied):
    """The input buffer. This process keeps no copy of it: it may hold a secret."""

    def __init__(self, js: Any, memory: Any, address: int, size: int) -> None:
        self._short = bytearray(_SHORT)
        super().__init__(js, memory, address, size)

    def renew(self) -> None:
        super().renew()
        self._start = self._window.subarray(0, _SHORT)

    def __setitem__(self, where: Any, content: Any) -> None:
        length = len(content)
        if where.start or length > _SHORT:
            self.write(where, content)
            return
        # PERF: a typed array that is made once takes a fixed length, in a third of the time (scripts/pyodide).
        short = self._short
        short[:length] = content
        self._start.assign(short)
        short[:] = _BLANK
