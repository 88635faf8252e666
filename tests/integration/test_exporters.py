"""Exporters from environment variables: each case is a process of its own, since providers are global.

Every expected value is that of the real package.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List

import pytest

import fastapi

pytest.importorskip(
    "opentelemetry.exporter.otlp.proto.http",
    reason="not installed: opentelemetry-exporter-otlp-proto-http; pip install 'fastapi-rs[integration]'",
)

PACKAGE_ROOT = Path(fastapi.__file__).resolve().parent.parent

# Serves an application once, with a collector in a thread, and prints the paths that the collector got and the log.
RUN = """
import json, logging, os, sys, threading
from http.server import BaseHTTPRequestHandler, HTTPServer

got, messages = [], []

class Collector(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["content-length"]))
        got.append(self.path)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *arguments):
        pass

collector = HTTPServer(("127.0.0.1", 0), Collector)
threading.Thread(target=collector.serve_forever, daemon=True).start()
for name, value in json.loads(sys.argv[1]).items():
    os.environ[name] = value.replace("PORT", str(collector.server_port))

class Keep(logging.Handler):
    def emit(self, record):
        messages.append(record.getMessage())

logging.getLogger("fastapi").addHandler(Keep())
from fastapi import FastAPI
from fastapi.testclient import TestClient

def serve(count=1, **options):
    app = FastAPI(**options)

    @app.get("/items/{item_id}")
    def read_item(item_id: int) -> int:
        return item_id

    with TestClient(app) as client:
        for _ in range(count):
            client.get("/items/x")

# BODY
print(json.dumps({"got": sorted(set(got)), "messages": messages}))
"""


def run(body: str, **variables: str) -> Dict[str, List[str]]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("OTEL_", "FASTAPI_OTEL"))}
    child = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", RUN.replace("# BODY", body), json.dumps(variables)],
        env={**inherited, "PYTHONPATH": str(PACKAGE_ROOT)},
        cwd=str(PACKAGE_ROOT),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert child.returncode == 0, child.stderr
    found: Dict[str, Any] = json.loads(child.stdout.splitlines()[-1])
    return found


ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:PORT/"}
SERVE = "serve(telemetry={'auto_configure': True})"


def test_all_signals_are_exported_after_the_shutdown() -> None:
    assert run(SERVE, **ENDPOINT) == {"got": ["/v1/logs", "/v1/metrics", "/v1/traces"], "messages": []}


def test_the_environment_switches_it_on() -> None:
    found = run("serve()", **ENDPOINT, FASTAPI_OTEL_AUTO_CONFIGURE="True")
    assert found == {"got": ["/v1/logs", "/v1/metrics", "/v1/traces"], "messages": []}


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {**ENDPOINT, "OTEL_SDK_DISABLED": "True"},
        {
            **ENDPOINT,
            "OTEL_TRACES_EXPORTER": "none",
            "OTEL_METRICS_EXPORTER": " None ",
            "OTEL_LOGS_EXPORTER": "NONE",
        },
    ],
)
def test_nothing_is_exported(variables: Dict[str, str]) -> None:
    assert run(SERVE, **variables) == {"got": [], "messages": []}


def test_it_is_off_by_default() -> None:
    assert run("serve()", **ENDPOINT) == {"got": [], "messages": []}


def test_an_endpoint_of_one_signal() -> None:
    found = run(SERVE, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT="http://127.0.0.1:PORT/own", OTEL_TRACES_EXPORTER="otlp")
    assert found == {"got": ["/own"], "messages": []}


def test_a_signal_that_is_switched_off() -> None:
    found = run("serve(telemetry={'auto_configure': True, 'tracing': False, 'logs': False})", **ENDPOINT)
    assert found == {"got": ["/v1/metrics"], "messages": []}


@pytest.mark.parametrize(
    "variables, reason",
    [
        (
            {"OTEL_TRACES_EXPORTER": "console"},
            "FastAPI automatic telemetry supports OTEL_TRACES_EXPORTER=otlp or none. Configure other exporters "
            "explicitly and pass telemetry={'auto_configure': False} to FastAPI().",
        ),
        (
            {"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"},
            "FastAPI automatic telemetry requires the OTLP http/protobuf protocol. Configure other transports "
            "explicitly and pass telemetry={'auto_configure': False} to FastAPI().",
        ),
        (
            {"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "collector:4318"},
            "Invalid OTLP logs endpoint. Use an absolute HTTP or HTTPS URL.",
        ),
    ],
)
def test_a_mistake_is_logged_and_nothing_is_exported(variables: Dict[str, str], reason: str) -> None:
    found = run(SERVE, **ENDPOINT, **variables)
    assert found == {"got": [], "messages": [f"FastAPI automatic telemetry configuration failed: {reason}"]}


WITHOUT_EXPORTER = """
sys.modules["opentelemetry.exporter.otlp.proto.http.trace_exporter"] = None
serve(telemetry={"auto_configure": True})
"""


def test_a_package_that_is_missing_is_logged() -> None:
    """The message is that of the real package."""
    assert run(WITHOUT_EXPORTER, **ENDPOINT) == {
        "got": [],
        "messages": [
            "FastAPI automatic telemetry configuration failed: Automatic OpenTelemetry export requires "
            "fastapi[opentelemetry] or fastapi[standard]. Install the extra, configure providers yourself, or "
            "pass telemetry={'auto_configure': False} to FastAPI()."
        ],
    }


OWN_PROVIDERS = """
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk._logs import LoggerProvider
providers = {"tracer_provider": TracerProvider(), "logger_provider": LoggerProvider(), "metrics": False}
for _ in range(2):  # The second application adds no other exporter.
    serve(telemetry={"auto_configure": True, **providers})
processors = [len(providers["tracer_provider"]._active_span_processor._span_processors)]
messages.append(processors)
"""


def test_providers_of_the_application_get_one_exporter_each() -> None:
    assert run(OWN_PROVIDERS, **ENDPOINT) == {"got": ["/v1/logs", "/v1/traces"], "messages": [[1]]}


GLOBAL_PROVIDER = """
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
trace.set_tracer_provider(TracerProvider())
serve(telemetry={"auto_configure": True, "metrics": False, "logs": False})
"""


def test_the_global_provider_gets_an_exporter() -> None:
    assert run(GLOBAL_PROVIDER, **ENDPOINT) == {"got": ["/v1/traces"], "messages": []}


FOREIGN_PROVIDER = """
from opentelemetry.trace import NoOpTracerProvider

class Foreign(NoOpTracerProvider):
    pass

serve(telemetry={"auto_configure": True, "tracer_provider": Foreign()})
"""


def test_a_provider_that_takes_no_exporter() -> None:
    assert run(FOREIGN_PROVIDER, **ENDPOINT)["messages"] == [
        "FastAPI automatic telemetry configuration failed: The configured OpenTelemetry tracer provider does not "
        "support adding an OTLP exporter. Configure environment export through that provider and pass "
        "telemetry={'auto_configure': False} to FastAPI()."
    ]


REFUSING_PROVIDER = """
from opentelemetry.trace import NoOpTracerProvider

class Refusing(NoOpTracerProvider):
    def add_span_processor(self, processor):
        raise RuntimeError("full")

serve(telemetry={"auto_configure": True, "tracer_provider": Refusing()})
"""


def test_a_provider_that_refuses_the_exporter() -> None:
    assert run(REFUSING_PROVIDER, **ENDPOINT)["messages"] == ["FastAPI automatic telemetry configuration failed: full"]


BROKEN_FLUSH = """
from opentelemetry.sdk.trace.export import BatchSpanProcessor

def fail(self, timeout_millis=None):
    raise RuntimeError("no flush")

BatchSpanProcessor.force_flush = fail
serve(telemetry={"auto_configure": True, "metrics": False, "logs": False})
"""


def test_a_failure_at_the_end_is_logged() -> None:
    assert run(BROKEN_FLUSH, **ENDPOINT)["messages"] == ["FastAPI telemetry cleanup failed"]


FAILED_STARTUP = """
from contextlib import asynccontextmanager

@asynccontextmanager
async def lifespan(app):
    from opentelemetry import trace
    with trace.get_tracer("own").start_as_current_span("startup"):
        pass
    raise ValueError("no database")
    yield

try:
    serve(telemetry={"auto_configure": True}, lifespan=lifespan)
except ValueError as exc:
    messages.append(str(exc))
"""


def test_spans_of_a_failed_startup_are_exported() -> None:
    found = run(FAILED_STARTUP, **ENDPOINT)
    assert "/v1/traces" in found["got"]
    assert found["messages"] == ["no database"]
