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
from fastapi._routing.described.attributes import set_state
from fastapi._routing.described.options import OperationOptions
from fastapi._routing.planned.dispatch import PlannedWay
from fastapi._routing.planned.stack import may_skip_layers
from fastapi._routing.tree.frontend import CheckDirectory
from fastapi._routing.tree.frontend_files import Directory, Fallback
from fastapi._routing.tree.lifespan import ON_EVENT_DEPRECATED
from fastapi._routing.tree.path_operation import (
    VERB_DEFAULTS,
    PathOperations,
)
from fastapi._routing.tree.route_options import APPLICATION_ROUTE, with_options
from fastapi._scope_keys import RECORDER_KEY
from fastapi._stand_ins.http.bridge import bridge
from fastapi._telemetry_probe import (
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
    """The application: an ASGI application that documents itself.

    ```python
    from fastapi import FastAPI

    app = FastAPI()


    @app.get("/")
    async def root():
        return {"message": "Hello World"}
    ```
    """

    def __init__(
        self: AppType,
        *,
        telemetry: Annotated[
            Optional[TelemetryConfig],
            Doc(
                """
                What to report to OpenTelemetry, and to which providers. By default everything, where the application
                has set up providers.
                """
            ),
        ] = None,
        debug: Annotated[bool, Doc("Whether to answer errors of the server with a traceback.")] = False,
        routes: Annotated[
            Optional[List[BaseRoute]],
            Doc("Routes to begin with. It is there because Starlette has it."),
            deprecated_argument("Add *path operations* with the methods of the application instead."),
        ] = None,
        title: Annotated[str, Doc("The name of the API, for the documentation.")] = "FastAPI",
        summary: Annotated[Optional[str], Doc("One line about the API, for the documentation.")] = None,
        description: Annotated[str, Doc("A text about the API, for the documentation. It may use Markdown.")] = "",
        version: Annotated[str, Doc("The version of the API: of your application, not of OpenAPI.")] = "0.1.0",
        openapi_url: Annotated[
            Optional[str],
            Doc("The path of the OpenAPI document. `None` switches off all documentation endpoints."),
        ] = "/openapi.json",
        openapi_tags: Annotated[
            Optional[List[Dict[str, Any]]],
            Doc("Tags with their descriptions, in the order in which the documentation shows them."),
        ] = None,
        servers: Annotated[
            Optional[List[Dict[str, Union[str, Any]]]],
            Doc("The servers of the API, as OpenAPI Server Objects."),
        ] = None,
        dependencies: Annotated[
            Optional[Sequence[Depends]],
            Doc("Dependencies (`Depends()`) to run for every *path operation*, before all others."),
        ] = None,
        default_response_class: Annotated[
            Type[Response], Doc("The response class where nothing nearer chooses one.")
        ] = Default(JSONResponse),
        redirect_slashes: Annotated[
            bool,
            Doc("Whether to redirect to the path with or without a slash at its end, if that exists."),
        ] = True,
        docs_url: Annotated[
            Optional[str], Doc("The path of the documentation by Swagger UI; `None` for none.")
        ] = "/docs",
        redoc_url: Annotated[Optional[str], Doc("The path of the documentation by ReDoc; `None` for none.")] = "/redoc",
        swagger_ui_oauth2_redirect_url: Annotated[
            Optional[str],
            Doc("The path to which an OAuth2 provider sends the user of Swagger UI back."),
        ] = "/docs/oauth2-redirect",
        swagger_ui_init_oauth: Annotated[
            Optional[Dict[str, Any]], Doc("What Swagger UI's `initOAuth` is called with.")
        ] = None,
        middleware: Annotated[
            Optional[Sequence[Middleware]],
            Doc("Middleware to begin with; the first is outermost."),
        ] = None,
        exception_handlers: Annotated[
            Optional[
                Mapping[
                    Union[int, Type[Exception]],
                    Callable[[Request, Any], Coroutine[Any, Any, Response]],
                ]
            ],
            Doc("What answers to exceptions, by their class or by the status code they carry."),
        ] = None,
        on_startup: Annotated[
            Optional[Sequence[Callable[[], Any]]],
            Doc("Functions to run at startup. A `lifespan` replaces them."),
        ] = None,
        on_shutdown: Annotated[
            Optional[Sequence[Callable[[], Any]]],
            Doc("Functions to run at shutdown. A `lifespan` replaces them."),
        ] = None,
        lifespan: Annotated[
            Optional[Lifespan[AppType]],
            Doc("A function that makes an async context manager, entered at startup, left at shutdown."),
        ] = None,
        terms_of_service: Annotated[
            Optional[str], Doc("The URL of the terms of service, for the documentation.")
        ] = None,
        contact: Annotated[
            Optional[Dict[str, Union[str, Any]]],
            Doc("Whom to ask about the API: `name`, `url`, `email`."),
        ] = None,
        license_info: Annotated[
            Optional[Dict[str, Union[str, Any]]],
            Doc("The license of the API: `name`, and `identifier` or `url`."),
        ] = None,
        root_path: Annotated[
            str,
            Doc("The path that a proxy strips. Deprecated: the server is the one that should know it."),
        ] = "",
        root_path_in_servers: Annotated[
            bool, Doc("Whether the OpenAPI document names the root path as a server.")
        ] = True,
        responses: Annotated[
            Optional[Dict[Union[int, str], Dict[str, Any]]],
            Doc("Further answers to document for every *path operation*, by status code."),
        ] = None,
        callbacks: Annotated[
            Optional[List[BaseRoute]],
            Doc("*Path operations* to document as OpenAPI callbacks of every *path operation*."),
        ] = None,
        webhooks: Annotated[
            Optional[routing.APIRouter],
            Doc("Webhooks to document: *path operations* that others implement and this application calls."),
        ] = None,
        deprecated: Annotated[
            Optional[bool], Doc("Mark every *path operation* as deprecated in the documentation.")
        ] = None,
        include_in_schema: Annotated[bool, Doc("Whether the documentation shows *path operations* at all.")] = True,
        swagger_ui_parameters: Annotated[Optional[Dict[str, Any]], Doc("Parameters for Swagger UI.")] = None,
        generate_unique_id_function: Annotated[
            Callable[[routing.APIRoute], str],
            Doc("A function that makes the operation ids from the routes."),
        ] = Default(generate_unique_id),
        separate_input_output_schemas: Annotated[
            bool,
            Doc("Whether a model gets two schemas where it looks different in requests and in responses."),
        ] = True,
        openapi_external_docs: Annotated[
            Optional[Dict[str, Any]],
            Doc("A link to further documentation: `url` and `description`."),
        ] = None,
        strict_content_type: Annotated[
            bool,
            Doc(
                """
                Whether a body without a Content-Type header is left unparsed. Set it to `False` only where every client
                is trusted: browsers send such requests across sites without asking first.
                """
            ),
        ] = True,
        max_body_size: Annotated[
            Optional[int],
            Doc("The largest request body to accept, in bytes, where nothing nearer sets a limit."),
        ] = None,
        form_limits: Annotated[
            Optional[_FormLimits],
            Doc(
                """
                Limits for forms that are parsed automatically, where nothing nearer sets them: `max_fields`,
                `max_files`, `max_part_size`.
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
        if planned_way.app is not self:
            # These attributes were taken from another application, without copying it.
            planned_way = self._planned_way = PlannedWay(self, self.router)
        answer = planned_way.outside.ask(scope, receive, send)
        if answer is not None:
            rest = await answer
            if rest is not None:
                await planned_way.outside.go_on(rest, scope, receive)
        elif scope["type"] == "lifespan":
            await self._serve_lifespan(scope, receive, send)
        elif self._is_observed(scope):
            await self._serve_observed(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

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
            app = bridge(layer, self._planned_way.below(layer)) if may_skip_layers(app, self.router) else layer
        return app

    # ── Documentation ──

    def openapi(self) -> Dict[str, Any]:
        """Return the OpenAPI document.

        It is kept in `openapi_schema` until routes are added. To change it, override this method or assign a function.
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
        """Add a *path operation*."""
        self.router.add_api_route(path, endpoint=endpoint, **options)

    @with_options(APPLICATION_ROUTE)
    def api_route(
        self, path: str, **options: Unpack[OperationOptions]
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Add a *path operation* for the HTTP methods in `methods`, by default GET."""

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
        """Add a WebSocket route with dependencies and parameters."""
        self.router.add_api_websocket_route(path, endpoint, name=name, dependencies=dependencies)

    def websocket(
        self,
        path: Annotated[str, Doc("The path of the WebSocket.")],
        name: Annotated[Optional[str], Doc("The name for `url_path_for`.")] = None,
        *,
        dependencies: Annotated[
            Optional[Sequence[Depends]],
            Doc("Dependencies (`Depends()`) to run whose values the function does not need."),
        ] = None,
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Add a WebSocket function.

        ```python
        @app.websocket("/ws")
        async def websocket_endpoint(websocket: WebSocket):
            await websocket.accept()
            await websocket.send_text("hello")
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
        path: Annotated[str, Doc('The path below which the files are served, for example "/".')],
        *,
        directory: Annotated[Directory, Doc("The folder with the built files.")],
        fallback: Annotated[
            Fallback, Doc("What answers for files that do not exist; see `APIRouter.frontend`.")
        ] = "auto",
        check_dir: Annotated[
            CheckDirectory,
            Doc("Whether to require now that the folder exists; see `APIRouter.frontend`."),
        ] = "auto",
    ) -> None:
        """Serve the built files of a web application where no other route answers.

        ```python
        app.frontend("/", directory="dist")
        ```
        """
        self.router.frontend(path, directory=directory, fallback=fallback, check_dir=check_dir)

    def include_router(
        self,
        router: Annotated[routing.APIRouter, Doc("The router to include.")],
        *,
        prefix: Annotated[str, Doc("What to put before the paths of the router.")] = "",
        tags: Annotated[
            Optional[List[Union[str, Enum]]],
            Doc("Names under which the documentation groups the *path operations*."),
        ] = None,
        dependencies: Annotated[
            Optional[Sequence[Depends]],
            Doc("Dependencies (`Depends()`) to run before those of the router."),
        ] = None,
        responses: Annotated[
            Optional[Dict[Union[int, str], Dict[str, Any]]],
            Doc("Further answers to document, by status code."),
        ] = None,
        deprecated: Annotated[
            Optional[bool], Doc("Mark the *path operations* as deprecated in the documentation.")
        ] = None,
        include_in_schema: Annotated[bool, Doc("Whether the documentation shows the *path operations*.")] = True,
        default_response_class: Annotated[
            Type[Response],
            Doc("The response class, where neither *path operation* nor router choose one."),
        ] = Default(JSONResponse),
        callbacks: Annotated[
            Optional[List[BaseRoute]],
            Doc("*Path operations* to document as OpenAPI callbacks."),
        ] = None,
        generate_unique_id_function: Annotated[
            Callable[[routing.APIRoute], str],
            Doc("A function that makes the operation ids from the routes."),
        ] = Default(generate_unique_id),
        max_body_size: Annotated[
            Optional[int],
            Doc("The largest request body to accept, in bytes, where the router has no limit."),
        ] = None,
        form_limits: Annotated[
            Optional[_FormLimits],
            Doc("Limits for forms that are parsed automatically, where the router has none."),
        ] = None,
    ) -> None:
        """Include a router. It stays what it is: routes added to it later are found here, too.

        ```python
        app.include_router(users_router, prefix="/v1", tags=["v1"])
        ```
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
        """Add an event handler. Deprecated: give the application a `lifespan` instead."""
        decorator: Callable[[DecoratedCallable], DecoratedCallable] = self.router.on_event(event_type)
        return decorator

    def middleware(
        self,
        middleware_type: Annotated[str, Doc('The type of middleware; there is only "http".')],
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Add a function as middleware.

        ```python
        @app.middleware("http")
        async def add_process_time_header(request: Request, call_next):
            start_time = time.perf_counter()
            response = await call_next(request)
            response.headers["X-Process-Time"] = str(time.perf_counter() - start_time)
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
            Doc("The class of exceptions to handle, or the status code they carry."),
        ],
    ) -> Callable[[DecoratedCallable], DecoratedCallable]:
        """Add a function that answers to exceptions.

        ```python
        @app.exception_handler(UnicornException)
        async def unicorn_exception_handler(request: Request, exc: UnicornException):
            return JSONResponse({"message": f"{exc.name} did something"}, status_code=418)
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
