"""Functions around requests, `@app.middleware("http")`, at a fraction of their cost.

    dispatch(request, call_next) ── call_next ──> task: the application below
           │  <── response ───────────────────────── http.response.start
           └─ response(...) <── body_iterator ────── http.response.body      <── "sent" ── it may end

Starlette's `BaseHTTPMiddleware.__call__` serves the request in any case. With the stand-ins of `exchange` it does
so at a quarter of the cost. It is called as it is on another event loop than asyncio's,
with a task factory, in debug mode, where a name was replaced, on the rung `python`, and where the installed releases of
Starlette and anyio do not agree with the stand-ins (`_stand_ins/http/agreement`).
"""

from __future__ import annotations

from asyncio import _get_running_loop as _running_loop
from typing import Any, Optional, Type
from weakref import WeakValueDictionary

from starlette.middleware.base import BaseHTTPMiddleware
from starlette.types import Receive, Scope, Send

from fastapi import _rust
from fastapi._stand_ins.accelerators import HTTP_MIDDLEWARE
from fastapi._stand_ins.http import serving
from fastapi._stand_ins.http.exchange import Exchange
from fastapi._stand_ins.http.loops import OpenLoop, opens_its_queues
from fastapi._stand_ins.http.scopes import current_task_of


def bridge(layer: Any) -> Any:
    """Let a layer of a middleware stack be served here, if Starlette's own `__call__` serves it.

    The layer stays the object that it is, of a class with the same names.
    """
    kind = type(layer)
    if isinstance(layer, BaseHTTPMiddleware) and _is_bridgeable(kind):
        try:
            layer.__class__ = _bridged(kind)
        except TypeError:
            # A class whose objects are laid out in their own way.
            pass
    return layer


def _is_bridgeable(kind: type) -> bool:
    return (
        type(kind) is type
        and kind.__call__ is serving.GENUINE_CALL
        # A class that counts its subclasses must not see one more.
        and getattr(kind.__init_subclass__, "__func__", None) is None
        and _rust.rust_available()
        and HTTP_MIDDLEWARE.is_on()
    )


_BRIDGED: WeakValueDictionary[type, type] = WeakValueDictionary()


def _bridged(kind: Type[BaseHTTPMiddleware]) -> type:
    """Return a subclass that is called here, and passes for the class itself."""
    found = _BRIDGED.get(kind)
    if found is not None:
        return found

    async def __call__(self: BaseHTTPMiddleware, scope: Scope, receive: Receive, send: Send) -> None:
        # Sentry and other tracers replace the method. A pickled application has this function with its globals, so they
        # are modules.
        if (
            scope["type"] == "http"
            and kind.__call__ is serving.GENUINE_CALL
            and serving.in_base.holds()
            and serving.in_anyio.hold()
        ):
            exchange = _exchange(self)
            if exchange is not None:
                serving.making.exchange = exchange
                await serving.call_here(exchange, scope, receive, send)
                return
        await kind.__call__(self, scope, receive, send)

    names = {
        "__call__": __call__,
        "__module__": kind.__module__,
        "__qualname__": kind.__qualname__,
        "__doc__": kind.__doc__,
    }
    made: type = type(kind.__name__, (kind,), names)
    _BRIDGED[kind] = made
    return made


def _exchange(layer: BaseHTTPMiddleware) -> Optional[Exchange]:
    """Return the stand-ins for one request if asyncio's event loop makes its tasks in the common way.

    Return None elsewhere, as on trio.
    """
    loop: OpenLoop = _running_loop()
    is_open = None if loop is None else opens_its_queues(loop)
    if is_open is None or current_task_of(loop) is None:
        return None
    return Exchange(layer, loop, is_open)
