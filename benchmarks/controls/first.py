"""The first rows on Starlette by hand, and with ASGI alone."""

from __future__ import annotations

import json
from typing import Any, Awaitable, Callable
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from workloads import MANY

Application = Callable[[Any, Any, Any], Awaitable[None]]


# ---- Starlette by hand ---------------------------------------------------------------------------------------------


async def _not_found(request: Request, error: Exception) -> Response:
    return JSONResponse({"detail": "Not Found"}, 404)


def _starlette(path: str, endpoint: Any, method: str = "GET") -> Starlette:
    route = Route(path, endpoint, methods=[method])
    return Starlette(routes=[route], exception_handlers={HTTPException: _not_found})


def _starlette_plain() -> Application:
    async def endpoint(request: Request) -> Response:
        return JSONResponse({"hello": "world"})

    return _starlette("/plain", endpoint)


def _starlette_items() -> Application:
    async def endpoint(request: Request) -> Response:
        query = request.query_params
        return JSONResponse(
            {
                "item_id": int(request.path_params["item_id"]),
                "q": query.get("q"),
                "limit": int(query.get("limit", 10)),
            }
        )

    return _starlette("/items/{item_id}", endpoint)


def _starlette_p8() -> Application:
    async def endpoint(request: Request) -> Response:
        query = request.query_params
        values = [
            int(request.path_params["item_id"]),
            query["q"],
            int(query.get("limit", 10)),
            float(query.get("price_min", 0)),
            query.get("active", "true") == "true",
            query.getlist("tags"),
            int(request.headers["x-trace"]),
            request.cookies.get("session"),
        ]
        return JSONResponse(values)

    return _starlette("/p8/{item_id}", endpoint)


def _starlette_body() -> Application:
    async def endpoint(request: Request) -> Response:
        return JSONResponse(await request.json())

    return _starlette("/body", endpoint, "POST")


def _starlette_me() -> Application:
    async def endpoint(request: Request) -> Response:
        scheme, _, token = request.headers["authorization"].partition(" ")
        return JSONResponse({"token": token})

    return _starlette("/me", endpoint)


def _starlette_form() -> Application:
    async def endpoint(request: Request) -> Response:
        form = await request.form()
        active = form["active"] == "true"
        return JSONResponse([form["name"], int(form["age"]), float(form["score"]), active, form["note"]])

    return _starlette("/form", endpoint, "POST")


def _starlette_sync() -> Application:
    def endpoint(request: Request) -> Response:
        return JSONResponse({"hello": "world"})

    return _starlette("/sync", endpoint)


def _starlette_many() -> Application:
    def numbered(i: int) -> Route:
        async def endpoint(request: Request) -> Response:
            return JSONResponse({"route": i, "item_id": int(request.path_params["item_id"])})

        return Route(f"/route{i}/{{item_id}}", endpoint)

    return Starlette(routes=[numbered(i) for i in range(MANY)])


STARLETTE: dict[str, Callable[[], Application]] = {
    "plain": _starlette_plain,
    "items": _starlette_items,
    "p8": _starlette_p8,
    "body": _starlette_body,
    "me": _starlette_me,
    "form": _starlette_form,
    "sync": _starlette_sync,
    "many": _starlette_many,
}


# ---- ASGI alone ----------------------------------------------------------------------------------------------------


def _raw(answer: Callable[[Any, bytes], tuple[int, Any]], reads_body: bool = False) -> Application:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"] if reads_body else b""
        status, value = answer(scope, body)
        content = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        length = str(len(content)).encode()
        headers = [(b"content-length", length), (b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    return app


def _raw_plain() -> Application:
    def answer(scope: Any, body: bytes) -> tuple[int, Any]:
        return (200, {"hello": "world"}) if scope["path"] == "/plain" else (404, {"detail": "Not Found"})

    return _raw(answer)


def _raw_items() -> Application:
    def answer(scope: Any, body: bytes) -> tuple[int, Any]:
        query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        item_id = int(scope["path"].rpartition("/")[2])
        return 200, {"item_id": item_id, "q": query.get("q"), "limit": int(query.get("limit", 10))}

    return _raw(answer)


def _raw_p8() -> Application:
    def answer(scope: Any, body: bytes) -> tuple[int, Any]:
        pairs = parse_qsl(scope["query_string"].decode("latin-1"))
        query = dict(pairs)
        headers = dict(scope["headers"])
        cookies = dict(part.split("=", 1) for part in headers[b"cookie"].decode("latin-1").split("; "))
        values = [
            int(scope["path"].rpartition("/")[2]),
            query["q"],
            int(query["limit"]),
            float(query["price_min"]),
            query["active"] == "true",
            [value for name, value in pairs if name == "tags"],
            int(headers[b"x-trace"]),
            cookies.get("session"),
        ]
        return 200, values

    return _raw(answer)


def _raw_body() -> Application:
    return _raw(lambda scope, body: (200, json.loads(body)), reads_body=True)


def _raw_big() -> Application:
    rows = [
        {"id": i, "name": f"item {i}", "price": i * 1.25, "active": i % 2 == 0, "tags": ["a", "b"]} for i in range(100)
    ]
    return _raw(lambda scope, body: (200, rows))


def _raw_many() -> Application:
    names = {f"route{i}": i for i in range(MANY)}

    def answer(scope: Any, body: bytes) -> tuple[int, Any]:
        _, name, item_id = scope["path"].split("/")
        return 200, {"route": names[name], "item_id": int(item_id)}

    return _raw(answer)


RAW: dict[str, Callable[[], Application]] = {
    "plain": _raw_plain,
    "items": _raw_items,
    "p8": _raw_p8,
    "body": _raw_body,
    "big": _raw_big,
    "many": _raw_many,
}
