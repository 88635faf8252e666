"""A worker for gunicorn: uvicorn's own worker, with the protocol of this package."""

from __future__ import annotations

from typing import Any, Dict

from fastapi._server.protocol import Protocol

try:
    from uvicorn_worker import UvicornWorker  # type: ignore[import-not-found, unused-ignore]
except ImportError:
    # Older releases of uvicorn have the worker themselves.
    from uvicorn.workers import UvicornWorker


class Worker(UvicornWorker):  # type: ignore[misc, unused-ignore]
    """Runs uvicorn in a process of gunicorn."""

    CONFIG_KWARGS: Dict[str, Any] = {"loop": "auto", "http": Protocol}
