"""bridge"""
from __future__ import annotations

import asyncio
from typing import Any, Optional, Type
from weakref import WeakValueDictionary

from starlette.middleware.base import BaseHTTPMiddleware
from starlette.types import Receive, Scope, Send

from fastapi._http_exchange import GENUINE_CALL, Exchange, Shortcut, serve

_SHORTCUT = "_fastapi_rs_shortcut"


def bridge(layer: Any, shortcut: Optional[Shortcut] = None) -> Any:
    kind = type(layer)
    if isinstance(layer, BaseHTTPMiddleware) and _is_bridgeable(kind):
        try:
            layer.__class__ = _bridged(kind)
            vars(layer)[_SHORTCUT] = shortcut
        except TypeError:
            # A class whose objects are laid out in their own way.
            pass
    return layer


def _is_bridgeable(kind: type) -> bool:
    return (
        type(kind) is type
        and kind.__call__ is GENUINE_CALL
        # Whoever counts subclasses is not to see one more.
        and getattr(kind.__init_subclass__, "__func__", None) is None
    )


_BRIDGED: WeakValueDictionary[type, type] = WeakValueDictionary()


def _bridged(kind: Type[BaseHTTPMiddleware]) -> type:
    found = _BRIDGED.get(kind)
    if found is not None:
        return found

    async def __call__(self: Any, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and kind.__call__ is GENUINE_CALL:
            loop = _plain_loop()
            if loop is not None:
                await serve(Exchange(self, vars(self).get(_SHORTCUT), loop), scope, receive, send)
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


def _plain_loop() -> Optional[asyncio.AbstractEventLoop]:
    loop = asyncio._get_running_loop()
    if loop is None or loop.get_task_factory() is not None or loop.get_debug() or asyncio.current_task(loop) is None:
        return None
    return loop
