"""`APIRouter`: collects routes, and finds the one that answers a request.

A request goes to the route that `selection.select` returns, else to a redirect that adds or removes the trailing slash,
else to a low-priority route (a frontend, for example), else to `default`.
"""

from __future__ import annotations

from enum import Enum
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    Iterator,
    List,
    Mapping,
    Optional,
    Sequence,
    Set,
    Tuple,
    Type,
    Union,
)

from annotated_doc import Doc
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match, Router
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send
from typing_extensions import Annotated, Unpack
from typing_extensions import deprecated as deprecated_argument

from fastapi import params
from fastapi._body_limit import get_body_size_limit, validate_max_body_size, wrap_app_with_body_limit
from fastapi._changes import Readers, changes, watched
from fastapi._facade import takes_over
from fastapi._form_limits import _FormLimits, _validate_form_limits
from fastapi._routing.described.attributes import set_state
from fastapi._routing.described.options import OperationOptions, add_up
from fastapi._routing.described.scope import apply_form_limits, update_scope
from fastapi._routing.tree.adding import RouteAdditions
from fastapi._routing.tree.frontend import _FrontendRouteGroup
from fastapi._routing.tree.including import Inclusions, check_prefix
from fastapi._routing.tree.inclusion.node import _IncludedRouter, get_including_node, handle_route
from fastapi._routing.tree.inclusion.placed import _EffectiveRouteContext
from fastapi._routing.tree.inclusion.show import show_as_public
from fastapi._routing.tree.lifespan import EventHandlers, make_lifespan
from fastapi._routing.tree.path_operation import PathOperations
from fastapi._routing.tree.route import APIRoute
from fastapi._routing.tree.route_options import ADD_API_ROUTE, API_ROUTE, AddRouteOptions, with_options
from fastapi._routing.tree.selection import select, select_low_priority, slash_redirect
from fastapi.datastructures import Default
from fastapi.types import DecoratedCallable
from fastapi.utils import generate_unique_id, get_value_or_default

if TYPE_CHECKING:
    from fastapi._routing.planned.dispatch import PlannedWay


@takes_over(PathOperations)
@takes_over(EventHandlers)
@takes_over(RouteAdditions)
@takes_over(Inclusions)
class APIRouter(PathOperations, RouteAdditions, Inclusions):
    """A group of *path operations*, to be included in an application or in another router.

    ```python
    from fastapi import APIRouter, FastAPI

    app = FastAPI()
    router = APIRouter(prefix="/users", tags=["users"])


    @router.get("/")
    async def read_users():
        return [{"username": "Rick"}, {"username": "Morty"}]


    app.include_router(router)
    ```
    """

    if TYPE_CHECKING:
        # For type checkers alone: at run time these would be evaluated in `fastapi.routing`, where the class is shown.
        middleware_stack: ASGIApp  # type: ignore[assignment]
        _planned_way: Optional[PlannedWay]
        # The plans that have read this router; its lists of routes tell the same ones.
        _readers: Readers
    # Of the router of an application: what answers without asking route by route, see `_routing/planned/dispatch.py`.
    _planned_way = None

    def __init__(
        self,
        *,
        prefix: Annotated[str, Doc('What the paths of all *path operations* begin with, for example "/users".')] = "",
        tags: Annotated[
            Optional[List[Union[str, Enum]]],
            Doc("Names under which the documentation groups all *path operations*."),
        ] = None,
        dependencies: Annotated[
            Optional[Sequence[params.Depends]],
            Doc("Dependencies (`Depends()`) to run for all *path operations*, before their own."),
        ] = None,
        default_response_class: Annotated[
            Type[Response],
            Doc("The response class of those *path operations* that do not choose one."),
        ] = Default(JSONResponse),
        responses: Annotated[
            Optional[Dict[Union[int, str], Dict[str, Any]]],
            Doc("Further answers to document for all *path operations*, by status code."),
        ] = None,
        callbacks: Annotated[
            Optional[List[BaseRoute]],
            Doc("*Path operations* to document as OpenAPI callbacks of all *path operations*."),
        ] = None,
        routes: Annotated[
            Optional[List[BaseRoute]],
            Doc("Routes to begin with. It is there because Starlette has it."),
            deprecated_argument("Add *path operations* with the methods of the router instead."),
        ] = None,
        redirect_slashes: Annotated[
            bool,
            Doc("Whether to redirect to the path with or without a slash at its end, if that exists."),
        ] = True,
        default: Annotated[Optional[ASGIApp], Doc("The ASGI application that answers when no route does.")] = None,
        dependency_overrides_provider: Annotated[
            Optional[Any],
            Doc("The object with `dependency_overrides`: the application. `FastAPI` sets it."),
        ] = None,
        route_class: Annotated[Type[APIRoute], Doc("The class of the routes that are added.")] = APIRoute,
        on_startup: Annotated[
            Optional[Sequence[Callable[[], Any]]],
            Doc("Functions to run at startup. A `lifespan` replaces them."),
        ] = None,
        on_shutdown: Annotated[
            Optional[Sequence[Callable[[], Any]]],
            Doc("Functions to run at shutdown. A `lifespan` replaces them."),
        ] = None,
        lifespan: Annotated[
            Optional[Lifespan[Any]],
            Doc("A function that makes an async context manager, entered at startup, left at shutdown."),
        ] = None,
        deprecated: Annotated[
            Optional[bool],
            Doc("Mark all *path operations* as deprecated in the documentation."),
        ] = None,
        include_in_schema: Annotated[bool, Doc("Whether the documentation shows the *path operations*.")] = True,
        generate_unique_id_function: Annotated[
            Callable[[APIRoute], str],
            Doc("A function that makes the operation ids from the routes."),
        ] = Default(generate_unique_id),
        strict_content_type: Annotated[
            bool,
            Doc(
                """
                Whether a body without a Content-Type header is left unparsed. Set it to `False` only where every client
                is trusted: browsers send such requests across sites without asking first.
                """
            ),
        ] = Default(True),
        max_body_size: Annotated[
            Optional[int],
            Doc(
                """
                The largest request body to accept, in bytes. It replaces the limit of the levels around the router and
                is replaced by the limit of a *path operation*; `None` keeps the one around.
                """
            ),
        ] = None,
        form_limits: Annotated[
            Optional[_FormLimits],
            Doc(
                """
                Limits for forms that are parsed automatically: `max_fields`, `max_files`, `max_part_size`. What is not
                given here is inherited.
                """
            ),
        ] = None,
    ) -> None:
        validate_max_body_size(max_body_size)
        check_prefix(prefix)
        vars(self)["_readers"] = Readers()
        # First: what is pickled fails at the same attribute as FastAPI's.
        self.lifespan_context = make_lifespan(lifespan, self)
        self._routes_version = 0
        self._low_priority_routes: List[BaseRoute] = watched((), self._readers)
        self._frontend_routes: Optional[_FrontendRouteGroup] = None
        super().__init__(
            routes=routes,
            redirect_slashes=redirect_slashes,
            default=default,
            lifespan=self.lifespan_context,
        )
        self.on_startup = list(on_startup or [])
        self.on_shutdown = list(on_shutdown or [])
        self.prefix = prefix
        self.tags: List[Union[str, Enum]] = tags or []
        self.dependencies = list(dependencies or [])
        self.responses = responses or {}
        self.callbacks = callbacks or []
        self.deprecated = deprecated
        self.include_in_schema = include_in_schema
        self.dependency_overrides_provider = dependency_overrides_provider
        self.route_class = route_class
        self.default_response_class = default_response_class
        self.generate_unique_id_function = generate_unique_id_function
        self.strict_content_type = strict_content_type
        self.form_limits = _validate_form_limits(form_limits)
        self.max_body_size = max_body_size
        self.middleware_stack = wrap_app_with_body_limit(self.app, max_body_size)

    # ── The routes, and what others remember about them ──

    def __setattr__(self, name: str, value: Any) -> None:
        # A plan knows how the router was: `redirect_slashes`, `default`, methods that were replaced.
        super().__setattr__(name, value)
        if name in _READ_BY_PLANS:
            self._readers.tell()

    def __setstate__(self, state: Any) -> None:
        set_state(self, state)
        attributes = vars(self)
        if self._planned_way is not None and self._planned_way.router is not self:
            # A shallow copy has the routes of the original, but answers for itself.
            del attributes["_planned_way"]

    @property
    def routes(self) -> List[BaseRoute]:
        """The routes in their order. Changing the list takes effect at the next request."""
        routes: List[BaseRoute] = vars(self)["routes"]
        return routes

    @routes.setter
    def routes(self, routes: Sequence[BaseRoute]) -> None:
        # NOTE: `vars(router)["routes"]` is where it is in Starlette's routers, too.
        vars(self)["routes"] = watched(routes, self._readers)
        self._readers.tell()

    def _mark_routes_changed(self) -> None:
        """Make routers that include this one, and the OpenAPI document, look at its routes again."""
        self._routes_version += 1
        self._readers.tell()

    def _get_routes_version(self, seen: Optional[Set[int]] = None) -> int:
        """Return a number that grows with every change here and in all included routers.

        `seen` holds the identities of the routers whose inclusions were counted already.
        """
        counted: Set[int] = set() if seen is None else seen
        version = self._routes_version + changes.declarations
        if id(self) in counted:
            return version
        counted.add(id(self))
        for route in self.routes:
            if isinstance(route, _IncludedRouter):
                version += route.original_router._get_routes_version(counted)
        return version

    def _contains_router(self, router: Router) -> bool:
        """Tell whether `router` is included here, at whatever depth."""
        return any(
            route.original_router is router or route.original_router._contains_router(router)
            for route in self.routes
            if isinstance(route, _IncludedRouter)
        )

    # ── Requests ──

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request by one of the routes."""
        assert scope["type"] in ("http", "websocket", "lifespan")
        apply_form_limits(scope, self.form_limits)
        scope.setdefault("router", self)
        if scope["type"] == "lifespan":
            await self.lifespan(scope, receive, send)
            return
        if self._planned_way is not None:
            place = self._planned_way.at_router
            answer = place.ask(scope, receive, send)
            if answer is not None:
                rest = await answer
                if rest is not None:
                    await place.go_on(rest, scope, receive)
                return
        selection = select(self.routes, scope)
        if selection.route is None:
            redirect = slash_redirect(self, scope)
            if redirect is not None:
                await redirect(scope, receive, send)
                return
            selection = select_low_priority(self._iter_low_priority_routes(), scope)
        if selection.route is None:
            await self.default(scope, receive, send)
            return
        update_scope(scope, selection.child_scope)
        await handle_route(selection.route, scope, receive, send)

    def matches(self, scope: Scope) -> Tuple[Match, Scope]:
        """Tell whether one of the routes answers, on behalf of the router that includes this one."""
        node = get_including_node(scope, self)
        if node is None:
            return Match.NONE, {}
        return node.select(scope).match, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, on behalf of the router that includes this one if there is one."""
        node = get_including_node(scope, self)
        if node is None:
            await self.app(scope, receive, send)
        else:
            await node._handle_selected(scope, receive, send)

    def _iter_low_priority_routes(self) -> Iterator[Union[BaseRoute, _EffectiveRouteContext]]:
        """Yield what is tried when no other route answers: own routes first, then those of included routers."""
        yield from self._low_priority_routes
        for route in self.routes:
            if isinstance(route, _IncludedRouter):
                yield from route.effective_low_priority_routes()

    # ── Adding path operations ──

    @with_options(ADD_API_ROUTE)
    def add_api_route(self, path: str, endpoint: Callable[..., Any], **options: Unpack[AddRouteOptions]) -> None:
        """Add a *path operation*. The decorators end here, with every option."""
        route_class = options.pop("route_class_override") or self.route_class
        route = route_class(self.prefix + path, endpoint=endpoint, **self._merge_options(options))
        self.routes.append(route)
        self._mark_routes_changed()

    def _merge_options(self, options: Mapping[str, Any]) -> Dict[str, Any]:
        """Return the options of a *path operation* together with what the router adds to each."""
        merged = dict(options)
        merged.update(
            **add_up(self, options),
            deprecated=options["deprecated"] or self.deprecated,
            include_in_schema=options["include_in_schema"] and self.include_in_schema,
            response_class=get_value_or_default(options["response_class"], self.default_response_class),
            generate_unique_id_function=get_value_or_default(
                options["generate_unique_id_function"], self.generate_unique_id_function
            ),
            strict_content_type=get_value_or_default(options["strict_content_type"], self.strict_content_type),
            max_body_size=get_body_size_limit(options["max_body_size"], self.max_body_size),
            dependency_overrides_provider=self.dependency_overrides_provider,
        )
        return merged

    @with_options(API_ROUTE)
    def api_route(
        self, path: str, **options: Unpack[OperationOptions]
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Add a *path operation* for the HTTP methods in `methods`, by default GET."""

        def decorator(func: DecoratedCallable) -> DecoratedCallable:
            self.add_api_route(path, func, **options)
            return func

        return decorator


APIRouter.__module__ = "fastapi.routing"
show_as_public(APIRouter)
# What a plan reads of a router: methods, which an instance may have of its own, and these attributes.
_READ_BY_PLANS = frozenset(
    {
        *dir(APIRouter),
        *("default", "form_limits", "middleware_stack", "redirect_slashes"),
        *("_low_priority_routes", "_routes_version"),
    }
)
