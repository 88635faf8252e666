"""Runs the installed `BaseHTTPMiddleware.__call__` of Starlette with the stand-ins under the names that it uses."""

from __future__ import annotations

import threading
from functools import partial
from types import FunctionType
from typing import Any, Callable

import anyio
from starlette.middleware import base
from starlette.middleware.base import BaseHTTPMiddleware

from fastapi._stand_ins import anyio_names as _anyio_names
from fastapi._stand_ins.guards import Guard, Originals
from fastapi._stand_ins.http.channel import Receiver
from fastapi._stand_ins.http.exchange import Exchange
from fastapi._stand_ins.http.receiving import ReceiveGroup


class _Making(threading.local):
    # The exchange whose objects Starlette's code makes next.
    exchange: Any = None


making = _Making()
# PERF: called without a frame (benchmark `mw`).
_current: Callable[[], Exchange] = partial(getattr, making, "exchange")


class _Anyio:
    """`anyio` as Starlette's code sees it."""

    Event: Callable[[], Exchange]

    def __init__(self) -> None:
        self.Event = _current

    create_task_group = ReceiveGroup

    def __getattr__(self, name: str) -> Any:
        return getattr(anyio, name)

    class create_memory_object_stream:
        def __new__(cls) -> Any:
            exchange: Exchange = making.exchange
            return exchange, Receiver(exchange)

        def __class_getitem__(cls, item: Any) -> Any:
            return cls


GENUINE_CALL = BaseHTTPMiddleware.__call__
_names = {**vars(base), "anyio": _Anyio(), "create_collapsing_task_group": _current}
# Starlette's code, to be called with an exchange for the layer, when the exchange is the one in `making`.
call_here: Any = FunctionType(GENUINE_CALL.__code__, _names, GENUINE_CALL.__name__)
# Starlette's code finds these names in its module and in anyio. While a name has another object, the code runs where it
# stands.
in_base = Guard((base, "anyio", "create_collapsing_task_group", "_CachedRequest", "_StreamingResponse"))
in_anyio = Originals(
    vars(anyio),
    Event=_anyio_names.Event,
    create_memory_object_stream=_anyio_names.create_memory_object_stream,
    create_task_group=_anyio_names.create_task_group,
)
