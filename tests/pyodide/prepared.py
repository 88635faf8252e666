# ruff: noqa: T201
"""Prepare the modules for a host that compiles none at once, as an older browser does in the thread of a page."""

from __future__ import annotations

from importlib import import_module

import fastapi_rs
from fastapi_rs import _prepared

# Large modules need an awaited call from here on.
REFUSE = """
const { Module, Instance } = WebAssembly;
const refuse = (name) => { throw new RangeError(`WebAssembly.${name}() is disallowed on the main thread`); };
WebAssembly.Module = function (code) { return code.byteLength < 4096 ? new Module(code) : refuse("Module"); };
WebAssembly.Instance = function (module, imports) {
  return imports ? new Instance(module, imports) : refuse("Instance");
};
"""


async def main() -> None:
    # It loads libraries at once.
    import_module("pydantic")
    await fastapi_rs.prepare(instances=8)
    assert len(_prepared.modules) >= 2
    import_module("js").eval(REFUSE)
    await import_module("tests.pyodide.example").main()
    javascript = import_module("fastapi._wasm.javascript.host")
    try:
        javascript.JavascriptHost().compile(bytes(8192))
    except javascript.Unavailable as error:
        text = str(error)
    assert "disallowed on the main thread" in text and "await fastapi_rs.prepare()" in text
    print(text)
