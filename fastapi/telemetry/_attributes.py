"""The attributes of a scope, by the semantic conventions of OpenTelemetry for HTTP servers.

https://opentelemetry.io/docs/specs/semconv/http/http-spans/ lists them. Attributes with few values describe metrics and
spans, the others only spans: otherwise every client and path would be a time series.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any, Dict, FrozenSet, Mapping, Optional
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers

Attributes = Dict[str, Any]

SCHEMA_URL = "https://opentelemetry.io/schemas/1.44.0"
OTHER_METHOD = "_OTHER"

# RFC 9110 section 9, RFC 5789, and the QUERY method.
_METHODS = frozenset({"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"})
_DEFAULT_PORTS = {"http": 80, "ws": 80, "https": 443, "wss": 443}
# Signatures and credentials of AWS, Azure and Google, which the conventions ask to redact.
_SIGNATURES = frozenset({"sig", "X-Amz-Credential", "X-Amz-Security-Token", "X-Amz-Signature", "X-Goog-Signature"})


def connection_attributes(scope: Mapping[str, Any]) -> Attributes:
    """Return the attributes of the metrics and the span of a request, or of the span of a WebSocket connection."""
    if scope["type"] == "websocket":
        return {"url.scheme": scope.get("scheme", "ws"), "network.protocol.name": "websocket"}
    attributes: Attributes = {
        "url.scheme": scope.get("scheme", "http"),
        "http.request.method": known_method(scope["method"]) or OTHER_METHOD,
    }
    if scope.get("http_version"):
        attributes["network.protocol.version"] = scope["http_version"]
    return attributes


def span_attributes(scope: Mapping[str, Any]) -> Attributes:
    """Return the attributes of a span alone."""
    attributes = _server_attributes(scope)
    if scope["type"] == "websocket":
        return attributes
    attributes["url.path"] = scope["path"]
    query = scope.get("query_string")
    if query:
        attributes["url.query"] = _redacted(query)
    if known_method(scope["method"]) is None:
        attributes["http.request.method_original"] = scope["method"]
    return attributes


def span_method(scope: Mapping[str, Any]) -> str:
    """Return the first word of the name of a span; any input of clients leads to one of a few words."""
    if scope["type"] == "websocket":
        return "WS"
    return known_method(scope["method"]) or "HTTP"


def known_method(method: str) -> Optional[str]:
    """Return the method, or `None` if it is not one that servers know."""
    return method if method in _known_methods(os.environ.get("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS")) else None


@lru_cache(maxsize=8)
def _known_methods(override: Optional[str]) -> FrozenSet[str]:
    if override is None or not override.strip():
        return _METHODS
    return frozenset(method.strip() for method in override.split(",") if method.strip())


def error_type(exc: BaseException) -> str:
    """Return the name of the class of an exception, with its module unless it is built in: `shop.SoldOut`."""
    exc_type = type(exc)
    if exc_type.__module__ == "builtins":
        return exc_type.__qualname__
    return f"{exc_type.__module__}.{exc_type.__qualname__}"


def _server_attributes(scope: Mapping[str, Any]) -> Attributes:
    """Return the address and the port the client asked for, else those the server listens on."""
    host = Headers(scope=scope).get("host")  # type: ignore[arg-type]
    if host is not None:
        return _authority_attributes(host, scope.get("scheme", "http"))
    server = scope.get("server")
    if not server:
        return {}
    attributes: Attributes = {"server.address": server[0]}
    if server[1] is not None:
        attributes["server.port"] = server[1]
    return attributes


def _authority_attributes(host: str, scheme: str) -> Attributes:
    """Read a Host header. RFC 9110 section 7.2: Host = uri-host [ ":" port ]; anything else says nothing."""
    try:
        parts = urlsplit(f"//{host}")
        address, port = parts.hostname, parts.port
    except ValueError:
        return {}
    if not address or parts.netloc != host or "@" in host:
        return {}
    if port is None:
        port = _DEFAULT_PORTS.get(scheme)
    return {"server.address": address} if port is None else {"server.address": address, "server.port": port}


def _redacted(query: bytes) -> str:
    """Return a query string without the values of signatures."""
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return urlencode([(name, "REDACTED" if name in _SIGNATURES else value) for name, value in pairs])
