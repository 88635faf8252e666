"""The middleware stack of an application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional

from starlette.middleware import Middleware
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp

from fastapi._body_limit import AppBodyLimitMiddleware
from fastapi._routing.planned.entrance import Entrance
from fastapi._rust import rust_available
from fastapi._stand_ins.http.bridge import bridge
from fastapi._telemetry_probe import ExceptionTelemetryMiddleware
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware

if TYPE_CHECKING:
    from fastapi.applications import FastAPI


def build_stack(app: FastAPI) -> ASGIApp:
    """Return the router of an application, wrapped in all of its middleware."""
    error_handler: Optional[Callable[..., Any]] = None
    exception_handlers: Dict[Any, Callable[..., Any]] = {}
    for key, handler in app.exception_handlers.items():
        if key in (500, Exception):
            error_handler = handler
        else:
            exception_handlers[key] = handler
    middleware: List[Any] = [
        Middleware(ServerErrorMiddleware, handler=error_handler, debug=app.debug),
        Middleware(ExceptionTelemetryMiddleware),
        Middleware(AppBodyLimitMiddleware, max_body_size=app.max_body_size),
        *app.user_middleware,
        Middleware(ExceptionMiddleware, handlers=exception_handlers, debug=app.debug),
        # Inside of the exception handlers: the files of a form are closed after the dependencies, before an answer
        # to an exception is sent.
        Middleware(AsyncExitStackMiddleware),
    ]
    below: ASGIApp = app.router
    for cls, args, kwargs in reversed(middleware):
        below = bridge(_entrance(app, below, kwargs) if _is_entrance(app, cls, below) else cls(below, *args, **kwargs))
    return below


def _is_entrance(app: FastAPI, cls: object, below: ASGIApp) -> bool:
    """Whether requests that have passed other layers ask the planned way at this layer, made above `below`."""
    return (
        cls is _exception_middleware
        and type(below) is AsyncExitStackMiddleware
        and bool(app.user_middleware or app.max_body_size is not None)
        and rust_available()
    )


def _entrance(app: FastAPI, below: ASGIApp, options: Dict[str, Any]) -> Entrance:
    layer = Entrance(below, **options)
    layer.place = app._planned_way.below(layer)
    return layer


# The name above may be replaced.
_exception_middleware = ExceptionMiddleware
