"""OpenTelemetry: spans and metrics of opentelemetry-instrumentation-fastapi, and of the package's own telemetry."""

from __future__ import annotations

from typing import Any

from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry_seen import metrics_seen, spans_seen


class Patcher:
    distributions = ("opentelemetry-instrumentation-fastapi", "opentelemetry-sdk")

    def __init__(self, how: str) -> None:
        """`how`: "app" for `.instrument_app(app)`, "class" for `.instrument()`, "native" for neither."""
        self._how = how
        self._exporter = InMemorySpanExporter()
        self._reader = InMemoryMetricReader()
        self._traces = TracerProvider()
        self._traces.add_span_processor(SimpleSpanProcessor(self._exporter))

    def instrument(self, app: Any) -> None:
        trace.set_tracer_provider(self._traces)
        metrics.set_meter_provider(MeterProvider([self._reader]))
        if self._how == "native":
            return
        from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor

        if self._how == "class":
            FastAPIInstrumentor().instrument()
        else:
            FastAPIInstrumentor.instrument_app(app, http_capture_headers_server_request=["x-token"])

    def note(self, text: str) -> None:
        trace.get_current_span().add_event(text)
        with trace.get_tracer("application").start_as_current_span(f"note {text}"):
            pass

    def observations(self) -> Any:
        self._traces.force_flush()
        return {"spans": spans_seen(self._exporter.get_finished_spans()), "metrics": metrics_seen(self._reader)}
