"""Records one request or connection between its first and its last message.

This module and those that import it are loaded when a signal is recorded for the first time, because it imports
OpenTelemetry.
"""

from __future__ import annotations

import inspect
from time import time_ns
from typing import Any, Callable, ContextManager, Dict, List, Mapping, Optional, Union

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry._logs import Logger, SeverityNumber
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer
from starlette.exceptions import HTTPException, WebSocketException
from starlette.routing import Mount
from starlette.websockets import WebSocketDisconnect

from fastapi.exceptions import RequestValidationError, WebSocketRequestValidationError
from fastapi.logger import logger as package_logger
from fastapi.telemetry._api import NO_OPERATION, TelemetryData
from fastapi.telemetry._attributes import error_type

# An application raises these to answer, which is no failure of the part that raises.
ANSWERS = (
    HTTPException,
    WebSocketException,
    RequestValidationError,
    WebSocketRequestValidationError,
)
# RFC 6455 section 7.4.1: normal closure, and an endpoint that goes away.
NORMAL_CLOSURES = (1000, 1001)

# The end of the template of a mount, until a route of the mounted application is more exact.
MOUNTED_PATH = "/{path}"
# Event names and bodies of log records about unhandled exceptions, by type of scope.
_EXCEPTION_EVENTS = {
    "http": ("http.server.request.exception", "Unhandled exception in FastAPI request"),
    "websocket": (
        "fastapi.websocket.exception",
        "Unhandled exception in FastAPI WebSocket connection",
    ),
}


class Recorder:
    """Records the parts of one request or connection, its route and its errors.

    `span` is the server span, `tracer` makes the spans of the parts; either may be missing, and so may `logger`.
    """

    __slots__ = (
        "connection_type",
        "span",
        "span_method",
        "tracer",
        "logger",
        "data",
        "route",
        "error",
        "finished",
        "_logged",
        "_mounts",
        "__weakref__",
    )

    def __init__(
        self,
        scope: Mapping[str, Any],
        *,
        span: Optional[Span],
        span_method: str,
        tracer: Optional[Tracer],
        logger: Optional[Logger],
    ) -> None:
        self.connection_type: str = scope["type"]
        self.span = span
        self.span_method = span_method
        self.tracer = tracer
        self.logger = logger
        self.data = TelemetryData()
        self.route: Optional[str] = None
        # The unhandled exception, for the end of the span: the response to it hides it.
        self.error: Optional[BaseException] = None
        self.finished = False
        self._logged: List[BaseException] = []
        # The templates of the mounts the request went through, once it went through one.
        self._mounts: Optional[str] = None

    def finish(self) -> None:
        """Drop all objects of the request: a context that outlives it holds this object."""
        self.finished = True
        self.data = TelemetryData()
        self.error = None
        self._logged = []

    # The parts of a request.

    def operation(self, name: str, function: Optional[Callable[..., Any]] = None) -> ContextManager[None]:
        """Record a part: "dependencies", "endpoint", "serialization" or "background_task"."""
        if self.tracer is None:
            return NO_OPERATION
        return _Operation(self.tracer, name, function)

    def run_sync(self, function: Callable[..., Any], arguments: Dict[str, Any]) -> Any:
        """Call an endpoint in the current worker thread, where its span also belongs."""
        with self.operation("endpoint", function):
            return function(**arguments)

    # The route.

    def route_selected(self, scope: Mapping[str, Any], route: Any) -> None:
        """Note the route that was selected, whose child scope is merged already: `/shops/{shop}/items/{item_id}`."""
        self._note_route(scope, route)
        if isinstance(_starlette_route(route), Mount) and self.route is not None:
            self._mounts = self.route[: -len(MOUNTED_PATH)]

    def redirect_selected(self, scope: Mapping[str, Any], route: Any, child_scope: Mapping[str, Any]) -> None:
        """Note the route that a redirect leads to. `scope` is that of the request it leads to, as it would begin."""
        self._note_route(scope, _descend(route, scope))

    def _note_route(self, scope: Mapping[str, Any], route: Any) -> None:
        template = _template(route, scope)
        if template is None:
            return
        self.route = self._prefix(scope) + template
        if self.span is not None:
            self.span.update_name(f"{self.span_method} {self.route}")
            self.span.set_attribute("http.route", self.route)

    def _prefix(self, scope: Mapping[str, Any]) -> str:
        """Return the prefix of the template of a route: the root path, with templates for mounts."""
        if self._mounts is not None:
            return self._mounts
        # NOTE: a mount has already added to the root path of its scope, and kept the one before. If the template of a
        # mount is unknown, its path is left out: it would make a route of each tenant.
        return str(scope.get("app_root_path", scope.get("root_path", ""))).rstrip("/")

    # Errors.

    def validation_failed(self, exc: Union[RequestValidationError, WebSocketRequestValidationError]) -> None:
        """Log that a request was refused, without any of its input."""
        errors = exc.errors()
        self.data.errors = errors
        self._emit(
            "fastapi.validation.failed",
            "Request validation failed",
            SeverityNumber.WARN,
            {"fastapi.validation.error_count": len(errors)},
        )

    def exception(self, exc: Exception) -> None:
        """Log an exception that nothing has handled; each once, however many levels it passes."""
        if is_normal_disconnect(exc) or any(logged is exc for logged in self._logged):
            return
        self._logged.append(exc)
        self.error = exc
        event_name, body = _EXCEPTION_EVENTS[self.connection_type]
        self._emit(event_name, body, SeverityNumber.ERROR, {}, exc)

    def _emit(
        self,
        event_name: str,
        body: str,
        severity: SeverityNumber,
        attributes: Dict[str, Any],
        exc: Optional[Exception] = None,
    ) -> None:
        if self.logger is None:
            return
        if self.route is not None:
            attributes["http.route"] = self.route
        self.logger.emit(
            timestamp=time_ns(),
            context=otel_context.get_current(),
            severity_number=severity,
            severity_text=severity.name,
            body=body,
            attributes=attributes,
            event_name=event_name,
            exception=exc,
        )


class _Operation:
    """The span of a part of a request. It starts in the thread that enters it."""

    __slots__ = ("_tracer", "_name", "_function", "_span", "_token")

    def __init__(self, tracer: Tracer, name: str, function: Optional[Callable[..., Any]]) -> None:
        self._tracer = tracer
        self._name = name
        self._function = function

    def __enter__(self) -> None:
        self._span = self._tracer.start_span(
            f"fastapi.{self._name}", kind=SpanKind.INTERNAL, attributes=self._attributes()
        )
        self._token = otel_context.attach(trace.set_span_in_context(self._span))

    def __exit__(self, exc_type: Any, exc: Optional[BaseException], traceback: Any) -> None:
        otel_context.detach(self._token)
        if isinstance(exc, Exception) and self._is_failure(exc):
            self._span.set_attribute("error.type", error_type(exc))
            self._span.set_status(StatusCode.ERROR)
        self._span.end()

    def _attributes(self) -> Dict[str, Any]:
        function = self._function
        if function is None:
            return {}
        named = function if hasattr(function, "__qualname__") else type(function)
        return {"code.function.name": f"{named.__module__}.{named.__qualname__}"}

    def _is_failure(self, exc: Exception) -> bool:
        # A background task runs after the answer.
        if self._name == "background_task":
            return True
        return not isinstance(exc, ANSWERS) and not is_normal_disconnect(exc)


def is_normal_disconnect(exc: BaseException) -> bool:
    """Tell whether an exception only says that the other side has closed the connection as one does."""
    return isinstance(exc, WebSocketDisconnect) and exc.code in NORMAL_CLOSURES


# Exceptions belong to log records since opentelemetry-api 1.40 or so; older ones cannot take them.
def supports_logs() -> bool:
    """Tell whether the installed API takes log records the way they are made here; say so once if it does not."""
    global _supports_logs
    if _supports_logs is None:
        _supports_logs = "exception" in inspect.signature(Logger.emit).parameters
        if not _supports_logs:
            package_logger.warning(
                "Logs of FastAPI telemetry need opentelemetry-api 1.44 or newer; spans and metrics are not concerned."
            )
    return _supports_logs


_supports_logs: Optional[bool] = None


# The template of a route. The router has selected it: a route of Starlette or FastAPI, or a route in one
# inclusion.


def _template(route: Any, scope: Mapping[str, Any]) -> Optional[str]:
    from fastapi._routing.tree.frontend import _FrontendRouteGroup

    route = _starlette_route(route)
    group = getattr(route, "original_route", route)
    if isinstance(group, _FrontendRouteGroup):
        return _frontend_template(group, getattr(route, "frontend_prefix", ""), scope)
    template = getattr(route, "path_format", None)
    return template if isinstance(template, str) else None


def _frontend_template(group: Any, prefix: str, scope: Mapping[str, Any]) -> Optional[str]:
    frontend = group._select(scope, prefix).route
    if frontend is None:
        return None
    path: str = prefix.rstrip("/") + frontend.path
    return path.rstrip("/") + MOUNTED_PATH


def _starlette_route(route: Any) -> Any:
    """Return the route with the prefix, for an included route that is no `APIRoute`."""
    return getattr(route, "starlette_route", None) or route


def _descend(route: Any, scope: Mapping[str, Any]) -> Any:
    """Return the route that an included router would select for a scope."""
    from fastapi._routing.tree.inclusion.node import _IncludedRouter

    while isinstance(route, _IncludedRouter):
        route = route.select(dict(scope)).route
    return route
