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
    Iterable,
    Iterator,
    List,
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
from fastapi._body_limit import validate_max_body_size, wrap_app_with_body_limit
from fastapi._changes import Readers, changes, watched
from fastapi._facade import takes_over
from fastapi._form_limits import _FormLimits, _validate_form_limits
from fastapi._routing.described.attributes import set_state
from fastapi._routing.described.options import OperationOptions
from fastapi._routing.described.scope import apply_form_limits, update_scope
from fastapi._routing.tree.adding import RouteAdditions
from fastapi._routing.tree.decorator import make_decorator
from fastapi._routing.tree.frontend import _FrontendRouteGroup
from fastapi._routing.tree.including import Inclusions, check_prefix
from fastapi._routing.tree.inclusion.node import _IncludedRouter, get_including_node, handle_route
from fastapi._routing.tree.inclusion.placed import _EffectiveRouteContext
from fastapi._routing.tree.inclusion.show import show_as_public
from fastapi._routing.tree.lifespan import EventHandlers, make_lifespan
from fastapi._routing.tree.path_operation import PathOperations
from fastapi._routing.tree.route import APIRoute
from fastapi._routing.tree.route_options import ADD_API_ROUTE, API_ROUTE, AddRouteOptions, merge_options, with_options
from fastapi._routing.tree.selection import select, select_low_priority, slash_redirect
from fastapi.datastructures import Default
from fastapi.types import DecoratedCallable
from fastapi.types import IncEx as IncEx  # The annotations of the options refer to it by name.
from fastapi.utils import generate_unique_id

if TYPE_CHECKING:
    from fastapi._routing.planned.dispatch import PlannedWay


@takes_over(PathOperations)
@takes_over(EventHandlers)
@takes_over(RouteAdditions)
@takes_over(Inclusions)
class APIRouter(PathOperations, RouteAdditions, Inclusions):
    """A group of *path operations*. Applications and other routers include it.

    A large application has one module, and in it one router, for each part of its API. The options of a router hold for
    all its *path operations*.

    ```python
    from fastapi import APIRouter, FastAPI

    customers = APIRouter(prefix="/customers", tags=["customers"])


    @customers.get("/{number}")
    def read_customer(number: int):
        return {"number": number, "name": "Ada"}


    app = FastAPI()
    app.include_router(customers)
    ```
    """

    if TYPE_CHECKING:
        # For type checkers alone: at run time, `get_type_hints` would evaluate these in `fastapi.routing`.
        middleware_stack: ASGIApp  # type: ignore[assignment]
        _planned_way: Optional[PlannedWay]
        # The plans that have read this router; its lists of routes tell the same ones.
        _readers: Readers
    # The planned way of an application, in its router: see `_routing/planned/dispatch.py`.
    _planned_way = None

    def __init__(
        self,
        *,
        prefix: Annotated[
            str,
            Doc(
                """
                The prefix of the paths of all *path operations*, for example "/users". It starts with a slash and does
                not end with one.
                """
            ),
        ] = "",
        tags: Annotated[
            Optional[List[Union[str, Enum]]],
            Doc("Tags of all *path operations*, before their own. The documentation groups *path operations* by tag."),
        ] = None,
        dependencies: Annotated[
            Optional[Sequence[params.Depends]],
            Doc(
                """
                Dependencies, declared with `Depends()`, of all *path operations*. They run before the dependencies of a
                *path operation*.
                """
            ),
        ] = None,
        default_response_class: Annotated[
            Type[Response],
            Doc("The response class of the *path operations* that do not choose one. By default `JSONResponse`."),
        ] = Default(JSONResponse),
        responses: Annotated[
            Optional[Dict[Union[int, str], Dict[str, Any]]],
            Doc(
                """
                Additional responses for the documentation of all *path operations*, by status code. A *path operation*
                may replace one with its own `responses`.
                """
            ),
        ] = None,
        callbacks: Annotated[
            Optional[List[BaseRoute]],
            Doc(
                """
                *Path operations* of another application, for the documentation as OpenAPI callbacks of all *path
                operations*.
                """
            ),
        ] = None,
        routes: Annotated[
            Optional[List[BaseRoute]],
            Doc("Routes to start with, as in Starlette. They get none of the options of the router."),
            deprecated_argument("Add *path operations* with the methods of the router instead."),
        ] = None,
        redirect_slashes: Annotated[
            bool,
            Doc(
                """
                Whether to redirect (307) a request that no route matches to the same path with, or without, a slash at
                its end, if a route matches that path.
                """
            ),
        ] = True,
        default: Annotated[
            Optional[ASGIApp],
            Doc(
                """
                The ASGI application for requests that no route matches. By default it answers 404, and closes a
                WebSocket.
                """
            ),
        ] = None,
        dependency_overrides_provider: Annotated[
            Optional[Any],
            Doc(
                """
                The object whose `dependency_overrides` replace dependencies: the application. `FastAPI` sets it; a
                router of your own does not need it.
                """
            ),
        ] = None,
        route_class: Annotated[
            Type[APIRoute],
            Doc(
                """
                The class of the routes: `APIRoute` or a subclass, which can work on the request before, and on the
                response after its handler.
                """
            ),
        ] = APIRoute,
        on_startup: Annotated[
            Optional[Sequence[Callable[[], Any]]],
            Doc("Functions without parameters to run at startup. They run only if there is no `lifespan`."),
        ] = None,
        on_shutdown: Annotated[
            Optional[Sequence[Callable[[], Any]]],
            Doc("Functions without parameters to run at shutdown. They run only if there is no `lifespan`."),
        ] = None,
        lifespan: Annotated[
            Optional[Lifespan[Any]],
            Doc(
                """
                A function that gets the application and returns an async context manager: entered at startup, exited at
                shutdown. An async generator function with one `yield` is also possible; `@asynccontextmanager` makes it
                explicit.

                It may yield a mapping, whose items each request finds in `request.state`. The lifespans of included
                routers run inside it.
                """
            ),
        ] = None,
        deprecated: Annotated[
            Optional[bool],
            Doc("Mark all *path operations* as deprecated in the documentation. They answer as before."),
        ] = None,
        include_in_schema: Annotated[
            bool,
            Doc(
                """
                Whether the documentation contains the *path operations*. `False` hides also those that ask to be shown.
                """
            ),
        ] = True,
        generate_unique_id_function: Annotated[
            Callable[[APIRoute], str],
            Doc(
                """
                A function that gets a route and returns its OpenAPI operation id, for the *path operations* that choose
                none.
                """
            ),
        ] = Default(generate_unique_id),
        strict_content_type: Annotated[
            bool,
            Doc(
                """
                Whether a body without a Content-Type header is not parsed as JSON.

                Browsers send a cross-site request without that header and without a preflight request, so another site
                can use the cookies of a user for it. Set it to `False` only where such requests are harmless.
                """
            ),
        ] = Default(True),
        max_body_size: Annotated[
            Optional[int],
            Doc(
                """
                The maximum size of a request body in bytes, with files and the framing of multipart bodies. A larger
                body answers 413.

                It replaces the limits of the routers and the application around this router, also by a higher one. A
                *path operation* may replace it. `None` keeps the limit around.
                """
            ),
        ] = None,
        form_limits: Annotated[
            Optional[_FormLimits],
            Doc(
                """
                Limits for forms that FastAPI parses: `max_fields` and `max_files` count the parts, `max_part_size` is
                the size of one field in bytes. A limit that is missing here has the value of the level around.
                """
            ),
        ] = None,
    ) -> None:
        validate_max_body_size(max_body_size)
        check_prefix(prefix)
        vars(self)["_readers"] = Readers()
        # The first attribute: pickling fails at it, as with the real package.
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

    # ── The routes, and the plans that have read them ──

    def __setattr__(self, name: str, value: object) -> None:
        # Plans read attributes and methods of a router.
        super().__setattr__(name, value)
        if name in _READ_BY_PLANS:
            self._readers.tell()

    def __setstate__(self, state: object) -> None:
        set_state(self, state)
        attributes = vars(self)
        if self._planned_way is not None and self._planned_way.router is not self:
            # A shallow copy shares the routes of the original, but not its planned way.
            del attributes["_planned_way"]

    @property
    def routes(self) -> List[BaseRoute]:
        """The routes in their order. Changing the list takes effect at the next request."""
        routes: List[BaseRoute] = vars(self)["routes"]
        return routes

    @routes.setter
    def routes(self, routes: Sequence[BaseRoute]) -> None:
        # NOTE: `vars(router)["routes"]` is the place in Starlette's routers as well.
        vars(self)["routes"] = watched(routes, self._readers)
        self._readers.tell()

    def _mark_routes_changed(self) -> None:
        """Count a change of the routes: including routers, plans and the OpenAPI document read them again."""
        self._routes_version += 1
        self._readers.tell()

    def _get_routes_version(self, seen: Optional[Set[int]] = None) -> int:
        """Return a number that every change here and in all included routers increases.

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
        """Return whether this router includes `router`, directly or through others."""
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
        selection = select(self._routes_for(scope), scope)
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

    def _routes_for(self, scope: Scope) -> Iterable[BaseRoute]:
        """Return the routes that a request asks in turn."""
        if self._planned_way is None or scope["type"] != "websocket":
            return self.routes
        return self._planned_way.routes_for_socket(scope)

    def matches(self, scope: Scope) -> Tuple[Match, Scope]:
        """Return the match of the routes for the node that includes this router; no match for a router by itself."""
        node = get_including_node(scope, self)
        if node is None:
            return Match.NONE, {}
        return node.select(scope).match, {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, for the node that includes this router if there is one."""
        node = get_including_node(scope, self)
        if node is None:
            await self.app(scope, receive, send)
        else:
            await node._handle_selected(scope, receive, send)

    def _iter_low_priority_routes(self) -> Iterator[Union[BaseRoute, _EffectiveRouteContext]]:
        """Yield the low-priority routes: first the own ones, then those of included routers."""
        yield from self._low_priority_routes
        for route in self.routes:
            if isinstance(route, _IncludedRouter):
                yield from route.effective_low_priority_routes()

    # ── Adding path operations ──

    @with_options(ADD_API_ROUTE)
    def add_api_route(self, path: str, endpoint: Callable[..., Any], **options: Unpack[AddRouteOptions]) -> None:
        """Add a *path operation* without a decorator. All decorators call this method, with every option.

        The options are those of `get`, and `methods`: the HTTP methods, by default GET. `route_class_override` replaces
        the `route_class` of the router.
        """
        route_class = options.pop("route_class_override") or self.route_class
        route = route_class(self.prefix + path, endpoint=endpoint, **merge_options(self, options))
        self.routes.append(route)
        self._mark_routes_changed()

    @with_options(API_ROUTE)
    def api_route(
        self, path: str, **options: Unpack[OperationOptions]
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Return a decorator that adds a *path operation* for the HTTP `methods`, by default GET.

        ```python
        @router.api_route("/ping", methods=["GET", "HEAD"])
        def ping(): ...
        ```
        """
        return make_decorator("api_route", lambda func: self.add_api_route(path, func, **options))


APIRouter.__module__ = "fastapi.routing"
show_as_public(APIRouter)
# The attributes that plans read, methods included, because an instance may replace them.
_READ_BY_PLANS = frozenset(
    {
        *dir(APIRouter),
        *("default", "form_limits", "middleware_stack", "redirect_slashes"),
        *("_low_priority_routes", "_routes_version"),
    }
)
