"""The tree of routers.

Including a router copies nothing: the parent gets one `_IncludedRouter` node, and the routes stay where they are.

    app.router ── _IncludedRouter(prefix="/v1") ── router ── APIRoute("/items")
               └─ _IncludedRouter(prefix="/v2") ──┘

What a route is *in one inclusion* (its whole path, all tags and dependencies, its handler) is an effective route
context. Contexts are computed when first needed, and again when the version of the included router moved: routes added
later are therefore seen, in nested routers too.

A request passes each node twice, because users override `matches` and `handle` of routers and routes: `matches` asks
the original router whether the node has an answer, `handle` lets it select again and dispatch. Which node is asking,
and for which context, is told in `scope["fastapi"]`.
"""

from __future__ import annotations

import copy
import threading
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Set,
    Tuple,
    Type,
    Union,
    cast,
    get_type_hints,
)

from starlette.datastructures import URLPath
from starlette.responses import JSONResponse, Response
from starlette.routing import (
    BaseRoute,
    Host,
    Match,
    Mount,
    NoMatchFound,
    Route,
    Router,
    WebSocketRoute,
    compile_path,
)
from starlette.types import ASGIApp, Receive, Scope, Send

from fastapi import params
from fastapi._body_limit import get_body_size_limit, wrap_app_with_body_limit
from fastapi._changes import Version, WatchedList, changes
from fastapi._form_limits import _FormLimits
from fastapi._routing.described.attributes import description_of
from fastapi._routing.described.operation import (
    OPTION_DEFAULTS,
    Operation,
    OperationOptions,
    _effective_route_context_var,
    get_unique_id_function,
    resolve_operation,
)
from fastapi._routing.described.redeclare import watch_declarations
from fastapi._routing.described.scope import (
    MISSING,
    _restore_fastapi_scope_key,
    apply_form_limits,
    get_fastapi_scope,
    read_fastapi_scope,
    update_scope,
)
from fastapi._routing.tree.frontend import FrontendGuard, _FrontendRouteGroup
from fastapi._routing.tree.route import (
    APIRoute,
    APIWebSocketRoute,
    build_own_app,
    build_route_app,
    match_context,
    may_wait_for_app,
)
from fastapi._scope_keys import EFFECTIVE_ROUTE_CONTEXT_KEY, INCLUDED_ROUTER_KEY, RECORDER_KEY
from fastapi.datastructures import Default, DefaultPlaceholder
from fastapi.utils import generate_unique_id, get_value_or_default

if TYPE_CHECKING:
    from fastapi._routing.tree.router import APIRouter


class Selection(NamedTuple):
    """The route that answers a request, as far as it does."""

    match: Match
    child_scope: Scope
    route: Optional[Union[BaseRoute, _EffectiveRouteContext]]


NOTHING = Selection(Match.NONE, {}, None)


@dataclass
class _RouterIncludeContext:
    """What the levels above a router add to its routes: outermost first in lists, nearest first where one wins."""

    included_router: APIRouter
    prefix: str = ""
    tags: List[Union[str, Enum]] = field(default_factory=list)
    dependencies: List[params.Depends] = field(default_factory=list)
    default_response_class: Union[Type[Response], DefaultPlaceholder] = field(
        default_factory=lambda: Default(cast(Any, JSONResponse))
    )
    responses: Dict[Union[int, str], Dict[str, Any]] = field(default_factory=dict)
    callbacks: List[BaseRoute] = field(default_factory=list)
    deprecated: Optional[bool] = None
    include_in_schema: bool = True
    generate_unique_id_function: Union[Callable[[APIRoute], str], DefaultPlaceholder] = field(
        default_factory=lambda: Default(cast(Any, generate_unique_id))
    )
    strict_content_type: Union[bool, DefaultPlaceholder] = field(default_factory=lambda: Default(cast(Any, True)))
    dependency_overrides_provider: Optional[Any] = None
    max_body_size: Optional[int] = None
    form_limits: _FormLimits = field(default_factory=_FormLimits)

    def around(self, inner: _RouterIncludeContext) -> _RouterIncludeContext:
        """Return what holds for a router that is included, by `inner`, in the router this is about."""
        return replace(
            inner,
            prefix=self.prefix + inner.prefix,
            tags=[*self.tags, *inner.tags],
            dependencies=[*self.dependencies, *inner.dependencies],
            responses={**self.responses, **inner.responses},
            callbacks=[*self.callbacks, *inner.callbacks],
            deprecated=self.deprecated or inner.deprecated,
            include_in_schema=self.include_in_schema and inner.include_in_schema,
            default_response_class=get_value_or_default(inner.default_response_class, self.default_response_class),
            generate_unique_id_function=get_value_or_default(
                inner.generate_unique_id_function, self.generate_unique_id_function
            ),
            strict_content_type=get_value_or_default(inner.strict_content_type, self.strict_content_type),
            dependency_overrides_provider=self.dependency_overrides_provider,
            max_body_size=get_body_size_limit(inner.max_body_size, self.max_body_size),
        )

    def options_of(self, route: Any) -> OperationOptions:
        """Return the options of an `APIRoute`, merged with those of the levels above it."""
        included = self.included_router
        options: Dict[str, Any] = {name: getattr(route, name) for name in OPTION_DEFAULTS}
        options.update(
            tags=[*self.tags, *route.tags],
            dependencies=[*self.dependencies, *route.dependencies],
            responses={**self.responses, **route.responses},
            callbacks=[*self.callbacks, *(route.callbacks or [])],
            deprecated=route.deprecated or self.deprecated,
            include_in_schema=route.include_in_schema and self.include_in_schema,
            response_class=get_value_or_default(
                route.response_class, included.default_response_class, self.default_response_class
            ),
            generate_unique_id_function=get_value_or_default(
                route.generate_unique_id_function,
                included.generate_unique_id_function,
                self.generate_unique_id_function,
            ),
            strict_content_type=get_value_or_default(
                route.strict_content_type, included.strict_content_type, self.strict_content_type
            ),
            dependency_overrides_provider=self.dependency_overrides_provider,
            max_body_size=get_body_size_limit(route.max_body_size, self.max_body_size),
        )
        return cast(OperationOptions, options)


class _EffectiveRouteContext:
    """What a route is in one inclusion."""

    # What answers in the place of the original route, where that is not the original itself.
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
        """Tell whether the route answers the request, like `BaseRoute.matches`."""
        raise NotImplementedError(f"{type(self).__name__}.matches")

    def url_path_for(self, name: str, **path_params: Any) -> URLPath:
        """Make the URL path of the route, with all prefixes, like `BaseRoute.url_path_for`."""
        raise NoMatchFound(name, path_params)

    def select(self, scope: Scope) -> Tuple[Match, Scope]:
        """Ask whoever may decide about the match: the original route, for the user's own classes."""
        return self.matches(scope)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request. The scope names this context already."""
        raise NotImplementedError(f"{type(self).__name__}.handle")


# The attributes of a context in the order in which they are shown, and what each is for a route that is not an
# `APIRoute`: a value, or a function that makes one. Such a route has them, but nothing reads them.
CONTEXT_ATTRIBUTES: Dict[str, Any] = {
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


class APIRouteContext(_EffectiveRouteContext):
    """An `APIRoute` in one inclusion. It has the attributes of an `APIRoute`, from merged options."""

    original_route: APIRoute
    path: str
    max_body_size: Optional[int]
    _has_own_app = False

    def __init__(self, original_route: APIRoute, include_context: _RouterIncludeContext) -> None:
        super().__init__(original_route)
        route: Any = description_of(original_route)
        seen = changes.declarations

        def resolve(context: APIRouteContext) -> Operation:
            options = include_context.options_of(route)
            return resolve_operation(
                path=include_context.prefix + route.path,
                endpoint=route.endpoint,
                options=options,
                stream_item_type=route.stream_item_type,
                # A function of the user's is shown a route.
                subject=None if get_unique_id_function(options) is generate_unique_id else context,
            )

        def check(context: APIRouteContext) -> Dict[str, Any]:
            # A changed file gives new contexts; this one only says whether they can be made.
            resolve(copy.copy(context))
            return {}

        self.operation = resolve(self)
        self.path = self.operation.path
        watch_declarations(self, self.operation.dependant, check, seen)

    def __getattr__(self, name: str) -> Any:
        if "operation" not in vars(self):
            # It is decided now, or this is a copy that has no attributes yet.
            return super().__getattr__(name)
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.operation, name)

    @cached_property
    def app(self) -> ASGIApp:
        """The handler that the original route builds, with the attributes it has in this inclusion."""
        if self._has_own_app:
            return build_own_app(self.operation)
        token = _effective_route_context_var.set(self)
        try:
            return build_route_app(self.original_route, self.max_body_size)
        finally:
            _effective_route_context_var.reset(token)

    def settle_app(self) -> None:
        """Let `app` be what it would be if it was built now."""
        if "app" not in vars(self) and may_wait_for_app(self.original_route):
            # PERF: hardly any of many is ever asked for (benchmark: registration, the first openapi()).
            self._has_own_app = True
        else:
            self.app  # noqa: B018, built here and kept

    def matches(self, scope: Scope) -> Tuple[Match, Scope]:
        return match_context(self, scope)

    # The path grammar is Starlette's. Its method asks for nothing but attributes that a context has.
    def url_path_for(self, name: str, **path_params: Any) -> URLPath:
        return Route.url_path_for(cast(Route, self), name, **path_params)

    def select(self, scope: Scope) -> Tuple[Match, Scope]:
        entry = get_fastapi_scope(scope)
        previous = entry.get(EFFECTIVE_ROUTE_CONTEXT_KEY, MISSING)
        entry[EFFECTIVE_ROUTE_CONTEXT_KEY] = self
        try:
            return self.original_route.matches(scope)
        finally:
            _restore_fastapi_scope_key(scope, EFFECTIVE_ROUTE_CONTEXT_KEY, previous)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.original_route.handle(scope, receive, send)


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


@dataclass
class _IncludedRouter(BaseRoute):
    """The node of the tree that stands for one inclusion of a router."""

    original_router: APIRouter
    include_context: _RouterIncludeContext
    _effective_routes_lock: Any = field(default_factory=threading.Lock, repr=False, compare=False)
    _effective_candidates: List[Union[_EffectiveRouteContext, _IncludedRouter]] = field(default_factory=list)
    _effective_candidates_version: Optional[int] = None
    # No field: the handlers of the candidates were settled at this version of the routes.
    _handlers_version = cast(Optional[int], None)
    # Counts the changes of the routes as long as no request has come to this node. Candidates that a request has met
    # stay what they are.
    _unmet = cast(Optional[Version], None)
    _effective_low_priority_routes: List[_EffectiveRouteContext] = field(default_factory=list)
    _effective_low_priority_routes_version: Optional[int] = None

    def effective_candidates(self) -> Sequence[Union[_EffectiveRouteContext, _IncludedRouter]]:
        """Return what the routes of the router are here: contexts, and nodes for routers included in it."""
        candidates = self.placed_candidates()
        self._unmet = None
        if self._handlers_version != self._effective_candidates_version:
            for candidate in candidates:
                if isinstance(candidate, APIRouteContext):
                    candidate.settle_app()
            self._handlers_version = self._effective_candidates_version
        return candidates

    def placed_candidates(self) -> Sequence[Union[_EffectiveRouteContext, _IncludedRouter]]:
        """Return the candidates, and leave it open when their handlers are built.

        The plan asks for these: a patcher that is installed after the first request still finds handlers to be built,
        where nothing but a plan has been made of a router.
        """
        version = self.original_router._get_routes_version()
        if self._is_stale(version):
            with self._effective_routes_lock:
                if self._is_stale(version):
                    # First: what changes while the candidates are made makes them stale.
                    unmet = self._follow_routes()
                    self._effective_candidates = self._build_candidates()
                    self._effective_candidates_version, self._unmet = version, unmet
        return self._effective_candidates

    def _is_stale(self, version: int) -> bool:
        unmet = self._unmet
        return version != self._effective_candidates_version or (unmet is not None and unmet.count > 0)

    def _follow_routes(self) -> Version:
        version = Version()
        self.original_router._readers.add(version)
        routes = self.original_router.routes
        if isinstance(routes, WatchedList):
            routes._readers.add(version)
        for route in routes:
            if isinstance(route, APIRoute):
                route._readers.add(version)
        return version

    def meet(self) -> None:
        """Note that a request came here: from now on the candidates stay what they are."""
        self._unmet = None

    def effective_low_priority_routes(self) -> Sequence[_EffectiveRouteContext]:
        """Return what is tried when nothing else answers, of this router and of those included in it."""
        version = self.original_router._get_routes_version()
        if version != self._effective_low_priority_routes_version:
            with self._effective_routes_lock:
                if version != self._effective_low_priority_routes_version:
                    self._effective_low_priority_routes = self._build_low_priority_routes()
                    self._effective_low_priority_routes_version = version
        return self._effective_low_priority_routes

    def _build_candidates(self) -> List[Union[_EffectiveRouteContext, _IncludedRouter]]:
        candidates = (
            self._nest(route) if isinstance(route, _IncludedRouter) else self._place(route)
            for route in list(self.original_router.routes)
        )
        return [candidate for candidate in candidates if candidate is not None]

    def _build_low_priority_routes(self) -> List[_EffectiveRouteContext]:
        placed = (self._place(route) for route in list(self.original_router._low_priority_routes))
        contexts = [context for context in placed if context is not None]
        for route in list(self.original_router.routes):
            if isinstance(route, _IncludedRouter):
                contexts.extend(self._nest(route).effective_low_priority_routes())
        return contexts

    def _nest(self, node: _IncludedRouter) -> _IncludedRouter:
        return _IncludedRouter(
            original_router=node.original_router,
            include_context=self.include_context.around(node.include_context),
        )

    def _place(self, route: BaseRoute) -> Optional[_EffectiveRouteContext]:
        """Return the context of one route. Routes of unknown classes cannot be given a prefix; they are left out."""
        context = self.include_context
        if isinstance(route, APIRoute):
            return APIRouteContext(route, context)
        if isinstance(route, _FrontendRouteGroup):
            return FrontendContext(route, context)
        prefixed = _with_prefix(route, context)
        if prefixed is None:
            return None
        return WrappedRouteContext(route, prefixed, context.max_body_size)

    def effective_route_contexts(self) -> Iterator[_EffectiveRouteContext]:
        """Yield the contexts of all routes below this node."""
        for candidate in self.effective_candidates():
            if isinstance(candidate, _IncludedRouter):
                yield from candidate.effective_route_contexts()
            else:
                yield candidate

    def matches(self, scope: Scope) -> Tuple[Match, Scope]:
        entry = get_fastapi_scope(scope)
        previous = entry.get(INCLUDED_ROUTER_KEY, MISSING)
        entry[INCLUDED_ROUTER_KEY] = self
        try:
            return self.original_router.matches(scope)
        finally:
            _restore_fastapi_scope_key(scope, INCLUDED_ROUTER_KEY, previous)

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        get_fastapi_scope(scope)[INCLUDED_ROUTER_KEY] = self
        apply_form_limits(scope, self.include_context.form_limits)
        await self.original_router.handle(scope, receive, send)

    def select(self, scope: Scope) -> Selection:
        """Return the first candidate that answers in full, else the first that answers in part."""
        partial = NOTHING
        for candidate in self.effective_candidates():
            if isinstance(candidate, _IncludedRouter):
                match, child_scope = candidate.matches(scope)
            else:
                match, child_scope = candidate.select(scope)
            if match is Match.FULL:
                return Selection(match, child_scope, candidate)
            if match is Match.PARTIAL and partial.route is None:
                partial = Selection(match, child_scope, candidate)
        return partial

    async def _handle_selected(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Dispatch to the candidate that answers: what `handle` of the original router does for this node."""
        selection = self.select(scope)
        if selection.route is None:
            await self.original_router.default(scope, receive, send)
            return
        update_scope(scope, selection.child_scope)
        await handle_route(selection.route, scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: Any) -> URLPath:
        for candidate in self.effective_candidates():
            try:
                return candidate.url_path_for(name, **path_params)
            except NoMatchFound:
                pass
        raise NoMatchFound(name, path_params)


def get_including_node(scope: Scope, router: APIRouter) -> Optional[_IncludedRouter]:
    """Return the node on whose behalf `router` is asked, or `None` if it is asked for itself."""
    node = read_fastapi_scope(scope, INCLUDED_ROUTER_KEY)
    if isinstance(node, _IncludedRouter) and node.original_router is router:
        return node
    return None


async def handle_route(
    route: Union[BaseRoute, _EffectiveRouteContext], scope: Scope, receive: Receive, send: Send
) -> None:
    """Hand the request to the route that was selected for it, naming its context in the scope."""
    if isinstance(route, _EffectiveRouteContext):
        get_fastapi_scope(scope)[EFFECTIVE_ROUTE_CONTEXT_KEY] = route
    if not isinstance(route, _IncludedRouter):
        recorder = scope.get(RECORDER_KEY)
        if recorder is not None:
            recorder.route_selected(scope, route)
    await route.handle(scope, receive, send)


@dataclass(frozen=True)
class RouteContext:
    """A route as it is reached from the routes that were walked: see `iter_route_contexts`.

    `route` is the object somebody created. The path, the name and every other attribute are those it has where it was
    found, with the prefixes, tags and dependencies of the routers around it.
    """

    route: BaseRoute
    _route_context: Optional[_EffectiveRouteContext] = field(default=None, repr=False)

    @property
    def original_route(self) -> BaseRoute:
        """The route, as it was created."""
        return self.route

    @property
    def _effective_route(self) -> Any:
        context = self._route_context
        if context is None:
            return self.route
        return context.starlette_route or context

    @property
    def path(self) -> Optional[str]:
        """The path template with all prefixes; `None` for a host."""
        return cast(Optional[str], getattr(self._effective_route, "path", None))

    @property
    def path_format(self) -> Optional[str]:
        """The path template without convertors."""
        return cast(Optional[str], getattr(self._effective_route, "path_format", None))

    @property
    def name(self) -> Optional[str]:
        """The name for `url_path_for`."""
        return cast(Optional[str], getattr(self._effective_route, "name", None))

    @property
    def methods(self) -> Optional[Set[str]]:
        """The HTTP methods, if the route chooses by them."""
        return cast(Optional[Set[str]], getattr(self._effective_route, "methods", None))

    @property
    def endpoint(self) -> Optional[Callable[..., Any]]:
        """The function that is called."""
        return cast(Optional[Callable[..., Any]], getattr(self._effective_route, "endpoint", None))

    def __getattr__(self, name: str) -> Any:
        # Copying and unpickling ask before there are attributes; delegation would not end.
        if name.startswith("__") or name in ("route", "_route_context"):
            raise AttributeError(name)
        return getattr(self._effective_route, name)


def iter_route_contexts(
    routes: Sequence[Union[BaseRoute, RouteContext]],
) -> Iterator[RouteContext]:
    """Walk the tree of routers: yield every route with what it is where it was found.

    ```python
    paths = [context.path for context in iter_route_contexts(app.routes)]
    ```
    """
    for route in routes:
        if isinstance(route, RouteContext):
            yield route
        else:
            for original, context in iter_routes_with_context([route]):
                yield RouteContext(original, context)


iter_route_contexts.__module__ = "fastapi.routing"


def show_as_public(router_class: Type[APIRouter]) -> None:
    """Let the classes look as upstream's, whose module has one class for the contexts of all kinds of routes.

    Annotations are evaluated first: the module where the classes are shown has other names.
    """
    names = {**globals(), "APIRouter": router_class}
    contexts = (APIRouteContext, WrappedRouteContext, FrontendContext)
    dataclasses = (_RouterIncludeContext, _IncludedRouter, RouteContext)
    for kind in (*dataclasses, _EffectiveRouteContext, *contexts):
        hints = get_type_hints(kind, names)
        kind.__annotations__ = hints
        if kind in dataclasses:
            kind.__init__.__annotations__ = {**hints, "return": None}
    for kind in (*dataclasses, _EffectiveRouteContext, *contexts):
        kind.__module__ = "fastapi.routing"
    for kind in contexts:
        kind.__name__ = kind.__qualname__ = _EffectiveRouteContext.__name__


def _iter_included_route_candidates(routes: Sequence[BaseRoute]) -> Iterator[BaseRoute]:
    """Yield the routes below `routes`: API routes as they were created, others with their prefix."""
    for route in routes:
        if isinstance(route, _IncludedRouter):
            for context in route.effective_route_contexts():
                yield context.starlette_route or context.original_route
        else:
            yield route


def iter_routes_with_context(
    routes: Sequence[BaseRoute],
) -> Iterator[Tuple[BaseRoute, Optional[_EffectiveRouteContext]]]:
    """Yield every route below `routes` as it was created, and what it is there, None outside of included routers."""
    for route in routes:
        if isinstance(route, _IncludedRouter):
            for context in route.effective_route_contexts():
                yield context.original_route, context
        else:
            yield route, None


def iter_paths(routes: Sequence[BaseRoute]) -> Iterator[Tuple[str, str]]:
    """Yield the path and the name of every route below `routes` that has a path."""
    for route, context in iter_routes_with_context(routes):
        place: Any = route if context is None else context.starlette_route or context
        path: Optional[str] = getattr(place, "path", None)
        if path is not None:
            yield path, getattr(place, "name", "unknown")


def _with_prefix(route: BaseRoute, context: _RouterIncludeContext) -> Optional[BaseRoute]:
    """Return a copy of `route` under the prefix, or `None` if its class is unknown."""
    if isinstance(route, APIWebSocketRoute):
        return _rebuilt(route, context)
    if isinstance(route, (Route, WebSocketRoute)):
        return _recompiled(route, context.prefix + route.path)
    if isinstance(route, Mount):
        return _recompiled(route, context.prefix + route.path, "/{path:path}")
    if isinstance(route, Host):
        return _host_with_prefix(route, context.prefix)
    return None


def _rebuilt(route: Any, context: _RouterIncludeContext) -> APIWebSocketRoute:
    """A WebSocket route gets dependencies from the levels above it, too."""
    return APIWebSocketRoute(
        context.prefix + route.path,
        endpoint=route.endpoint,
        name=route.name,
        dependencies=[*context.dependencies, *route.dependencies],
        dependency_overrides_provider=context.dependency_overrides_provider,
    )


def _recompiled(route: Union[Route, WebSocketRoute, Mount], path: str, suffix: str = "") -> BaseRoute:
    prefixed = copy.copy(route)
    prefixed.path = path
    compiled = compile_path(path + suffix)
    prefixed.path_regex, prefixed.path_format, prefixed.param_convertors = compiled
    return prefixed


def _host_with_prefix(host: Host, prefix: str) -> Host:
    """A host has no path; the prefix goes between it and its application."""
    if not prefix:
        return host
    prefixed = copy.copy(host)
    prefixed.app = Router(routes=[Mount(prefix, app=host.app)])
    return prefixed
