"""The rung `javascript`: the engine of the JavaScript host that runs CPython itself (Pyodide).

host.py    the engine and an instance
memory.py  copies of parts of the memory of an instance
"""

from __future__ import annotations

from fastapi._wasm.javascript.host import JavascriptHost as JavascriptHost
from fastapi._wasm.javascript.host import is_javascript_host as is_javascript_host
