"""Sentry: events and transactions, collected by a transport that keeps them."""

from __future__ import annotations

from typing import Any, Dict, List

import sentry_sdk
from normalised import frames_of_application, pick, thread_kind, without_empty
from sentry_sdk.integrations import Integration
from sentry_sdk.integrations.fastapi import FastApiIntegration
from sentry_sdk.integrations.starlette import StarletteIntegration
from sentry_sdk.integrations.stdlib import StdlibIntegration
from sentry_sdk.transport import Transport

# Integrations for the HTTP client of these tests, which runs in the same process.
CLIENT_INTEGRATIONS = ("httpx", "httpx2")

EVENT_KEYS = ("type", "transaction", "transaction_info", "level", "logger", "logentry", "request", "tags", "user")
SPAN_KEYS = ("op", "description", "origin", "status", "tags")


class KeepingTransport(Transport):
    def __init__(self) -> None:
        super().__init__()
        self.events: List[Dict[str, Any]] = []

    def capture_envelope(self, envelope: Any) -> None:
        for item in envelope.items:
            event = item.get_event() or item.get_transaction_event()
            if event is not None:
                self.events.append(event)


class Patcher:
    distributions = ("sentry-sdk",)

    def __init__(self, **options: Any) -> None:
        self._options = options
        self._transport = KeepingTransport()

    def instrument(self, app: Any) -> None:
        """Initialise the SDK. It patches classes and functions, and needs no application."""
        options = dict(self._options)
        integrations: List[Integration] = []
        if "style" in options:
            style, middleware_spans = options.pop("style"), options.pop("middleware_spans")
            for kind in (StarletteIntegration, FastApiIntegration):
                integrations.append(kind(transaction_style=style, middleware_spans=middleware_spans))
        sentry_sdk.init(
            dsn="http://key@127.0.0.1:9/1",
            transport=self._transport,
            traces_sample_rate=1.0,
            integrations=integrations,
            disabled_integrations=[StdlibIntegration(), *_client_integrations()],
            **options,
        )

    def note(self, text: str) -> None:
        sentry_sdk.add_breadcrumb(message=text)
        with sentry_sdk.start_span(op="note", name=text):
            pass

    def observations(self) -> Any:
        sentry_sdk.flush()
        return [_event(event) for event in self._transport.events]


def _client_integrations() -> List[Integration]:
    from importlib import import_module

    found: List[Integration] = []
    for name in CLIENT_INTEGRATIONS:
        try:
            module = import_module(f"sentry_sdk.integrations.{name}")
        except Exception:  # The integration, or the package that it patches, is not installed.
            continue
        found += [kind() for kind in vars(module).values() if _is_integration_of(kind, module.__name__)]
    return found


def _is_integration_of(kind: Any, module: str) -> bool:
    return isinstance(kind, type) and issubclass(kind, Integration) and kind.__module__ == module


def _event(event: Dict[str, Any]) -> Dict[str, Any]:
    seen = pick(event, EVENT_KEYS)
    trace = event.get("contexts", {}).get("trace", {})
    seen["trace"] = without_empty({**pick(trace, ("op", "origin", "status")), "data": _data(trace)})
    seen["breadcrumbs"] = [
        pick(crumb, ("message", "category", "level", "type"))
        for crumb in event.get("breadcrumbs", {}).get("values", ())
    ]
    seen["exceptions"] = [_exception(error) for error in event.get("exception", {}).get("values", ())]
    names = {span["span_id"]: span["description"] for span in event.get("spans", ())}
    seen["spans"] = [
        {**pick(span, SPAN_KEYS), "data": _data(span), "parent": names.get(span.get("parent_span_id"))}
        for span in event.get("spans", ())
    ]
    seen["spans"] = [without_empty(span) for span in seen["spans"]]
    return without_empty(seen)


def _data(span: Dict[str, Any]) -> Dict[str, Any]:
    """Return the data of a span. The name of its thread is "worker" or "loop"."""
    data = {key: value for key, value in (span.get("data") or {}).items() if key != "thread.id"}
    if "thread.name" in data:
        data["thread.name"] = thread_kind(data["thread.name"])
    return data


def _exception(error: Dict[str, Any]) -> Dict[str, Any]:
    frames = [(frame.get("module"), frame.get("function")) for frame in error.get("stacktrace", {}).get("frames", ())]
    return {
        **pick(error, ("type", "value", "module")),
        "mechanism": pick(error.get("mechanism") or {}, ("type", "handled")),
        "frames": frames_of_application(frames),
    }
