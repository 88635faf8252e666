"""Recording the telemetry of an application: OpenTelemetry is imported only where an application is observed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Optional

from starlette.types import ASGIApp, Receive, Scope, Send

from fastapi._scope_keys import RECORDER_KEY
from fastapi._telemetry_probe import may_be_observed
from fastapi.telemetry._api import TelemetryConfig

if TYPE_CHECKING:
    from fastapi.applications import FastAPI
    from fastapi.telemetry._asgi import NativeTelemetry


def make_native_telemetry(config: TelemetryConfig) -> Optional[NativeTelemetry]:
    """Return the object that records telemetry, None where OpenTelemetry is not installed."""
    try:
        from fastapi.telemetry._asgi import NativeTelemetry
    except ModuleNotFoundError as exc:
        if (exc.name or "").partition(".")[0] != "opentelemetry":
            raise
        return None
    return NativeTelemetry(config)


async def serve_lifespan(app: ASGIApp, config: TelemetryConfig, scope: Scope, receive: Receive, send: Send) -> None:
    """Run startup and shutdown of `app`. With `auto_configure`, set up exporters before and flush them after."""
    # This application also flushes the exporters that another application in this process has set up.
    if not config["auto_configure"] and "fastapi.telemetry._runtime" not in sys.modules:
        await app(scope, receive, send)
        return
    from fastapi.telemetry import _runtime

    await _runtime.lifespan(config=config, app=app, scope=scope, receive=receive, send=send)


def is_observed(app: FastAPI, scope: Scope) -> bool:
    """Whether an application records a request. If an application around it does so already, it does not."""
    if RECORDER_KEY in scope or not may_be_observed(app._expects_provider):
        return False
    native_telemetry = app._native_telemetry
    return native_telemetry is not None and bool(native_telemetry.enabled())


async def serve_observed(app: FastAPI, call_stack: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Record a request while `call_stack` calls the middleware stack of the application."""
    scope["app"] = app
    if app.middleware_stack is None:
        app.middleware_stack = app.build_middleware_stack()
    assert app._native_telemetry is not None
    await app._native_telemetry(app=call_stack, scope=scope, receive=receive, send=send)
