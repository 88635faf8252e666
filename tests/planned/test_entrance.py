"""Requests that have passed the middleware of the user have the same effects on the planned way as on the exact way."""

import copy
import pickle
from typing import Any, Callable, Dict, List, Tuple

import pytest
from starlette.middleware.exceptions import ExceptionMiddleware

from fastapi import BackgroundTasks, Depends, FastAPI, File, HTTPException, Request, _rust
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.middleware.trustedhost import TrustedHostMiddleware
from fastapi.responses import JSONResponse, PlainTextResponse, StreamingResponse
from tests.planned.asgi import answered_by_core, call, exactly
from tests.planned.transcript import ask

Log = List[Any]
needs_core = pytest.mark.skipif(not _rust.rust_available(), reason="the core does not run")


# ── Middleware ──


class Pure:
    """Pure ASGI middleware that notes everything, and does one thing of its own."""

    def __init__(self, app: Any, log: Log, does: str = "") -> None:
        self.app, self.log, self.does = app, log, does

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if self.does == "replaces the scope":
            scope = dict(scope)
        elif self.does == "rewrites the path":
            scope["path"] = "/plain"
        elif self.does == "loses the method":
            scope = {key: value for key, value in scope.items() if key != "method"}
        elif self.does == "changes the headers":
            scope["headers"] = [(b"content-type", b"text/plain"), (b"x-word", b"changed")]

        async def heard(message: Any) -> None:
            self.log.append(("sends", message["type"]))
            await send(message)
            self.log.append(("sent", message["type"]))
            if self.does == "fails after the beginning" and message["type"] == "http.response.start":
                raise OSError("gone")

        async def received() -> Any:
            message = await receive()
            self.log.append(("receives", message["type"]))
            return message

        try:
            await self.app(scope, received, heard)
        except Exception as error:
            self.log.append(("saw", repr(error), repr(error.__cause__), repr(error.__context__)))
            if self.does == "swallows exceptions":
                return
            raise
        finally:
            self.log.append(("left", sorted(key for key in scope if key != "app")))
        if self.does == "fails at the end":
            raise ValueError("late")
        if self.does == "calls twice":
            await self.app(scope, received, heard)


DOES = (
    *("", "replaces the scope", "rewrites the path", "loses the method", "changes the headers"),
    *("fails after the beginning", "swallows exceptions", "fails at the end", "calls twice"),
)


def add_pure(does: str) -> Callable[[FastAPI, Log], None]:
    return lambda app, log: app.add_middleware(Pure, log=log, does=does)


LAYERS: Dict[str, Callable[[FastAPI, Log], None]] = {
    **{f"pure {does}": add_pure(does) for does in DOES},
    "CORS": lambda app, log: app.add_middleware(CORSMiddleware, allow_origins=["http://a"]),
    "GZip": lambda app, log: app.add_middleware(GZipMiddleware, minimum_size=10),
    "hosts": lambda app, log: app.add_middleware(TrustedHostMiddleware, allowed_hosts=["test"]),
}


# ── Applications ──


class Own(Exception):
    pass


class Unhandled(Exception):
    pass


def make_app(layers: Tuple[str, ...], log: Log) -> FastAPI:
    app = FastAPI()
    for layer in layers:
        LAYERS[layer](app, log)
    add_handlers(app, log)
    add_endpoints(app, log)
    return app


def add_handlers(app: FastAPI, log: Log) -> None:
    @app.exception_handler(Own)
    async def answer_own(request: Request, error: Own) -> Any:
        log.append(("handler", request.url.path, request.scope.get("path_params")))
        return PlainTextResponse("own", 418)

    @app.exception_handler(KeyError)
    async def answer_key(request: Request, error: KeyError) -> Any:
        log.append(("handler of KeyError", repr(error)))
        return PlainTextResponse("key", 419)

    @app.exception_handler(Exception)
    async def answer_any(request: Request, error: Exception) -> Any:
        log.append(("handler of 500", repr(error)))
        return PlainTextResponse("any", 500)


def add_endpoints(app: FastAPI, log: Log) -> None:
    @app.get("/plain")
    async def plain() -> Any:
        log.append("plain")
        return {"a": "long enough for a body"}

    @app.get("/number/{n}")
    async def number(n: int, q: str = "x") -> Any:
        return [n, q]

    @app.get("/thread")
    def thread() -> Any:
        return 1

    @app.get("/own")
    async def own() -> Any:
        raise Own

    @app.get("/unhandled")
    async def unhandled() -> Any:
        raise Unhandled("u") from KeyError("cause")

    @app.get("/http")
    async def http() -> Any:
        raise HTTPException(409, "h", {"x-h": "1"})

    @app.get("/response")
    async def response() -> Any:
        return JSONResponse({"b": 2}, 201)

    @app.get("/unserializable")
    async def unserializable() -> Any:
        return {"a": object()}

    async def chunks() -> Any:
        yield "one"
        log.append("between")
        yield "two"

    @app.get("/stream")
    async def stream() -> Any:
        return StreamingResponse(chunks())

    async def resource() -> Any:
        log.append("enter")
        try:
            yield 1
        finally:
            log.append("exit")

    @app.get("/guided")
    async def guided(request: Request, tasks: BackgroundTasks, value: Any = Depends(resource)) -> Any:
        tasks.add_task(log.append, "task")
        return request.headers.get("x-word")

    @app.post("/body")
    async def body(item: Dict[str, int]) -> Any:
        log.append(item)
        return item

    @app.post("/file")
    async def file(upload: bytes = File()) -> Any:
        return len(upload)

    @app.get("/limited", max_body_size=10)
    async def limited() -> Any:
        return "limited"


TARGETS = (
    *("/plain", "/number/1", "/number/x", "/number/1?q=y", "/thread", "/own", "/unhandled", "/http", "/response"),
    *("/unserializable", "/stream", "/guided", "/limited", "/nowhere", "/plain/", "/docs"),
)
FORM = b'--b\r\nContent-Disposition: form-data; name="upload"; filename="f"\r\n\r\n123\r\n--b--\r\n'


def effects(app: FastAPI, log: Log, fails_at: "int | None") -> Log:
    seen: Log = []
    for method in ("GET", "POST", "HEAD", "OPTIONS"):
        for target in TARGETS if method == "GET" else ("/plain", "/plain/"):
            made = ask(app, target, method, fails_at=fails_at)
            seen.append((method, target, made.sent, made.raised, made.keys, log[:]))
            log.clear()
    for target, raw, content_type in (
        ("/body", b'{"a": 1}', b"application/json"),
        ("/body", b"{", b"application/json"),
        ("/file", FORM, b"multipart/form-data; boundary=b"),
    ):
        made = ask(app, target, "POST", raw, content_type, fails_at=fails_at)
        seen.append((target, made.sent, made.raised, made.keys, log[:]))
        log.clear()
    return seen


STACKS = [(name,) for name in LAYERS] + [
    ("pure ", "CORS"),
    ("CORS", "pure swallows exceptions"),
    ("pure ", "GZip", "pure calls twice"),
    ("hosts", "pure fails at the end"),
]


@pytest.mark.parametrize("fails_at", [None, 0, 1])
@pytest.mark.parametrize("layers", STACKS, ids=" & ".join)
def test_effects_are_those_of_the_exact_way(layers: Tuple[str, ...], fails_at: "int | None") -> None:
    log: Log = []
    here = effects(make_app(layers, log), log, fails_at)
    there = effects(exactly(make_app(layers, log)), log, fails_at)
    for ours, exact in zip(here, there):
        assert ours == exact


@needs_core
def test_the_core_answers_below_middleware() -> None:
    app = make_app(("pure ", "CORS"), [])
    before = answered_by_core()
    assert call(app, "/number/7").body == b'[7,"x"]'
    assert answered_by_core() == before + 1


# ── The entrance as code sees it ──


def entrance_of(app: FastAPI) -> Any:
    app.middleware_stack = app.build_middleware_stack()
    layer: Any = app.middleware_stack
    while not isinstance(layer, ExceptionMiddleware):
        layer = layer.app
    return layer


def test_it_passes_for_its_class() -> None:
    layer = entrance_of(make_app(("pure ",), []))
    plain = ExceptionMiddleware(layer.app)
    assert layer.__class__ is ExceptionMiddleware
    assert (type(layer).__name__, type(layer).__module__) == ("ExceptionMiddleware", "starlette.middleware.exceptions")
    assert sorted(vars(layer)) == sorted(vars(plain))
    assert repr(layer).partition(" at ")[0] == repr(plain).partition(" at ")[0]
    assert type(copy.copy(layer)) is ExceptionMiddleware
    assert vars(copy.copy(layer)) == vars(layer)


def test_a_pickled_one_is_an_object_of_the_class() -> None:
    layer = entrance_of(make_app(("pure ",), []))
    vars(layer).update(app="app", _exception_handlers={})
    again = pickle.loads(pickle.dumps(layer))
    assert type(again) is ExceptionMiddleware
    assert (again.app, again.debug) == ("app", False)


@needs_core
def test_applications_without_middleware_have_the_class_itself() -> None:
    assert type(entrance_of(FastAPI())) is ExceptionMiddleware


def test_a_patched_method_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    app, paths = make_app(("pure ",), []), []
    assert call(app, "/plain").status == 200
    original = ExceptionMiddleware.__call__

    async def traced(self: Any, scope: Any, receive: Any, send: Any) -> None:
        paths.append(scope["path"])
        await original(self, scope, receive, send)

    with monkeypatch.context() as patch:
        patch.setattr(ExceptionMiddleware, "__call__", traced)
        assert call(app, "/plain").status == 200
    assert call(app, "/thread").status == 200
    assert paths == ["/plain"]


def test_a_layer_that_was_put_below_is_called() -> None:
    log: Log = []
    app = make_app(("pure ",), [])
    assert call(app, "/plain").status == 200
    layer: Any = app.middleware_stack
    while not isinstance(layer, ExceptionMiddleware):
        layer = layer.app
    layer.app = Pure(layer.app, log)
    assert call(app, "/plain").status == 200
    assert ("sent", "http.response.body") in log


def test_validation_errors_reach_a_handler_of_the_user() -> None:
    app = make_app(("pure ",), [])

    @app.exception_handler(RequestValidationError)
    async def answer(request: Request, error: RequestValidationError) -> Any:
        return PlainTextResponse(error.errors()[0]["type"], 400)

    assert call(app, "/number/x").body == b"int_parsing"
