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
from fastapi._application import options as _options
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
        telemetry: _options.TelemetryOption = None,
        debug: _options.DebugOption = False,
        routes: _options.RoutesOption = None,
        title: _options.TitleOption = "FastAPI",
        summary: _options.SummaryOption = None,
        description: _options.DescriptionOption = "",
        version: _options.VersionOption = "0.1.0",
        openapi_url: _options.OpenAPIURLOption = "/openapi.json",
        openapi_tags: _options.OpenAPITagsOption = None,
        servers: _options.ServersOption = None,
        dependencies: _options.DependenciesOption = None,
        default_response_class: _options.DefaultResponseClassOption = Default(JSONResponse),
        redirect_slashes: _options.RedirectSlashesOption = True,
        docs_url: _options.DocsURLOption = "/docs",
        redoc_url: _options.RedocURLOption = "/redoc",
        swagger_ui_oauth2_redirect_url: _options.SwaggerUIOAuth2RedirectURLOption = "/docs/oauth2-redirect",
        swagger_ui_init_oauth: _options.SwaggerUIInitOAuthOption = None,
        middleware: _options.MiddlewareOption = None,
        exception_handlers: _options.ExceptionHandlersOption = None,
        on_startup: _options.OnStartupOption = None,
        on_shutdown: _options.OnShutdownOption = None,
        lifespan: Annotated[Optional[Lifespan[AppType]], _options.LIFESPAN] = None,
        terms_of_service: _options.TermsOfServiceOption = None,
        contact: _options.ContactOption = None,
        license_info: _options.LicenseInfoOption = None,
        root_path: _options.RootPathOption = "",
        root_path_in_servers: _options.RootPathInServersOption = True,
        responses: _options.ResponsesOption = None,
        callbacks: _options.CallbacksOption = None,
        webhooks: _options.WebhooksOption = None,
        deprecated: _options.DeprecatedOption = None,
        include_in_schema: _options.IncludeInSchemaOption = True,
        swagger_ui_parameters: _options.SwaggerUIParametersOption = None,
        generate_unique_id_function: _options.GenerateUniqueIDFunctionOption = Default(generate_unique_id),
        separate_input_output_schemas: _options.SeparateInputOutputSchemasOption = True,
        openapi_external_docs: _options.OpenAPIExternalDocsOption = None,
        strict_content_type: _options.StrictContentTypeOption = True,
        max_body_size: _options.MaxBodySizeOption = None,
        form_limits: _options.FormLimitsOption = None,
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
            planned_way.end()
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
        `Exception` or 500 takes the remaining exceptions; the server gets these as well.

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

_install(__name__, ["fastapi._application.documentation", "fastapi._application.stack"])
