"""Exporters from environment variables, and their life with the application.

At startup an OTLP exporter is added for every signal that has an endpoint in the environment: to the provider of the
application, else to the global one, else to a new one, which becomes global. This module never replaces or shuts down
the provider of another owner, only its own exporters. It logs a failure, and the application starts.

The SDK is imported when there is something to export, and nothing is created before startup: a server may fork
in between.
"""

from __future__ import annotations

import atexit
import os
import threading
from importlib import import_module
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Tuple
from urllib.parse import urlsplit

from anyio.to_thread import run_sync
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fastapi._forks import in_children
from fastapi.exceptions import FastAPIError
from fastapi.logger import logger
from fastapi.telemetry._api import TelemetryConfig
from fastapi.telemetry._providers import LOGS, METRICS, SIGNALS, TRACES, Signal, unconfigured

_LAST_MESSAGES = (
    "lifespan.startup.failed",
    "lifespan.shutdown.complete",
    "lifespan.shutdown.failed",
)

_FAILED = "FastAPI automatic telemetry configuration failed: %s"
_MISSING = (
    "Automatic OpenTelemetry export requires fastapi[opentelemetry] or fastapi[standard]. Install the extra, "
    "configure providers yourself, or pass telemetry={'auto_configure': False} to FastAPI()."
)

_lock = threading.RLock()


def _renew_lock() -> None:
    global _lock
    _lock = threading.RLock()


in_children(_renew_lock)
# The components that this module created, flushes and shuts down: providers, or exporters of foreign providers.
_owned: List[Any] = []
# The providers with an exporter, by the name of the signal.
_configured: List[Tuple[str, Any]] = []


async def lifespan(*, config: TelemetryConfig, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Run the lifespan of an application: add exporters before its startup, flush them after its shutdown."""

    async def receive_message() -> Message:
        message = await receive()
        if message["type"] == "lifespan.startup" and config["auto_configure"]:
            await run_sync(_try_to_configure, config)
        return message

    async def send_message(message: Message) -> None:
        if message["type"] in _LAST_MESSAGES and _owned:
            await run_sync(_flush)
        await send(message)

    await app(scope, receive_message, send_message)


def _try_to_configure(config: TelemetryConfig) -> None:
    try:
        _configure_from_environment(config)
    except ImportError:
        logger.warning(_FAILED, FastAPIError(_MISSING))
    except Exception as exc:
        logger.warning(_FAILED, exc)


def _configure_from_environment(config: TelemetryConfig) -> None:
    """Add the exporters that the environment asks for, each once per provider."""
    if not config["auto_configure"] or _environment("OTEL_SDK_DISABLED").lower() == "true":
        return
    options: Mapping[str, Any] = config
    with _lock:
        # A mistake in one variable is found before anything is created.
        endpoints = [(signal, _export_endpoint(signal.name)) for signal in SIGNALS if options[signal.switch]]
        for signal, endpoint in endpoints:
            if endpoint is not None:
                _configure(signal, endpoint, options[signal.option])


def _configure(signal: Signal, endpoint: str, provider: Optional[Any]) -> None:
    exporting = _EXPORTING[signal.name]
    api = import_module(signal.module)
    get_global = getattr(api, signal.getter)
    if provider is None or unconfigured(provider):
        provider = get_global()
    if unconfigured(provider):
        created = exporting.make_provider(endpoint)
        getattr(api, f"set_{signal.kind}_provider")(created)
        provider = get_global()
        if provider is created:
            _own(created)
            _configured.append((signal.name, created))
            return
        # Another thread was faster.
        created.shutdown()
    _register(signal, endpoint, _registration_provider(provider))


def _register(signal: Signal, endpoint: str, provider: Any) -> None:
    """Add an exporter to the provider of another owner."""
    if any(name == signal.name and known is provider for name, known in _configured):
        return
    exporting = _EXPORTING[signal.name]
    add = getattr(provider, exporting.add_method, None)
    if add is None:
        raise FastAPIError(
            f"The configured OpenTelemetry {signal.kind} provider does not support adding an OTLP exporter. "
            "Configure environment export through that provider and pass telemetry={'auto_configure': False} to "
            "FastAPI()."
        )
    component = exporting.make_component(endpoint)
    try:
        add(component)
    except BaseException:
        component.shutdown()
        raise
    _own(component)
    _configured.append((signal.name, provider))


def _registration_provider(provider: Any) -> Any:
    """Return the object that takes an exporter: for Logfire's proxy for meters, the provider behind it."""
    if not any(hasattr(provider, exporting.add_method) for exporting in _EXPORTING.values()):
        return getattr(provider, "provider", provider)
    return provider


def _own(component: Any) -> None:
    if not _owned:
        atexit.unregister(_shutdown)
        atexit.register(_shutdown)
    _owned.append(component)


def _flush() -> None:
    """Export all waiting records."""
    for component in list(_owned):
        _clean_up(component.force_flush)


def _shutdown() -> None:
    """Shut down the components of this module, once."""
    with _lock:
        components = list(_owned)
        _owned.clear()
    for component in components:
        _clean_up(component.shutdown)


def _clean_up(action: Callable[[], Any]) -> None:
    try:
        action()
    except Exception:
        logger.exception("FastAPI telemetry cleanup failed")


# The environment, as far as it concerns export:
# https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ says that an empty variable is like
# a missing one. The exporters read the rest themselves: headers, timeouts, compression.


def _export_endpoint(signal: str) -> Optional[str]:
    """Return where a signal ("TRACES", "METRICS" or "LOGS") is exported to, or `None` if it is not."""
    exporter = _environment(f"OTEL_{signal}_EXPORTER").strip().lower()
    endpoint = _environment(f"OTEL_EXPORTER_OTLP_{signal}_ENDPOINT")
    if not endpoint:
        base = _environment("OTEL_EXPORTER_OTLP_ENDPOINT")
        endpoint = f"{_without_slash(base)}/v1/{signal.lower()}" if base else ""
    if not endpoint or exporter == "none":
        return None
    if exporter not in ("", "otlp"):
        raise FastAPIError(
            f"FastAPI automatic telemetry supports OTEL_{signal}_EXPORTER=otlp or none. "
            "Configure other exporters explicitly and pass telemetry={'auto_configure': False} to FastAPI()."
        )
    _check_protocol(signal)
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise FastAPIError(f"Invalid OTLP {signal.lower()} endpoint. Use an absolute HTTP or HTTPS URL.")
    return endpoint


def _check_protocol(signal: str) -> None:
    protocol = _environment(f"OTEL_EXPORTER_OTLP_{signal}_PROTOCOL") or _environment("OTEL_EXPORTER_OTLP_PROTOCOL")
    if protocol not in ("", "http/protobuf"):
        raise FastAPIError(
            "FastAPI automatic telemetry requires the OTLP http/protobuf protocol. "
            "Configure other transports explicitly and pass telemetry={'auto_configure': False} to FastAPI()."
        )


def _environment(name: str) -> str:
    return os.environ.get(name, "")


def _without_slash(url: str) -> str:
    return url[:-1] if url.endswith("/") else url


# How each signal is exported. The SDK is imported here, and nowhere else.


class _Exporting(NamedTuple):
    """How one signal is exported."""

    make_component: Callable[[str], Any]
    make_provider: Callable[[str], Any]
    add_method: str


def _span_processor(endpoint: str) -> Any:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    return BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint))


def _tracer_provider(endpoint: str) -> Any:
    from opentelemetry.sdk.trace import TracerProvider

    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(_span_processor(endpoint))
    return provider


def _metric_reader(endpoint: str) -> Any:
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

    return PeriodicExportingMetricReader(OTLPMetricExporter(endpoint=endpoint))


def _meter_provider(endpoint: str) -> Any:
    from opentelemetry.sdk.metrics import MeterProvider

    return MeterProvider(metric_readers=[_metric_reader(endpoint)], shutdown_on_exit=False)


def _log_record_processor(endpoint: str) -> Any:
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor

    return BatchLogRecordProcessor(OTLPLogExporter(endpoint=endpoint))


def _logger_provider(endpoint: str) -> Any:
    from opentelemetry.sdk._logs import LoggerProvider

    provider = LoggerProvider(shutdown_on_exit=False)
    provider.add_log_record_processor(_log_record_processor(endpoint))
    return provider


_EXPORTING: Dict[str, _Exporting] = {
    TRACES.name: _Exporting(_span_processor, _tracer_provider, "add_span_processor"),
    METRICS.name: _Exporting(_metric_reader, _meter_provider, "add_metric_reader"),
    LOGS.name: _Exporting(_log_record_processor, _logger_provider, "add_log_record_processor"),
}
