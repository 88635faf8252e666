"""Programs that import the package anew, and evaluate public names. Each program runs in new processes."""

from __future__ import annotations

from tests.differential.bricks.requests import bare
from tests.differential.draw import Draw
from tests.differential.program import Request

ISOLATED = True
MODULES = (
    "fastapi",
    "fastapi.applications",
    "fastapi.routing",
    "fastapi.responses",
    "fastapi.encoders",
    "fastapi.dependencies.utils",
    "fastapi.params",
    "fastapi.param_functions",
    "fastapi.security",
    "fastapi.exceptions",
    "fastapi.openapi.utils",
    "fastapi.openapi.models",
    "fastapi.utils",
    "fastapi.concurrency",
    "fastapi.background",
    "fastapi.datastructures",
    "fastapi.exception_handlers",
    "fastapi.logger",
    "fastapi.middleware.cors",
    "fastapi.requests",
    "fastapi.staticfiles",
    "fastapi.templating",
    "fastapi.testclient",
    "fastapi.types",
    "fastapi.websockets",
    "fastapi.sse",
    "fastapi._compat",
)
DROPS = (
    "del sys.modules['fastapi']",
    "for name in [name for name in sys.modules if name.partition('.')[0] == 'fastapi']: del sys.modules[name]",
    "for name in [name for name in sys.modules if name.startswith('fastapi.')]: del sys.modules[name]",
    "sys.modules.pop('MODULE', None)",
    "importlib.reload(importlib.import_module('MODULE'))",
    "importlib.reload(fastapi)",
)
LOOKS = (
    "importlib.import_module('MODULE').__name__",
    "hasattr(importlib.import_module('MODULE'), 'nothing')",
    "getattr(importlib.import_module('MODULE'), '__all__', None)",
    "importlib.import_module('MODULE') is sys.modules['MODULE']",
    "fastapi.__version__",
    "hasattr(fastapi, 'nothing')",
)
TEXT = """
import importlib, inspect, typing, fastapi
DROP
from fastapi import FastAPI
from fastapi.responses import JSONResponse
app = FastAPI()
@app.get("/{i}")
async def endpoint(i: int):
    return JSONResponse({"i": i})
"""


def draw(draw: Draw) -> tuple[str, list[Request]]:
    drop = draw.one((*DROPS, "")).replace("MODULE", draw.one(MODULES))
    draw.kind("imported anew" if drop else "names looked at")
    looks = [{"way": "text", "text": draw.one(LOOKS).replace("MODULE", draw.one(MODULES))} for _ in range(15)]
    return TEXT.replace("DROP", drop), [
        bare(path="/1"),
        bare(path="/x"),
        *looks,
        {"way": "testclient", **bare(path="/2")},
    ]
