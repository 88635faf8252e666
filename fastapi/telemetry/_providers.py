"""The provider of each signal.

A provider is either configured for the application or the global one. Until a global provider is set, OpenTelemetry
returns a proxy for it. Every request looks at the providers, because they may be set at any time.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any, Iterable, Mapping, NamedTuple, Optional

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
    # PERF: these follow from the kind; every request reads them.
    option: str
    getter: str
    variable: str


def _make_signal(name: str, switch: str, kind: str, module: str) -> Signal:
    return Signal(
        name=name,
        switch=switch,
        kind=kind,
        module=module,
        option=f"{kind}_provider",
        getter=f"get_{kind}_provider",
        variable=f"OTEL_PYTHON_{kind.upper()}_PROVIDER",
    )


TRACES = _make_signal("TRACES", "tracing", "tracer", "opentelemetry.trace")
METRICS = _make_signal("METRICS", "metrics", "meter", "opentelemetry.metrics")
LOGS = _make_signal("LOGS", "logs", "logger", "opentelemetry._logs")
SIGNALS = (TRACES, METRICS, LOGS)


def any_configured(config: TelemetryConfig, signals: Iterable[Signal] = SIGNALS) -> bool:
    """Whether one of the signals has a provider."""
    for signal in signals:
        if configured_provider(config, signal) is not None:
            return True
    return False


def configured_provider(config: TelemetryConfig, signal: Signal) -> Optional[Any]:
    """Return the provider of a signal, or `None` if the signal is switched off or has no provider yet."""
    options: Mapping[str, Any] = config
    if not options[signal.switch]:
        return None
    provider = options[signal.option]
    if provider is None or unconfigured(provider):
        provider = global_provider(signal)
    return None if provider is None or unconfigured(provider) else provider


def global_provider(signal: Signal) -> Optional[Any]:
    """Return the global provider or its proxy, or `None` if OpenTelemetry is not imported and need not be."""
    module = sys.modules.get(signal.module)
    if module is None and signal.variable in os.environ:
        module = import_module(signal.module)
    # While another thread imports the module, it has no provider yet.
    get_provider = getattr(module, signal.getter, None)
    return None if get_provider is None else get_provider()


def unconfigured(provider: Any) -> bool:
    """Whether a provider is the proxy for one that is not set yet."""
    provider_type = type(provider)
    return (provider_type.__module__, provider_type.__name__) in _PROXIES
