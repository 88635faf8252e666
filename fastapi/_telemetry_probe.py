"""The seam between requests and telemetry.

Requests import nothing of OpenTelemetry: that takes longer than most applications need to start. A request is observed
only where a provider could receive the result. Then `fastapi.telemetry` puts a recorder in the scope, and the rest of
the package finds it there.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Dict, Mapping, Optional, cast

from starlette.types import ASGIApp, Receive, Scope, Send

from fastapi._scope_keys import RECORDER_KEY
from fastapi._stand_ins.accelerators import TELEMETRY, NotUsed
from fastapi._stand_ins.guards import is_defined_in

if TYPE_CHECKING:
    from fastapi.telemetry._api import TelemetryConfig

_PROVIDERS = ("tracer_provider", "meter_provider", "logger_provider")
_SIGNALS = ("tracing", "metrics", "logs")
# OpenTelemetry loads the global providers that these variables name when it is first asked for them.
_PROVIDER_VARIABLES = tuple(f"OTEL_PYTHON_{name.upper()}" for name in _PROVIDERS)


def make_telemetry_config(config: Optional[TelemetryConfig]) -> TelemetryConfig:
    """Return a copy of the configuration, with defaults for missing keys."""
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


def expects_provider(config: Mapping[str, object]) -> bool:
    """Whether there is a provider even before OpenTelemetry is imported."""
    return any(config[provider] is not None for provider in _PROVIDERS) or any(
        variable in os.environ for variable in _PROVIDER_VARIABLES
    )


def may_be_observed(expects_provider: bool) -> bool:
    """Whether anything could receive telemetry. If not, OpenTelemetry stays unimported.

    True is no promise: then `fastapi.telemetry` looks at the providers. False is one: there are none.
    """
    # PERF: every request asks, and asking the providers takes longer than answering some requests (benchmark `plain`).
    if expects_provider or "opentelemetry" not in sys.modules:
        return expects_provider
    for known in _GLOBALS:
        if known.environment_key in _ENVIRONMENT:
            return True
        names = known.names
        if names is None:
            # Not imported so far, or not as it is known here.
            if known.look():
                return True
        elif names[known.variable] is not None or known.public_names[known.getter_name] is not known.getter:
            return True
    return False


_ENVIRONMENT: Mapping[Any, Any] = getattr(os.environ, "_data", os.environ)


class _Global:
    """The variable in which OpenTelemetry keeps a global provider, and the getter of that provider."""

    def __init__(self, module: str, holder: str, kind: str) -> None:
        self._module = module
        self._holder = holder
        self.variable = f"_{kind}_PROVIDER"
        self.getter_name = f"get_{kind.lower()}_provider"
        # As the process keeps it: looking into `os.environ` encodes the name each time.
        name = f"OTEL_PYTHON_{kind}_PROVIDER"
        self.environment_key: object = name if _ENVIRONMENT is os.environ else os.environ.encodekey(name)
        self.names: Optional[Dict[str, object]] = None
        self.public_names: Dict[str, object] = {}
        self.getter: object = None

    def look(self) -> bool:
        """Find the variable; return whether there may be a provider.

        OpenTelemetry's own getter must return the value of its variable. Any other getter is called each time.
        """
        module, holder = sys.modules.get(self._module), sys.modules.get(self._holder)
        if module is None:
            return False
        names = {} if holder is None else holder.__dict__
        getter = module.__dict__.get(self.getter_name)
        if not self._is_known(names, getter):
            # A tool may have replaced the getter, and another thread may be importing the module.
            if _is_opentelemetrys(getter) and not getattr(module.__spec__, "_initializing", False):
                TELEMETRY.is_on()
            return True
        self.names, self.public_names, self.getter = names, module.__dict__, getter
        return names[self.variable] is not None

    def _is_known(self, names: Dict[str, object], getter: Any) -> bool:
        if self.variable not in names or not is_defined_in(self._holder, getter):
            return False
        provider, found = names[self.variable], getter()
        return found is provider or (provider is None and "Proxy" in type(found).__name__)

    def why_off(self) -> Optional[str]:
        """Return why requests call the getter itself, or None."""
        holder, module = import_module(self._holder), import_module(self._module)
        getter = vars(module).get(self.getter_name)
        if self._is_known(vars(holder), getter) or not _is_opentelemetrys(getter):
            return None
        return f"{self._holder}.{self.variable} is not the provider that {self.getter_name} returns"


def _is_opentelemetrys(getter: Any) -> bool:
    home = str(getattr(getter, "__module__", ""))
    return home.partition(".")[0] == "opentelemetry" and is_defined_in(home, getter)


_GLOBALS = (
    _Global("opentelemetry.trace", "opentelemetry.trace", "TRACER"),
    _Global("opentelemetry.metrics", "opentelemetry.metrics._internal", "METER"),
    _Global("opentelemetry._logs", "opentelemetry._logs._internal", "LOGGER"),
)


def why_off() -> Optional[str]:
    """Return the getters that requests call themselves, or None."""
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.trace") is None:
        raise NotUsed("OpenTelemetry is not installed")
    return "; ".join(filter(None, (known.why_off() for known in _GLOBALS))) or None


class ExceptionTelemetryMiddleware:
    """Show the recorder the exceptions that no handler took, before the answer to them is made."""

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
