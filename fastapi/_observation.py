"""The seam between requests and telemetry.

Nothing here imports OpenTelemetry: it takes longer to import than most applications need to start. A request is
observed only where something could receive the result, and then by `fastapi.telemetry`, which puts a recorder in the
scope; everybody else asks the scope for it.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any, Mapping, Optional, cast

from starlette.types import ASGIApp, Receive, Scope, Send

if TYPE_CHECKING:
    from fastapi.telemetry._api import TelemetryConfig

# Under this key the scope holds the recorder. `None` there says that the request is not to be recorded at all.
RECORDER_KEY = "fastapi.telemetry"

_PROVIDERS = ("tracer_provider", "meter_provider", "logger_provider")
_SIGNALS = ("tracing", "metrics", "logs")
# OpenTelemetry loads the global providers that these variables name when it is first asked for them.
_PROVIDER_VARIABLES = tuple(f"OTEL_PYTHON_{name.upper()}" for name in _PROVIDERS)


def make_telemetry_config(config: Optional[TelemetryConfig]) -> TelemetryConfig:
    """Return a copy of the configuration, with the defaults of what is missing."""
    auto_configure = os.environ.get("FASTAPI_OTEL_AUTO_CONFIGURE", "")
    merged = {
        **dict.fromkeys(_PROVIDERS),
        **dict.fromkeys(_SIGNALS, True),
        "operation_spans": True,
        "auto_configure": auto_configure.lower() == "true",
        "exclude": None,
        **(config or {}),
    }
    return cast("TelemetryConfig", merged)


def expects_provider(config: Mapping[str, Any]) -> bool:
    """Tell whether there is a provider even while nobody has imported OpenTelemetry."""
    return any(config[provider] is not None for provider in _PROVIDERS) or any(
        variable in os.environ for variable in _PROVIDER_VARIABLES
    )


def may_be_observed(expects_provider: bool) -> bool:
    """Tell whether anything could receive telemetry. Where not, OpenTelemetry stays unimported."""
    # PERF: every request asks. Looking into the environment takes longer than answering some of them.
    return expects_provider or "opentelemetry" in sys.modules


class ExceptionTelemetryMiddleware:
    """Show the recorder the exceptions that nobody handled, before the answer to them is made."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except Exception as exc:
            recorder = scope.get(RECORDER_KEY)
            if recorder is not None:
                recorder.exception(exc)
            raise
