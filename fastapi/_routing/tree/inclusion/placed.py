"""Effective route contexts: a route with its whole path, merged options and handler, in one inclusion."""

from __future__ import annotations

import copy
from functools import cached_property
from typing import TYPE_CHECKING, Any, Optional, Tuple, Union, cast

from starlette.datastructures import URLPath
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Match, NoMatchFound, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from fastapi._body_limit import wrap_app_with_body_limit
from fastapi._changes import changes
from fastapi._routing.described.attributes import description_of
from fastapi._routing.described.description import AttributeValues, Description, _effective_route_context_var
from fastapi._routing.described.operation import ResolvedOperation
from fastapi._routing.described.options import get_unique_id_function
from fastapi._routing.described.redeclare import require_path_names, watch_declarations
from fastapi._routing.described.resolve import resolve_operation
from fastapi._routing.described.scope import ask_with
from fastapi._routing.tree.effective import match_context
from fastapi._routing.tree.frontend import FrontendGuard, _FrontendRouteGroup
from fastapi._routing.tree.inclusion.context import _RouterIncludeContext
from fastapi._routing.tree.route import APIRoute, build_own_app, build_route_app, may_wait_for_app
from fastapi._scope_keys import EFFECTIVE_ROUTE_CONTEXT_KEY
from fastapi.datastructures import Default
from fastapi.utils import generate_unique_id


class _EffectiveRouteContext:
    """A route in one inclusion."""

    # A copy that answers instead of the original route.
    starlette_route: Optional[BaseRoute] = None
    frontend_prefix = ""
    path = ""

    def __init__(self, original_route: BaseRoute) -> None:
        self.original_route = original_route

    def __getattr__(self, name: str) -> Any:
        if name not in CONTEXT_ATTRIBUTES:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        default = CONTEXT_ATTRIBUTES[name]
        value = vars(self)[name] = default() if callable(default) else default
        return value

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in CONTEXT_ATTRIBUTES)
        return f"{type(self).__name__}({shown})"

    def matches(self, scope: Scope) -> Tuple[Match, Scope]:
        """Return the match of a request, like `BaseRoute.matches`."""
        raise NotImplementedError(f"{type(self).__name__}.matches")

    def url_path_for(self, name: str, **path_params: Any) -> URLPath:
        """Make the URL path of the route, with all prefixes, like `BaseRoute.url_path_for`."""
        raise NoMatchFound(name, path_params)

    def select(self, scope: Scope) -> Tuple[Match, Scope]:
        """Return the match of a request according to the original route, whose class may override `matches`."""
        return self.matches(scope)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request. The scope has this context already."""
        raise NotImplementedError(f"{type(self).__name__}.handle")


# The attributes of a context in the order of its `repr`, each with its value for a route that is not an `APIRoute`, or
# with a function that creates the value. Nothing reads the attributes of such a context.
CONTEXT_ATTRIBUTES: AttributeValues = {
    "original_route": None,
    "starlette_route": None,
    "frontend_prefix": "",
    "path": "",
    "endpoint": None,
    "stream_item_type": None,
    "response_model": None,
    "summary": None,
    "response_description": "Successful Response",
    "deprecated": None,
    "operation_id": None,
    "response_model_include": None,
    "response_model_exclude": None,
    "response_model_by_alias": True,
    "response_model_exclude_unset": False,
    "response_model_exclude_defaults": False,
    "response_model_exclude_none": False,
    "include_in_schema": True,
    "response_class": lambda: Default(JSONResponse),
    "dependency_overrides_provider": None,
    "callbacks": None,
    "openapi_extra": None,
    "generate_unique_id_function": lambda: Default(generate_unique_id),
    "strict_content_type": lambda: Default(True),
    "max_body_size": None,
    "tags": list,
    "responses": dict,
    "name": "",
    "path_regex": None,
    "path_format": "",
    "param_convertors": dict,
    "methods": set,
    "unique_id": "",
    "status_code": None,
    "response_field": None,
    "stream_item_field": None,
    "dependencies": list,
    "description": "",
    "response_fields": dict,
    "dependant": None,
    "_embed_body_fields": False,
    "body_field": None,
    "is_sse_stream": False,
    "is_json_stream": False,
}


if TYPE_CHECKING:

    class _DescribedContext(_EffectiveRouteContext, Description):
        path: str
else:
    _DescribedContext = _EffectiveRouteContext


class APIRouteContext(_DescribedContext):
    """An `APIRoute` in one inclusion. It has the attributes of an `APIRoute`, from merged options."""

    original_route: APIRoute
    path: str
    max_body_size: Optional[int]
    _has_own_app = False

    def __init__(self, original_route: APIRoute, include_context: _RouterIncludeContext) -> None:
        super().__init__(original_route)
        route = description_of(original_route)
        seen = changes.declarations

        def resolve(context: APIRouteContext) -> ResolvedOperation:
            options = include_context.options_of(route)
            return resolve_operation(
                path=include_context.prefix + route.path,
                endpoint=route.endpoint,
                options=options,
                stream_item_type=route.stream_item_type,
                # A custom function gets an object with the attributes of a route.
                subject=None if get_unique_id_function(options) is generate_unique_id else context,
            )

        def check(context: APIRouteContext) -> AttributeValues:
            # A changed file results in new contexts. This call only checks that they can be created.
            operation = resolve(copy.copy(context))
            if include_context.dependency_overrides_provider is not None:
                require_path_names(operation.path, operation.dependant)
            return {}

        self.operation = resolve(self)
        self.path = self.operation.path
        watch_declarations(self, self.operation.dependant, check, seen)

    def __getattr__(self, name: str) -> Any:
        if "operation" not in vars(self):
            # The operation is being resolved, or this is a copy without attributes.
            return super().__getattr__(name)
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.operation, name)

    def _build_app(self) -> ASGIApp:
        """Return the handler that the original route builds, with the attributes it has in this inclusion."""
        if self._has_own_app:
            return build_own_app(self.operation)
        token = _effective_route_context_var.set(self)
        try:
            return build_route_app(self.original_route, self.max_body_size)
        finally:
            _effective_route_context_var.reset(token)

    if TYPE_CHECKING:

        @property
        def app(self) -> ASGIApp: ...
    else:
        app = cached_property(_build_app)

    def settle_app(self) -> None:
        """Build `app` now, or let it be built later with the same result."""
        if "app" not in vars(self) and may_wait_for_app(self.original_route):
            # PERF: most applications are never used (benchmark: registration, the first openapi()).
            self._has_own_app = True
        else:
            self.app  # noqa: B018, built here and kept

    def matches(self, scope: Scope) -> Tuple[Match, Scope]:
        return match_context(self, scope)

    # Starlette's method knows the path grammar, and reads only attributes that a context has.
    def url_path_for(self, name: str, **path_params: Any) -> URLPath:
        return Route.url_path_for(cast(Route, self), name, **path_params)

    def select(self, scope: Scope) -> Tuple[Match, Scope]:
        return ask_with(scope, EFFECTIVE_ROUTE_CONTEXT_KEY, self, self.original_route.matches)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.original_route.handle(scope, receive, send)


# A path operation where requests reach it: at a route, or at a route in an inclusion.
PlacedRoute = Union[APIRoute, APIRouteContext]


class WrappedRouteContext(_EffectiveRouteContext):
    """A route that is not an `APIRoute`, in one inclusion: a copy of it that has the prefix."""

    starlette_route: BaseRoute

    def __init__(
        self,
        original_route: BaseRoute,
        starlette_route: BaseRoute,
        max_body_size: Optional[int],
    ) -> None:
        super().__init__(original_route)
        self.starlette_route = starlette_route
        self.app = wrap_app_with_body_limit(starlette_route.handle, max_body_size)

    def matches(self, scope: Scope) -> Tuple[Match, Scope]:
        return self.starlette_route.matches(scope)

    def url_path_for(self, name: str, **path_params: Any) -> URLPath:
        return self.starlette_route.url_path_for(name, **path_params)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)


class FrontendContext(_EffectiveRouteContext):
    """The frontends of a router, in one inclusion."""

    original_route: _FrontendRouteGroup

    def __init__(self, original_route: _FrontendRouteGroup, include_context: _RouterIncludeContext) -> None:
        super().__init__(original_route)
        self.frontend_prefix = include_context.prefix
        self.dependencies = [*include_context.dependencies, *original_route.dependencies]
        self.guard = FrontendGuard(self.dependencies, include_context.dependency_overrides_provider)
        self.app = wrap_app_with_body_limit(self._serve, include_context.max_body_size)

    def matches(self, scope: Scope) -> Tuple[Match, Scope]:
        return self.original_route.matches_with_prefix(scope, self.frontend_prefix)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.app(scope, receive, send)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.original_route.serve(scope, receive, send, prefix=self.frontend_prefix, guard=self.guard)
