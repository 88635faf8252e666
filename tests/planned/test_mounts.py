"""Mounted applications behind the core have the same effects as on the exact way."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import Any, Callable, Dict, List

import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Mount, Route, Router
from starlette.staticfiles import StaticFiles

from fastapi import APIRouter, FastAPI, Request, UploadFile, _rust
from tests.planned.asgi import answered_by_core, call, exactly, with_included_routes
from tests.planned.test_method_refusals import frames
from tests.planned.transcript import ask

needs_core = pytest.mark.skipif(not _rust.rust_available(), reason="the core does not run")


class Own(Exception):
    pass


async def shown(request: Request) -> Dict[str, Any]:
    scope = request.scope
    return {
        **{key: scope.get(key) for key in ("root_path", "app_root_path", "path", "path_params")},
        "url": str(request.url),
        "handlers": len(scope["starlette.exception_handlers"][0]),
        "fastapi": sorted(scope.get("fastapi", {})),
    }


async def page(request: Any) -> JSONResponse:
    return JSONResponse(await shown(request))


async def raw(scope: Any, receive: Any, send: Any) -> None:
    """An application that fails in many ways, and pushes on the exit stack of the application around it."""
    stack, log = scope["fastapi_middleware_astack"], scope["state"]["log"]

    @asynccontextmanager
    async def noted() -> Any:
        try:
            yield
        finally:
            log.append("left")
            if scope["path"].endswith("fails-on-leaving"):
                raise Own("leaving")

    await stack.enter_async_context(noted())
    path = scope["path"].rpartition("/")[2]
    if path == "own":
        raise Own("own")
    if path == "http":
        raise HTTPException(418, "tea")
    if path == "base":
        raise asyncio.CancelledError
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if path == "late":
        raise Own("late")
    if path == "late-http":
        raise HTTPException(418, "tea")
    await send({"type": "http.response.body", "body": path.encode()})
    log.append("answered")


def sub_fastapi() -> FastAPI:
    app = FastAPI()
    app.get("/items/{item}")(shown)

    @app.post("/file")
    async def file(file: UploadFile) -> int:
        return len(await file.read())

    @app.get("/raises")
    async def raises() -> None:
        raise Own("raises")

    return app


def with_root_path() -> FastAPI:
    app = sub_fastapi()
    app.root_path = "/own"
    return app


def routers() -> APIRouter:
    router = APIRouter()
    router.get("/items/{item}")(shown)
    return router


APPLICATIONS: Dict[str, Callable[[], Any]] = {
    "fastapi": sub_fastapi,
    "root": with_root_path,
    "starlette": lambda: Starlette(routes=[Route("/items/{item}", page)]),
    "router": lambda: Router(routes=[Mount("/items", routes=[Route("/{item}", page)])]),
    "api-router": routers,
    "raw": lambda: raw,
    "page": lambda: PlainTextResponse("page"),
    "uncallable": lambda: 3,
}


def make(**options: Any) -> FastAPI:
    app = FastAPI(openapi_url=None, **options)
    app.get("/before/{x}")(shown)
    router = APIRouter(form_limits={"max_files": 2})
    for name, build in APPLICATIONS.items():
        app.mount(f"/{name}", build())
        router.routes.append(Mount(f"/{{tenant}}/{name}", build()))
    app.include_router(router, prefix="/pre")
    app.get("/before/{x}/y")(shown)
    app.get("/fastapi/hidden")(shown)

    @app.exception_handler(Own)
    async def handle(request: Request, error: Own) -> JSONResponse:
        return JSONResponse([str(error), request.scope["root_path"]], 410)

    return app


PATHS = ["items/1", "unknown", "own", "http", "base", "late", "late-http", "fails-on-leaving", "plain", "raises", ""]
PREFIXES = [prefix + name for name in APPLICATIONS for prefix in ("/", "/pre/t/")]


def record(app: FastAPI, path: str, **more: Any) -> List[Any]:
    log: List[str] = []
    try:
        seen = call(app, path, state={"log": log}, **more)
    except BaseException as error:
        return [repr(error), log]
    scope = {key: value for key, value in seen.scope.items() if key not in ("app", "router", "endpoint", "state")}
    keys = sorted(key for key in seen.scope if key != "fastapi")
    kept = {key: scope.get(key) for key in ("root_path", "app_root_path", "path_params", "path")}
    return [seen.messages, repr(seen.error), repr(seen.error and seen.error.__context__), log, keys, kept]


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("more", [{}, {"root_path": "/root"}, {"path_params": {"z": 1}}])
def test_same_as_on_the_exact_way(prefix: str, more: Dict[str, Any]) -> None:
    planned, exact = make(), exactly(make())
    for path in PATHS:
        path = f"{more.get('root_path', '')}{prefix}/{path}"
        assert record(planned, path, **more) == record(exact, path, **more)
        for method in ("POST", "HEAD"):
            assert record(planned, path, method=method, **more) == record(exact, path, method=method, **more)


@pytest.mark.parametrize("prefix", PREFIXES)
def test_below_middleware(prefix: str) -> None:
    planned, exact = (make(middleware=[Middleware(CORSMiddleware, allow_origins=["*"])]) for _ in range(2))
    exactly(exact)
    for path in PATHS:
        path, headers = f"{prefix}/{path}", [(b"origin", b"http://x")]
        assert record(planned, path, headers=headers) == record(exact, path, headers=headers)


@pytest.mark.parametrize("fails_at", [0, 1])
@pytest.mark.parametrize("path", ["/page/x", "/fastapi/items/1", "/pre/t/starlette/items/1"])
def test_failing_send(path: str, fails_at: int) -> None:
    planned, exact = (ask(app, path, fails_at=fails_at) for app in (make(), exactly(make())))
    assert (planned.sent, planned.raised, planned.keys) == (exact.sent, exact.raised, exact.keys)


@pytest.mark.parametrize("exact", [False, True])
def test_the_entries_of_the_mounted_application_are_left_after_a_failure(exact: bool) -> None:
    app = exactly(make()) if exact else make()
    seen = ask(app, "/pre/t/starlette/items/1", fails_at=0)
    assert type(seen.error) is OSError
    handler = seen.scope["starlette.exception_handlers"][0][HTTPException]
    # That of the mounted application, which is a plain Starlette.
    assert handler.__qualname__ == "ExceptionMiddleware.http_exception"
    assert seen.scope["root_path"] == "/pre/t/starlette"


@pytest.mark.parametrize("exact", [False, True])
def test_entries(exact: bool) -> None:
    app = exactly(make()) if exact else make()
    seen = call(app, "/root/pre/a/starlette/items/1", root_path="/root")
    scope = seen.scope
    assert (scope["root_path"], scope["app_root_path"]) == ("/root/pre/a/starlette", "/root")
    assert scope["path_params"] == {"tenant": "a", "item": "1"}
    assert sorted(scope["fastapi"]) == ["effective_route_context", "form_limits", "included_router"]
    seen = call(app, "/page/x/y")
    assert (seen.scope["root_path"], seen.scope["app_root_path"], seen.scope["path_params"]) == ("/page", "", {})
    assert type(seen.scope["endpoint"]) is PlainTextResponse and "route" not in seen.scope


@needs_core
def test_the_core_selects_mounts() -> None:
    app = make()
    before = answered_by_core()
    assert call(app, "/page/x").body == call(app, "/pre/t/page/x").body == b"page"
    assert answered_by_core() == before + 2
    # The application in front answers, although a later operation has the path.
    assert call(app, "/fastapi/hidden").status == 404


def test_a_mount_whose_application_changes() -> None:
    app = FastAPI()
    mount = Mount("/m", PlainTextResponse("first"))
    app.router.routes.append(mount)
    assert call(app, "/m/").body == b"first"
    mount.app = PlainTextResponse("second")
    assert call(app, "/m/").body == b"second"
    mount.handle = PlainTextResponse("third").__call__  # type: ignore[method-assign]
    app.get("/later")(shown)
    assert call(app, "/m/").body == b"third"


def test_replaced_methods(monkeypatch: pytest.MonkeyPatch) -> None:
    app = make()
    found: List[str] = []
    original = Mount.matches

    def matches(self: Mount, scope: Any) -> Any:
        found.append(self.path)
        return original(self, scope)

    assert call(app, "/page/x").body == b"page"
    monkeypatch.setattr(Mount, "matches", matches)
    assert call(app, "/page/x").body == b"page"
    assert "/page" in found


def test_limits_of_inclusions() -> None:
    app, router = FastAPI(), APIRouter(max_body_size=2)

    async def reads(scope: Any, receive: Any, send: Any) -> None:
        await PlainTextResponse(await Request(scope, receive).body())(scope, receive, send)

    router.routes.append(Mount("/m", reads))
    app.include_router(router)
    assert call(app, "/m/", "POST", body=b"12").body == b"12"
    assert call(app, "/m/", "POST", body=b"123").status == 413


def test_files_of_a_mounted_router_are_closed() -> None:
    body = b'--B\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\ncontent\r\n--B--\r\n'
    form = [(b"content-type", b"multipart/form-data; boundary=B")]
    made: List[UploadFile] = []

    async def keep(file: UploadFile) -> int:
        made.append(file)
        return len(await file.read())

    router = APIRouter()
    router.post("/file")(keep)
    app = FastAPI()
    app.mount("/m", router)
    assert call(app, "/m/file", "POST", form, body).body == b"7"
    assert made[0].file.closed


def test_static_files(tmp_path: Any) -> None:
    (tmp_path / "a.txt").write_text("content")
    app = FastAPI()
    app.mount("/static", StaticFiles(directory=tmp_path))
    assert call(app, "/static/a.txt").status == 200
    assert call(app, "/static/b.txt").body == b'{"detail":"Not Found"}'
    assert call(app, "/static").status == 307


@needs_core
def test_number_of_routes_does_not_matter() -> None:
    counts = set()
    for number in (1, 30):
        app = with_included_routes(number, shown)
        app.mount("/m", PlainTextResponse("page"))
        count, seen = frames(app, "GET", "/m/x")
        assert seen.status == 200
        counts.add(count)
    # The event loop makes a few calls more or less; asking 29 routes more makes hundreds.
    assert max(counts) < min(counts) + 29
