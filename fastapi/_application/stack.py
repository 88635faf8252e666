"""The middleware stack of an application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional

from starlette.middleware import Middleware
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp

from fastapi._body_limit import AppBodyLimitMiddleware
from fastapi._routing.planned.stack import may_skip_layers
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
        layer = cls(below, *args, **kwargs)
        # A layer above another function around requests gets no planned answers, so stand-ins would save nothing.
        below = bridge(layer, app._planned_way.below(layer)) if may_skip_layers(below, app.router) else layer
    return below
