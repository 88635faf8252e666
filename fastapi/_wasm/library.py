"""Where wasmtime is: the path of its shared library, and its Python package, which only this module imports."""

from __future__ import annotations

import ctypes
from typing import Any

from fastapi._wasm.instance import Unavailable
from fastapi._wasm.native import FIRST_MAJOR, LAST_MAJOR, find_library, major


def locate_library() -> tuple[str, str]:
    """Return the path and the version of wasmtime's library.

    The package is imported only for a release that this module was not tried with: its declarations are compared with
    the C interface that the raw call uses. The self-test of the rung decides in any case.
    """
    try:
        path, version = find_library()
        if FIRST_MAJOR <= major(version) <= LAST_MAJOR:
            return path, version
    except Exception as error:
        if "not installed" in str(error):
            raise
    package = import_wasmtime()
    ffi = package._ffi
    try:
        agreed = (
            ctypes.sizeof(ffi.wasmtime_func_t) == 16
            and ctypes.sizeof(ffi.wasmtime_val_raw_t) == 16
            and ffi.wasmtime_extern_t.of.offset == 8
            and len(package._bindings._wasmtime_func_call_unchecked.argtypes) == 5
        )
        path = str(ffi.filename)
    except AttributeError as error:
        raise Unavailable(f"this wasmtime's C interface is not known here: {error}") from error
    if not agreed:
        raise Unavailable("this wasmtime's C interface is not the one that the raw call knows")
    return path, package_version()


def import_wasmtime() -> Any:
    try:
        import wasmtime
        import wasmtime._bindings
        import wasmtime._ffi
    except Exception as error:  # RuntimeError and OSError on platforms without a wheel
        raise Unavailable(f"wasmtime cannot be imported: {type(error).__name__}: {error}") from error
    return wasmtime


def package_version() -> str:
    try:
        from importlib.metadata import version

        return version("wasmtime")
    except Exception as error:
        raise Unavailable(f"the version of wasmtime cannot be told: {error}") from error
