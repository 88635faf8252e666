"""The rung `public`: wasmtime's own Python classes. 20 us a call, but no knowledge of the C interface.

The package is handed in, so that `fastapi._rust` stays the only file that imports it.
"""

from __future__ import annotations

import ctypes
from copy import copy
from typing import Any, Callable

from fastapi._wasm.instance import Exports, Instance, Trapped, Unavailable
from fastapi._wasm.native import memory_view, require_room, reservation, settings, tag_of


class PublicHost:
    """The same as NativeHost, over the package's public classes."""

    runtime = "wasmtime"
    keeps_code = True

    def __init__(self, wasmtime: Any, version: str) -> None:
        self.wasmtime = wasmtime
        self.version = version
        self.reserved = reservation()
        self.tag = tag_of("native", self.reserved)
        require_room(self.reserved)
        config = self.wasmtime.Config()
        for symbol, kind, value in settings(self.reserved):
            name = symbol[len("wasmtime_config_") : -len("_set")]
            if isinstance(getattr(type(config), name, None), property):
                setattr(config, name, kind(value).value)
            elif hasattr(self.wasmtime._ffi, symbol):
                getattr(self.wasmtime._ffi, symbol)(config.ptr(), value)
        self.engine = self.wasmtime.Engine(config)
        self.module: Any = None

    def sibling(self) -> PublicHost:
        """The same engine for another module."""
        other = copy(self)
        other.module = None
        return other

    def compile(self, wasm: bytes) -> None:
        self.module = self._try(self.wasmtime.Module, wasm)

    def load(self, path: str) -> None:
        self.module = self._try(self.wasmtime.Module.deserialize_file, path)

    def serialize(self) -> bytes:
        return bytes(self.module.serialize())

    def instance(self, exports: Exports) -> PublicInstance:
        try:
            return PublicInstance(self, exports)
        except (self.wasmtime.WasmtimeError, self.wasmtime.Trap, KeyError) as error:
            raise Unavailable(f"the module does not start: {error}") from error

    def _try(self, make: Callable[..., Any], argument: bytes | str) -> Any:
        try:
            return make(self.engine, argument)
        except self.wasmtime.WasmtimeError as error:
            raise Unavailable(str(error)) from error


class PublicInstance(Instance):
    """The same wires as NativeInstance has, for a call that is a Python function."""

    context = None
    trap_reference = None

    def __init__(self, host: PublicHost, exports: Exports) -> None:
        require_room(host.reserved)
        self._failures = (host.wasmtime.Trap, host.wasmtime.WasmtimeError)
        self._store = host.wasmtime.Store(host.engine)
        found = host.wasmtime.Instance(self._store, host.module, []).exports(self._store)
        self._memory = found["memory"]
        self._functions = {name: found[name] for name in exports}
        self._exports = exports
        self._reason = ""
        self.trap = ctypes.c_void_p()
        super().__init__()

    def target(self, name: str, *arguments: int) -> tuple[Any, Any, Any]:
        return self._functions[name], arguments, None

    def call(self, context: Any, function: Any, arguments: Any, count: Any, trap_reference: Any) -> bool:
        if not self.trap:
            try:
                function(self._store, *arguments)
                return False
            except self._failures as failure:
                self._reason = str(failure)
                self.trap.value = self.RETIRED
        return True

    def invoke(self, name: str, *arguments: int, released: bool = False) -> int:
        if self.trap:
            raise Trapped("retired")
        try:
            result = self._functions[name](self._store, *arguments)
        except self._failures as failure:
            self.trap.value = self.RETIRED
            raise Trapped(str(failure)) from None
        return int(result) & 0xFFFFFFFF if self._exports[name][1] else 0

    def view(self, address: int, length: int) -> memoryview:
        if address + length > self.size():
            raise Trapped(f"{length} bytes at {address} are outside of the module's memory")
        return memory_view(self.base() + address, length)

    def base(self) -> int:
        return int(ctypes.cast(self._memory.data_ptr(self._store), ctypes.c_void_p).value or 0)

    def size(self) -> int:
        try:
            return int(self._memory.data_len(self._store))
        except ValueError:  # the garbage collector was here first
            return 0

    def retire(self) -> str:
        self.dead = True
        self.trap.value = self.RETIRED
        return self._reason

    def close(self) -> None:
        """The classes of wasmtime free the store when the last of them goes."""
        self.closed = True
