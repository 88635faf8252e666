"""`FastAPI`: the application.

It owns what exists once: the configuration, the documentation endpoints, the exception handlers and the middleware
stack. Everything about routes is left to its router.
"""

from __future__ import annotations

import os as os
import sys
import warnings
from enum import Enum
from functools import cached_property
from typing import (
    TYPE_CHECKING,
    Any,
    Awaitable,
    Callable,
    Coroutine,
    Dict,
    List,
    Mapping,
    Optional,
    Sequence,
    Type,
    TypeVar,
    Union,
)

from annotated_doc import Doc
from starlette.applications import Starlette
from starlette.datastructures import State
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send
from starlette.types import ExceptionHandler as ExceptionHandler
from typing_extensions import Annotated, Unpack
from typing_extensions import Literal as Literal
from typing_extensions import deprecated as deprecated
from typing_extensions import deprecated as deprecated_argument

from fastapi import routing
from fastapi._body_limit import AppBodyLimitMiddleware
from fastapi._changes import changes
from fastapi._facade import lazy_names, takes_over
from fastapi._form_limits import _FormLimits
from fastapi._rest import Rest, leave_waiting
from fastapi._routing.described.attributes import set_state
from fastapi._routing.described.options import OperationOptions
from fastapi._routing.planned.dispatch import PlannedWay
from fastapi._routing.planned.stack import is_passive
from fastapi._routing.tree.frontend import CheckDirectory
from fastapi._routing.tree.frontend_files import Directory, Fallback
from fastapi._routing.tree.lifespan import ON_EVENT_DEPRECATED
from fastapi._routing.tree.path_operation import (
    VERB_DEFAULTS,
    PathOperations,
)
from fastapi._routing.tree.route_options import APPLICATION_ROUTE, with_options
from fastapi._stand_ins.http.bridge import bridge
from fastapi._telemetry_probe import (
    RECORDER_KEY,
    ExceptionTelemetryMiddleware,
    expects_provider,
    make_telemetry_config,
    may_be_observed,
)
from fastapi.datastructures import Default
from fastapi.datastructures import DefaultPlaceholder as DefaultPlaceholder
from fastapi.exception_handlers import (
    http_exception_handler,
    request_validation_exception_handler,
    websocket_request_validation_exception_handler,
)
from fastapi.exceptions import (
    FastAPIDeprecationWarning,
    RequestValidationError,
    WebSocketRequestValidationError,
)
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from fastapi.openapi.docs import (
    get_redoc_html,
    get_swagger_ui_html,
    get_swagger_ui_oauth2_redirect_html,
)
from fastapi.openapi.utils import get_openapi
from fastapi.params import Depends
from fastapi.telemetry._api import TelemetryConfig
from fastapi.types import DecoratedCallable
from fastapi.types import IncEx as IncEx
from fastapi.utils import generate_unique_id

if TYPE_CHECKING:
    from fastapi.telemetry._asgi import NativeTelemetry as NativeTelemetry
else:
    # It needs OpenTelemetry, which only applications that are observed import.
    __getattr__, __dir__ = lazy_names(__name__, {"NativeTelemetry": "fastapi.telemetry._asgi.NativeTelemetry"})

AppType = TypeVar("AppType", bound="FastAPI")


@takes_over(PathOperations)
class FastAPI(PathOperations, Starlette):
    """An application: routes, documentation, middleware and exception handlers, as one ASGI application.

    ```python
    from fastapi import FastAPI

    app = FastAPI(title="Warehouse")


    @app.get("/stock/{article}")
    def read_stock(article: str) -> int:
        return 12
    ```

    `fastapi dev main.py` or `uvicorn main:app` serves it, with the documentation at `/docs`.
    """

    def __init__(
        self: AppType,
        *,
        telemetry: Annotated[
            Optional[TelemetryConfig],
            Doc(
                """
                Which signals the application reports to OpenTelemetry (traces, metrics, logs), and to which providers.

                By default it reports all signals for which the process has set up a provider.
                """
            ),
        ] = None,
        debug: Annotated[
            bool,
            Doc(
                """
                Whether an exception that no handler takes answers with its traceback. Never in production: a traceback
                shows code and values.
                """
            ),
        ] = False,
        routes: Annotated[
            Optional[List[BaseRoute]],
            Doc("Routes to start with, as in Starlette. They get none of the options of the application."),
            deprecated_argument("Add *path operations* with the methods of the application instead."),
        ] = None,
        title: Annotated[str, Doc("The title of the API in the documentation. OpenAPI requires one.")] = "FastAPI",
        summary: Annotated[Optional[str], Doc("A summary of the API in the documentation: one line.")] = None,
        description: Annotated[str, Doc("A description of the API in the documentation, in Markdown.")] = "",
        version: Annotated[
            str,
            Doc(
                """
                The version of the API in the documentation. It is the version of your application, not the one of
                OpenAPI or of FastAPI.
                """
            ),
        ] = "0.1.0",
        openapi_url: Annotated[
            Optional[str],
            Doc("The path of the OpenAPI document. `None` switches off the document and both documentation pages."),
        ] = "/openapi.json",
        openapi_tags: Annotated[
            Optional[List[Dict[str, Any]]],
            Doc(
                """
                The tags of the documentation, in the order in which it shows them: dicts with `name`, `description` and
                `externalDocs`. *Path operations* may use other tags; those follow.
                """
            ),
        ] = None,
        servers: Annotated[
            Optional[List[Dict[str, Union[str, Any]]]],
            Doc(
                """
                The servers of the API in the documentation: dicts with `url`, `description` and `variables`. Clients
                send requests there, so it matters behind a proxy or for several environments. The default is the server
                of the document itself.
                """
            ),
        ] = None,
        dependencies: Annotated[
            Optional[Sequence[Depends]],
            Doc(
                """
                Dependencies, declared with `Depends()`, of every *path operation*. They run before the dependencies of
                routers and *path operations*.
                """
            ),
        ] = None,
        default_response_class: Annotated[
            Type[Response],
            Doc(
                """
                The response class of the *path operations* for which neither they nor their routers choose one. By
                default `JSONResponse`.
                """
            ),
        ] = Default(JSONResponse),
        redirect_slashes: Annotated[
            bool,
            Doc(
                """
                Whether to redirect (307) a request that no route matches to the same path with, or without, a slash at
                its end, if a route matches that path.
                """
            ),
        ] = True,
        docs_url: Annotated[
            Optional[str], Doc("The path of the documentation page with Swagger UI. `None` switches it off.")
        ] = "/docs",
        redoc_url: Annotated[
            Optional[str], Doc("The path of the documentation page with ReDoc. `None` switches it off.")
        ] = "/redoc",
        swagger_ui_oauth2_redirect_url: Annotated[
            Optional[str],
            Doc("The path to which an OAuth2 provider redirects after a login in Swagger UI. `None` switches it off."),
        ] = "/docs/oauth2-redirect",
        swagger_ui_init_oauth: Annotated[
            Optional[Dict[str, Any]], Doc("The argument of Swagger UI's `initOAuth`: `clientId`, `appName` and others.")
        ] = None,
        middleware: Annotated[
            Optional[Sequence[Middleware]],
            Doc(
                """
                Middleware to start with, as in Starlette: `Middleware(CORSMiddleware, allow_origins=[...])`. The first
                is the outermost. `add_middleware` adds further ones around them.
                """
            ),
        ] = None,
        exception_handlers: Annotated[
            Optional[
                Mapping[
                    Union[int, Type[Exception]],
                    Callable[[Request, Any], Coroutine[Any, Any, Response]],
                ]
            ],
            Doc(
                """
                Exception handlers by class of exception or by status code. A handler gets the request and the
                exception, and returns a response. `exception_handler` is the decorator for them.
                """
            ),
        ] = None,
        on_startup: Annotated[
            Optional[Sequence[Callable[[], Any]]],
            Doc("Functions without parameters to run at startup. They run only if there is no `lifespan`."),
        ] = None,
        on_shutdown: Annotated[
            Optional[Sequence[Callable[[], Any]]],
            Doc("Functions without parameters to run at shutdown. They run only if there is no `lifespan`."),
        ] = None,
        lifespan: Annotated[
            Optional[Lifespan[AppType]],
            Doc(
                """
                A function that gets the application and returns an async context manager: entered at startup, exited at
                shutdown. An async generator function with one `yield` is possible, too; `@asynccontextmanager` makes it
                explicit.

                It may yield a mapping, whose items each request finds in `request.state`. The lifespans of included
                routers run inside it.
                """
            ),
        ] = None,
        terms_of_service: Annotated[Optional[str], Doc("The URL of the terms of service in the documentation.")] = None,
        contact: Annotated[
            Optional[Dict[str, Union[str, Any]]],
            Doc("The contact in the documentation: a dict with `name`, `url` and `email`."),
        ] = None,
        license_info: Annotated[
            Optional[Dict[str, Union[str, Any]]],
            Doc(
                """
                The license of the API in the documentation: a dict with `name`, and with `identifier` (SPDX) or `url`.
                """
            ),
        ] = None,
        root_path: Annotated[
            str,
            Doc(
                """
                The path prefix that a proxy strips from requests. Deprecated: set it in the server, as in `fastapi run
                --root-path /api/v1`.
                """
            ),
        ] = "",
        root_path_in_servers: Annotated[
            bool,
            Doc(
                """
                Whether the OpenAPI document lists the `root_path` among the servers, where a server sets one. `False`
                leaves `servers` as they are.
                """
            ),
        ] = True,
        responses: Annotated[
            Optional[Dict[Union[int, str], Dict[str, Any]]],
            Doc("Additional responses for the documentation of every *path operation*, by status code."),
        ] = None,
        callbacks: Annotated[
            Optional[List[BaseRoute]],
            Doc(
                """
                *Path operations* of another application, for the documentation as OpenAPI callbacks of every *path
                operation*.
                """
            ),
        ] = None,
        webhooks: Annotated[
            Optional[routing.APIRouter],
            Doc(
                """
                A router with *path operations* that other applications serve and this one calls, for the documentation
                as OpenAPI webhooks. Their paths are names. By default an empty router, in `app.webhooks`.
                """
            ),
        ] = None,
        deprecated: Annotated[
            Optional[bool],
            Doc("Mark every *path operation* as deprecated in the documentation. They answer as before."),
        ] = None,
        include_in_schema: Annotated[
            bool,
            Doc("Whether the documentation contains *path operations*. `False` hides also those that ask to be shown."),
        ] = True,
        swagger_ui_parameters: Annotated[
            Optional[Dict[str, Any]],
            Doc('Parameters of Swagger UI, over the default ones: `{"docExpansion": "none"}`.'),
        ] = None,
        generate_unique_id_function: Annotated[
            Callable[[routing.APIRoute], str],
            Doc(
                """
                A function that gets a route and returns its OpenAPI operation id, for the *path operations* that choose
                none.
                """
            ),
        ] = Default(generate_unique_id),
        separate_input_output_schemas: Annotated[
            bool,
            Doc(
                """
                Whether the documentation has two schemas for a model that requests and responses use differently: a
                field with a default is optional in a request, and always present in a response. `False` uses the schema
                of requests for both.
                """
            ),
        ] = True,
        openapi_external_docs: Annotated[
            Optional[Dict[str, Any]],
            Doc("A link to further documentation: a dict with `url` and `description`."),
        ] = None,
        strict_content_type: Annotated[
            bool,
            Doc(
                """
                Whether a body without a Content-Type header is not parsed as JSON.

                Browsers send a cross-site request without that header and without a preflight request, so another site
                can use the cookies of a user for it. Set it to `False` only where such requests are harmless.
                """
            ),
        ] = True,
        max_body_size: Annotated[
            Optional[int],
            Doc(
                """
                The maximum size of a request body in bytes, with files and the framing of multipart bodies. A larger
                body answers 413.

                Routers and *path operations* may replace it, also by a higher one. By default there is no limit.
                """
            ),
        ] = None,
        form_limits: Annotated[
            Optional[_FormLimits],
            Doc(
                """
                Limits for forms that FastAPI parses: `max_fields` and `max_files` count the parts, `max_part_size` is
                the size of one field in bytes. Routers and *path operations* may replace each of them. By default
                Starlette's limits hold: 1000 fields, 1000 files, 1 MiB.
                """
            ),
        ] = None,
    ) -> None:
        # NOTE: Starlette's own `__init__` would make a plain router; all that it sets is set here.
        self.debug = debug
        self.title = title
        self.summary = summary
        self.description = description
        self.version = version
        self.terms_of_service = terms_of_service
        self.contact = contact
        self.license_info = license_info
        self.openapi_url = openapi_url
        self.openapi_tags = openapi_tags
        self.openapi_external_docs = openapi_external_docs
        self.openapi_version: Annotated[str, Doc("The version of OpenAPI.")] = "3.1.0"
        self.openapi_schema: Optional[Dict[str, Any]] = None
        self._openapi_routes_version: Optional[int] = None
        self.servers = servers or []
        self.root_path_in_servers = root_path_in_servers
        self.separate_input_output_schemas = separate_input_output_schemas
        self.docs_url = docs_url
        self.redoc_url = redoc_url
        self.swagger_ui_oauth2_redirect_url = swagger_ui_oauth2_redirect_url
        self.swagger_ui_init_oauth = swagger_ui_init_oauth
        self.swagger_ui_parameters = swagger_ui_parameters
        self.root_path = root_path
        if root_path:
            warnings.warn(ROOT_PATH_DEPRECATED, FastAPIDeprecationWarning, stacklevel=2)
        if self.openapi_url:
            assert self.title, "A title must be provided for OpenAPI, e.g.: 'My API'"
            assert self.version, "A version must be provided for OpenAPI, e.g.: '2.1.0'"
        self._telemetry = make_telemetry_config(telemetry)
        self._expects_provider = expects_provider(self._telemetry)
        self.max_body_size = max_body_size
        self.state: Annotated[State, Doc("What the application wants to keep.")] = State()
        self.dependency_overrides: Annotated[
            Dict[Callable[..., Any], Callable[..., Any]],
            Doc("What to call in the place of a dependency, by that dependency. Meant for tests."),
        ] = {}
        self.webhooks: Annotated[routing.APIRouter, Doc("The webhooks to document.")] = webhooks or routing.APIRouter()
        self.router: routing.APIRouter = routing.APIRouter(
            routes=routes,
            redirect_slashes=redirect_slashes,
            dependency_overrides_provider=self,
            on_startup=on_startup,
            on_shutdown=on_shutdown,
            lifespan=lifespan,
            default_response_class=default_response_class,
            dependencies=dependencies,
            callbacks=callbacks,
            deprecated=deprecated,
            include_in_schema=include_in_schema,
            responses=responses,
            generate_unique_id_function=generate_unique_id_function,
            strict_content_type=strict_content_type,
            max_body_size=max_body_size,
            form_limits=form_limits,
        )
        self._planned_way = self.router._planned_way = PlannedWay(self, self.router)
        self.exception_handlers: Dict[Any, Callable[..., Any]] = dict(exception_handlers or {})
        # Named here, so that a handler that was replaced in this module is the one that is taken.
        self.exception_handlers.setdefault(HTTPException, http_exception_handler)
        self.exception_handlers.setdefault(RequestValidationError, request_validation_exception_handler)
        self.exception_handlers.setdefault(
            WebSocketRequestValidationError, websocket_request_validation_exception_handler
        )
        self.user_middleware: List[Middleware] = list(middleware or [])
        self.middleware_stack: Optional[ASGIApp] = None
        self.setup()

    def __setstate__(self, state: Any) -> None:
        set_state(self, state)
        if self._planned_way.app is not self:
            # A shallow copy has the router of the original, but answers for itself.
            self._planned_way = PlannedWay(self, self.router)

    # ── Requests ──

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.root_path:
            scope["root_path"] = self.root_path
        planned_way = self._planned_way
        if planned_way._app is not self:
            # These attributes were taken from another application, without copying it.
            planned_way = self._planned_way = PlannedWay(self, self.router)
        answer = planned_way.direct(scope, receive, send)
        if answer is not None:
            rest = await answer
            if rest is not None:
                await self._serve_rest(rest, scope, receive)
        elif scope["type"] == "lifespan":
            await self._serve_lifespan(scope, receive, send)
        elif self._is_observed(scope):
            await self._serve_observed(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    async def _serve_rest(self, rest: Rest, scope: Scope, receive: Receive) -> None:
        """Pass the middleware stack with what is left to do for a request where its route stands."""
        assert self.middleware_stack is not None
        leave_waiting(scope, rest.app)
        await self.middleware_stack(scope, receive, rest.send)

    async def _serve_lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run startup and shutdown; if asked for, with exporters set up before and flushed after."""
        app = super().__call__
        # What another application in this process set up is flushed by this one, too.
        if not self._telemetry["auto_configure"] and "fastapi.telemetry._runtime" not in sys.modules:
            await app(scope, receive, send)
            return
        from fastapi.telemetry import _runtime

        await _runtime.lifespan(config=self._telemetry, app=app, scope=scope, receive=receive, send=send)

    def _is_observed(self, scope: Scope) -> bool:
        """Tell whether telemetry is to be recorded here: not where an application around this one does so already."""
        if RECORDER_KEY in scope or not may_be_observed(self._expects_provider):
            return False
        native_telemetry = self._native_telemetry
        return native_telemetry is not None and bool(native_telemetry.enabled())

    async def _serve_observed(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["app"] = self
        if self.middleware_stack is None:
            self.middleware_stack = self.build_middleware_stack()
        assert self._native_telemetry is not None
        await self._native_telemetry(app=super().__call__, scope=scope, receive=receive, send=send)

    @cached_property
    def _native_telemetry(self) -> Optional[Any]:
        """What records telemetry, imported when first needed; `None` where OpenTelemetry is not installed."""
        try:
            from fastapi.telemetry._asgi import NativeTelemetry
        except ModuleNotFoundError as exc:
            if (exc.name or "").partition(".")[0] != "opentelemetry":
                raise
            return None
        return NativeTelemetry(self._telemetry)

    def build_middleware_stack(self) -> ASGIApp:
        """Wrap the router in all middleware. Called once, at the first request."""
        error_handler: Optional[Callable[..., Any]] = None
        exception_handlers: Dict[Any, Callable[..., Any]] = {}
        for key, handler in self.exception_handlers.items():
            if key in (500, Exception):
                error_handler = handler
            else:
                exception_handlers[key] = handler
        middleware: List[Any] = [
            Middleware(ServerErrorMiddleware, handler=error_handler, debug=self.debug),
            Middleware(ExceptionTelemetryMiddleware),
            Middleware(AppBodyLimitMiddleware, max_body_size=self.max_body_size),
            *self.user_middleware,
            Middleware(ExceptionMiddleware, handlers=exception_handlers, debug=self.debug),
            # Inside of the exception handlers: the files of a form are closed after the dependencies, before an answer
            # to an exception is sent.
            Middleware(AsyncExitStackMiddleware),
        ]
        app: ASGIApp = self.router
        for cls, args, kwargs in reversed(middleware):
            layer = cls(app, *args, **kwargs)
            # Outside of another function around requests, the stand-ins spare nothing.
            app = bridge(layer, self._planned_way.behind) if is_passive(app, self.router) else layer
        return app

    # ── Documentation ──

    def openapi(self) -> Dict[str, Any]:
        """Return the OpenAPI document as a dict that can be encoded as JSON.

        The document is kept in `openapi_schema` until routes change. To change it, override this method, or assign a
        function to `app.openapi` that changes the document of `get_openapi`:

        ```python
        def openapi():
            document = FastAPI.openapi(app)
            document["info"]["x-audience"] = "partners"
            return document


        app.openapi = openapi
        ```
        """
        while True:
            seen, routes_version = changes.declarations, self.router._get_routes_version()
            if self.openapi_schema and self._openapi_routes_version == routes_version:
                return self.openapi_schema
            document = self._make_openapi()
            # A file of parameters may be replaced meanwhile, and another thread have the document of the new one.
            with changes.lock:
                if changes.declarations == seen:
                    self.openapi_schema, self._openapi_routes_version = document, routes_version
                    return document

    def _make_openapi(self) -> Dict[str, Any]:
        return get_openapi(
            title=self.title,
            version=self.version,
            openapi_version=self.openapi_version,
            summary=self.summary,
            description=self.description,
            terms_of_service=self.terms_of_service,
            contact=self.contact,
            license_info=self.license_info,
            routes=self.routes,
            webhooks=self.webhooks.routes,
            tags=self.openapi_tags,
            servers=self.servers,
            separate_input_output_schemas=self.separate_input_output_schemas,
            external_docs=self.openapi_external_docs,
        )

    def setup(self) -> None:
        """Add the documentation endpoints. Called once, when the application is created."""
        if not self.openapi_url:
            return
        self.add_route(self.openapi_url, self._make_endpoint(_openapi_document, "openapi"), include_in_schema=False)
        if self.docs_url:
            self.add_route(self.docs_url, self._make_endpoint(_swagger_ui, "swagger_ui_html"), include_in_schema=False)
            if self.swagger_ui_oauth2_redirect_url:
                self.add_route(
                    self.swagger_ui_oauth2_redirect_url,
                    self._make_endpoint(_swagger_ui_redirect, "swagger_ui_redirect"),
                    include_in_schema=False,
                )
        if self.redoc_url:
            self.add_route(self.redoc_url, self._make_endpoint(_redoc, "redoc_html"), include_in_schema=False)

    def _make_endpoint(
        self, respond: Callable[[FastAPI, Request], Response], name: str
    ) -> Callable[[Request], Awaitable[Response]]:
        """Return an endpoint of this application, under the name that the route takes from it."""

        async def endpoint(request: Request) -> Response:
            return respond(self, request)

        endpoint.__name__ = name
        endpoint.__qualname__ = f"FastAPI.setup.<locals>.{name}"
        return endpoint

    # ── Adding path operations ──

    def _path_operation(
        self, method: str, path: str, options: Mapping[str, Any]
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Hand a verb on to the router, with every option, given or not."""
        add = getattr(self.router, method.lower())
        decorator: Callable[[DecoratedCallable], DecoratedCallable] = add(path, **{**VERB_DEFAULTS, **options})
        return decorator

    @with_options(APPLICATION_ROUTE)
    def add_api_route(self, path: str, endpoint: Callable[..., Any], **options: Unpack[OperationOptions]) -> None:
        """Add a *path operation* without a decorator: see `APIRouter.add_api_route`."""
        self.router.add_api_route(path, endpoint=endpoint, **options)

    @with_options(APPLICATION_ROUTE)
    def api_route(
        self, path: str, **options: Unpack[OperationOptions]
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Return a decorator that adds a *path operation* for the HTTP `methods`, by default GET.

        ```python
        @app.api_route("/ping", methods=["GET", "HEAD"])
        def ping(): ...
        ```
        """

        def decorator(func: DecoratedCallable) -> DecoratedCallable:
            self.router.add_api_route(path, func, **options)
            return func

        return decorator

    def add_api_websocket_route(
        self,
        path: str,
        endpoint: Callable[..., Any],
        name: Optional[str] = None,
        *,
        dependencies: Optional[Sequence[Depends]] = None,
    ) -> None:
        """Add a function that serves WebSocket connections, without a decorator."""
        self.router.add_api_websocket_route(path, endpoint, name=name, dependencies=dependencies)

    def websocket(
        self,
        path: Annotated[str, Doc("The path of the WebSocket. It may contain path parameters, as in `/rooms/{room}`.")],
        name: Annotated[
            Optional[str], Doc("The name of the route for `url_path_for`. The default is the name of the function.")
        ] = None,
        *,
        dependencies: Annotated[
            Optional[Sequence[Depends]],
            Doc("Dependencies, declared with `Depends()`, whose return values the function does not need."),
        ] = None,
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Add a function that serves WebSocket connections of a path.

        It takes parameters and dependencies as a *path operation* does, but no body.

        ```python
        @app.websocket("/rooms/{room}")
        async def echo(websocket: WebSocket, room: str):
            await websocket.accept()
            async for text in websocket.iter_text():
                await websocket.send_text(f"{room}: {text}")
        ```
        """

        def decorator(func: DecoratedCallable) -> DecoratedCallable:
            self.add_api_websocket_route(path, func, name=name, dependencies=dependencies)
            return func

        return decorator

    def websocket_route(
        self, path: str, name: Optional[str] = None
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Add a Starlette WebSocket route: a function of a WebSocket, without parameters."""

        def decorator(func: DecoratedCallable) -> DecoratedCallable:
            self.router.add_websocket_route(path, func, name=name)
            return func

        return decorator

    def frontend(
        self,
        path: Annotated[
            str, Doc('The path below which the files are served, for example "/" or "/app". It starts with a slash.')
        ],
        *,
        directory: Annotated[Directory, Doc("The folder with the built files: the output of a tool such as Vite.")],
        fallback: Annotated[
            Fallback,
            Doc(
                """
                The file that answers a request for which there is no file.

                "404.html" is sent with status 404. "index.html" is sent with status 200, and only to clients that
                accept HTML by name, so that the application in the browser can handle its own paths. "auto" takes the
                first of the two that exists. `None` answers a plain 404.
                """
            ),
        ] = "auto",
        check_dir: Annotated[
            CheckDirectory,
            Doc(
                """
                Whether to check now that the folder exists, and the file of the fallback with it. "auto" checks, but
                only warns when the environment variable `FASTAPI_ENV` is "development", as under `fastapi dev`.
                """
            ),
        ] = "auto",
    ) -> None:
        """Serve the built files of a web application where no other route answers.

        A frontend answers GET and HEAD, after all *path operations* and mounts, and runs the dependencies of its
        router. Of several frontends, the one with the longest path answers.

        ```python
        app = FastAPI()


        @app.get("/api/stock")
        def read_stock(): ...


        app.frontend("/", directory="dist")
        ```

        Raises:
            RuntimeError: the folder, or the file of the fallback, does not exist.
            AssertionError: the path does not start with a slash, or the fallback is unknown.
        """
        self.router.frontend(path, directory=directory, fallback=fallback, check_dir=check_dir)

    def include_router(
        self,
        router: Annotated[
            routing.APIRouter, Doc("The router to include. It may be included several times, and in several routers.")
        ],
        *,
        prefix: Annotated[
            str,
            Doc(
                """
                The prefix for this inclusion, before the prefix of the router. It starts with a slash and does not end
                with one.
                """
            ),
        ] = "",
        tags: Annotated[
            Optional[List[Union[str, Enum]]],
            Doc("Tags of the *path operations* in this inclusion, before those of the router."),
        ] = None,
        dependencies: Annotated[
            Optional[Sequence[Depends]],
            Doc(
                """
                Dependencies, declared with `Depends()`, of the *path operations* in this inclusion. They run before
                those of the router: the place for a permission that only this inclusion needs.
                """
            ),
        ] = None,
        responses: Annotated[
            Optional[Dict[Union[int, str], Dict[str, Any]]],
            Doc(
                """
                Additional responses for the documentation of the *path operations*, by status code. The router and its
                *path operations* may replace one.
                """
            ),
        ] = None,
        deprecated: Annotated[
            Optional[bool],
            Doc(
                """
                Mark the *path operations* of this inclusion as deprecated in the documentation: an old version of an
                API, for example.
                """
            ),
        ] = None,
        include_in_schema: Annotated[
            bool,
            Doc(
                """
                Whether the documentation contains the *path operations* of this inclusion. They answer requests in both
                cases.
                """
            ),
        ] = True,
        default_response_class: Annotated[
            Type[Response],
            Doc("The response class of the *path operations* for which neither they nor the router choose one."),
        ] = Default(JSONResponse),
        callbacks: Annotated[
            Optional[List[BaseRoute]],
            Doc("*Path operations* of another application, for the documentation as OpenAPI callbacks."),
        ] = None,
        generate_unique_id_function: Annotated[
            Callable[[routing.APIRoute], str],
            Doc(
                """
                A function that gets a route and returns its OpenAPI operation id, for the *path operations* for which
                neither they nor the router choose one.
                """
            ),
        ] = Default(generate_unique_id),
        max_body_size: Annotated[
            Optional[int],
            Doc(
                """
                The maximum size of a request body in bytes, for the *path operations* for which neither they nor the
                router have a limit. `None` keeps the limit of the levels around.
                """
            ),
        ] = None,
        form_limits: Annotated[
            Optional[_FormLimits],
            Doc(
                """
                Limits for forms that FastAPI parses: `max_fields`, `max_files`, `max_part_size` (bytes). A limit of the
                router or of a *path operation* wins.
                """
            ),
        ] = None,
    ) -> None:
        """Include the *path operations* of a router, with the options of both.

        The router stays as it is: a route that it gets later is found in this inclusion. Its event handlers and its
        lifespan run with those of the application.

        ```python
        from fastapi import APIRouter, Depends, FastAPI

        orders = APIRouter(prefix="/orders", tags=["orders"])


        @orders.get("/{number}")
        def read_order(number: int): ...


        app = FastAPI()
        app.include_router(orders)  # /orders/7
        app.include_router(orders, prefix="/admin", dependencies=[Depends(require_admin)])  # /admin/orders/7
        ```

        Raises:
            FastAPIError: prefix and path of a *path operation* are both empty.
            AssertionError: the prefix does not start with a slash, or ends with one; a router would include itself.
        """
        self.router.include_router(
            router,
            prefix=prefix,
            tags=tags,
            dependencies=dependencies,
            responses=responses,
            deprecated=deprecated,
            include_in_schema=include_in_schema,
            default_response_class=default_response_class,
            callbacks=callbacks,
            generate_unique_id_function=generate_unique_id_function,
            max_body_size=max_body_size,
            form_limits=form_limits,
        )

    # ── Around requests ──

    @deprecated_argument(ON_EVENT_DEPRECATED)
    def on_event(
        self,
        event_type: Annotated[str, Doc('The type of event: "startup" or "shutdown".')],
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Return a decorator that adds an event handler. Deprecated: use `lifespan`.

        The code of a lifespan before its `yield` runs at startup, the code after it at shutdown.
        """
        decorator: Callable[[DecoratedCallable], DecoratedCallable] = self.router.on_event(event_type)
        return decorator

    def middleware(
        self,
        middleware_type: Annotated[str, Doc('The type of the middleware. "http" is the only one.')],
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Return a decorator that adds a function as middleware: it runs around every HTTP request.

        The function gets the request and `call_next`, which returns the response of the inner layers. A function that
        is added later runs around those that are already there.

        ```python
        @app.middleware("http")
        async def refuse_during_maintenance(request: Request, call_next):
            if maintenance.is_on:
                return JSONResponse({"detail": "Back soon"}, status_code=503)
            response = await call_next(request)
            response.headers["X-Release"] = RELEASE
            return response
        ```
        """

        def decorator(func: DecoratedCallable) -> DecoratedCallable:
            self.add_middleware(BaseHTTPMiddleware, dispatch=func)
            return func

        return decorator

    def exception_handler(
        self,
        exc_class_or_status_code: Annotated[
            Union[int, Type[Exception]],
            Doc(
                """
                The class of the exceptions that the function handles, with its subclasses, or the status code of
                `HTTPException`s.
                """
            ),
        ],
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Return a decorator that adds a function as exception handler: its response answers a request that raised.

        Of the handlers for classes, the one for the nearest base class of the exception takes it. A handler of
        `Exception` or 500 takes what no other takes; the exception is then raised to the server as well.

        ```python
        class OutOfStock(Exception):
            def __init__(self, article: str) -> None:
                self.article = article


        @app.exception_handler(OutOfStock)
        async def answer_out_of_stock(request: Request, exc: OutOfStock):
            return JSONResponse({"detail": f"No {exc.article} left"}, status_code=409)
        ```
        """

        def decorator(func: DecoratedCallable) -> DecoratedCallable:
            self.add_exception_handler(exc_class_or_status_code, func)
            return func

        return decorator


ROOT_PATH_DEPRECATED = (
    "The `root_path` parameter is deprecated. Configure the server's root path instead, "
    "for example with `fastapi run --root-path /api/v1`."
)


def _root_path(request: Request) -> str:
    root_path: str = request.scope.get("root_path", "")
    return root_path.rstrip("/")


def _openapi_document(app: FastAPI, request: Request) -> Response:
    """Answer with the OpenAPI document; a proxy's root path becomes a server in a copy, for this request alone."""
    root_path = _root_path(request)
    document = app.openapi()
    if root_path and app.root_path_in_servers:
        servers = document.get("servers") or []
        if all(server.get("url") != root_path for server in servers):
            document = {**document, "servers": [{"url": root_path}, *servers]}
    return JSONResponse(document)


def _swagger_ui(app: FastAPI, request: Request) -> HTMLResponse:
    root_path = _root_path(request)
    oauth2_redirect_url = app.swagger_ui_oauth2_redirect_url
    if oauth2_redirect_url:
        oauth2_redirect_url = root_path + oauth2_redirect_url
    return get_swagger_ui_html(
        openapi_url=f"{root_path}{app.openapi_url}",
        title=f"{app.title} - Swagger UI",
        oauth2_redirect_url=oauth2_redirect_url,
        init_oauth=app.swagger_ui_init_oauth,
        swagger_ui_parameters=app.swagger_ui_parameters,
    )


def _swagger_ui_redirect(app: FastAPI, request: Request) -> HTMLResponse:
    return get_swagger_ui_oauth2_redirect_html()


def _redoc(app: FastAPI, request: Request) -> HTMLResponse:
    return get_redoc_html(openapi_url=f"{_root_path(request)}{app.openapi_url}", title=f"{app.title} - ReDoc")
