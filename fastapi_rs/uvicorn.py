"""The protocol for uvicorn, and a worker for gunicorn that uses it.

uvicorn main:app --http fastapi_rs.uvicorn:Protocol
gunicorn main:app --worker-class fastapi_rs.uvicorn.Worker
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi._server.protocol import Protocol as Protocol
from fastapi._server.service import request_counters as request_counters

if TYPE_CHECKING:
    from fastapi._server.worker import Worker as Worker

__all__ = ["Protocol", "ProtocolOverH11", "Worker", "request_counters"]


class ProtocolOverH11(Protocol):
    """The same protocol, which gives connections to uvicorn's protocol `h11`."""

    http = "h11"


def __getattr__(name: str) -> Any:
    if name != "Worker":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from fastapi._server import worker

    return worker.Worker
