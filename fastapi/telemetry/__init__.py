"""Spans, metrics and logs of OpenTelemetry, recorded by the application itself.

    _api          the public names, and the look-up of the recorder
    _providers    the providers of each signal
    _asgi         which requests and connections are recorded
    _recording    one of them, from its first to its last message
    _recorder     the records between these two messages
    _attributes   the attributes of a scope, by the semantic conventions
    _runtime      exporters from environment variables, and their life with the application

Importing this imports nothing of OpenTelemetry: that happens when a signal is recorded for the first time.
"""

from __future__ import annotations

from fastapi.telemetry._api import TelemetryConfig as TelemetryConfig
from fastapi.telemetry._api import TelemetryData as TelemetryData
from fastapi.telemetry._api import get_telemetry_data as get_telemetry_data
