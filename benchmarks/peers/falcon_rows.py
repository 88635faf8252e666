"""Rows of one feature on Falcon, whose resources read and check their parameters themselves."""

from __future__ import annotations

import datetime
import json
import uuid
from decimal import Decimal
from typing import Any, Awaitable, Callable

import falcon
import falcon.asgi
import msgspec
from falcon.util import sync_to_async
from fixtures import Book, written_folder

Application = Callable[[Any, Any, Any], Awaitable[None]]
Factory = Callable[[], Application]
COUNT = 20


def answer(response: Any, value: Any, status: int = 200) -> None:
    response.status = status
    response.content_type = "application/json"
    response.data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def one(path: str, method: str, respond: Any, **options: Any) -> Factory:
    """Return a factory of an application with one route; `respond` gets the request, the response and the fields."""

    class Resource:
        pass

    async def responder(self: Any, request: Any, response: Any, **fields: Any) -> None:
        await respond(request, response, **fields)

    setattr(Resource, f"on_{method}", responder)

    def build() -> Application:
        app = falcon.asgi.App(**options)
        app.set_error_serializer(_detail)
        app.add_error_handler(OutOfStock, _out_of_stock)
        app.add_route(path, Resource())
        return app

    return build


def _detail(request: Any, response: Any, error: Any) -> None:
    answer(response, {"detail": error.title}, error.status_code)


class OutOfStock(Exception):
    pass


async def _out_of_stock(request: Any, response: Any, error: Any, params: Any) -> None:
    answer(response, {"out_of_stock": error.args[0]}, 409)


async def query_model(request: Any, response: Any) -> None:
    order = request.get_param("order", default="name")
    if order not in ("price", "name"):
        raise falcon.HTTPInvalidParam("unknown order", "order")
    limit = request.get_param_as_int("limit", default=10)
    answer(response, [request.get_param("q"), limit, order, request.get_param_as_list("tags", default=[])])


async def cookie_model(request: Any, response: Any) -> None:
    cookies = request.cookies
    answer(response, [cookies["session"], int(cookies.get("limit", 10)), cookies.get("theme", "light"), []])


async def typed(request: Any, response: Any) -> None:
    number, day = request.get_param_as_uuid("id"), request.get_param_as_date("day")
    at = datetime.datetime.fromisoformat(request.get_param("at"))
    red, price = request.get_param("colour") == "red", Decimal(request.get_param("price"))
    answer(response, [number.int % 1000, at.year, day.year, red, request.get_param("size"), int(price)])


async def typed_path(request: Any, response: Any, id: uuid.UUID) -> None:
    answer(response, {"id": id.int % 1000})


async def in_two_threads(request: Any, response: Any, item_id: int) -> None:
    number = await sync_to_async(lambda: item_id + 1)
    answer(response, await sync_to_async(lambda: {"item_id": item_id, "number": number}))


async def with_request(request: Any, response: Any, item_id: int) -> None:
    answer(response, {"item_id": item_id, "method": request.method})


async def with_header(request: Any, response: Any, item_id: int) -> None:
    response.set_header("x-item", request.method)
    answer(response, {"item_id": item_id})


async def with_task(request: Any, response: Any, item_id: int) -> None:
    async def note() -> None:
        return None

    response.schedule(note)
    answer(response, {"item_id": item_id})


async def raise_(request: Any, response: Any, item_id: int) -> None:
    raise falcon.HTTPNotFound(title="Item not found")


async def raise_headers(request: Any, response: Any, item_id: int) -> None:
    raise falcon.HTTPUnauthorized(title={"why": "expired"}, challenges=["Bearer"])  # type: ignore[arg-type]


async def raise_own(request: Any, response: Any, item_id: int) -> None:
    raise OutOfStock(item_id)


async def items(request: Any, response: Any, item_id: int) -> None:
    limit = request.get_param_as_int("limit", default=10)
    answer(response, {"item_id": item_id, "q": request.get_param("q"), "limit": limit})


class Passing:
    async def process_response(self, request: Any, response: Any, resource: Any, succeeded: bool) -> None:
        response.set_header("x-passed", "1")


CORS = falcon.CORSMiddleware(allow_origins=["https://shop.example"], allow_credentials=["https://shop.example"])


async def stream(request: Any, response: Any) -> None:
    async def chunks() -> Any:
        for i in range(COUNT):
            yield b"chunk %d\n" % i

    response.content_type = "text/plain"
    response.stream = chunks()


EVENTS = [{"id": i, "name": f"event {i}", "price": i * 1.25} for i in range(COUNT)]


async def jsonl(request: Any, response: Any) -> None:
    async def lines() -> Any:
        for event in EVENTS:
            yield msgspec.json.encode(event) + b"\n"

    response.content_type = "application/jsonl"
    response.stream = lines()


def sockets() -> Application:
    class Echo:
        async def on_websocket(self, request: Any, socket: Any, **fields: Any) -> None:
            await socket.accept()
            for _ in range(COUNT):
                await socket.send_text(await socket.receive_text())
            await socket.close()

    app = falcon.asgi.App()
    app.add_route("/websocket", Echo())
    app.add_route("/websocket-dependency/{item_id:int}", Echo())
    return app


BOOKS = [Book(i) for i in range(100)]


async def orm100(request: Any, response: Any) -> None:
    authors = [{"id": book.author.id, "name": book.author.name} for book in BOOKS]
    rows = zip(BOOKS, authors)
    answer(response, [{"id": b.id, "title": b.title, "price": b.price, "author": author} for b, author in rows])


async def redirect(request: Any, response: Any, item_id: int) -> None:
    raise falcon.HTTPTemporaryRedirect(f"/items/{item_id}")


async def html(request: Any, response: Any, item_id: int) -> None:
    response.content_type = "text/html; charset=utf-8"
    response.text = f"<h1>Item {item_id}</h1>"


async def cookies(request: Any, response: Any, item_id: int) -> None:
    response.set_cookie("session", "abc123", max_age=3600, http_only=True)
    response.set_cookie("theme", "dark")
    answer(response, {"item_id": item_id})


def static() -> Application:
    app = falcon.asgi.App()
    app.add_static_route("/static", written_folder())
    return app


ROWS: dict[str, Factory] = {
    "query-model": one("/query-model", "get", query_model),
    "cookie-model": one("/cookie-model", "get", cookie_model),
    "typed": one("/typed", "get", typed),
    "typed-path": one("/typed/{id:uuid}", "get", typed_path),
    "def-def": one("/def-def/{item_id:int}", "get", in_two_threads),
    "request": one("/request/{item_id:int}", "get", with_request),
    "response": one("/response/{item_id:int}", "get", with_header),
    "task-added": one("/task-added/{item_id:int}", "get", with_task),
    "raise": one("/raise/{item_id:int}", "get", raise_),
    "raise-headers": one("/raise-headers/{item_id:int}", "get", raise_headers),
    "raise-own": one("/raise-own/{item_id:int}", "get", raise_own),
    "mw-asgi": one("/items/{item_id:int}", "get", items, middleware=[Passing()]),
    "mw-cors": one("/items/{item_id:int}", "get", items, middleware=[CORS]),
    "stream": one("/stream", "get", stream),
    "jsonl": one("/jsonl", "get", jsonl),
    "websocket": sockets,
    "websocket-dependency": sockets,
    "orm100": one("/orm100", "get", orm100),
    "static": static,
    "redirect": one("/redirect/{item_id:int}", "get", redirect),
    "html": one("/html/{item_id:int}", "get", html),
    "cookies": one("/cookies/{item_id:int}", "get", cookies),
}
