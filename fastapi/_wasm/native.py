"""wasmtime's C library, bound with ctypes: the raw call and its preparation.

The Python package of wasmtime is not imported here (its layer costs 20 ms at import and 18 us a call); its shared
library is found beside it. Nothing here knows frames. The rules of this file:

- A setting is made only where the library has the symbol: an unknown one would abort the process.
- Only offsets that are equal in every wasmtime from 25 on are used (`extern.of` at 8, 16-byte value slots); sizes of
  `extern` and `memory` differ between versions, so both stay inside the buffer that wasmtime filled.
- The trap pointer is tested after every call. A call that trapped leaves the previous answer in the buffer.
- A raw address does not keep its store alive: `NativeInstance.close` may only run when no closure holds a wire of it.
"""

from __future__ import annotations

import ctypes
import sys
from copy import copy
from importlib.util import find_spec
from os import listdir
from os.path import basename, dirname, isfile, join
from typing import Any

from fastapi._wasm.cache import processor
from fastapi._wasm.instance import Exports, Instance, Trapped, Unavailable

# Majors whose C interface this file was tried with; for others `library` compares the package's own declarations first.
FIRST_MAJOR, LAST_MAJOR = 25, 50

# Address space for the memory of one instance, and for that in a process whose address space is limited to less than
# `_LITTLE_SPACE`: enough for a password hash with the default costs, 64 MiB.
MEMORY_RESERVATION, SMALL_RESERVATION = 256 << 20, 96 << 20
_LITTLE_SPACE = 1 << 30
# The core leaves a fourth of a limited address space to the application, and at least so much: threads take 1 MiB and
# more each, and a MemoryError could stop the event loop.
_LEAST_LEFT = 128 << 20

_NO_SIGNALS = "wasmtime_config_signals_based_traps_set"
_MAY_MOVE = "wasmtime_config_memory_may_move_set"
_FORCED = "wasmtime_config_static_memory_forced_set"


def settings(reservation: int) -> tuple[tuple[str, Any, int], ...]:
    """Return (symbol, type, value) of each setting; old and new names of the same settings.

    Why each: no handlers for signals, so that faulthandler and wasmtime do not meet; a small reservation that never
    moves, so that it fits under `ulimit -v` and views stay valid; no compiler threads, so that a child of os.fork can
    compile.
    """
    return (
        (_NO_SIGNALS, ctypes.c_bool, False),
        ("wasmtime_config_memory_reservation_set", ctypes.c_uint64, reservation),
        ("wasmtime_config_memory_guard_size_set", ctypes.c_uint64, 0),
        ("wasmtime_config_memory_reservation_for_growth_set", ctypes.c_uint64, 0),
        (_MAY_MOVE, ctypes.c_bool, False),
        (_FORCED, ctypes.c_bool, True),
        ("wasmtime_config_static_memory_maximum_size_set", ctypes.c_uint64, reservation),
        ("wasmtime_config_static_memory_guard_size_set", ctypes.c_uint64, 0),
        ("wasmtime_config_dynamic_memory_guard_size_set", ctypes.c_uint64, 0),
        ("wasmtime_config_dynamic_memory_reserved_for_growth_set", ctypes.c_uint64, 0),
        ("wasmtime_config_parallel_compilation_set", ctypes.c_bool, False),
    )


def space_limit() -> int | None:
    """Return the limit of the address space in bytes (`ulimit -v`), or None if the system enforces none."""
    if sys.platform != "linux":
        return None
    from resource import RLIM_INFINITY, RLIMIT_AS, getrlimit

    most = getrlimit(RLIMIT_AS)[0]
    return None if most == RLIM_INFINITY else most


def space_used() -> int:
    """Return the bytes of address space that the process has taken, or 0 if the system does not tell."""
    from resource import getpagesize

    try:
        with open("/proc/self/statm", "rb") as file:
            return int(file.read().split()[0]) * getpagesize()
    except (OSError, ValueError, IndexError):
        return 0


def reservation() -> int:
    """Return the address space that the memory of one instance reserves in this process."""
    most = space_limit()
    return MEMORY_RESERVATION if most is None or most >= _LITTLE_SPACE else SMALL_RESERVATION


def require_room(wanted: int) -> None:
    """Raise Unavailable if the application would have too little address space left."""
    most = space_limit()
    if most is None:
        return
    left = most - space_used()
    if left < wanted + max(most // 4, _LEAST_LEFT):
        raise Unavailable(f"of {most >> 20} MiB of address space only {left >> 20} MiB are left")


def tag_of(kind: str, reserved: int) -> str:
    """Return the kind of code that an engine with this reservation makes."""
    return kind if reserved == MEMORY_RESERVATION else f"{kind} for {reserved >> 20} MiB"


PULLEY_TARGET = b"pulley64"

_EXTERN_FUNC, _EXTERN_MEMORY = 0, 3
_EXTERN_BUFFER, _EXTERN_OF = 64, 8
_SLOT = 16

_pointer, _size, _out = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p
_PROTOTYPES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "wasm_config_new": (_pointer, ()),
    "wasm_config_delete": (None, (_pointer,)),
    "wasm_engine_new_with_config": (_pointer, (_pointer,)),
    "wasm_byte_vec_delete": (None, (_pointer,)),
    "wasm_trap_message": (None, (_pointer, _pointer)),
    "wasm_trap_delete": (None, (_pointer,)),
    "wasmtime_error_message": (None, (_pointer, _pointer)),
    "wasmtime_error_delete": (None, (_pointer,)),
    "wasmtime_config_target_set": (_pointer, (_pointer, ctypes.c_char_p)),
    "wasmtime_module_new": (_pointer, (_pointer, ctypes.c_char_p, _size, _out)),
    "wasmtime_module_serialize": (_pointer, (_pointer, _pointer)),
    "wasmtime_module_deserialize_file": (_pointer, (_pointer, ctypes.c_char_p, _out)),
    "wasmtime_store_new": (_pointer, (_pointer, _pointer, _pointer)),
    "wasmtime_store_context": (_pointer, (_pointer,)),
    "wasmtime_store_delete": (None, (_pointer,)),
    "wasmtime_instance_new": (_pointer, (_pointer, _pointer, _pointer, _size, _pointer, _out)),
    "wasmtime_instance_export_get": (
        ctypes.c_bool,
        (_pointer, _pointer, ctypes.c_char_p, _size, _pointer),
    ),
    "wasmtime_memory_data": (_pointer, (_pointer, _pointer)),
    "wasmtime_memory_data_size": (_size, (_pointer, _pointer)),
}


def memory_view(address: int, length: int) -> memoryview:
    """A writable view of raw memory. Unlike a ctypes array it needs no type for each length."""
    from_memory = ctypes.pythonapi.PyMemoryView_FromMemory
    from_memory.restype = ctypes.py_object
    from_memory.argtypes = [ctypes.c_void_p, ctypes.c_ssize_t, ctypes.c_int]
    view: memoryview = from_memory(address, length, 0x200)
    return view


class _ByteVec(ctypes.Structure):
    _fields_ = [("size", ctypes.c_size_t), ("data", ctypes.c_void_p)]


def find_library() -> tuple[str, str]:
    """The path of wasmtime's shared library and the version of its distribution, without importing the package."""
    spec = find_spec("wasmtime")
    if spec is None or not spec.submodule_search_locations:
        raise Unavailable("wasmtime is not installed")
    package = list(spec.submodule_search_locations)[0]
    names = {
        "linux": "_libwasmtime.so",
        "android": "_libwasmtime.so",
        "darwin": "_libwasmtime.dylib",
        "win32": "_wasmtime.dll",
    }
    machine = {"amd64": "x86_64", "x86_64": "x86_64", "arm64": "aarch64", "aarch64": "aarch64"}.get(processor().lower())
    if machine is None or sys.platform not in names:
        raise Unavailable(f"wasmtime has no library for {sys.platform} on {processor()}")
    path = join(package, f"{sys.platform}-{machine}", names[sys.platform])
    if not isfile(path):
        raise Unavailable(f"wasmtime's library is not at {path}")
    return path, _distribution_version(package)


def _distribution_version(package: str) -> str:
    prefix = basename(package) + "-"
    found = [
        entry[len(prefix) : -len(".dist-info")]
        for entry in listdir(dirname(package))
        if entry.startswith(prefix) and entry.endswith(".dist-info")
    ]
    if len(found) != 1:
        raise Unavailable(f"the version of wasmtime cannot be told from {dirname(package)}")
    return found[0]


def major(version: str) -> int:
    """The first number of a version, 0 when there is none."""
    digits = version.split(".")[0]
    return int(digits) if digits.isdigit() else 0


class NativeHost:
    """An engine and, once loaded, the module, which all instances of a process share. Never freed."""

    runtime = "wasmtime"
    keeps_code = True

    def __init__(self, path: str, version: str, pulley: bool = False) -> None:
        self.version = version
        self.reserved = reservation()
        self.tag = tag_of("pulley" if pulley else "native", self.reserved)
        require_room(self.reserved)
        try:
            releasing = ctypes.CDLL(path)
            self.library = ctypes.PyDLL(path)
            self._module_new = releasing.wasmtime_module_new
            for name, (result, arguments) in _PROTOTYPES.items():
                function = self._module_new if name == "wasmtime_module_new" else getattr(self.library, name)
                function.restype, function.argtypes = result, list(arguments)
            # PERF: no argtypes, arguments made once, GIL kept: 0.14 us a call instead of 0.3 us (benchmark `crossing`).
            self.call = self.library.wasmtime_func_call_unchecked
            self.released_call = releasing.wasmtime_func_call_unchecked
        except (OSError, AttributeError) as error:
            raise Unavailable(f"wasmtime's library cannot be bound: {error}") from error
        self.call.restype = self.released_call.restype = ctypes.c_void_p
        self.engine = self._new_engine(pulley)
        self.module = ctypes.c_void_p()

    def sibling(self) -> NativeHost:
        """The same engine for another module."""
        other = copy(self)
        other.module = ctypes.c_void_p()
        return other

    def _new_engine(self, pulley: bool) -> int:
        library = self.library
        if not (hasattr(library, _MAY_MOVE) or hasattr(library, _FORCED)):
            raise Unavailable(f"wasmtime {self.version} cannot promise that memory stays in its place")
        # Both are needed: before pulley could run without signals, naming it as the target aborted the process.
        if pulley and not (hasattr(library, "wasmtime_engine_is_pulley") and hasattr(library, _NO_SIGNALS)):
            raise Unavailable(f"wasmtime {self.version} has no pulley interpreter")
        config = library.wasm_config_new()
        for symbol, kind, value in settings(self.reserved):
            if hasattr(library, symbol):
                setter = getattr(library, symbol)
                setter.restype, setter.argtypes = None, [ctypes.c_void_p, kind]
                setter(config, value)
        if pulley:
            try:
                self.check(library.wasmtime_config_target_set(config, PULLEY_TARGET))
            except Unavailable:
                library.wasm_config_delete(config)
                raise
        engine = library.wasm_engine_new_with_config(config)
        if not engine:
            raise Unavailable("wasmtime made no engine")
        return int(engine)

    def check(self, error: int | None) -> None:
        """Raise the error that a function of the library reported."""
        if error:
            raise Unavailable(self.take_error(error))

    def take_error(self, error: int) -> str:
        """The text of an error, which is freed."""
        return self._message("wasmtime_error", error)

    def take_trap(self, trap: int) -> str:
        """The text of a trap, which is freed."""
        return self._message("wasm_trap", trap)

    def _message(self, kind: str, pointer: int) -> str:
        text = _ByteVec()
        getattr(self.library, kind + "_message")(pointer, ctypes.byref(text))
        getattr(self.library, kind + "_delete")(pointer)
        content = ctypes.string_at(text.data, text.size) if text.size else b""
        self.library.wasm_byte_vec_delete(ctypes.byref(text))
        return content.rstrip(b"\0").decode("utf-8", "replace")

    def compile(self, wasm: bytes) -> None:
        """Compile the module; other threads run meanwhile."""
        self.check(self._module_new(self.engine, wasm, len(wasm), ctypes.byref(self.module)))

    def load(self, path: str) -> None:
        """Map code compiled ahead of time. It is not verified by wasmtime: `cache` answers for the file."""
        name = path.encode(sys.getfilesystemencoding(), "surrogateescape")
        self.check(self.library.wasmtime_module_deserialize_file(self.engine, name, ctypes.byref(self.module)))

    def serialize(self) -> bytes:
        """The compiled code, as `load` takes it."""
        content = _ByteVec()
        self.check(self.library.wasmtime_module_serialize(self.module, ctypes.byref(content)))
        try:
            return ctypes.string_at(content.data, content.size)
        finally:
            self.library.wasm_byte_vec_delete(ctypes.byref(content))

    def instance(self, exports: Exports) -> NativeInstance:
        """A new instance with a store of its own."""
        return NativeInstance(self, exports)


class NativeInstance(Instance):
    """One store, its exports, and the wires of the raw call."""

    def __init__(self, host: NativeHost, exports: Exports) -> None:
        self._host = host
        require_room(host.reserved)
        library = host.library
        self._store = library.wasmtime_store_new(host.engine, None, None)
        self._context = library.wasmtime_store_context(self._store)
        self._handle = (ctypes.c_uint64 * 4)()
        self.trap = ctypes.c_void_p()
        try:
            host.check(
                library.wasmtime_instance_new(
                    self._context, host.module, None, 0, self._handle, ctypes.byref(self.trap)
                )
            )
            if self.trap:
                raise Unavailable("the module trapped while it started: " + self._take_trap())
            self._memory = self._export("memory", _EXTERN_MEMORY)
            self._functions = {name: self._export(name, _EXTERN_FUNC) for name in exports}
            self._exports = exports
            self.call, self.released_call = host.call, host.released_call
            # ctypes passes the results of byref and from_param on unchanged; byref also keeps its object alive.
            self.context = ctypes.c_void_p.from_param(self._context)
            self.trap_reference = ctypes.byref(self.trap)
            super().__init__()
        except BaseException:
            library.wasmtime_store_delete(self._store)
            raise

    def _export(self, name: str, kind: int) -> Any:
        buffer = ctypes.create_string_buffer(_EXTERN_BUFFER)
        text = name.encode()
        if (
            not self._host.library.wasmtime_instance_export_get(self._context, self._handle, text, len(text), buffer)
            or buffer.raw[0] != kind
        ):
            raise Unavailable(f"the module exports no {name}, or wasmtime describes it differently")
        return ctypes.byref(buffer, _EXTERN_OF)

    def target(self, name: str, *arguments: int) -> tuple[Any, Any, Any]:
        """Function, value slots and their number, as `call` takes them; made once, used for every call."""
        count = max(1, len(arguments))
        slots = ctypes.create_string_buffer(_SLOT * count)
        for i, argument in enumerate(arguments):
            ctypes.c_int32.from_buffer(slots, _SLOT * i).value = argument
        return self._functions[name], ctypes.byref(slots), ctypes.c_size_t.from_param(count)

    def invoke(self, name: str, *arguments: int, released: bool = False) -> int:
        count = max(1, len(arguments))
        slots = (ctypes.c_int32 * (4 * count))()
        slots[0 : 4 * len(arguments) : 4] = list(arguments)
        call = self.released_call if released else self.call
        error = call(self.context, self._functions[name], slots, ctypes.c_size_t(count), self.trap_reference)
        if error or self.trap:
            reason = self._take_trap()
            raise Trapped(self._host.take_error(error) if error else reason)
        return slots[0] & 0xFFFFFFFF if self._exports[name][1] else 0

    def view(self, address: int, length: int) -> memoryview:
        library = self._host.library
        size = library.wasmtime_memory_data_size(self._context, self._memory)
        if address + length > size:
            raise Trapped(f"{length} bytes at {address} are outside of the module's memory of {size}")
        return memory_view(library.wasmtime_memory_data(self._context, self._memory) + address, length)

    def base(self) -> int:
        return int(self._host.library.wasmtime_memory_data(self._context, self._memory))

    def size(self) -> int:
        return int(self._host.library.wasmtime_memory_data_size(self._context, self._memory))

    def retire(self) -> str:
        self.dead = True
        return self._take_trap()

    def _take_trap(self) -> str:
        pointer = self.trap.value
        # From here on the pointer is no address, and never null again: the instance stays out of use.
        self.trap.value = self.RETIRED
        if not pointer or pointer == self.RETIRED:
            return "retired"
        return self._host.take_trap(pointer)

    def close(self) -> None:
        """Free the store. Only when no wire of the instance is held any more."""
        if not self.closed:
            self.closed = True
            self._host.library.wasmtime_store_delete(self._store)
