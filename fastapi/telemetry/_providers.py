"""Which signals have somewhere to go.

A provider is either configured for the application or the global one. As long as nobody set a global provider,
OpenTelemetry answers with a proxy, which stands for nothing yet. The question is asked on every request, because
providers may be set at any time.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any, NamedTuple, Optional

from fastapi.telemetry._api import TelemetryConfig

_PROXIES = frozenset(
    {
        ("opentelemetry.trace", "ProxyTracerProvider"),
        ("opentelemetry.metrics._internal", "_ProxyMeterProvider"),
        ("opentelemetry._logs._internal", "ProxyLoggerProvider"),
    }
)


class Signal(NamedTuple):
    """One of the three kinds of telemetry, and the names it goes by."""

    name: str  # in environment variables
    switch: str  # in `TelemetryConfig`
    kind: str  # of its providers
    module: str  # of the API


TRACES = Signal("TRACES", "tracing", "tracer", "opentelemetry.trace")
METRICS = Signal("METRICS", "metrics", "meter", "opentelemetry.metrics")
LOGS = Signal("LOGS", "logs", "logger", "opentelemetry._logs")
SIGNALS = (TRACES, METRICS, LOGS)


def configured_provider(config: TelemetryConfig, signal: Signal) -> Optional[Any]:
    """Return where a signal goes, or `None` if it is switched off or nobody has said so yet."""
    if not config[signal.switch]:  # type: ignore[literal-required]
        return None
    provider = config[f"{signal.kind}_provider"]  # type: ignore[literal-required]
    if provider is None or unconfigured(provider):
        provider = global_provider(signal)
    return None if provider is None or unconfigured(provider) else provider


def global_provider(signal: Signal) -> Optional[Any]:
    """Return the global provider or its proxy; `None` if nobody has imported OpenTelemetry and need not do so."""
    module = sys.modules.get(signal.module)
    if module is None and f"OTEL_PYTHON_{signal.kind.upper()}_PROVIDER" in os.environ:
        module = import_module(signal.module)
    # While another thread imports the module, it has no provider yet.
    get_provider = getattr(module, f"get_{signal.kind}_provider", None)
    return None if get_provider is None else get_provider()


def unconfigured(provider: Any) -> bool:
    """Tell whether a provider stands for one that nobody has set yet."""
    provider_type = type(provider)
    return (provider_type.__module__, provider_type.__name__) in _PROXIES
