"""The rung `javascript`: the engine of the JavaScript host that runs CPython itself (Pyodide in browsers and in Node).

`js` and `pyodide.ffi` exist there alone, so they are imported when the host is made. The memory of an instance is no
memory of this process: an operation copies its input in and its answer out, 1 us each.
"""

from __future__ import annotations

import sys
from copy import copy
from hashlib import sha256
from importlib import import_module
from typing import Any, Callable

from fastapi._wasm.contract import INPUT_BUFFER_SIZE, OUTPUT_BUFFER_SIZE
from fastapi._wasm.instance import Exports, Instance, Trapped, Unavailable
from fastapi._wasm.javascript.memory import Copied, Input

# Filled by `fastapi_rs.prepare`, which must run before this package is imported.
_PREPARED = "fastapi_rs._prepared"


def is_javascript_host() -> bool:
    """Return whether CPython itself runs on WebAssembly."""
    return sys.platform == "emscripten"


class JavascriptHost:
    """The same as NativeHost, over the objects of JavaScript."""

    runtime = "WebAssembly of"
    keeps_code = False
    tag = "javascript"

    def __init__(self) -> None:
        try:
            js = import_module("js")
            failure: type[Exception] = import_module("pyodide.ffi").JsException
        except ImportError as error:
            raise Unavailable(f"no JavaScript host runs this process: {error}") from error
        self.js: Any = js
        self.failure = failure
        self.version = _version_of_host(js)
        self.module: Any = None
        # Instances that `prepare` made: some browsers make none later in the thread of a page.
        self.ready: list[Any] = []

    def sibling(self) -> JavascriptHost:
        """Return the same engine for another module."""
        other = copy(self)
        other.module, other.ready = None, []
        return other

    def compile(self, wasm: bytes) -> None:
        """Compile the module, or take the one that the application has prepared."""
        prepared = getattr(sys.modules.get(_PREPARED), "modules", {}).get(sha256(wasm).hexdigest())
        if prepared is not None:
            self.module, self.ready = prepared
            return
        source = self.js.Uint8Array.new(len(wasm))
        source.assign(wasm)
        self.module = self.attempt(self.js.WebAssembly.Module.new, source)

    def load(self, path: str) -> None:
        raise Unavailable("this host loads no compiled code")

    def serialize(self) -> bytes:
        raise Unavailable("this host gives no compiled code away")

    def instance(self, exports: Exports) -> JavascriptInstance:
        """Return a new instance with a memory of its own."""
        made = self.ready.pop() if self.ready else self.attempt(self.js.WebAssembly.Instance.new, self.module)
        return JavascriptInstance(self, made.exports, exports)

    def attempt(self, make: Callable[..., Any], *arguments: Any) -> Any:
        """Return the object of WebAssembly that the host makes. Raises Unavailable with the host's reason."""
        try:
            return make(*arguments)
        except self.failure as error:
            raise Unavailable(
                f"{self.version} refuses: {_first_line(error)} (where only awaited compilation is allowed, "
                "`await fastapi_rs.prepare()` before fastapi is imported)"
            ) from error


class JavascriptInstance(Instance):
    """The same wires as NativeInstance has. The trap pointer is a list, which is empty until the instance traps."""

    context = None
    trap_reference = None

    def __init__(self, host: JavascriptHost, found: Any, exports: Exports) -> None:
        self.host = host
        self.trap: list[str] = []
        self.memory = found.memory
        self._results = {name: result for name, (_, result) in exports.items()}
        self._functions: dict[str, Any] = {name: getattr(found, name) for name in exports}
        # Neither buffer moves: the module has each at one address.
        self._addresses = [int(self._functions[name]()) & 0xFFFFFFFF for name in ("in_buffer", "out_buffer")]
        self._size = self._length()
        self._answer: Copied | None = None
        super().__init__()
        self.into = self._question = Input(host.js, self.memory, self._addresses[0], INPUT_BUFFER_SIZE)
        self.out = self._answer = Copied(host.js, self.memory, self._addresses[1], OUTPUT_BUFFER_SIZE)

    def target(self, name: str, *arguments: int) -> tuple[Any, Any, Any]:
        return self._functions[name], arguments, None

    def call(self, context: Any, function: Any, arguments: Any, count: Any, trap_reference: Any) -> bool:
        if self.trap:
            return True
        try:
            function(*arguments)
        except self.host.failure as failure:
            self.trap.append(_first_line(failure))
            return True
        self._read_answer()
        return False

    def invoke(self, name: str, *arguments: int, released: bool = False) -> int:
        if self.trap:
            raise Trapped("retired")
        try:
            result = self._functions[name](*arguments)
        except self.host.failure as failure:
            self.trap.append(_first_line(failure))
            raise Trapped(self.trap[0]) from None
        self._read_answer()
        return int(result) & 0xFFFFFFFF if self._results[name] else 0

    def view(self, address: int, length: int) -> Copied:
        """Return a copy of a part of the memory. Writing to it writes to the memory as well."""
        if address + length > self._length():
            raise Trapped(f"{length} bytes at {address} are outside of the module's memory")
        return Copied(self.host.js, self.memory, address, length)

    def base(self) -> int:
        """Return 0: no part of the memory has an address in this process."""
        return 0

    def size(self) -> int:
        return self._size

    def retire(self) -> str:
        self.dead = True
        self.trap.append("retired")
        return self.trap[0]

    def close(self) -> None:
        """The engine frees the memory when no proxy of it is left."""
        self.closed = True

    def _read_answer(self) -> None:
        answer = self._answer
        if answer is None:
            return
        try:
            answer.read()
        except self.host.failure:
            # The memory grew, which detaches every typed array over it.
            self._size = self._length()
            self._question.renew()
            answer.renew()
            answer.read()

    def _length(self) -> int:
        return int(self.memory.buffer.byteLength)


def _version_of_host(js: Any) -> str:
    """Return the name and the version of the program that runs JavaScript."""
    process = getattr(js, "process", None)
    version = getattr(getattr(process, "versions", None), "node", None)
    if version:
        return f"Node.js {version}"
    return str(getattr(getattr(js, "navigator", None), "userAgent", None) or "an unknown host")


def _first_line(failure: Exception) -> str:
    return (str(failure).splitlines() or [type(failure).__name__])[0]
