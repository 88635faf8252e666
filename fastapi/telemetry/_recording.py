"""One request or connection, from its first to its last message.

The span of a request ends when the last message of the response was sent: background tasks and the exit code of
dependencies come afterwards and take as long as they like. The span of a connection ends when the application returns.
"""

from __future__ import annotations

from time import perf_counter
from typing import (
    Any,
    Callable,
    Dict,
    Generic,
    List,
    NamedTuple,
    Optional,
    Tuple,
    Type,
    TypeVar,
)

from opentelemetry import context as otel_context
from opentelemetry import propagate, trace
from opentelemetry._logs import Logger
from opentelemetry.context import Context
from opentelemetry.metrics import Histogram, MeterProvider, UpDownCounter
from opentelemetry.propagators.textmap import Getter
from opentelemetry.trace import SpanKind, StatusCode, Tracer
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fastapi._scope_keys import RECORDER_CONTEXT_KEY, RECORDER_KEY
from fastapi.telemetry._api import TelemetryConfig
from fastapi.telemetry._attributes import (
    SCHEMA_URL,
    Attributes,
    connection_attributes,
    error_type,
    span_attributes,
    span_method,
)
from fastapi.telemetry._providers import LOGS, METRICS, TRACES, configured_provider
from fastapi.telemetry._recorder import Recorder, is_normal_disconnect, supports_logs

T = TypeVar("T")

# The boundaries that the semantic conventions ask for, in seconds.
_DURATION_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0)


class Recording:
    """The server span and the recorder of one request or connection."""

    def __init__(self, scope: Scope, config: TelemetryConfig, instruments: Instruments) -> None:
        self.scope = scope
        self.attributes = connection_attributes(scope)
        self.context = otel_context.get_current()
        self.span: Optional[trace.Span] = None
        self.ended = False
        tracer = instruments.tracer(configured_provider(config, TRACES))
        method = span_method(scope)
        if tracer is not None:
            parent = _parent_context(scope)
            self.span = tracer.start_span(
                method,
                context=parent,
                kind=SpanKind.SERVER,
                attributes={**self.attributes, **span_attributes(scope)},
            )
            self.context = trace.set_span_in_context(self.span, parent)
        self.recorder = Recorder(
            scope,
            span=self.span,
            span_method=method,
            tracer=tracer if config["operation_spans"] else None,
            logger=instruments.logger(configured_provider(config, LOGS)),
        )

    async def run(self, app: ASGIApp, receive: Receive, send: Send) -> None:
        """Call `app` within the span, and end it if nothing has done so before."""
        context = otel_context.set_value(RECORDER_CONTEXT_KEY, self.recorder, self.context)
        token = otel_context.attach(context)
        self.scope[RECORDER_KEY] = self.recorder
        try:
            await self._call(app, receive, send)
        except BaseException as exc:
            if isinstance(exc, Exception):
                self.recorder.exception(exc)
            self.end(None if is_normal_disconnect(exc) else error_type(exc))
            raise
        else:
            self.end(self.incompleteness())
        finally:
            otel_context.detach(token)
            self.scope.pop(RECORDER_KEY, None)
            self.recorder.finish()

    async def _call(self, app: ASGIApp, receive: Receive, send: Send) -> None:
        await app(self.scope, receive, send)

    def incompleteness(self) -> Optional[str]:
        """Return the type of error for an answer that is incomplete when the application has returned."""
        return None

    def end(self, error: Optional[str]) -> None:
        """End the span, as failed if there is the name of a type of error."""
        if self.ended:
            return
        self.ended = True
        outcome = self.outcome()
        if error is not None:
            outcome["error.type"] = error
        self.measure(outcome)
        if self.span is not None:
            self.span.set_attributes(outcome)
            if error is not None:
                self.span.set_status(StatusCode.ERROR)
            self.span.end()

    def outcome(self) -> Attributes:
        """Return the attributes that are known at the end."""
        return {}

    def measure(self, outcome: Attributes) -> None:
        """Record the metrics that are known at the end."""


class ConnectionRecording(Recording):
    """The recording of a WebSocket connection."""


class RequestRecording(Recording):
    """The recording of a request."""

    def __init__(self, scope: Scope, config: TelemetryConfig, instruments: Instruments) -> None:
        self.started = perf_counter()
        super().__init__(scope, config, instruments)
        self.status_code: Optional[int] = None
        self.trailers_follow = False
        self.disconnected = False
        self.meters = instruments.meters(configured_provider(config, METRICS))
        if self.meters is not None:
            self.meters.active_requests.add(1, self._active_attributes())

    async def _call(self, app: ASGIApp, receive: Receive, send: Send) -> None:
        async def receive_message() -> Message:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.disconnected = True
            return message

        async def send_message(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._note_start(message)
            await send(message)
            if self._is_last(message):
                self.end(self._failure())

        await app(self.scope, receive_message, send_message)

    def _note_start(self, message: Message) -> None:
        if not self.ended:
            self.status_code = message["status"]
            self.trailers_follow = bool(message.get("trailers"))

    def _is_last(self, message: Message) -> bool:
        message_type = message["type"]
        if message_type == "http.response.body":
            return not self.trailers_follow and not message.get("more_body")
        if message_type == "http.response.pathsend":
            return not self.trailers_follow
        return message_type == "http.response.trailers" and not message.get("more_trailers")

    def _failure(self) -> Optional[str]:
        """Return the type of error a complete response tells about: that of the exception behind it, or its status."""
        if self.recorder.error is not None:
            return error_type(self.recorder.error)
        if self.status_code is not None and self.status_code >= 500:
            return str(self.status_code)
        return None

    def incompleteness(self) -> Optional[str]:
        return "ConnectionError" if self.disconnected else "RuntimeError"

    def outcome(self) -> Attributes:
        return {} if self.status_code is None else {"http.response.status_code": self.status_code}

    def measure(self, outcome: Attributes) -> None:
        if self.meters is None:
            return
        attributes = {**self.attributes, **outcome}
        if self.recorder.route is not None:
            attributes["http.route"] = self.recorder.route
        self.meters.duration.record(perf_counter() - self.started, attributes)
        self.meters.active_requests.add(-1, self._active_attributes())

    def _active_attributes(self) -> Attributes:
        return {name: self.attributes[name] for name in ("url.scheme", "http.request.method")}


RECORDINGS: Dict[str, Type[Recording]] = {
    "http": RequestRecording,
    "websocket": ConnectionRecording,
}


class Meters(NamedTuple):
    """The metrics of requests."""

    duration: Histogram
    active_requests: UpDownCounter


class Instruments:
    """The instruments that an application got from its providers."""

    def __init__(self) -> None:
        self.tracer: Remembered[Tracer] = Remembered(
            lambda provider: provider.get_tracer("fastapi", _version(), schema_url=SCHEMA_URL)
        )
        self.logger: Remembered[Logger] = Remembered(_make_logger)
        self.meters: Remembered[Meters] = Remembered(_make_meters)


class Remembered(Generic[T]):
    """The result of a function for the last provider of its calls.

    Making it again would not only take time: getting a tracer resets which warnings Python has shown already.
    """

    def __init__(self, make: Callable[[Any], Optional[T]]) -> None:
        self._make = make
        self._last: Tuple[Any, Optional[T]] = (None, None)

    def __call__(self, provider: Optional[Any]) -> Optional[T]:
        known, made = self._last
        if provider is not known:
            made = None if provider is None else self._make(provider)
            self._last = (provider, made)
        return made


def _make_logger(provider: Any) -> Optional[Logger]:
    if not supports_logs():
        return None
    logger: Logger = provider.get_logger("fastapi", _version(), schema_url=SCHEMA_URL)
    return logger


def _make_meters(provider: MeterProvider) -> Meters:
    meter = provider.get_meter("fastapi", _version(), schema_url=SCHEMA_URL)
    return Meters(
        duration=meter.create_histogram(
            "http.server.request.duration",
            unit="s",
            description="Duration of HTTP server requests.",
            explicit_bucket_boundaries_advisory=_DURATION_BUCKETS,
        ),
        active_requests=meter.create_up_down_counter(
            "http.server.active_requests",
            unit="{request}",
            description="Number of active HTTP server requests.",
        ),
    )


def _version() -> str:
    from fastapi._version import __version__

    return __version__


class _HeadersGetter(Getter[Headers]):
    """Reads headers for the propagators."""

    def get(self, carrier: Headers, key: str) -> Optional[List[str]]:
        values = carrier.getlist(key)
        if not values:
            return None
        # W3C Baggage section 3.2: several headers are one list. The propagator looks at the first alone.
        return [",".join(values)] if key.lower() == "baggage" else values

    def keys(self, carrier: Headers) -> List[str]:
        return carrier.keys()


_HEADERS_GETTER = _HeadersGetter()


def _parent_context(scope: Scope) -> Context:
    """Return the context that the client sent along."""
    return propagate.extract(Headers(scope=scope), getter=_HEADERS_GETTER)
