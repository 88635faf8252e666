"""The options of `FastAPI`: the type of each, and its documentation."""

from __future__ import annotations

from typing import Any, Callable, Coroutine, Dict, List, Mapping, Optional, Sequence, Type, Union

from annotated_doc import Doc
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from typing_extensions import Annotated
from typing_extensions import deprecated as deprecated_argument

from fastapi import routing
from fastapi._form_limits import _FormLimits
from fastapi.params import Depends
from fastapi.telemetry._api import TelemetryConfig

TelemetryOption = Annotated[
    Optional[TelemetryConfig],
    Doc(
        """
        The signals that the application reports to OpenTelemetry (traces, metrics, logs), and their providers.

        By default it reports all signals for which the process has set up a provider.
        """
    ),
]
DebugOption = Annotated[
    bool,
    Doc(
        """
        Whether an exception that no handler takes answers with its traceback. Never in production: a traceback shows
        code and values.
        """
    ),
]
RoutesOption = Annotated[
    Optional[List[BaseRoute]],
    Doc("Routes to start with, as in Starlette. They get none of the options of the application."),
    deprecated_argument("Add *path operations* with the methods of the application instead."),
]
TitleOption = Annotated[
    str,
    Doc("The title of the API in the documentation. OpenAPI requires one."),
]
SummaryOption = Annotated[
    Optional[str],
    Doc("A summary of the API in the documentation: one line."),
]
DescriptionOption = Annotated[
    str,
    Doc("A description of the API in the documentation, in Markdown."),
]
VersionOption = Annotated[
    str,
    Doc(
        """
        The version of the API in the documentation. It is the version of your application, not the one of OpenAPI or of
        FastAPI.
        """
    ),
]
OpenAPIURLOption = Annotated[
    Optional[str],
    Doc("The path of the OpenAPI document. `None` switches off the document and both documentation pages."),
]
OpenAPITagsOption = Annotated[
    Optional[List[Dict[str, Any]]],
    Doc(
        """
        The tags of the documentation, in the order in which it shows them: dicts with `name`, `description` and
        `externalDocs`. *Path operations* may use other tags; those follow.
        """
    ),
]
ServersOption = Annotated[
    Optional[List[Dict[str, Union[str, Any]]]],
    Doc(
        """
        The servers of the API in the documentation: dicts with `url`, `description` and `variables`. Clients send
        requests there, so it matters behind a proxy or for several environments. The default is the server of the
        document itself.
        """
    ),
]
DependenciesOption = Annotated[
    Optional[Sequence[Depends]],
    Doc(
        """
        Dependencies, declared with `Depends()`, of every *path operation*. They run before the dependencies of routers
        and *path operations*.
        """
    ),
]
DefaultResponseClassOption = Annotated[
    Type[Response],
    Doc(
        """
        The response class of the *path operations* for which neither they nor their routers choose one. By default
        `JSONResponse`.
        """
    ),
]
RedirectSlashesOption = Annotated[
    bool,
    Doc(
        """
        Whether to redirect (307) a request that no route matches to the same path with, or without, a slash at its end,
        if a route matches that path.
        """
    ),
]
DocsURLOption = Annotated[
    Optional[str],
    Doc("The path of the documentation page with Swagger UI. `None` switches it off."),
]
RedocURLOption = Annotated[
    Optional[str],
    Doc("The path of the documentation page with ReDoc. `None` switches it off."),
]
SwaggerUIOAuth2RedirectURLOption = Annotated[
    Optional[str],
    Doc("The path to which an OAuth2 provider redirects after a login in Swagger UI. `None` switches it off."),
]
SwaggerUIInitOAuthOption = Annotated[
    Optional[Dict[str, Any]],
    Doc("The argument of Swagger UI's `initOAuth`: `clientId`, `appName` and others."),
]
MiddlewareOption = Annotated[
    Optional[Sequence[Middleware]],
    Doc(
        """
        Middleware to start with, as in Starlette: `Middleware(CORSMiddleware, allow_origins=[...])`. The first is the
        outermost. `add_middleware` adds further ones around them.
        """
    ),
]
ExceptionHandlersOption = Annotated[
    Optional[
        Mapping[
            Union[int, Type[Exception]],
            Callable[[Request, Any], Coroutine[Any, Any, Response]],
        ]
    ],
    Doc(
        """
        Exception handlers by class of exception or by status code. A handler gets the request and the exception, and
        returns a response. `exception_handler` is the decorator for them.
        """
    ),
]
OnStartupOption = Annotated[
    Optional[Sequence[Callable[[], Any]]],
    Doc("Functions without parameters to run at startup. They run only if there is no `lifespan`."),
]
OnShutdownOption = Annotated[
    Optional[Sequence[Callable[[], Any]]],
    Doc("Functions without parameters to run at shutdown. They run only if there is no `lifespan`."),
]
LIFESPAN = Doc(
    """
    A function that gets the application and returns an async context manager: entered at startup, exited at shutdown.
    It may also be an async generator function with one `yield`; `@asynccontextmanager` makes it explicit.

    It may yield a mapping, whose items each request finds in `request.state`. The lifespans of included routers run
    inside it.
    """
)
TermsOfServiceOption = Annotated[
    Optional[str],
    Doc("The URL of the terms of service in the documentation."),
]
ContactOption = Annotated[
    Optional[Dict[str, Union[str, Any]]],
    Doc("The contact in the documentation: a dict with `name`, `url` and `email`."),
]
LicenseInfoOption = Annotated[
    Optional[Dict[str, Union[str, Any]]],
    Doc("The license of the API in the documentation: a dict with `name`, and with `identifier` (SPDX) or `url`."),
]
RootPathOption = Annotated[
    str,
    Doc(
        """
        The path prefix that a proxy strips from requests. Deprecated: set it in the server, as in `fastapi run
        --root-path /api/v1`.
        """
    ),
]
RootPathInServersOption = Annotated[
    bool,
    Doc(
        """
        Whether the OpenAPI document lists the `root_path` among the servers, where a server sets one. `False` leaves
        `servers` as they are.
        """
    ),
]
ResponsesOption = Annotated[
    Optional[Dict[Union[int, str], Dict[str, Any]]],
    Doc("Additional responses for the documentation of every *path operation*, by status code."),
]
CallbacksOption = Annotated[
    Optional[List[BaseRoute]],
    Doc(
        """
        *Path operations* of another application, for the documentation as OpenAPI callbacks of every *path operation*.
        """
    ),
]
WebhooksOption = Annotated[
    Optional[routing.APIRouter],
    Doc(
        """
        A router with *path operations* that other applications serve and this one calls, for the documentation as
        OpenAPI webhooks. Their paths are names. By default an empty router, in `app.webhooks`.
        """
    ),
]
DeprecatedOption = Annotated[
    Optional[bool],
    Doc("Mark every *path operation* as deprecated in the documentation. They answer as before."),
]
IncludeInSchemaOption = Annotated[
    bool,
    Doc("Whether the documentation contains *path operations*. `False` hides also those that ask to be shown."),
]
SwaggerUIParametersOption = Annotated[
    Optional[Dict[str, Any]],
    Doc('Parameters of Swagger UI, over the default ones: `{"docExpansion": "none"}`.'),
]
GenerateUniqueIDFunctionOption = Annotated[
    Callable[[routing.APIRoute], str],
    Doc(
        """
        A function that gets a route and returns its OpenAPI operation id, for the *path operations* that choose none.
        """
    ),
]
SeparateInputOutputSchemasOption = Annotated[
    bool,
    Doc(
        """
        Whether the documentation has two schemas for a model that requests and responses use differently: a field with
        a default is optional in a request, and always present in a response. `False` uses the schema of requests for
        both.
        """
    ),
]
OpenAPIExternalDocsOption = Annotated[
    Optional[Dict[str, Any]],
    Doc("A link to further documentation: a dict with `url` and `description`."),
]
StrictContentTypeOption = Annotated[
    bool,
    Doc(
        """
        Whether a body without a Content-Type header is not parsed as JSON.

        Browsers send a cross-site request without that header and without a preflight request, so another site can use
        the cookies of a user for it. Set it to `False` only where such requests are harmless.
        """
    ),
]
MaxBodySizeOption = Annotated[
    Optional[int],
    Doc(
        """
        The maximum size of a request body in bytes, with files and the framing of multipart bodies. A larger body
        answers 413.

        Routers and *path operations* may replace it, also by a higher one. By default there is no limit.
        """
    ),
]
FormLimitsOption = Annotated[
    Optional[_FormLimits],
    Doc(
        """
        Limits for forms that FastAPI parses: `max_fields` and `max_files` count the parts, `max_part_size` is the size
        of one field in bytes. Routers and *path operations* may replace each of them. By default Starlette's limits
        hold: 1000 fields, 1000 files, 1 MiB.
        """
    ),
]
