"""Everything about the OpenAPI document and the pages that show it.

models      the objects of the specification, as Pydantic models
utils       from routes to a document (a facade over the underscore modules)
docs        the HTML pages of Swagger UI and ReDoc
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

_PUBLIC = ("constants", "docs", "models", "utils")


def __getattr__(name: str) -> ModuleType:
    # `import fastapi` is enough to use these modules, as upstream, but most applications need only some of them.
    if name in _PUBLIC:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
