"""The first rows on other frameworks."""
# No `from __future__ import annotations`: the peers resolve annotations, whose names are local to the functions.

from typing import Any, Awaitable, Callable

from workloads import MANY, Row

Application = Callable[[Any, Any, Any], Awaitable[None]]


# The paths of the application `small` that each peer answers.
PATHS = ("/plain", "/items/42", "/unknown", "/body", "/big")


def rows() -> list[dict[str, Any]]:
    return [
        {"id": i, "name": f"item {i}", "price": i * 1.25, "active": i % 2 == 0, "tags": ["a", "b"]} for i in range(100)
    ]


def answers(row: Row) -> bool:
    return row.app == "many" or (row.app == "small" and row.path in PATHS)


def _blacksheep(app: str) -> Application:
    import json

    from blacksheep import Application as BlackSheep
    from blacksheep import Content, Response
    from blacksheep.messages import Request

    built = BlackSheep()

    def answer(value: Any) -> Response:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        return Response(200, None, Content(b"application/json", text))

    if app == "many":
        for i in range(MANY):
            built.router.add_get(f"/route{i}/{{item_id}}", _blacksheep_numbered(answer, i))
    else:

        @built.router.get("/plain")
        async def plain() -> Response:
            return answer({"hello": "world"})

        @built.router.get("/items/{item_id}")
        async def items(item_id: int, q: str | None = None, limit: int = 10) -> Response:
            return answer({"item_id": item_id, "q": q, "limit": limit})

        @built.router.post("/body")
        async def body(request: Request) -> Response:
            return answer(await request.json())

        @built.router.get("/big")
        async def big() -> Response:
            return answer(rows())

    return started(built, built.start)


def _blacksheep_numbered(answer: Callable[[Any], Any], i: int) -> Callable[..., Any]:
    async def numbered(item_id: int) -> Any:
        return answer({"route": i, "item_id": item_id})

    return numbered


def started(app: Any, start: Callable[[], Awaitable[None]]) -> Application:
    """Start an application on its first request, for frameworks that need their lifespan first."""
    pending = [start]

    async def starting(scope: Any, receive: Any, send: Any) -> None:
        if pending:
            await pending.pop()()
        await app(scope, receive, send)

    return starting


def _falcon(app: str) -> Application:
    import json

    import falcon
    import falcon.asgi

    def answer(response: Any, value: Any) -> None:
        response.content_type = "application/json"
        response.data = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()

    class Plain:
        async def on_get(self, request: Any, response: Any) -> None:
            answer(response, {"hello": "world"})

    class Items:
        async def on_get(self, request: Any, response: Any, item_id: int) -> None:
            limit = request.get_param_as_int("limit", default=10)
            answer(response, {"item_id": item_id, "q": request.get_param("q"), "limit": limit})

    class Body:
        async def on_post(self, request: Any, response: Any) -> None:
            answer(response, await request.get_media())

    class Big:
        async def on_get(self, request: Any, response: Any) -> None:
            answer(response, rows())

    class Numbered:
        def __init__(self, i: int) -> None:
            self.i = i

        async def on_get(self, request: Any, response: Any, item_id: int) -> None:
            answer(response, {"route": self.i, "item_id": item_id})

    built = falcon.asgi.App()
    if app == "many":
        for i in range(MANY):
            built.add_route(f"/route{i}/{{item_id:int}}", Numbered(i))
        return built
    for path, resource in (("/plain", Plain()), ("/items/{item_id:int}", Items()), ("/body", Body()), ("/big", Big())):
        built.add_route(path, resource)
    return built


def _litestar(app: str) -> Application:
    from litestar import Litestar, get, post

    def numbered(i: int) -> Any:
        @get(f"/route{i}/{{item_id:int}}", name=f"route{i}")
        async def handler(item_id: int) -> dict[str, Any]:
            return {"route": i, "item_id": item_id}

        return handler

    @get("/plain")
    async def plain() -> dict[str, Any]:
        return {"hello": "world"}

    @get("/items/{item_id:int}")
    async def items(item_id: int, q: str | None = None, limit: int = 10) -> dict[str, Any]:
        return {"item_id": item_id, "q": q, "limit": limit}

    @post("/body", status_code=200)
    async def body(data: dict[str, Any]) -> dict[str, Any]:
        return data

    @get("/big")
    async def big() -> list[dict[str, Any]]:
        return rows()

    handlers = [numbered(i) for i in range(MANY)] if app == "many" else [plain, items, body, big]
    return Litestar(route_handlers=handlers, openapi_config=None)


FIRST: dict[str, Callable[[str], Application]] = {"blacksheep": _blacksheep, "falcon": _falcon, "litestar": _litestar}
