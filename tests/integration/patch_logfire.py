"""Logfire: its spans and metrics, collected by exporters in memory. It sends and prints nothing."""

from __future__ import annotations

from typing import Any

import logfire
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry_seen import metrics_seen, spans_seen


class Patcher:
    distributions = ("logfire", "opentelemetry-instrumentation-fastapi")

    def __init__(self, **options: Any) -> None:
        self._options = options
        self._with_pydantic = options.pop("with_pydantic", False)
        self._exporter = InMemorySpanExporter()
        self._reader = InMemoryMetricReader()

    def instrument(self, app: Any) -> None:
        logfire.configure(
            send_to_logfire=False,
            console=False,
            inspect_arguments=False,
            additional_span_processors=[SimpleSpanProcessor(self._exporter)],
            metrics=logfire.MetricsOptions(additional_readers=[self._reader]),
        )
        if self._with_pydantic:
            logfire.instrument_pydantic()
        logfire.instrument_fastapi(app, **self._options)

    def note(self, text: str) -> None:
        logfire.info("note {text}", text=text)

    def observations(self) -> Any:
        logfire.force_flush()
        return {"spans": spans_seen(self._exporter.get_finished_spans()), "metrics": metrics_seen(self._reader)}
