"""`await fastapi_rs.prepare()`: for pages whose browser compiles WebAssembly in awaited calls alone.

The package `fastapi` finds here, by the SHA-256 of its file, each module that is ready.
"""

from __future__ import annotations

import sys
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Dict, List, Tuple

# Digest of the file -> the compiled module, and instances of it.
modules: Dict[str, Tuple[Any, List[Any]]] = {}


async def prepare(instances: int = 2) -> None:
    """Compile the modules of the package before `import fastapi`, and make some instances of each.

    Only pages in a browser need it, and only where the browser refuses to compile at once: then the log says so. Each
    use of the core in the middle of another takes one more instance, and so does each hash of a password: where none is
    left and the browser makes none, that use raises. On other platforms this function does nothing.
    """
    if sys.platform != "emscripten":
        return
    if "fastapi" in sys.modules:
        raise RuntimeError("call fastapi_rs.prepare() before fastapi is imported")
    js = import_module("js")
    spec = find_spec("fastapi")
    for folder in (spec and spec.submodule_search_locations) or ():
        for path in sorted(Path(folder, "_wasm").rglob("*.wasm")):
            # The core serves requests and secrets, each with instances of its own.
            count = 2 * instances if path.name == "core.wasm" else instances
            await _prepare(js, path.read_bytes(), count)


async def _prepare(js: Any, wasm: bytes, instances: int) -> None:
    source = js.Uint8Array.new(len(wasm))
    source.assign(wasm)
    module = await js.WebAssembly.compile(source)
    made = [await js.WebAssembly.instantiate(module) for _ in range(instances)]
    modules[sha256(wasm).hexdigest()] = module, made
