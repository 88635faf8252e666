"""Selects the requests and connections of an application that are recorded.

Nothing of OpenTelemetry is imported before the first one that is: see `_recording`.
"""

from __future__ import annotations

from typing import Any, Optional

from starlette.types import ASGIApp, Receive, Scope, Send

from fastapi._scope_keys import RECORDER_CONTEXT_KEY, RECORDER_KEY
from fastapi._telemetry_probe import ExceptionTelemetryMiddleware as ExceptionTelemetryMiddleware
from fastapi.telemetry._api import TelemetryConfig
from fastapi.telemetry._providers import LOGS, SIGNALS, TRACES, any_configured

# The middleware of opentelemetry-instrumentation-asgi, and of every instrumentation that builds on it.
_INSTRUMENTING_MIDDLEWARE = ("opentelemetry.instrumentation.asgi", "OpenTelemetryMiddleware")


class NativeTelemetry:
    """Records the requests and connections of one application."""

    def __init__(self, config: TelemetryConfig) -> None:
        self.config = config
        self._instruments: Optional[Any] = None

    def enabled(self) -> bool:
        """Whether a provider could receive the records."""
        return any_configured(self.config)

    async def __call__(
        self,
        *,
        app: ASGIApp,
        scope: Scope,
        receive: Receive,
        send: Send,
        legacy_otel: bool = False,
    ) -> None:
        """Call `app` and record the request. `legacy_otel` says that another instrumentation records it already."""
        exclude = self.config["exclude"]
        excluded = exclude is not None and exclude(scope)
        if excluded or not self._has_signal(scope):
            scope[RECORDER_KEY] = None
            try:
                await _call_unrecorded(app, scope, receive, send)
            finally:
                scope.pop(RECORDER_KEY, None)
            return
        if legacy_otel or _is_instrumented(scope):
            # NOTE: without a mark: applications mounted in this one are recorded.
            await _call_unrecorded(app, scope, receive, send)
            return
        from fastapi.telemetry import _recording

        if self._instruments is None:
            self._instruments = _recording.Instruments()
        recording_class = _recording.RECORDINGS[scope["type"]]
        recording = recording_class(scope, self.config, self._instruments)
        await recording.run(app, receive, send)

    def _has_signal(self, scope: Scope) -> bool:
        # There are no metrics of connections.
        return any_configured(self.config, (TRACES, LOGS) if scope["type"] == "websocket" else SIGNALS)


def _is_instrumented(scope: Scope) -> bool:
    return _legacy_otel(getattr(scope.get("app"), "middleware_stack", None))


def _legacy_otel(stack: Any) -> bool:
    """Tell whether a built stack of middleware records requests by itself."""
    while stack is not None:
        if (type(stack).__module__, type(stack).__name__) == _INSTRUMENTING_MIDDLEWARE:
            return True
        stack = getattr(stack, "app", None)
    return False


async def _call_unrecorded(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Call `app` so that nothing of it is recorded for a request around it."""
    from opentelemetry import context as otel_context

    current = otel_context.get_current()
    if current.get(RECORDER_CONTEXT_KEY) is None:
        await app(scope, receive, send)
        return
    token = otel_context.attach(otel_context.set_value(RECORDER_CONTEXT_KEY, None, current))
    try:
        await app(scope, receive, send)
    finally:
        otel_context.detach(token)
