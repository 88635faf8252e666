"""The rule that decides whether a request may skip layers of the middleware stack.

Every application has layers that do nothing for a request in which nothing is raised: they wait for an exception, or
keep an exit stack. A planned request skips them, and calls them only when something was raised after all.
"""

from __future__ import annotations

from typing import Any, Dict

from starlette.applications import Starlette
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.routing import Route, Router

from fastapi._body_limit import AppBodyLimitMiddleware
from fastapi._routing.described.scope import make_ended_stack
from fastapi._routing.planned.entrance import Entrance
from fastapi._routing.tree import effective
from fastapi._routing.tree.inclusion.node import _IncludedRouter
from fastapi._routing.tree.route import APIRoute
from fastapi._routing.tree.router import APIRouter
from fastapi._scope_keys import HANDLERS_KEY, MIDDLEWARE_STACK_KEY
from fastapi._stand_ins.guards import Guard, has_own, is_original, watch
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


def may_skip_stack(app: Starlette, router: APIRouter) -> bool:
    """Whether a request may skip the whole middleware stack of an application, and the method that calls it."""
    return is_original(Starlette, "__call__") and may_skip_layers(app.middleware_stack, router)


def may_skip_layers(layer: Any, router: APIRouter) -> bool:
    """Whether all layers from `layer` to the router are unpatched layers that do nothing for a request that succeeds.

    A layer that was replaced, patched or added (by Sentry, by OpenTelemetry, by the user) has to see every request. One
    of the layers has to keep the exit stack that routes require.
    """
    keeps_stack = layer is router
    while layer is not router:
        kind = _kind_of(layer)
        if kind not in _PASSIVE_LAYERS or not is_original(kind, "__call__") or has_own(layer, "__call__"):
            return False
        if kind is AsyncExitStackMiddleware:
            if layer.context_name != MIDDLEWARE_STACK_KEY:
                return False
            keeps_stack = True
        layer = layer.app
    return keeps_stack


def _kind_of(layer: object) -> type:
    """Return the class of a layer. The entrance to the planned way counts as the class that it passes for."""
    kind = type(layer)
    return ExceptionMiddleware if kind is Entrance else kind


def entries_of_layers(layer: Any, router: APIRouter) -> Dict[str, Any]:
    """Return the entries that the layers from `layer` to the router, which may be skipped, write into a scope.

    PERF: the exit stack is a closed one, shared by all requests (benchmark `plain`).
    """
    entries: Dict[str, Any] = {}
    while layer is not router:
        if _kind_of(layer) is ExceptionMiddleware:
            entries[HANDLERS_KEY] = layer._exception_handlers, layer._status_handlers
        elif type(layer) is AsyncExitStackMiddleware:
            entries[MIDDLEWARE_STACK_KEY] = make_ended_stack()
        layer = layer.app
    return entries


# The methods of this package through which a request reaches an endpoint, and the methods of Starlette that they call.
_OWN_METHODS = (
    (APIRoute, ("matches", "handle", "get_route_handler")),
    (APIRouter, ("__call__", "app", "matches", "handle")),
    (_IncludedRouter, ("matches", "handle")),
)
_STARLETTE_METHODS = ((Route, "matches"), (Route, "handle"), (Router, "__call__"), (Router, "not_found"))
_guard = Guard(*((kind, *names) for kind, names in _OWN_METHODS), (effective, "get_route_path"))

# Compiling the routes examines these methods, so replacing one counts as a change.
watch((kind, "__call__") for kind in (*_PASSIVE_LAYERS, Starlette))
watch((kind, name) for kind, names in _OWN_METHODS for name in names)
watch(_STARLETTE_METHODS)


def routing_is_original() -> bool:
    """Whether the methods through which a request reaches an endpoint are the original ones."""
    return _guard.holds() and all(is_original(*method) for method in _STARLETTE_METHODS)


def selects_as_its_class(router: APIRouter) -> bool:
    """Whether a router selects routes with the unpatched methods of `APIRouter`."""
    if has_own(router, "app", "__call__", "matches", "handle") or not routing_is_original():
        return False
    return type(router).app is APIRouter.app is getattr(router.middleware_stack, "__func__", None)


def has_default_not_found(router: APIRouter) -> bool:
    """Whether the router still uses Starlette's handler for paths that no route matches."""
    default = getattr(router.default, "__func__", None)
    return default is Router.not_found and is_original(Router, "not_found")
