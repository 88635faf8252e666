"""`FastAPI`: the application.

It owns the configuration, the documentation endpoints, the exception handlers and the middleware stack. Its router
owns the routes. `fastapi._application` has the code of these parts; assignments to names of this module reach it.
"""

from __future__ import annotations

import os as os
import warnings
from enum import Enum as Enum
from functools import cached_property
from typing import (
    TYPE_CHECKING,
    Any,
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
from typing import Awaitable as Awaitable

from annotated_doc import Doc
from starlette.applications import Starlette as Starlette
from starlette.datastructures import State
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.errors import ServerErrorMiddleware as ServerErrorMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware as ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse as HTMLResponse
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Lifespan, Receive, Scope, Send
from starlette.types import ExceptionHandler as ExceptionHandler
from typing_extensions import Annotated
from typing_extensions import Literal as Literal
from typing_extensions import deprecated as deprecated
from typing_extensions import deprecated as deprecated_argument

from fastapi import routing
from fastapi._application import documentation as _documentation
from fastapi._application import stack as _stack
from fastapi._application import telemetry as _telemetry
from fastapi._application.routes import ApplicationRoutes as _ApplicationRoutes
from fastapi._body_limit import AppBodyLimitMiddleware as AppBodyLimitMiddleware
from fastapi._facade import install as _install
from fastapi._facade import lazy_names, takes_over
from fastapi._form_limits import _FormLimits
from fastapi._routing.described.attributes import set_state
from fastapi._routing.planned.dispatch import PlannedWay
from fastapi._routing.tree.lifespan import ON_EVENT_DEPRECATED
from fastapi._routing.tree.path_operation import PathOperations
from fastapi._telemetry_probe import ExceptionTelemetryMiddleware as ExceptionTelemetryMiddleware
from fastapi._telemetry_probe import expects_provider, make_telemetry_config
from fastapi.datastructures import Default
from fastapi.datastructures import DefaultPlaceholder as DefaultPlaceholder
from fastapi.exception_handlers import (
    http_exception_handler,
    request_validation_exception_handler,
    websocket_request_validation_exception_handler,
)
from fastapi.exceptions import FastAPIDeprecationWarning, RequestValidationError, WebSocketRequestValidationError
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware as AsyncExitStackMiddleware
from fastapi.openapi.docs import get_redoc_html as get_redoc_html
from fastapi.openapi.docs import get_swagger_ui_html as get_swagger_ui_html
from fastapi.openapi.docs import get_swagger_ui_oauth2_redirect_html as get_swagger_ui_oauth2_redirect_html
from fastapi.openapi.utils import get_openapi as get_openapi
from fastapi.params import Depends
from fastapi.telemetry._api import TelemetryConfig
from fastapi.types import DecoratedCallable
from fastapi.types import IncEx as IncEx
from fastapi.utils import generate_unique_id

if TYPE_CHECKING:
    from fastapi.telemetry._asgi import NativeTelemetry as NativeTelemetry
else:
    # Its module imports OpenTelemetry, so it is imported only for applications that are observed.
    __getattr__, __dir__ = lazy_names(__name__, {"NativeTelemetry": "fastapi.telemetry._asgi.NativeTelemetry"})

AppType = TypeVar("AppType", bound="FastAPI")


@takes_over(PathOperations)
@takes_over(_ApplicationRoutes)
class FastAPI(PathOperations, _ApplicationRoutes, Starlette):
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
                The signals to report to OpenTelemetry, and their providers. By default all signals are reported to the
                global providers, if the application has set them up.
                """
            ),
        ] = None,
        debug: Annotated[bool, Doc("Whether to answer errors of the server with a traceback.")] = False,
        routes: Annotated[
            Optional[List[BaseRoute]],
            Doc("Routes to begin with. Starlette has this parameter."),
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
            Type[Response],
            Doc("The response class of *path operations* for which neither they nor their router choose one."),
        ] = Default(JSONResponse),
        redirect_slashes: Annotated[
            bool,
            Doc("Whether to redirect to the path with or without a slash at its end, if that exists."),
        ] = True,
        docs_url: Annotated[
            Optional[str], Doc("The path of the documentation by Swagger UI; with `None` there is no such page.")
        ] = "/docs",
        redoc_url: Annotated[
            Optional[str], Doc("The path of the documentation by ReDoc; with `None` there is no such page.")
        ] = "/redoc",
        swagger_ui_oauth2_redirect_url: Annotated[
            Optional[str],
            Doc("The path to which an OAuth2 provider sends the user of Swagger UI back."),
        ] = "/docs/oauth2-redirect",
        swagger_ui_init_oauth: Annotated[
            Optional[Dict[str, Any]], Doc("The arguments for `initOAuth` of Swagger UI.")
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
            Doc("Functions that answer to exceptions, by their class or by the status code they carry."),
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
            Doc("The contact for questions about the API: `name`, `url`, `email`."),
        ] = None,
        license_info: Annotated[
            Optional[Dict[str, Union[str, Any]]],
            Doc("The license of the API: `name`, and `identifier` or `url`."),
        ] = None,
        root_path: Annotated[
            str,
            Doc("The path that a proxy strips. Deprecated: configure it in the server instead."),
        ] = "",
        root_path_in_servers: Annotated[
            bool, Doc("Whether the OpenAPI document names the root path as a server.")
        ] = True,
        responses: Annotated[
            Optional[Dict[Union[int, str], Dict[str, Any]]],
            Doc("Further responses to document for every *path operation*, by status code."),
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
        include_in_schema: Annotated[bool, Doc("Whether the documentation shows the *path operations*.")] = True,
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
                Whether a body without a Content-Type header stays unparsed. Set it to `False` only if every client is
                trusted: browsers send such requests across sites without asking first.
                """
            ),
        ] = True,
        max_body_size: Annotated[
            Optional[int],
            Doc("The largest request body to accept, in bytes, unless a router or a *path operation* sets a limit."),
        ] = None,
        form_limits: Annotated[
            Optional[_FormLimits],
            Doc(
                """
                Limits for forms that are parsed automatically: `max_fields`, `max_files`, `max_part_size`. Limits of a
                router or a *path operation* replace them.
                """
            ),
        ] = None,
    ) -> None:
        # NOTE: Starlette's own `__init__` would make a plain router. This one sets all attributes that it sets.
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
        self.state: Annotated[State, Doc("Attributes that the application keeps for its own use.")] = State()
        self.dependency_overrides: Annotated[
            Dict[Callable[..., Any], Callable[..., Any]],
            Doc("The functions to call instead of dependencies, by the dependency they replace. Meant for tests."),
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
        # Tests replace these names in this module.
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
            # A shallow copy has the router of the original, but its own configuration.
            self._planned_way = PlannedWay(self, self.router)

    # ── Requests ──

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.root_path:
            scope["root_path"] = self.root_path
        planned_way = self._planned_way
        if planned_way.app is not self:
            # The attributes of this application were copied from another one by hand.
            planned_way = self._planned_way = PlannedWay(self, self.router)
        answer = planned_way.outside.ask(scope, receive, send)
        if answer is not None:
            rest = await answer
            if rest is not None:
                await planned_way.outside.go_on(rest, scope, receive)
        elif scope["type"] == "lifespan":
            await _telemetry.serve_lifespan(super().__call__, self._telemetry, scope, receive, send)
        elif _telemetry.is_observed(self, scope):
            await _telemetry.serve_observed(self, super().__call__, scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    @cached_property
    def _native_telemetry(self) -> Optional[Any]:
        """The object that records telemetry, made when first needed; None where OpenTelemetry is not installed."""
        return _telemetry.make_native_telemetry(self._telemetry)

    def build_middleware_stack(self) -> ASGIApp:
        """Wrap the router in all middleware. Called once, at the first request."""
        return _stack.build_stack(self)

    # ── Documentation ──

    def openapi(self) -> Dict[str, Any]:
        """Return the OpenAPI document.

        `openapi_schema` keeps it until routes are added. To change it, override this method or assign a function.
        """
        return _documentation.current_document(self)

    def setup(self) -> None:
        """Add the documentation endpoints. Called once, when the application is created."""
        _documentation.add_documentation(self)

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
        middleware_type: Annotated[str, Doc('The type of middleware: "http" is the only one.')],
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

_install(__name__, ["fastapi._application.documentation", "fastapi._application.stack"])
