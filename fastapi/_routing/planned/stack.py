"""The rule that decides whether a request may skip layers of the middleware stack.

Every application has layers that do nothing for a request in which nothing is raised: they wait for an exception, or
keep an exit stack. A planned request skips them, and calls them only when something was raised after all.
"""

from __future__ import annotations

import sys
from typing import Any, Dict

from starlette._utils import get_route_path
from starlette.applications import Starlette
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.routing import Route, Router

from fastapi._body_limit import AppBodyLimitMiddleware
from fastapi._routing.described.scope import make_ended_stack
from fastapi._routing.tree import route
from fastapi._routing.tree.include import _IncludedRouter
from fastapi._routing.tree.route import APIRoute
from fastapi._routing.tree.router import APIRouter
from fastapi._scope_keys import HANDLERS_KEY, MIDDLEWARE_STACK_KEY
from fastapi._stand_ins.originals import watch
from fastapi._telemetry_probe import ExceptionTelemetryMiddleware
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware

# The layers that do nothing for a request that succeeds. `AppBodyLimitMiddleware` is one of them unless the scope has a
# limit; with a limit of the application's own, it has a layer below it that is not in this set.
_PASSIVE_LAYERS = frozenset(
    [
        ServerErrorMiddleware,
        ExceptionTelemetryMiddleware,
        AppBodyLimitMiddleware,
        ExceptionMiddleware,
        AsyncExitStackMiddleware,
    ]
)


def may_skip_stack(app: Any, router: APIRouter) -> bool:
    """Whether a request may skip the whole middleware stack of an application, and the method that calls it."""
    return is_pristine(Starlette, "__call__") and may_skip_layers(app.middleware_stack, router)


def may_skip_layers(layer: Any, router: APIRouter) -> bool:
    """Whether all layers from `layer` to the router are unpatched layers that do nothing for a request that succeeds.

    A layer that was replaced, patched or added (by Sentry, by OpenTelemetry, by the user) has to see every request. One
    of the layers has to keep the exit stack that routes require.
    """
    keeps_stack = layer is router
    while layer is not router:
        kind = type(layer)
        if kind not in _PASSIVE_LAYERS or not is_pristine(kind, "__call__") or "__call__" in vars(layer):
            return False
        if kind is AsyncExitStackMiddleware:
            if layer.context_name != MIDDLEWARE_STACK_KEY:
                return False
            keeps_stack = True
        layer = layer.app
    return keeps_stack


def entries_of_layers(layer: Any, router: APIRouter) -> Dict[str, Any]:
    """Return the entries that the layers from `layer` to the router, which may be skipped, write into a scope.

    PERF: the exit stack is a closed one, shared by all requests (benchmark `plain`).
    """
    entries: Dict[str, Any] = {}
    while layer is not router:
        if type(layer) is ExceptionMiddleware:
            entries[HANDLERS_KEY] = layer._exception_handlers, layer._status_handlers
        elif type(layer) is AsyncExitStackMiddleware:
            entries[MIDDLEWARE_STACK_KEY] = make_ended_stack()
        layer = layer.app
    return entries


def is_pristine(kind: type, name: str) -> bool:
    """Whether a method is still the one that its module defines: patchers put functions of other modules there."""
    function = getattr(kind, name)
    # A module may have been removed from `sys.modules`, to be imported again.
    home = vars(sys.modules.get(kind.__module__, sys))
    return getattr(function, "__globals__", None) is home and not hasattr(function, "__wrapped__")


# The methods through which a request reaches an endpoint, as this package defines them.
_OWN_METHODS = {
    (kind, name): getattr(kind, name)
    for kind, names in (
        (APIRoute, ("matches", "handle", "get_route_handler")),
        (APIRouter, ("__call__", "app", "matches", "handle")),
        (_IncludedRouter, ("matches", "handle")),
    )
    for name in names
}
# The methods of Starlette that these call.
_STARLETTE_METHODS = ((Route, "matches"), (Route, "handle"), (Router, "__call__"), (Router, "not_found"))


# A plan asks about these methods when it is compiled, so replacing one of them counts as a change.
watch([*((kind, "__call__") for kind in (*_PASSIVE_LAYERS, Starlette)), *_OWN_METHODS, *_STARLETTE_METHODS])


def routing_is_pristine() -> bool:
    """Whether all methods through which a request reaches an endpoint are unpatched."""
    return (
        all(getattr(kind, name) is method for (kind, name), method in _OWN_METHODS.items())
        and all(is_pristine(kind, name) for kind, name in _STARLETTE_METHODS)
        and route.get_route_path is get_route_path  # type: ignore[attr-defined]
    )


def selects_as_its_class(router: APIRouter) -> bool:
    """Whether a router selects routes with the unpatched methods of `APIRouter`."""
    replaced = {"app", "__call__", "matches", "handle"} & set(vars(router))
    stack = getattr(router.middleware_stack, "__func__", None)
    return type(router).app is APIRouter.app is stack and not replaced and routing_is_pristine()


def has_default_not_found(router: APIRouter) -> bool:
    """Whether the router still uses Starlette's handler for paths that no route matches."""
    default = getattr(router.default, "__func__", None)
    return default is Router.not_found and is_pristine(Router, "not_found")
