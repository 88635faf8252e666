"""Copies of Starlette routes under a prefix."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Optional, Union

from starlette.routing import BaseRoute, Host, Mount, Route, Router, WebSocketRoute, compile_path

from fastapi._routing.tree.inclusion.context import _RouterIncludeContext
from fastapi._routing.tree.websocket_route import APIWebSocketRoute

if TYPE_CHECKING:
    pass


def with_prefix(route: BaseRoute, context: _RouterIncludeContext) -> Optional[BaseRoute]:
    """Return a copy of `route` under the prefix, or `None` if its class is unknown."""
    if isinstance(route, APIWebSocketRoute):
        return _websocket_route_with_prefix(route, context)
    if isinstance(route, (Route, WebSocketRoute)):
        return _route_with_path(route, context.prefix + route.path)
    if isinstance(route, Mount):
        return _route_with_path(route, context.prefix + route.path, "/{path:path}")
    if isinstance(route, Host):
        return _host_with_prefix(route, context.prefix)
    return None


def _websocket_route_with_prefix(route: APIWebSocketRoute, context: _RouterIncludeContext) -> APIWebSocketRoute:
    """Return a copy under the prefix, with the dependencies of the levels above."""
    return APIWebSocketRoute(
        context.prefix + route.path,
        endpoint=route.endpoint,
        name=route.name,
        dependencies=[*context.dependencies, *route.dependencies],
        dependency_overrides_provider=context.dependency_overrides_provider,
    )


def _route_with_path(route: Union[Route, WebSocketRoute, Mount], path: str, suffix: str = "") -> BaseRoute:
    prefixed = copy.copy(route)
    prefixed.path = path
    compiled = compile_path(path + suffix)
    prefixed.path_regex, prefixed.path_format, prefixed.param_convertors = compiled
    return prefixed


def _host_with_prefix(host: Host, prefix: str) -> Host:
    """Return a host whose application is mounted at the prefix, because a host has no path itself."""
    if not prefix:
        return host
    prefixed = copy.copy(host)
    prefixed.app = Router(routes=[Mount(prefix, app=host.app)])
    return prefixed
