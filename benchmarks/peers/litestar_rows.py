"""Rows of one feature on Litestar, with msgspec's structs as models."""
# No `from __future__ import annotations`: Litestar resolves annotations, whose names are local to the functions.

import datetime
import enum
import uuid
from decimal import Decimal
from typing import Annotated, Any, AsyncIterator, Awaitable, Callable, Literal

import msgspec
from fixtures import Book, written_folder
from litestar import Litestar, MediaType, Request, Response, Router, WebSocket, asgi, get, post, websocket
from litestar.background_tasks import BackgroundTask
from litestar.config.allowed_hosts import AllowedHostsConfig
from litestar.config.compression import CompressionConfig
from litestar.config.cors import CORSConfig
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.params import Parameter
from litestar.response import File, Redirect, Stream
from litestar.static_files import create_static_files_router

from .litestar_models import Aliased, BookOut, OrderIn, PlainRow, Point, Sparse

Application = Callable[[Any, Any, Any], Awaitable[None]]
Factory = Callable[[], Application]
COUNT = 20
Order = Literal["price", "name"]


def refused(request: Any, error: HTTPException) -> Response[Any]:
    content = {"detail": error.extra or error.detail}
    return Response(content, status_code=error.status_code, headers=error.headers, media_type=MediaType.JSON)


def one(*handlers: Any, **options: Any) -> Factory:
    options.setdefault("exception_handlers", {HTTPException: refused})
    return lambda: Litestar(route_handlers=handlers, openapi_config=None, **options)


# ---- parameters ----------------------------------------------------------------------------------------------------


@get("/query-model")
async def query_model(
    q: str | None = None,
    limit: int = 10,
    order: Order = "name",
    tags: Annotated[list[str] | None, Parameter(query="tags")] = None,
) -> list[Any]:
    return [q, limit, order, tags]


@get("/cookie-model")
async def cookie_model(
    session: Annotated[str, Parameter(cookie="session")],
    limit: Annotated[int, Parameter(cookie="limit")] = 10,
    theme: Annotated[Literal["dark", "light"], Parameter(cookie="theme")] = "light",
) -> list[Any]:
    return [session, limit, theme, []]


class Colour(enum.Enum):
    red = "red"
    blue = "blue"


@get("/typed")
async def typed(
    id: uuid.UUID,
    at: datetime.datetime,
    day: datetime.date,
    colour: Colour,
    size: Literal["small", "large"],
    price: Decimal,
) -> list[Any]:
    return [id.int % 1000, at.year, day.year, colour is Colour.red, size, int(price)]


@get("/typed/{id:uuid}")
async def typed_path(id: uuid.UUID) -> dict[str, int]:
    return {"id": id.int % 1000}


class Typed(msgspec.Struct):
    id: uuid.UUID
    at: datetime.datetime
    day: datetime.date
    colour: Colour
    size: Literal["small", "large"]
    price: Decimal


TYPED = Typed(
    uuid.UUID("12345678-1234-5678-1234-567812345678"),
    datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc),
    datetime.date(2026, 1, 2),
    Colour.red,
    "small",
    Decimal("12.50"),
)


@get("/typed-model")
async def typed_model() -> Typed:
    return TYPED


# ---- dependencies, objects, exceptions -----------------------------------------------------------------------------


async def session() -> AsyncIterator[int]:
    yield 7


async def transaction(session: int) -> AsyncIterator[int]:
    yield session + 1


async def bearer(request: Request[Any, Any, Any]) -> str:
    return request.headers["authorization"].partition(" ")[2]


def common(item_id: int) -> int:
    return item_id + 1


@get(["/yield/{item_id:int}", "/yield-nested/{item_id:int}"])
async def with_number(item_id: int, number: int) -> dict[str, int]:
    return {"item_id": item_id, "number": number}


@get("/yield-security/{item_id:int}")
async def with_security(item_id: int, number: int, token: str) -> dict[str, Any]:
    return {"item_id": item_id, "number": number, "token": token}


@get("/def-def/{item_id:int}", sync_to_thread=True)
def in_two_threads(item_id: int, number: int) -> dict[str, int]:
    return {"item_id": item_id, "number": number}


@get("/request/{item_id:int}")
async def with_request(request: Request[Any, Any, Any], item_id: int) -> dict[str, Any]:
    return {"item_id": item_id, "method": request.method}


@get(["/response/{item_id:int}", "/injected-all/{item_id:int}"])
async def with_header(request: Request[Any, Any, Any], item_id: int) -> Response[dict[str, int]]:
    return Response({"item_id": item_id}, headers={"x-item": request.method})


async def note(item_id: int) -> None:
    return None


@get("/task-added/{item_id:int}")
async def with_task(item_id: int) -> Response[dict[str, int]]:
    return Response({"item_id": item_id}, background=BackgroundTask(note, item_id))


@get("/raise/{item_id:int}")
async def raise_(item_id: int) -> None:
    raise HTTPException("Item not found", status_code=404)


async def refuse(item_id: int) -> int:
    raise HTTPException("Not allowed", status_code=403)


@get("/raise-dependency/{item_id:int}")
async def raise_dependency(number: int) -> int:
    return number


@get("/raise-headers/{item_id:int}")
async def raise_headers(item_id: int) -> None:
    raise HTTPException(status_code=401, extra={"why": "expired"}, headers={"www-authenticate": "Bearer"})


class OutOfStock(Exception):
    pass


@get("/raise-own/{item_id:int}")
async def raise_own(item_id: int) -> None:
    raise OutOfStock(item_id)


def out_of_stock(request: Any, error: OutOfStock) -> Response[Any]:
    return Response({"out_of_stock": error.args[0]}, status_code=409)


# ---- middleware and structure --------------------------------------------------------------------------------------


@get("/items/{item_id:int}")
async def items(item_id: int, q: str | None = None, limit: int = 10) -> dict[str, Any]:
    return {"item_id": item_id, "q": q, "limit": limit}


def passing(app: Application) -> Application:
    async def middleware(scope: Any, receive: Any, send: Any) -> None:
        async def send_noted(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-passed", b"1")]
            await send(message)

        await app(scope, receive, send_noted)

    return middleware


CORS = CORSConfig(
    allow_origins=["https://shop.example"], allow_methods=["*"], allow_headers=["*"], allow_credentials=True
)


def mounted() -> Application:
    sub = Litestar([items], openapi_config=None)

    @asgi("/mounted", is_mount=True, copy_scope=True)
    async def forward(scope: Any, receive: Any, send: Any) -> None:
        await sub(scope, receive, send)

    return Litestar([forward], openapi_config=None)


async def check_token(request: Request[Any, Any, Any]) -> None:
    if request.headers["x-token"] != "secret":
        raise HTTPException("wrong token", status_code=403)


@get("/items/{item_id:int}")
async def included(item_id: int, token: None, q: str | None = None) -> dict[str, Any]:
    return {"item_id": item_id, "q": q}


# ---- streams, models, small answers --------------------------------------------------------------------------------


@get("/stream", media_type="text/plain")
async def stream() -> Stream:
    async def chunks() -> AsyncIterator[bytes]:
        for i in range(COUNT):
            yield b"chunk %d\n" % i

    return Stream(chunks())


class Event(msgspec.Struct):
    id: int
    name: str
    price: float


EVENTS = [Event(i, f"event {i}", i * 1.25) for i in range(COUNT)]


@get("/jsonl", media_type="application/jsonl")
async def jsonl() -> Stream:
    async def lines() -> AsyncIterator[bytes]:
        for event in EVENTS:
            yield msgspec.json.encode(event) + b"\n"

    return Stream(lines())


@get("/sse", media_type="text/event-stream")
async def sse() -> Stream:
    async def events() -> AsyncIterator[bytes]:
        for event in EVENTS:
            yield b"data: " + msgspec.json.encode(event) + b"\n\n"

    return Stream(events())


async def echo(socket: WebSocket[Any, Any, Any]) -> None:
    await socket.accept()
    for _ in range(COUNT):
        await socket.send_text(await socket.receive_text())
    await socket.close()


@websocket("/websocket")
async def plain_socket(socket: WebSocket[Any, Any, Any]) -> None:
    await echo(socket)


async def query(item_id: int, q: str | None = None) -> dict[str, Any]:
    return {"item_id": item_id, "q": q}


@websocket("/websocket-dependency/{item_id:int}")
async def socket_with_dependency(socket: WebSocket[Any, Any, Any], values: dict[str, Any]) -> None:
    await echo(socket)


BOOKS = [Book(i) for i in range(100)]
ALIASED = [Aliased(i, f"item {i}", i * 1.25) for i in range(100)]
SPARSE = [Sparse(i, name=f"item {i}") if i % 2 else Sparse(i, price=i * 1.25) for i in range(100)]
POINTS = [Point(i, f"item {i}", i * 1.25) for i in range(100)]
PLAIN_ROWS: list[PlainRow] = [{"id": i, "name": f"item {i}", "price": i * 1.25} for i in range(100)]


@get("/orm100")
async def orm100() -> list[BookOut]:
    return msgspec.convert(BOOKS, list[BookOut], from_attributes=True)


@get("/alias100")
async def alias100() -> list[Aliased]:
    return ALIASED


@get("/unset100")
async def unset100() -> list[Sparse]:
    return SPARSE


@get("/dataclasses100")
async def dataclasses100() -> list[Point]:
    return POINTS


@get("/typeddict100")
async def typeddict100() -> list[PlainRow]:
    return PLAIN_ROWS


@post("/order", status_code=200)
async def order(data: OrderIn) -> dict[str, Any]:
    return {"lines": len(data.lines), "total": data.total}


@get("/redirect/{item_id:int}", status_code=307)
async def redirect(item_id: int) -> Redirect:
    return Redirect(f"/items/{item_id}", status_code=307)


@get("/html/{item_id:int}", media_type=MediaType.HTML)
async def html(item_id: int) -> str:
    return f"<h1>Item {item_id}</h1>"


@get("/cookies/{item_id:int}")
async def cookies(item_id: int) -> Response[dict[str, int]]:
    response = Response({"item_id": item_id})
    response.set_cookie("session", "abc123", max_age=3600, httponly=True)
    response.set_cookie("theme", "dark")
    return response


def file1m() -> Application:
    path = f"{written_folder()}/file.bin"

    @get("/file1m")
    async def handler() -> File:
        return File(path)

    return Litestar([handler], openapi_config=None)


def static() -> Application:
    return Litestar([create_static_files_router("/static", [written_folder()])], openapi_config=None)


SESSION = Provide(session)
ROWS: dict[str, Factory] = {
    "query-model": one(query_model),
    "cookie-model": one(cookie_model),
    "typed": one(typed),
    "typed-path": one(typed_path),
    "typed-model": one(typed_model),
    "yield": one(with_number, dependencies={"number": SESSION}),
    "yield-nested": one(with_number, dependencies={"session": SESSION, "number": Provide(transaction)}),
    "yield-security": one(with_security, dependencies={"number": SESSION, "token": Provide(bearer)}),
    "def-def": one(in_two_threads, dependencies={"number": Provide(common, sync_to_thread=True)}),
    "request": one(with_request),
    "response": one(with_header),
    "task-added": one(with_task),
    "injected-all": one(with_header),
    "raise": one(raise_),
    "raise-dependency": one(raise_dependency, dependencies={"number": Provide(refuse)}),
    "raise-headers": one(raise_headers),
    "raise-own": one(raise_own, exception_handlers={OutOfStock: out_of_stock}),
    "mw-asgi": one(items, middleware=[passing]),
    "mw-cors": one(items, cors_config=CORS),
    "mw-gzip": one(items, compression_config=CompressionConfig(backend="gzip", minimum_size=1000)),
    "mw-host": one(items, allowed_hosts=AllowedHostsConfig(allowed_hosts=["127.0.0.1:8000", "*.shop.example"])),
    "mount": mounted,
    "router-dependencies": one(
        Router("/included", route_handlers=[included], dependencies={"token": Provide(check_token)})
    ),
    "stream": one(stream),
    "jsonl": one(jsonl),
    "sse": one(sse),
    "websocket": one(plain_socket),
    "websocket-dependency": one(socket_with_dependency, dependencies={"values": Provide(query)}),
    "orm100": one(orm100),
    "alias100": one(alias100),
    "unset100": one(unset100),
    "dataclasses100": one(dataclasses100),
    "typeddict100": one(typeddict100),
    "body1k": one(order),
    "body80k": one(order),
    "body1000k": one(order),
    "file1m": file1m,
    "static": static,
    "redirect": one(redirect),
    "html": one(html),
    "cookies": one(cookies),
}
