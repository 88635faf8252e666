"""The interface of an instance, for any host: buffers, cold calls, whole frames."""

from __future__ import annotations

from collections import deque
from marshal import loads
from typing import Any, Mapping, Optional, Protocol, Tuple, Union

from fastapi._wasm.contract import INPUT_BUFFER_SIZE, OUTPUT_BUFFER_SIZE

# The marshal version of the input of an operation; 4 has references, which pay for repeated keys in documents.
REQUEST_VERSION, DOCUMENT_VERSION = 2, 4

# Work on more input than this lets other threads run meanwhile.
RELEASE_FROM = 256 << 10

# Memory that one use may add. A module never gives memory back, so an instance that grew by more is freed as a whole.
MOST_GROWTH = 8 << 20

# First element of the answer that says: the document is elsewhere, so many bytes.
LARGE = "large"


class Unavailable(Exception):
    """A rung of the ladder cannot be had; the text says why."""


class Trapped(Exception):
    """A call was aborted: the instance must not be used any more."""


# A part of the memory of an instance, or a copy of it that writes through.
Buffer = Union[memoryview, bytearray]

# The exports of a module: parameters and result of each.
Exports = Mapping[str, Tuple[Tuple[str, ...], Optional[str]]]


class Host(Protocol):
    """An engine and, once loaded, one module, which all instances of a process share."""

    @property
    def runtime(self) -> str:
        """The words before the version: "wasmtime" or "WebAssembly of"."""
        ...

    @property
    def keeps_code(self) -> bool:
        """Whether the engine loads code that was compiled ahead of time."""
        ...

    @property
    def version(self) -> str: ...

    @property
    def tag(self) -> str:
        """The kind of its code: "native", "pulley" or "javascript", and the settings that change the code."""
        ...

    def sibling(self) -> Host:
        """Return the same engine for another module."""
        ...

    def compile(self, wasm: bytes) -> None: ...

    def load(self, path: str) -> None:
        """Load code that was compiled ahead of time."""

    def serialize(self) -> bytes:
        """Return the compiled code, as `load` takes it."""
        ...

    def instance(self, exports: Exports) -> Instance: ...


class Instance:
    """An instance of the module, used by one thread at a time.

    The fast paths take `call`, `context`, `trap`, `trap_reference`, `into`, `out` and `target()` and make the call
    themselves; everything rare goes through `exchange`.
    """

    # The value of `trap` after the instance was given up: not null, and no address.
    RETIRED = 1

    call: Any
    released_call: Any
    context: Any
    trap: Any
    trap_reference: Any

    def __init__(self) -> None:
        self.dead = False
        self.closed = False
        # The number under which its counters are kept, and the counters of earlier instances with this number.
        self.number = -1
        self.before: tuple[int, ...] = (0,) * 6
        # Plans loaded here, by serial number, and the serial numbers of those that the owner will drop.
        self.plans: dict[int, int] = {}
        self.dropped: deque[int] = deque()
        # Set from before a frame is written until its answer has been read: no other use may begin meanwhile.
        self.busy = False
        self.into = self.view(self.invoke("in_buffer"), INPUT_BUFFER_SIZE)
        self.out = self.view(self.invoke("out_buffer"), OUTPUT_BUFFER_SIZE)
        self.settle()

    def exchange(self, name: str, frame: bytes = b"", *arguments: int) -> Any:
        """Return the answer to one frame of any size. The caller has seen that the instance is not busy.

        An exception leaves the instance busy, except when there was no room for the frame.
        """
        self.busy = True
        if len(frame) > INPUT_BUFFER_SIZE:
            self._call_with_room(name, frame, arguments)
        else:
            self.into[: len(frame)] = frame
            self.invoke(name, *arguments)
        answer = loads(self.out)
        if answer.__class__ is tuple and answer and answer[0] == LARGE:
            answer = self._take_large(answer[1])
        self.busy = False
        return answer

    def _call_with_room(self, name: str, frame: bytes, arguments: tuple[int, ...]) -> None:
        length = len(frame)
        address = self.invoke("reserve", length)
        if not address:
            self.busy = False
            raise MemoryError(f"the core has no room for {length} bytes")
        self.view(address, length)[:] = frame
        self.invoke(name, *arguments, released=length > RELEASE_FROM)

    def collect(self, length: int) -> Any:
        """Return the large answer that the last call announced, and end that use."""
        answer = self._take_large(length)
        self.busy = False
        return answer

    def _take_large(self, length: int) -> Any:
        return loads(self.view(self.invoke("large_output"), length))

    def settle(self) -> None:
        """Remember the present size as the one that the instance needs."""
        self._settled = self.size()

    def is_bloated(self) -> bool:
        """Whether a use has taken so much memory that the instance should be given back."""
        return self.size() > self._settled + MOST_GROWTH

    def target(self, name: str, *arguments: int) -> tuple[Any, Any, Any]:
        raise NotImplementedError

    def invoke(self, name: str, *arguments: int, released: bool = False) -> int:
        """Call an export; 0 when it has no result."""
        raise NotImplementedError

    def view(self, address: int, length: int) -> Buffer:
        raise NotImplementedError

    def base(self) -> int:
        """Where the memory starts in this process."""
        raise NotImplementedError

    def size(self) -> int:
        """How much memory the module has."""
        raise NotImplementedError

    def retire(self) -> str:
        """Put the instance out of use: every later call finds the trap pointer set. Return the reason of the trap."""
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError
