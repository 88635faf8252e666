"""The same answers without FastAPI: by hand on Starlette, and with ASGI alone.

ASGI alone is the floor below every framework; Starlette is this package's base. They answer the workloads that make
sense without FastAPI.

first      the first rows
features   rows of one feature, on Starlette
service    the service, on Starlette
"""

from __future__ import annotations

from typing import Any, Awaitable, Callable

from workloads import Row

from . import features, first, service

Application = Callable[[Any, Any, Any], Awaitable[None]]


def make(control: str, row: Row) -> Application | None:
    """Return the control's application for a workload, or None when it has none."""
    if control == "starlette" and row.name in features.ROWS:
        return features.ROWS[row.name]()
    name = row.name if row.app == "small" else row.app
    factories = {"starlette": {**first.STARLETTE, "service": service.build}, "raw": first.RAW}[control]
    factory = factories.get("plain" if name == "404" else name)
    return factory() if factory else None
