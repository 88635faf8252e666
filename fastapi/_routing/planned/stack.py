"""Whether a request has to pass the middleware stack at all.

Every application has layers that do nothing for a request in which nothing is raised: they wait for an exception, or
keep a stack for what asks for it. A planned request skips them, and calls the stack only when there is something for it
to do.
"""

from __future__ import annotations

import sys
from typing import Any, Mapping, Optional, Tuple

from starlette._utils import get_route_path
from starlette.applications import Starlette
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.routing import Route, Router

from fastapi._body_limit import AppBodyLimitMiddleware
from fastapi._routing.tree import effective
from fastapi._routing.tree.inclusion.node import _IncludedRouter
from fastapi._routing.tree.route import APIRoute
from fastapi._routing.tree.router import APIRouter
from fastapi._stand_ins.originals import watch
from fastapi._telemetry_probe import ExceptionTelemetryMiddleware
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware

PASSIVE_LAYERS = frozenset(
    [
        ServerErrorMiddleware,
        ExceptionTelemetryMiddleware,
        AppBodyLimitMiddleware,
        ExceptionMiddleware,
        AsyncExitStackMiddleware,
    ]
)


def bare_stack(app: Any, router: APIRouter) -> Optional[Any]:
    """Return the application's middleware stack when it has only the layers that do nothing for a request in order.

    The stack is built here when the first request has come, as Starlette does. A layer that somebody replaced, patched
    or added (Sentry, OpenTelemetry, a limit, the user) makes this None: then every request passes the stack.
    """
    if app.middleware_stack is None:
        app.middleware_stack = app.build_middleware_stack()
    if not is_pristine(Starlette, "__call__") or not is_passive(app.middleware_stack, router, app.max_body_size):
        return None
    return app.middleware_stack


def is_passive(layer: Any, router: APIRouter, max_body_size: Optional[int] = None) -> bool:
    """Whether a request in order can go from `layer` to the router at once."""
    while layer is not router:
        kind = type(layer)
        if kind not in PASSIVE_LAYERS or not is_pristine(kind, "__call__") or "__call__" in vars(layer):
            return False
        if kind is AppBodyLimitMiddleware and max_body_size is not None:
            return False
        layer = layer.app
    return True


def is_pristine(kind: type, name: str) -> bool:
    """Whether a method is still what its module defines: patchers wrap methods with functions of their own modules."""
    function = getattr(kind, name)
    # A module may have been taken out of `sys.modules`, to be imported anew.
    home = vars(sys.modules.get(kind.__module__, sys))
    return getattr(function, "__globals__", None) is home and not hasattr(function, "__wrapped__")


# The methods through which a request reaches an endpoint, as they are written in this package.
_OWN_METHODS = {
    (kind, name): getattr(kind, name)
    for kind, names in (
        (APIRoute, ("matches", "handle", "get_route_handler")),
        (APIRouter, ("__call__", "app", "matches", "handle")),
        (_IncludedRouter, ("matches", "handle")),
    )
    for name in names
}
# And those of Starlette's that these call.
_STARLETTE_METHODS = ((Route, "matches"), (Route, "handle"), (Router, "__call__"), (Router, "not_found"))


# These are found out about when the routes are compiled, so that replacing one counts as a change.
watch([*((kind, "__call__") for kind in (*PASSIVE_LAYERS, Starlette)), *_OWN_METHODS, *_STARLETTE_METHODS])


def routing_is_pristine() -> bool:
    """Whether nobody patched the classes through which a request reaches an endpoint."""
    return (
        all(getattr(kind, name) is method for (kind, name), method in _OWN_METHODS.items())
        and all(is_pristine(kind, name) for kind, name in _STARLETTE_METHODS)
        and effective.get_route_path is get_route_path  # type: ignore[attr-defined]
    )


def handlers_in_scope(stack: Any) -> Tuple[Mapping[Any, Any], Mapping[int, Any]]:
    """Return what a stack leaves in each scope for those inside of it: its handlers by class and by status."""
    found: Tuple[Mapping[Any, Any], Mapping[int, Any]] = {}, {}
    layer = stack
    while layer is not None:
        # The innermost one has the last word.
        if isinstance(layer, ExceptionMiddleware):
            found = layer._exception_handlers, layer._status_handlers
        layer = getattr(layer, "app", None)
    return found
