"""A module used for secrets: a call takes an instance and gives it back; a long call has one that is made for it.

No instance serves requests and secrets: the instances made here have no wire to an operation of requests, and those of
`core` have none to an operation with secrets.

The module clears its input before a call returns; here the answer is cleared once it is read. An exception on the way
(a trap, an interrupt) clears both buffers and gives the instance up. A call has its instance for itself, so the GIL may
be released, and a signal handler or a finalizer that makes a call in the middle of another gets another instance.
"""

from __future__ import annotations

import sys
from collections import deque
from marshal import dumps, loads
from time import monotonic, sleep
from typing import Any

from fastapi._wasm.contract import INPUT_BUFFER_SIZE, OUTPUT_BUFFER_SIZE, SECURITY_EXPORTS
from fastapi._wasm.instance import Host, Instance, Trapped, Unavailable

# No answer is longer: a signature or a hash of 1 KiB, and its type code and size.
_ANSWER = bytes(1280)
_NOTHING = bytes(max(INPUT_BUFFER_SIZE, OUTPUT_BUFFER_SIZE))


# How long a call waits for the instance of another thread when there is no memory for one more.
_LONGEST_WAIT = 2.0


class SecurityCore:
    """The loaded module. `ask` is for calls of microseconds to milliseconds, `ask_apart` for the rest."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self._idle: deque[_Own] = deque()

    def ask(self, name: str, value: Any, released: bool = False) -> Any:
        """Return the module's answer. `released`: other threads run meanwhile. Raises Unavailable and Trapped."""
        own = self._take()
        # An exception ends the life of the instance: it is not given back.
        answer = own.exchange(name, dumps(value, 2), released)
        self._idle.append(own)
        return answer

    def ask_apart(self, name: str, value: Any) -> Any:
        """The same from an instance made for this call and freed after it, with all memory that it took."""
        return self._new().exchange(name, dumps(value, 2), released=True)

    def _take(self) -> _Own:
        deadline = None
        while True:
            try:
                return self._idle.pop()
            except IndexError:
                pass
            try:
                return self._new()
            except Unavailable:
                deadline = deadline or monotonic() + _LONGEST_WAIT
                if monotonic() > deadline:
                    raise
            sleep(0.001)

    def _new(self) -> _Own:
        return _Own(self.host.instance(SECURITY_EXPORTS))


class _Own:
    """An instance that is freed with its only holder."""

    __slots__ = ("instance", "targets")

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.targets = {
            name: instance.target(name) for name, (parameters, _) in SECURITY_EXPORTS.items() if not parameters
        }

    def __del__(self) -> None:
        if not sys.is_finalizing():
            self.instance.close()

    def exchange(self, name: str, frame: bytes, released: bool) -> Any:
        instance, length = self.instance, len(frame)
        try:
            if length > INPUT_BUFFER_SIZE:
                self._write_into_room(frame)
            else:
                instance.into[:length] = frame
            if released:
                instance.invoke(name, released=True)
            else:
                # PERF: wires made once, as in `_rust._crossing` (benchmark `decode_jwt`).
                function, arguments, count = self.targets[name]
                failed = instance.call(instance.context, function, arguments, count, instance.trap_reference)
                if failed or instance.trap:
                    raise Trapped(instance.retire())
            answer = loads(instance.out)
            instance.out[: len(_ANSWER)] = _ANSWER
            return answer
        except BaseException:
            instance.into[:] = _NOTHING[:INPUT_BUFFER_SIZE]
            instance.out[:] = _NOTHING[:OUTPUT_BUFFER_SIZE]
            instance.retire()
            raise

    def _write_into_room(self, frame: bytes) -> None:
        address = self.instance.invoke("reserve", len(frame))
        if not address:
            raise MemoryError(f"the core has no room for {len(frame)} bytes")
        self.instance.view(address, len(frame))[:] = frame
