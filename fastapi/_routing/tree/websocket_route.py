"""`APIWebSocketRoute`: a WebSocket endpoint with dependencies as a route."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Callable, List, Optional, Sequence, Tuple

from starlette.routing import Match, WebSocketRoute, compile_path, get_name
from starlette.types import Receive, Scope, Send

from fastapi import params
from fastapi._changes import changes
from fastapi._routing.described.description import AttributeValues
from fastapi._routing.described.redeclare import require_own_app, watch_declarations
from fastapi._routing.described.resolve import build_dependant
from fastapi._routing.exact.websocket import get_websocket_app
from fastapi._routing.tree.asgi import websocket_session
from fastapi._routing.tree.effective import effective_route


class APIWebSocketRoute(WebSocketRoute):
    """A WebSocket endpoint with dependencies as a route."""

    if TYPE_CHECKING:
        dependencies: List[params.Depends]

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        name: Optional[str] = None,
        dependencies: Optional[Sequence[params.Depends]] = None,
        dependency_overrides_provider: Optional[Any] = None,
    ) -> None:
        path_regex, path_format, param_convertors = compile_path(path)
        dependencies = list(dependencies or [])
        seen = changes.declarations
        dependant, embed_body_fields = build_dependant(path=path_format, call=endpoint, dependencies=dependencies)
        vars(self).update(
            path=path,
            endpoint=endpoint,
            name=get_name(endpoint) if name is None else name,
            dependencies=dependencies,
            path_regex=path_regex,
            path_format=path_format,
            param_convertors=param_convertors,
            dependant=dependant,
            _embed_body_fields=embed_body_fields,
            app=websocket_session(
                get_websocket_app(
                    dependant=dependant,
                    dependency_overrides_provider=dependency_overrides_provider,
                    embed_body_fields=embed_body_fields,
                )
            ),
        )

        def redeclared(route: APIWebSocketRoute) -> AttributeValues:
            require_own_app(route)
            made = APIWebSocketRoute(
                route.path,
                route.endpoint,
                name=route.name,
                dependencies=route.dependencies,
                dependency_overrides_provider=dependency_overrides_provider,
            )
            return {name: vars(made)[name] for name in ("dependant", "_embed_body_fields", "app")}

        # A router without an application may be included below a path with more parameters.
        whole_path = None if dependency_overrides_provider is None else path
        watch_declarations(self, dependant, redeclared, seen, whole_path)

    def matches(self, scope: Scope) -> Tuple[Match, Scope]:
        """Return the match of a connection, and the child scope: `endpoint`, `path_params`, `route`."""
        effective = effective_route(self, scope)
        match, child_scope = super().matches(scope) if effective is self else effective.matches(scope)
        if match is not Match.NONE:
            child_scope["route"] = self
        return match, child_scope

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a connection that matched."""
        await effective_route(self, scope).app(scope, receive, send)


APIWebSocketRoute.__module__ = "fastapi.routing"
