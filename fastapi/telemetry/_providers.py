"""Which signals have somewhere to go.

A provider is either configured for the application or the global one. As long as nobody set a global provider,
OpenTelemetry answers with a proxy, which stands for nothing yet. The question is asked on every request, because
providers may be set at any time.
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
    # PERF: what follows from the kind, because every request asks for it.
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
    """Tell whether one of the signals goes anywhere."""
    for signal in signals:
        if configured_provider(config, signal) is not None:
            return True
    return False


def configured_provider(config: TelemetryConfig, signal: Signal) -> Optional[Any]:
    """Return where a signal goes, or `None` if it is switched off or nobody has said so yet."""
    options: Mapping[str, Any] = config
    if not options[signal.switch]:
        return None
    provider = options[signal.option]
    if provider is None or unconfigured(provider):
        provider = global_provider(signal)
    return None if provider is None or unconfigured(provider) else provider


def global_provider(signal: Signal) -> Optional[Any]:
    """Return the global provider or its proxy; `None` if nobody has imported OpenTelemetry and need not do so."""
    module = sys.modules.get(signal.module)
    if module is None and signal.variable in os.environ:
        module = import_module(signal.module)
    # While another thread imports the module, it has no provider yet.
    get_provider = getattr(module, signal.getter, None)
    return None if get_provider is None else get_provider()


def unconfigured(provider: Any) -> bool:
    """Tell whether a provider stands for one that nobody has set yet."""
    provider_type = type(provider)
    return (provider_type.__module__, provider_type.__name__) in _PROXIES
