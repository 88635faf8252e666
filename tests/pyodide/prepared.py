# ruff: noqa: F704, the file runs as a coroutine
"""Prepare the modules in a host that compiles nothing at once, as an older browser does in the thread of a page."""

import js
import pydantic

import fastapi_rs
from fastapi_rs import _prepared
from tests.pyodide import example

await fastapi_rs.prepare(instances=8)  # type: ignore[top-level-await]
assert _prepared.modules


js.eval("""
const { Module, Instance } = WebAssembly;
const refused = (name) => { throw new RangeError(`WebAssembly.${name}() is disallowed on the main thread`); };
WebAssembly.Module = function (code) { return code.byteLength < 4096 ? new Module(code) : refused("Module"); };
WebAssembly.Instance = function (module, imports) { return imports ? new Instance(module, imports) : refused("Instance"); };
""")
await example.main()  # type: ignore[top-level-await]

from fastapi._wasm import javascript

host = javascript.JavascriptHost()
try:
    host.compile(bytes(8192))
except javascript.Unavailable as error:
    print(error)
    assert "disallowed on the main thread" in str(error) and "await fastapi_rs.prepare()" in str(error)
else:
    raise AssertionError("the host compiled")
