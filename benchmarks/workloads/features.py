"""Rows of the features that an application uses beside plain parameters: one feature each."""

from __future__ import annotations

import json

from .requests import BEARER
from .row import Headers, Row, grouped

MODEL_QUERY = b"q=shoes&limit=20&order=price&tags=red&tags=blue"
MODEL_HEADERS: Headers = [
    (b"x-request", b"abc-123"),
    (b"x-limit", b"20"),
    (b"x-order", b"price"),
    (b"x-tags", b"red"),
    (b"x-tags", b"blue"),
]
# A cookie has one value, so the list of that model keeps its default.
MODEL_COOKIES: Headers = [(b"cookie", b"session=abc123; limit=20; theme=dark")]
ORIGIN: Headers = [(b"origin", b"https://shop.example")]
PREFLIGHT: Headers = [
    *ORIGIN,
    (b"access-control-request-method", b"POST"),
    (b"access-control-request-headers", b"content-type, x-token"),
]
TYPED_QUERY = (
    b"at=2026-01-02T03:04:05%2B00:00&day=2026-01-02&colour=red&size=small&price=12.50"
    b"&id=12345678-1234-5678-1234-567812345678"
)
TYPED_PATH = "/typed/12345678-1234-5678-1234-567812345678"


def _nested(kilobytes: float) -> bytes:
    """Return a JSON document of an order with as many lines as the size needs."""
    product = {"sku": "A-100", "name": "A product", "price": 12.5, "tags": ["a", "b"], "size": {"w": 1.5, "h": 2.5}}
    line = {"product": product, "quantity": 3, "note": None, "discounts": [{"code": "X", "rate": 0.1}]}
    customer = {"name": "Jane Doe", "address": {"street": "Long Street 1", "city": "Town", "code": "12345"}}
    count = max(1, round((kilobytes * 1024 - 200) / (len(json.dumps(line)) + 2)))
    return json.dumps({"customer": customer, "lines": [line] * count, "total": 37.5}).encode()


JSON: Headers = [(b"content-type", b"application/json")]

FEATURES: list[Row] = [
    *grouped(
        "parameter models",
        7,
        Row("query-model", "query model of 4 fields", "models", path="/query-model", query=MODEL_QUERY),
        Row("header-model", "header model of 4 fields", "models", path="/header-model", headers=MODEL_HEADERS),
        Row("cookie-model", "cookie model of 4 fields", "models", path="/cookie-model", headers=MODEL_COOKIES),
    ),
    *grouped(
        "dependencies",
        8,
        Row("yield", "an asynchronous dependency that yields", "guided", path="/yield/42"),
        Row("yield-function", "an asynchronous one in function scope", "dependencies", path="/yield-function/42"),
        Row("yield-def", "a def dependency that yields", "dependencies", path="/yield-def/42", reach=2.5),
        Row(
            "yield-def-function", "the same in function scope", "dependencies", path="/yield-def-function/42", reach=2.5
        ),
        Row(
            "yield-security",
            "a dependency that yields, with a bearer token",
            "dependencies",
            path="/yield-security/42",
            headers=BEARER,
        ),
        Row("yield-nested", "a dependency that yields in another one", "dependencies", path="/yield-nested/42"),
        Row("def-def", "def endpoint with a def dependency", "dependencies", path="/def-def/42", reach=3),
    ),
    *grouped(
        "injected objects",
        6,
        Row("request", "the Request, and an int path", "guided", path="/request/42"),
        Row("response", "the Response, and a header set", "dependencies", path="/response/42"),
        Row("tasks", "BackgroundTasks without a task", "dependencies", path="/tasks/42"),
        Row("task-added", "BackgroundTasks with one asynchronous task", "dependencies", path="/task-added/42"),
        Row("injected", "a Response and BackgroundTasks", "guided", path="/injected/42"),
        Row("injected-all", "Request, Response and BackgroundTasks", "dependencies", path="/injected-all/42"),
    ),
    *grouped(
        "exceptions",
        7,
        Row("raise", "HTTPException in the endpoint", "exceptions", path="/raise/42"),
        Row("raise-dependency", "HTTPException in a dependency", "exceptions", path="/raise-dependency/42"),
        Row("raise-headers", "HTTPException with headers", "exceptions", path="/raise-headers/42"),
        Row("raise-own", "an exception class with a handler of its own", "exceptions", path="/raise-own/42", reach=5),
    ),
    *grouped(
        "middleware",
        5,
        Row("mw", 'plain behind one @app.middleware("http")', "mw", path="/plain", base="plain", added=25),
        Row("mw-asgi", "one ASGI middleware", "mw_asgi", path="/items/42"),
        Row("mw-cors", "CORS, simple request", "mw_cors", path="/items/42", headers=ORIGIN),
        Row("mw-preflight", "CORS, preflight", "mw_cors", "OPTIONS", "/items/42", headers=PREFLIGHT),
        Row(
            "mw-gzip",
            "GZip under its minimum",
            "mw_gzip",
            path="/items/42",
            headers=[(b"accept-encoding", b"gzip, deflate")],
        ),
        Row("mw-host", "TrustedHost", "mw_host", path="/items/42"),
        Row("mw-two", 'two @app.middleware("http")', "mw_two", path="/items/42"),
        Row("mw-cors-http", 'CORS and one @app.middleware("http")', "mw_cors_http", path="/items/42", headers=ORIGIN),
    ),
    *grouped(
        "structure",
        8,
        Row("mount", "mounted sub-application", "structure", path="/mounted/items/42", query=b"q=foo"),
        Row("host", "Host route", "hosted", path="/items/42", query=b"q=foo"),
        Row(
            "router-dependencies",
            "included router with dependencies of its own",
            "structure",
            path="/included/items/42",
            query=b"q=foo",
            headers=[(b"x-token", b"secret")],
        ),
    ),
    *grouped(
        "types",
        3,
        Row(
            "typed", "UUID, datetime, date, Enum, Literal, Decimal", "models", path="/typed", query=TYPED_QUERY, reach=8
        ),
        Row("typed-path", "UUID in the path", "models", path=TYPED_PATH, reach=8),
        Row("typed-result", "a result of these types, undeclared", "models", path="/typed-result"),
        Row("typed-model", "a result of these types, by model", "models", path="/typed-model"),
    ),
    *grouped(
        "streams",
        4,
        Row("jsonl", "JSON Lines of 20 items", "streams", path="/jsonl", listens=True),
        Row("sse", "server-sent events of 20 items", "streams", path="/sse", listens=True),
        Row("stream", "StreamingResponse of 20 chunks", "streams", path="/stream", listens=True),
    ),
    *grouped(
        "response models",
        1.5,
        Row("orm100", "100 objects by attribute", "results", path="/orm100"),
        Row("unset100", "100 models, exclude_unset", "results", path="/unset100"),
        Row("alias100", "100 models, by_alias", "results", path="/alias100"),
        Row("dataclasses100", "100 Pydantic dataclasses", "results", path="/dataclasses100"),
        Row("typeddict100", "100 TypedDicts", "results", path="/typeddict100"),
    ),
    *grouped(
        "bodies",
        1.3,
        Row("body1k", "nested body of 1 KiB", "results", "POST", "/order", headers=JSON, body=_nested(1)),
        Row("body80k", "nested body of 80 KiB", "results", "POST", "/order", headers=JSON, body=_nested(80)),
        Row("body1000k", "nested body of 1000 KiB", "results", "POST", "/order", headers=JSON, body=_nested(1000)),
    ),
    *grouped(
        "websockets",
        1.5,
        Row(
            "websocket",
            "WebSocket: accept, 20 messages echoed, close",
            "streams",
            path="/websocket",
            texts=tuple(f"message {i}" for i in range(20)),
        ),
        Row(
            "websocket-dependency",
            "WebSocket with a dependency, 20 messages echoed",
            "streams",
            path="/websocket-dependency/42",
            query=b"q=foo",
            texts=tuple(f"message {i}" for i in range(20)),
        ),
    ),
    *grouped(
        "files",
        2,
        Row("file1m", "file of 1 MiB", "files", path="/file1m", listens=True),
        Row("static", "static file", "files", path="/static/page.txt", listens=True),
        Row("redirect", "RedirectResponse", "files", path="/redirect/42"),
        Row("html", "HTMLResponse", "files", path="/html/42"),
        Row("cookies", "cookies set", "files", path="/cookies/42"),
    ),
]
