"""Rows of one feature on BlackSheep."""
# No `from __future__ import annotations`: BlackSheep resolves annotations, whose names are local to the functions.

import json
from typing import Any, Awaitable, Callable
from uuid import UUID

from blacksheep import Application as BlackSheep
from blacksheep import Content, Cookie, FromQuery, Request, Response, Router, StreamedContent, WebSocket
from blacksheep.exceptions import HTTPException
from blacksheep.server.responses import html as html_response
from blacksheep.server.responses import temporary_redirect
from fixtures import Book, written_folder

from .first import started

Application = Callable[[Any, Any, Any], Awaitable[None]]
Factory = Callable[[], Application]
COUNT = 20


def answer(value: Any, status: int = 200) -> Response:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Response(status, None, Content(b"application/json", text))


def one(path: str, handler: Any, prepare: Callable[[BlackSheep], None] | None = None) -> Factory:
    def build() -> Application:
        app = BlackSheep(router=Router())
        if prepare is not None:
            prepare(app)
        app.router.add_get(path, handler)
        return started(app, app.start)

    return build


async def query_model(
    tags: FromQuery[list[str]], q: str | None = None, limit: int = 10, order: str = "name"
) -> Response:
    return answer([q, limit, order, tags.value])


async def cookie_model(request: Request) -> Response:
    cookies = request.cookies
    return answer([cookies["session"], int(cookies.get("limit", 10)), cookies.get("theme", "light"), []])


async def header_model(request: Request) -> Response:
    values = [request.get_first_header(name).decode() for name in (b"x-request", b"x-limit", b"x-order")]  # type: ignore
    tags = [value.decode() for value in request.get_headers(b"x-tags")]
    return answer([values[0], int(values[1]), values[2], tags])


async def typed_path(id: UUID) -> Response:
    return answer({"id": id.int % 1000})


async def with_request(request: Request, item_id: int) -> Response:
    return answer({"item_id": item_id, "method": request.method})


async def with_header(request: Request, item_id: int) -> Response:
    response = answer({"item_id": item_id})
    response.add_header(b"x-item", request.method.encode())
    return response


async def raise_(item_id: int) -> Response:
    raise HTTPException(404, "Item not found")


class OutOfStock(Exception):
    pass


async def raise_own(item_id: int) -> Response:
    raise OutOfStock(item_id)


def handlers(app: BlackSheep) -> None:
    async def refused(app: Any, request: Any, error: HTTPException) -> Response:
        return answer({"detail": str(error)}, error.status)

    async def out_of_stock(app: Any, request: Any, error: OutOfStock) -> Response:
        return answer({"out_of_stock": error.args[0]}, 409)

    app.exceptions_handlers[404] = refused  # type: ignore[assignment]
    app.exceptions_handlers[OutOfStock] = out_of_stock  # type: ignore[index]


async def items(item_id: int, q: str | None = None, limit: int = 10) -> Response:
    return answer({"item_id": item_id, "q": q, "limit": limit})


def passing(app: BlackSheep) -> None:
    async def middleware(request: Request, handler: Any) -> Response:
        response: Response = await handler(request)
        response.add_header(b"x-passed", b"1")
        return response

    app.middlewares.append(middleware)


def cors(app: BlackSheep) -> None:
    app.use_cors(allow_methods="*", allow_origins="https://shop.example", allow_headers="*", allow_credentials=True)


async def stream() -> Response:
    async def chunks() -> Any:
        for i in range(COUNT):
            yield b"chunk %d\n" % i

    return Response(200, None, StreamedContent(b"text/plain", chunks))


EVENTS = [{"id": i, "name": f"event {i}", "price": i * 1.25} for i in range(COUNT)]


async def jsonl() -> Response:
    async def lines() -> Any:
        for event in EVENTS:
            yield json.dumps(event, separators=(",", ":")).encode() + b"\n"

    return Response(200, None, StreamedContent(b"application/jsonl", lines))


def sockets() -> Application:
    app = BlackSheep(router=Router())

    @app.router.ws("/websocket")
    async def echo(websocket: WebSocket) -> None:
        await websocket.accept()
        for _ in range(COUNT):
            await websocket.send_text(await websocket.receive_text())
        await websocket.close()

    return started(app, app.start)


BOOKS = [Book(i) for i in range(100)]


async def orm100() -> Response:
    authors = [{"id": book.author.id, "name": book.author.name} for book in BOOKS]
    rows = zip(BOOKS, authors)
    return answer([{"id": b.id, "title": b.title, "price": b.price, "author": author} for b, author in rows])


async def redirect(item_id: int) -> Response:
    return temporary_redirect(f"/items/{item_id}")


async def html(item_id: int) -> Response:
    return html_response(f"<h1>Item {item_id}</h1>")


async def cookies(item_id: int) -> Response:
    response = answer({"item_id": item_id})
    response.set_cookie(Cookie("session", "abc123", max_age=3600, http_only=True))
    response.set_cookie(Cookie("theme", "dark"))
    return response


def static() -> Application:
    app = BlackSheep(router=Router())
    app.serve_files(written_folder(), root_path="static", extensions={".txt"})
    return started(app, app.start)


ROWS: dict[str, Factory] = {
    "query-model": one("/query-model", query_model),
    "header-model": one("/header-model", header_model),
    "cookie-model": one("/cookie-model", cookie_model),
    "typed-path": one("/typed/{id}", typed_path),
    "request": one("/request/{item_id}", with_request),
    "response": one("/response/{item_id}", with_header),
    "injected-all": one("/injected-all/{item_id}", with_header),
    "raise": one("/raise/{item_id}", raise_, handlers),
    "raise-own": one("/raise-own/{item_id}", raise_own, handlers),
    "mw-asgi": one("/items/{item_id}", items, passing),
    "mw-cors": one("/items/{item_id}", items, cors),
    "stream": one("/stream", stream),
    "jsonl": one("/jsonl", jsonl),
    "websocket": sockets,
    "orm100": one("/orm100", orm100),
    "static": static,
    "redirect": one("/redirect/{item_id}", redirect),
    "html": one("/html/{item_id}", html),
    "cookies": one("/cookies/{item_id}", cookies),
}
