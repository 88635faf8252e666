"""Rows of one feature on Starlette by hand. It shares the models of `apps/`, and calls Pydantic itself."""

from __future__ import annotations

import contextlib
import datetime
import json
import uuid
from decimal import Decimal
from typing import Any, AsyncIterator, Awaitable, Callable, Iterator

import apps
from apps import models, results, streams
from apps.middleware import Passing
from fixtures import Book, written_folder
from pydantic import TypeAdapter
from pydantic_core import to_json
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Host, Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket

Application = Callable[[Any, Any, Any], Awaitable[None]]
Endpoint = Callable[[Request], Any]


async def refused(request: Request, error: Any) -> Response:
    return JSONResponse({"detail": error.detail}, error.status_code, error.headers)


Factory = Callable[[], Application]


def one(path: str, endpoint: Endpoint, method: str = "GET", handlers: Any = None, **options: Any) -> Factory:
    """Return a factory of an application with one route."""
    every = {HTTPException: refused, **(handlers or {})}

    def build() -> Application:
        return Starlette(routes=[Route(path, endpoint, methods=[method])], exception_handlers=every, **options)

    return build


def as_json(content: bytes, status: int = 200) -> Response:
    return Response(content, status, media_type="application/json")


def item_id(request: Request) -> int:
    return int(request.path_params["item_id"])


# ---- parameters ----------------------------------------------------------------------------------------------------


async def query_model(request: Request) -> Response:
    values: dict[str, Any] = dict(request.query_params)
    values["tags"] = request.query_params.getlist("tags")
    filters = models.Filters.model_validate(values)
    return JSONResponse([filters.q, filters.limit, filters.order, filters.tags])


async def header_model(request: Request) -> Response:
    names = ("x_request", "x_limit", "x_order")
    values: dict[str, Any] = {name: request.headers[name.replace("_", "-")] for name in names}
    values["x_tags"] = request.headers.getlist("x-tags")
    fields = models.Fields.model_validate(values)
    return JSONResponse([fields.x_request, fields.x_limit, fields.x_order, fields.x_tags])


async def cookie_model(request: Request) -> Response:
    crumbs = models.Crumbs.model_validate(request.cookies)
    return JSONResponse([crumbs.session, crumbs.limit, crumbs.theme, crumbs.tags])


async def typed(request: Request) -> Response:
    query = request.query_params
    number, at = uuid.UUID(query["id"]), datetime.datetime.fromisoformat(query["at"])
    day, red = datetime.date.fromisoformat(query["day"]), models.Colour(query["colour"]) is models.Colour.red
    return JSONResponse([number.int % 1000, at.year, day.year, red, query["size"], int(Decimal(query["price"]))])


async def typed_path(request: Request) -> Response:
    return JSONResponse({"id": uuid.UUID(request.path_params["id"]).int % 1000})


async def typed_result(request: Request) -> Response:
    known = {key: value for key, value in models.TYPED.items() if key in ("id", "day", "size")}
    texts = {key: str(value) for key, value in known.items()}
    others = {"at": models.TYPED["at"].isoformat(), "colour": models.TYPED["colour"].value}
    return JSONResponse({**models.TYPED, **texts, **others, "price": float(models.TYPED["price"])})


_typed = TypeAdapter(models.Typed)


async def typed_model(request: Request) -> Response:
    return as_json(_typed.dump_json(_typed.validate_python(models.TYPED)))


# ---- dependencies, objects, exceptions -----------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def session() -> AsyncIterator[int]:
    yield 7


@contextlib.contextmanager
def session_in_thread() -> Iterator[int]:
    yield 7


async def with_session(request: Request) -> Response:
    async with session() as number:
        return JSONResponse({"item_id": item_id(request), "number": number})


async def with_security(request: Request) -> Response:
    _, _, token = request.headers["authorization"].partition(" ")
    async with session() as number:
        return JSONResponse({"item_id": item_id(request), "number": number, "token": token})


async def with_nested(request: Request) -> Response:
    async with session() as outer, session() as inner:
        return JSONResponse({"item_id": item_id(request), "number": outer + inner - 6})


async def with_threads(request: Request) -> Response:
    opened = session_in_thread()
    number = await run_in_threadpool(opened.__enter__)
    try:
        return JSONResponse({"item_id": item_id(request), "number": number})
    finally:
        await run_in_threadpool(opened.__exit__, None, None, None)


async def in_two_threads(request: Request) -> Response:
    number = await run_in_threadpool(lambda: item_id(request) + 1)
    return await run_in_threadpool(lambda: JSONResponse({"item_id": item_id(request), "number": number}))


async def with_request(request: Request) -> Response:
    return JSONResponse({"item_id": item_id(request), "method": request.method})


async def with_header(request: Request) -> Response:
    response = JSONResponse({"item_id": item_id(request)})
    response.headers["x-item"] = request.path_params["item_id"]
    return response


async def with_method(request: Request) -> Response:
    response = JSONResponse({"item_id": item_id(request)})
    response.headers["x-item"] = request.method
    return response


async def note(number: int) -> None:
    return None


async def with_task(request: Request) -> Response:
    return JSONResponse({"item_id": item_id(request)}, background=BackgroundTask(note, item_id(request)))


async def plain(request: Request) -> Response:
    return JSONResponse({"item_id": item_id(request)})


def raising(status: int, detail: Any, headers: Any = None) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        item_id(request)
        raise HTTPException(status, detail, headers)

    return endpoint


class OutOfStock(Exception):
    pass


async def raise_own(request: Request) -> Response:
    raise OutOfStock(item_id(request))


async def out_of_stock(request: Request, error: Exception) -> Response:
    return JSONResponse({"out_of_stock": error.args[0]}, 409)


# ---- middleware and structure --------------------------------------------------------------------------------------


async def items(request: Request) -> Response:
    query = request.query_params
    return JSONResponse({"item_id": item_id(request), "q": query.get("q"), "limit": int(query.get("limit", 10))})


async def pass_on(request: Request, call_next: Any) -> Any:
    return await call_next(request)


async def note_header(request: Request, call_next: Any) -> Any:
    response = await call_next(request)
    response.headers["x-noted"] = "1"
    return response


CORS = Middleware(
    CORSMiddleware,
    allow_origins=["https://shop.example"],
    allow_methods=["*"],
    allow_headers=["*"],
    allow_credentials=True,
)
FUNCTION = Middleware(BaseHTTPMiddleware, dispatch=pass_on)


def behind(*middleware: Middleware) -> Factory:
    return one("/items/{item_id}", items, middleware=list(middleware))


def _sub() -> Starlette:
    return Starlette(routes=[Route("/items/{item_id}", items)])


async def included(request: Request) -> Response:
    if request.headers["x-token"] != "secret":
        raise HTTPException(403, "wrong token")
    return JSONResponse({"item_id": item_id(request), "q": request.query_params.get("q")})


# ---- streams, models, small answers --------------------------------------------------------------------------------

_event = TypeAdapter(streams.Event)


async def stream(request: Request) -> Response:
    async def chunks() -> Any:
        for i in range(streams.COUNT):
            yield b"chunk %d\n" % i

    return StreamingResponse(chunks(), media_type="text/plain")


async def jsonl(request: Request) -> Response:
    async def lines() -> Any:
        for event in streams.EVENTS:
            yield _event.dump_json(_event.validate_python(event)) + b"\n"

    return StreamingResponse(lines(), media_type="application/jsonl")


async def websocket(websocket: WebSocket) -> None:
    await websocket.accept()
    for _ in range(streams.COUNT):
        await websocket.send_text(await websocket.receive_text())
    await websocket.close()


_order, _books = TypeAdapter(results.Order), TypeAdapter(list[results.BookOut])
_shelf = [Book(i) for i in range(results.COUNT)]


async def orm100(request: Request) -> Response:
    return as_json(_books.dump_json(_books.validate_python(_shelf, from_attributes=True)))


async def order(request: Request) -> Response:
    found = _order.validate_python(json.loads(await request.body()))
    return as_json(to_json({"lines": len(found.lines), "total": found.total}))


def modelled(name: str) -> Factory:
    """Return a factory of an application whose endpoint does the direct work of a row."""

    def build() -> Application:
        apps.APPS["results"]()
        work = apps.DIRECT[name]

        async def endpoint(request: Request) -> Response:
            return as_json(await work())

        return one(f"/{name}", endpoint)()

    return build


async def sse(request: Request) -> Response:
    async def events() -> Any:
        for event in streams.EVENTS:
            yield b"data: " + _event.dump_json(_event.validate_python(event)) + b"\n\n"

    kind = {"content-type": "text/event-stream; charset=utf-8"}
    return StreamingResponse(events(), headers={**kind, "cache-control": "no-cache", "x-accel-buffering": "no"})


def with_files(build: Callable[[str], Any]) -> Factory:
    """Return a factory of an application with one route, which gets a folder with the files."""
    return lambda: Starlette(routes=[build(written_folder())])


def _file_route(folder: str) -> Route:
    async def endpoint(request: Request) -> Response:
        return FileResponse(f"{folder}/file.bin")

    return Route("/file1m", endpoint)


def _static_mount(folder: str) -> Mount:
    return Mount("/static", StaticFiles(directory=folder))


async def redirect(request: Request) -> Response:
    return RedirectResponse(f"/items/{item_id(request)}")


async def html(request: Request) -> Response:
    return HTMLResponse(f"<h1>Item {item_id(request)}</h1>")


async def cookies(request: Request) -> Response:
    response = JSONResponse({"item_id": item_id(request)})
    response.set_cookie("session", "abc123", max_age=3600, httponly=True)
    response.set_cookie("theme", "dark")
    return response


ROWS: dict[str, Factory] = {
    "query-model": one("/query-model", query_model),
    "header-model": one("/header-model", header_model),
    "cookie-model": one("/cookie-model", cookie_model),
    "typed": one("/typed", typed),
    "typed-path": one("/typed/{id}", typed_path),
    "typed-result": one("/typed-result", typed_result),
    "typed-model": one("/typed-model", typed_model),
    "yield": one("/yield/{item_id}", with_session),
    "yield-function": one("/yield-function/{item_id}", with_session),
    "yield-def": one("/yield-def/{item_id}", with_threads),
    "yield-def-function": one("/yield-def-function/{item_id}", with_threads),
    "yield-security": one("/yield-security/{item_id}", with_security),
    "yield-nested": one("/yield-nested/{item_id}", with_nested),
    "def-def": one("/def-def/{item_id}", in_two_threads),
    "request": one("/request/{item_id}", with_request),
    "response": one("/response/{item_id}", with_header),
    "tasks": one("/tasks/{item_id}", plain),
    "task-added": one("/task-added/{item_id}", with_task),
    "injected": one("/injected/{item_id}", with_header),
    "injected-all": one("/injected-all/{item_id}", with_method),
    "raise": one("/raise/{item_id}", raising(404, "Item not found")),
    "raise-dependency": one("/raise-dependency/{item_id}", raising(403, "Not allowed")),
    "raise-headers": one("/raise-headers/{item_id}", raising(401, {"why": "expired"}, {"www-authenticate": "Bearer"})),
    "raise-own": one("/raise-own/{item_id}", raise_own, handlers={OutOfStock: out_of_stock}),
    "mw-asgi": behind(Middleware(Passing)),
    "mw-cors": behind(CORS),
    "mw-preflight": behind(CORS),
    "mw-gzip": behind(Middleware(GZipMiddleware, minimum_size=1000)),
    "mw-host": behind(Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "*.shop.example"])),
    "mw-two": behind(Middleware(BaseHTTPMiddleware, dispatch=note_header), FUNCTION),
    "mw-cors-http": behind(CORS, FUNCTION),
    "mount": lambda: Starlette(routes=[Mount("/mounted", _sub())]),
    "host": lambda: Starlette(routes=[Host("127.0.0.1", _sub())]),
    "router-dependencies": one("/included/items/{item_id}", included),
    "stream": one("/stream", stream),
    "jsonl": one("/jsonl", jsonl),
    "websocket": lambda: Starlette(routes=[WebSocketRoute("/websocket", websocket)]),
    "websocket-dependency": lambda: Starlette(routes=[WebSocketRoute("/websocket-dependency/{item_id}", websocket)]),
    "orm100": one("/orm100", orm100),
    "body1k": one("/order", order, "POST"),
    "body80k": one("/order", order, "POST"),
    "body1000k": one("/order", order, "POST"),
    "unset100": modelled("unset100"),
    "alias100": modelled("alias100"),
    "dataclasses100": modelled("dataclasses100"),
    "typeddict100": modelled("typeddict100"),
    "sse": one("/sse", sse),
    "file1m": with_files(_file_route),
    "static": with_files(_static_mount),
    "redirect": one("/redirect/{item_id}", redirect),
    "html": one("/html/{item_id}", html),
    "cookies": one("/cookies/{item_id}", cookies),
}
