"""The public names of telemetry, and the look-up of the recorder of a request.

This module imports nothing of OpenTelemetry. Until the application imports it there is no recorder, and the question
costs a look-up.
"""

from __future__ import annotations

import sys
from contextlib import nullcontext
from dataclasses import dataclass
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    ContextManager,
    Dict,
    Mapping,
    MutableMapping,
    Optional,
    Sequence,
    cast,
)

from annotated_doc import Doc
from starlette.requests import Request
from starlette.websockets import WebSocket
from typing_extensions import Annotated, TypedDict

from fastapi._scope_keys import RECORDER_CONTEXT_KEY, RECORDER_KEY

if TYPE_CHECKING:
    from opentelemetry._logs import LoggerProvider
    from opentelemetry.context import Context
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider

    from fastapi.telemetry._recorder import Recorder
else:
    # Annotations are resolved at run time, by documentation tools for example, without importing OpenTelemetry.
    TracerProvider = MeterProvider = LoggerProvider = Context = Any

NO_OPERATION: ContextManager[None] = nullcontext()


class TelemetryConfig(TypedDict, total=False):
    """The keys of `FastAPI(telemetry={...})`. A missing key has its default."""

    tracer_provider: Annotated[Optional[TracerProvider], Doc("Where spans go, instead of the global tracer provider.")]
    meter_provider: Annotated[Optional[MeterProvider], Doc("Where metrics go, instead of the global meter provider.")]
    logger_provider: Annotated[Optional[LoggerProvider], Doc("Where logs go, instead of the global logger provider.")]
    tracing: Annotated[bool, Doc("Whether requests and WebSocket connections get spans. By default they do.")]
    metrics: Annotated[bool, Doc("Whether requests are counted and timed. By default they are.")]
    logs: Annotated[
        bool,
        Doc(
            "Whether failed validation and unhandled exceptions are logged, the latter with message and traceback. "
            "By default they are."
        ),
    ]
    operation_spans: Annotated[
        bool,
        Doc(
            "Whether the parts of a request get spans of their own: dependencies, endpoint, serialization and "
            "background tasks. By default they do."
        ),
    ]
    auto_configure: Annotated[
        bool,
        Doc(
            "Whether OTLP exporters are added at startup, as the `OTEL_*` environment variables say. By default only "
            "if `FASTAPI_OTEL_AUTO_CONFIGURE` is `true`."
        ),
    ]
    exclude: Annotated[
        Optional[Callable[[MutableMapping[str, Any]], bool]],
        Doc("A function of the ASGI scope. Requests and connections it returns `True` for are not recorded."),
    ]


@dataclass
class TelemetryData:
    """The objects FastAPI works with during a request, for processors of spans and logs.

    They are the very objects, not copies, and nothing of them is exported unless a processor does so.
    """

    request: Annotated[Optional[Request], Doc("The request, from the start of the handler of its route.")] = None
    websocket: Annotated[Optional[WebSocket], Doc("The connection, from the start of the handler of its route.")] = None
    body: Annotated[Any, Doc("The body as it was read, before it is validated.")] = None
    values: Annotated[
        Optional[Dict[str, Any]],
        Doc("The arguments of the endpoint, when all dependencies are solved."),
    ] = None
    errors: Annotated[Optional[Sequence[Any]], Doc("The errors of validation, with their inputs.")] = None


def get_telemetry_data(
    context: Annotated[Optional[Context], Doc("A context of OpenTelemetry, instead of the current one.")] = None,
) -> Optional[TelemetryData]:
    """Return the objects of the request that is being served, or `None` outside of one and afterwards.

    ```python
    class ItemIds(SpanProcessor):
        def on_start(self, span, parent_context=None):
            data = get_telemetry_data(parent_context)
            if data is not None and data.values is not None:
                span.set_attribute("app.item_id", data.values["item_id"])
    ```
    """
    found = _get_recorder(context)
    return None if found is None or found.finished else found.data


def recorder(scope: Mapping[str, Any]) -> Optional[Recorder]:
    """Return the recorder of the request of a scope, or `None`."""
    return cast("Optional[Recorder]", scope.get(RECORDER_KEY))


def _get_recorder(context: Optional[Context] = None) -> Optional[Recorder]:
    if context is None:
        get_current = getattr(sys.modules.get("opentelemetry.context"), "get_current", None)
        if get_current is None:
            return None
        context = cast("Context", get_current())
    return cast("Optional[Recorder]", context.get(RECORDER_CONTEXT_KEY))


def _operation(*, name: str, function: Optional[Callable[..., Any]] = None) -> ContextManager[None]:
    """Record a part of the current request, where its scope is not at hand: `name` is "background_task"."""
    found = _get_recorder()
    return NO_OPERATION if found is None else found.operation(name, function)


def _run_sync_endpoint(*, function: Callable[..., Any], arguments: Dict[str, Any]) -> Any:
    """Call an endpoint in the current worker thread, where its span also belongs."""
    with _operation(name="endpoint", function=function):
        return function(**arguments)
