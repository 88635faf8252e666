"""The signals of `FastAPI(telemetry={...})`, as the SDK of OpenTelemetry receives them.

Every expected value is that of the real package.
"""

from __future__ import annotations

from typing import Any, Dict, Iterator, List, Optional, Tuple

import pytest

pytest.importorskip(
    "opentelemetry.sdk", reason="not installed: opentelemetry-sdk; pip install 'fastapi-rs[integration]'"
)

from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import InMemoryLogRecordExporter, SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Mount, Route

from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, HTTPException, WebSocket, WebSocketException
from fastapi.telemetry import get_telemetry_data
from fastapi.testclient import TestClient

CLIENT = {"server.address": "testserver", "server.port": 80, "url.scheme": "http", "network.protocol.version": "1.1"}


class Seen:
    """Providers that keep their signals, and the signals in short."""

    def __init__(self) -> None:
        self.spans_kept, self.logs_kept, self.reader = (
            InMemorySpanExporter(),
            InMemoryLogRecordExporter(),
            InMemoryMetricReader(),
        )
        self.tracer_provider, self.logger_provider = TracerProvider(), LoggerProvider()
        self.tracer_provider.add_span_processor(SimpleSpanProcessor(self.spans_kept))
        self.logger_provider.add_log_record_processor(SimpleLogRecordProcessor(self.logs_kept))
        self.meter_provider = MeterProvider([self.reader])

    def config(self, **more: Any) -> Any:
        providers = ("tracer_provider", "meter_provider", "logger_provider")
        return {**{name: getattr(self, name) for name in providers}, "auto_configure": False, **more}

    def spans(self) -> List[ReadableSpan]:
        return list(self.spans_kept.get_finished_spans())

    def named(self) -> List[Tuple[str, str]]:
        """The names of the finished spans, each with its status."""
        return [(span.name, span.status.status_code.name) for span in self.spans()]

    def server_span(self) -> Tuple[str, Dict[str, Any]]:
        (span,) = [span for span in self.spans() if span.kind.name == "SERVER"]
        return span.name, dict(span.attributes or {})

    def logs(self) -> List[Tuple[Any, ...]]:
        records = [kept.log_record for kept in self.logs_kept.get_finished_logs()]
        return [(each.event_name, each.severity_text, each.body, {**(each.attributes or {})}) for each in records]

    def points(self) -> Dict[str, List[Tuple[Dict[str, Any], Any]]]:
        """The attributes of each series, and its count or value."""
        data = self.reader.get_metrics_data()
        metrics = [] if data is None else data.resource_metrics[0].scope_metrics[0].metrics
        return {
            metric.name: [
                (dict(point.attributes), getattr(point, "count", getattr(point, "value", None)))
                for point in metric.data.data_points
            ]
            for metric in metrics
        }


@pytest.fixture
def seen() -> Seen:
    return Seen()


class Failure(Exception):
    pass


def session() -> Iterator[str]:
    yield "session"


def note(text: str) -> None:
    pass


def spoil() -> None:
    raise Failure("in the background")


class Called:
    def __call__(self) -> str:
        return "called"


def application(seen: Seen, **more: Any) -> FastAPI:
    app = FastAPI(telemetry=seen.config(**more))

    @app.get("/items/{item_id}")
    async def read_item(item_id: int, tasks: BackgroundTasks, text: str = Depends(session)) -> Dict[str, int]:
        tasks.add_task(note, text)
        return {"item": item_id}

    @app.get("/plain")
    def plain() -> str:
        return "plain"

    @app.get("/refused")
    async def refuse() -> None:
        raise HTTPException(409, "taken")

    @app.get("/failed")
    async def fail() -> None:
        raise Failure("secret")

    @app.get("/spoiled")
    async def spoiled(tasks: BackgroundTasks) -> str:
        tasks.add_task(spoil)
        return "sent"

    app.add_api_route("/called", Called())
    return app


def client_of(app: FastAPI) -> TestClient:
    return TestClient(app, raise_server_exceptions=False)


def test_the_spans_of_a_request(seen: Seen) -> None:
    assert client_of(application(seen)).get("/items/7?sig=secret&a=1").json() == {"item": 7}
    assert seen.named() == [
        ("fastapi.dependencies", "UNSET"),
        ("fastapi.endpoint", "UNSET"),
        ("fastapi.serialization", "UNSET"),
        ("GET /items/{item_id}", "UNSET"),
        ("fastapi.background_task", "UNSET"),
    ]
    assert seen.server_span()[1] == {
        **CLIENT,
        "http.request.method": "GET",
        "http.response.status_code": 200,
        "http.route": "/items/{item_id}",
        "url.path": "/items/7",
        "url.query": "sig=REDACTED&a=1",
    }
    functions = [(span.attributes or {}).get("code.function.name") for span in seen.spans()]
    here = f"{__name__}.application.<locals>.read_item"
    assert functions == [here, here, here, None, f"{__name__}.note"]


def test_a_function_of_a_thread_and_a_callable_object(seen: Seen) -> None:
    client = client_of(application(seen))
    assert client.get("/plain").json() == "plain"
    assert client.get("/called").json() == "called"
    functions = [
        (span.attributes or {})["code.function.name"] for span in seen.spans() if span.name == "fastapi.endpoint"
    ]
    assert functions == [f"{__name__}.application.<locals>.plain", f"{__name__}.Called"]


@pytest.mark.parametrize(
    "path, name, outcome",
    [
        ("/nothing", "GET", {"http.response.status_code": 404}),
        ("/refused", "GET /refused", {"http.response.status_code": 409, "http.route": "/refused"}),
        (
            "/failed",
            "GET /failed",
            {
                "http.response.status_code": 500,
                "http.route": "/failed",
                "error.type": f"{__name__}.Failure",
            },
        ),
        ("/items/x", "GET /items/{item_id}", {"http.response.status_code": 422, "http.route": "/items/{item_id}"}),
    ],
)
def test_the_end_of_a_request(seen: Seen, path: str, name: str, outcome: Dict[str, Any]) -> None:
    assert client_of(application(seen)).get(path).status_code == outcome["http.response.status_code"]
    found, attributes = seen.server_span()
    assert found == name
    assert attributes == {**CLIENT, "http.request.method": "GET", "url.path": path, **outcome}
    assert [span.status.status_code.name for span in seen.spans() if span.kind.name == "SERVER"] == [
        "ERROR" if "error.type" in outcome else "UNSET"
    ]


def test_a_failure_in_the_background_comes_after_the_answer(seen: Seen) -> None:
    assert client_of(application(seen)).get("/spoiled").json() == "sent"
    assert seen.named()[-2:] == [("GET /spoiled", "UNSET"), ("fastapi.background_task", "ERROR")]
    assert (seen.spans()[-1].attributes or {})["error.type"] == f"{__name__}.Failure"


def test_the_logs(seen: Seen) -> None:
    client = client_of(application(seen))
    client.get("/items/x")
    client.get("/failed")
    validation, exception = seen.logs()
    assert validation == (
        "fastapi.validation.failed",
        "WARN",
        "Request validation failed",
        {"fastapi.validation.error_count": 1, "http.route": "/items/{item_id}"},
    )
    assert exception[:3] == ("http.server.request.exception", "ERROR", "Unhandled exception in FastAPI request")
    assert exception[3]["http.route"] == "/failed"
    assert (exception[3]["exception.type"], exception[3]["exception.message"]) == (f"{__name__}.Failure", "secret")


def test_the_metrics(seen: Seen) -> None:
    client = client_of(application(seen))
    for path in ("/items/1", "/items/2", "/nothing"):
        client.get(path)
    request = {"url.scheme": "http", "http.request.method": "GET"}
    version = {"network.protocol.version": "1.1"}
    assert seen.points() == {
        "http.server.active_requests": [(request, 0)],
        "http.server.request.duration": [
            ({**request, **version, "http.response.status_code": 200, "http.route": "/items/{item_id}"}, 2),
            ({**request, **version, "http.response.status_code": 404}, 1),
        ],
    }


@pytest.mark.parametrize(
    "host, address",
    [
        ("example.org", {"server.address": "example.org", "server.port": 80}),
        ("example.org:8080", {"server.address": "example.org", "server.port": 8080}),
        ("[::1]:8000", {"server.address": "::1", "server.port": 8000}),
        ("user@example.org", {}),
        ("example.org:port", {}),
        ("a/b", {}),
        ("", {}),
    ],
)
def test_the_address_that_the_client_asked_for(seen: Seen, host: str, address: Dict[str, Any]) -> None:
    client_of(application(seen)).get("/plain", headers={"Host": host})
    attributes = seen.server_span()[1]
    assert {name: value for name, value in attributes.items() if name.startswith("server.")} == address


def scope_of(path: str = "/plain", **more: Any) -> Dict[str, Any]:
    scope = {"type": "http", "path": path, "method": "GET", "query_string": b"", "headers": [], "asgi": {}}
    return {**scope, **more}


def call(app: Any, scope: Dict[str, Any], messages: Optional[List[Dict[str, Any]]] = None) -> List[Dict[str, Any]]:
    """Return the messages that an application sends."""
    import asyncio

    waiting = list(messages or [{"type": "http.request", "body": b""}])
    sent: List[Dict[str, Any]] = []

    async def receive() -> Dict[str, Any]:
        return waiting.pop(0)

    async def send(message: Any) -> None:
        sent.append(dict(message))

    asyncio.run(app(scope, receive, send))
    return sent


@pytest.mark.parametrize(
    "server, address",
    [
        (("10.0.0.1", 8000), {"server.address": "10.0.0.1", "server.port": 8000}),
        (("/run/socket", None), {"server.address": "/run/socket"}),
        (None, {}),
    ],
)
def test_the_address_of_the_server_without_a_host(seen: Seen, server: Any, address: Dict[str, Any]) -> None:
    call(application(seen), scope_of(server=server))
    attributes = seen.server_span()[1]
    assert {name: value for name, value in attributes.items() if name.startswith("server.")} == address
    assert "network.protocol.version" not in attributes


def test_a_scheme_without_a_default_port(seen: Seen) -> None:
    call(application(seen), scope_of(scheme="coap", headers=[(b"host", b"example.org")]))
    attributes = seen.server_span()[1]
    assert (attributes["server.address"], "server.port" in attributes) == ("example.org", False)


def test_an_unknown_method(seen: Seen) -> None:
    client_of(application(seen)).request("BREW", "/plain")
    name, attributes = seen.server_span()
    assert name == "HTTP /plain"
    assert (attributes["http.request.method"], attributes["http.request.method_original"]) == ("_OTHER", "BREW")


def test_the_environment_names_the_known_methods(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS", "BREW, ,")
    client = client_of(application(seen))
    client.request("BREW", "/nothing")
    client.get("/nothing")
    assert [name for name, _ in seen.named()] == ["BREW", "HTTP"]


def test_the_routes_below_others(seen: Seen) -> None:
    app = FastAPI(telemetry=seen.config(operation_spans=False))
    inner, outer = APIRouter(), APIRouter()

    @inner.get("/items/{item_id}")
    def read(item_id: str) -> str:
        return item_id

    outer.include_router(inner, prefix="/shops/{shop}")
    app.include_router(outer, prefix="/v1")
    mounted = FastAPI()
    mounted.include_router(inner, prefix="/deep")
    app.mount("/tenants/{tenant}", mounted)
    app.router.routes.append(Mount("/pages", routes=[Route("/{page}", lambda request: PlainTextResponse("page"))]))
    client = client_of(app)
    for path in (
        "/v1/shops/a/items/1",
        "/tenants/t/deep/items/1",
        "/tenants/t/none",
        "/pages/one",
        "/v1/shops/a/items/1/",
    ):
        client.get(path, follow_redirects=False)
    assert [name for name, _ in seen.named()] == [
        "GET /v1/shops/{shop}/items/{item_id}",
        "GET /tenants/{tenant}/deep/items/{item_id}",
        "GET /tenants/{tenant}/{path}",
        "GET /pages/{path}",
        "GET /v1/shops/{shop}/items/{item_id}",
    ]


def test_the_root_path_belongs_to_the_route(seen: Seen) -> None:
    call(application(seen), scope_of("/api/plain", root_path="/api"))
    assert seen.server_span()[0] == "GET /api/plain"


def test_a_frontend(seen: Seen, tmp_path: Any) -> None:
    (tmp_path / "index.html").write_text("page")
    app = FastAPI(telemetry=seen.config())
    app.frontend("/site", directory=tmp_path)
    assert client_of(app).get("/site/index.html").text == "page"
    assert seen.server_span()[0] == "GET /site/{path}"


def test_signals_that_are_switched_off(seen: Seen) -> None:
    client = client_of(application(seen, tracing=False, logs=False))
    client.get("/items/x")
    assert (seen.spans(), seen.logs()) == ([], [])
    assert list(seen.points()) == ["http.server.active_requests", "http.server.request.duration"]


def test_metrics_that_are_switched_off(seen: Seen) -> None:
    client_of(application(seen, metrics=False, operation_spans=False)).get("/items/x")
    assert seen.named() == [("GET /items/{item_id}", "UNSET")]
    assert (seen.points(), len(seen.logs())) == ({}, 1)


def test_no_signal_at_all(seen: Seen) -> None:
    client = client_of(application(seen, tracing=False, metrics=False, logs=False))
    assert client.get("/plain").status_code == 200
    assert (seen.spans(), seen.points(), seen.logs()) == ([], {}, [])


def test_excluded_requests(seen: Seen) -> None:
    client = client_of(application(seen, exclude=lambda scope: scope["path"] == "/plain"))
    client.get("/plain")
    client.get("/called")
    assert seen.server_span()[0] == "GET /called"


def test_an_application_that_is_excluded_inside_of_another(seen: Seen) -> None:
    outer = FastAPI(telemetry=seen.config(operation_spans=False))
    outer.mount("/inner", application(seen, exclude=lambda scope: True))
    client_of(outer).get("/inner/plain")
    assert [name for name, _ in seen.named()] == ["GET /inner/plain"]


def test_the_parent_of_the_client(seen: Seen) -> None:
    trace_id, span_id = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    headers = {"traceparent": f"00-{trace_id}-{span_id}-01"}
    client_of(application(seen)).get("/plain", headers=headers)
    span = seen.spans()[-1]
    assert format(span.context.trace_id, "032x") == trace_id
    assert span.parent is not None
    assert (format(span.parent.span_id, "016x"), span.parent.is_remote) == (span_id, True)


def test_several_headers_of_baggage_are_one_list(seen: Seen) -> None:
    from opentelemetry import baggage

    app, found = FastAPI(telemetry=seen.config()), []

    @app.get("/")
    async def read() -> None:
        found.append(dict(baggage.get_all()))

    call(app, scope_of("/", headers=[(b"baggage", b"a=1"), (b"baggage", b"b=2")]))
    assert found == [{"a": "1", "b": "2"}]


class Stream:
    """An answer in pieces, of which the last may be missing."""

    def __init__(self, *messages: Dict[str, Any], disconnect: bool = False) -> None:
        self.messages, self.disconnect = messages, disconnect

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if self.disconnect:
            await receive()
        for message in self.messages:
            await send(message)


START = {"type": "http.response.start", "status": 200, "headers": []}
PIECE = {"type": "http.response.body", "body": b"a", "more_body": True}
END = {"type": "http.response.body", "body": b"b"}
TRAILERS = {"type": "http.response.trailers", "headers": []}


@pytest.mark.parametrize(
    "stream, error",
    [
        (Stream(START, PIECE, END), None),
        (Stream(START, PIECE), "RuntimeError"),
        (Stream(), "RuntimeError"),
        (Stream(START, PIECE, disconnect=True), "ConnectionError"),
        (Stream({**START, "trailers": True}, END, TRAILERS), None),
        (Stream({**START, "trailers": True}, END, {**TRAILERS, "more_trailers": True}), "RuntimeError"),
        (Stream({**START, "trailers": True}, END), "RuntimeError"),
        (Stream(START, {"type": "http.response.pathsend", "path": "/file"}), None),
        (Stream({**START, "status": 503}, END), "503"),
        (Stream(START, END, {**START, "status": 500}), None),
    ],
)
def test_complete_and_incomplete_answers(seen: Seen, stream: Stream, error: Optional[str]) -> None:
    app = FastAPI(telemetry=seen.config())
    app.mount("/stream", stream)
    call(app, scope_of("/stream/x"), [{"type": "http.disconnect"}])
    attributes = seen.server_span()[1]
    assert attributes.get("error.type") == error


def test_an_exception_of_a_stream(seen: Seen) -> None:
    app = FastAPI(telemetry=seen.config(operation_spans=False))

    @app.get("/")
    async def read() -> StreamingResponse:
        async def pieces() -> Any:
            yield b"a"
            raise Failure("late")

        return StreamingResponse(pieces())

    with pytest.raises(Failure):
        TestClient(app).get("/")
    assert seen.named() == [("GET /", "ERROR")]
    assert seen.server_span()[1]["error.type"] == f"{__name__}.Failure"
    assert len(seen.logs()) == 1


def connections(seen: Seen) -> TestClient:
    app = FastAPI(telemetry=seen.config())

    @app.websocket("/rooms/{room}")
    async def join(websocket: WebSocket, room: str, limit: int = 1) -> None:
        await websocket.accept()
        text = await websocket.receive_text()
        if text == "fail":
            raise Failure("secret")
        if text == "refuse":
            raise WebSocketException(1008)
        await websocket.close()

    return TestClient(app)


def test_a_connection(seen: Seen) -> None:
    with connections(seen).websocket_connect("/rooms/hall") as client:
        client.send_text("end")
        assert client.receive()["type"] == "websocket.close"
    name, attributes = seen.server_span()
    assert name == "WS /rooms/{room}"
    assert attributes == {
        "url.scheme": "ws",
        "network.protocol.name": "websocket",
        "server.address": "testserver",
        "server.port": 80,
        "http.route": "/rooms/{room}",
    }
    assert seen.points() == {}


def test_a_connection_that_fails(seen: Seen) -> None:
    with pytest.raises(Failure), connections(seen).websocket_connect("/rooms/hall") as client:
        client.send_text("fail")
        client.receive()
    assert seen.named()[-1] == ("WS /rooms/{room}", "ERROR")
    ((event, severity, body, _),) = seen.logs()
    assert (event, severity) == ("fastapi.websocket.exception", "ERROR")
    assert body == "Unhandled exception in FastAPI WebSocket connection"


@pytest.mark.parametrize("code, status", [(1000, "UNSET"), (1001, "UNSET"), (1011, "ERROR")])
def test_the_client_closes_the_connection(seen: Seen, code: int, status: str) -> None:
    from starlette.websockets import WebSocketDisconnect

    try:
        with connections(seen).websocket_connect("/rooms/hall") as client:
            client.close(code)
    except WebSocketDisconnect:
        pass
    assert seen.named()[-1] == ("WS /rooms/{room}", status)
    assert len(seen.logs()) == (0 if status == "UNSET" else 1)


def test_a_connection_that_is_refused(seen: Seen) -> None:
    from starlette.websockets import WebSocketDisconnect

    client = connections(seen)
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/rooms/hall?limit=x"):
        pass
    assert seen.logs() == [
        (
            "fastapi.validation.failed",
            "WARN",
            "Request validation failed",
            {"fastapi.validation.error_count": 1, "http.route": "/rooms/{room}"},
        )
    ]
    with client.websocket_connect("/rooms/hall") as connection:
        connection.send_text("refuse")
        assert connection.receive()["code"] == 1008
    assert seen.named()[-1] == ("WS /rooms/{room}", "UNSET")


class Data(SpanProcessor):
    """Notes the objects of the request at the start of each span."""

    def __init__(self) -> None:
        self.notes: List[Tuple[str, Any]] = []

    def on_start(self, span: Any, parent_context: Any = None) -> None:
        data = get_telemetry_data(parent_context)
        if data is not None:
            self.notes.append((span.name, (data.request is not None, data.body, data.values)))


def test_the_objects_of_the_request_for_processors(seen: Seen) -> None:
    processor = Data()
    seen.tracer_provider.add_span_processor(processor)
    app, inside = FastAPI(telemetry=seen.config()), []

    @app.post("/items/{item_id}")
    async def add(item_id: int, body: Dict[str, int]) -> int:
        inside.append(get_telemetry_data())
        return item_id

    assert client_of(app).post("/items/7", json={"a": 1}).json() == 7
    values = {"item_id": 7, "body": {"a": 1}}
    assert processor.notes == [
        ("fastapi.dependencies", (True, {"a": 1}, None)),
        ("fastapi.endpoint", (True, {"a": 1}, values)),
        ("fastapi.serialization", (True, {"a": 1}, values)),
    ]
    # The request is over.
    assert inside[0] is not None
    assert get_telemetry_data() is None


def test_another_provider_later(seen: Seen) -> None:
    config, other = seen.config(), Seen()
    app = FastAPI(telemetry=config)
    client = client_of(app)
    client.get("/one")
    app._telemetry["tracer_provider"] = other.tracer_provider  # type: ignore[attr-defined]
    client.get("/two")
    assert [len(each.spans()) for each in (seen, other)] == [1, 1]
