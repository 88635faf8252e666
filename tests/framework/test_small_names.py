"""Small public functions that the package itself does not call. The expected values are those of the real package."""

from __future__ import annotations

from typing import Any, Dict, Iterator, List

import pytest
from starlette.exceptions import HTTPException
from starlette.routing import Match

from fastapi import APIRouter, FastAPI, Request, utils
from fastapi.datastructures import Default
from fastapi.testclient import TestClient


def test_an_operation_id_for_a_path() -> None:
    with pytest.warns(utils.FastAPIDeprecationWarning, match="was deprecated, it is not used internally") as warned:  # type: ignore[attr-defined]
        found = utils.generate_operation_id_for_path(name="read item", path="/items/{item_id}", method="GET")
    assert (found, warned[0].filename) == ("read_item_items__item_id__get", __file__)


def test_dicts_are_merged_at_any_depth() -> None:
    main: Dict[str, Any] = {"a": {"b": 1, "c": [1]}, "d": [1], "e": 1}
    utils.deep_dict_update(main, {"a": {"c": [2], "f": 2}, "d": [2], "e": {"g": 1}, "h": []})
    assert main == {"a": {"b": 1, "c": [1, 2], "f": 2}, "d": [1, 2], "e": {"g": 1}, "h": []}


def test_the_first_value_that_is_no_default() -> None:
    first, second = Default(1), Default(2)
    assert utils.get_value_or_default(first, second, 3, 4) == 3
    assert utils.get_value_or_default(0, 3) == 0
    assert utils.get_value_or_default(first, second) is first


def test_names_of_responses() -> None:
    assert [utils.is_body_allowed_for_status_code(code) for code in (None, "default", "4XX", "204", 304, 200)] == [
        True,
        True,
        True,
        False,
        False,
        True,
    ]


def test_a_plain_generator_as_lifespan() -> None:
    seen: List[str] = []

    def lifespan(app: FastAPI) -> Iterator[Dict[str, str]]:
        seen.append("start")
        yield {"key": "value"}
        seen.append("end")

    app = FastAPI(lifespan=lifespan)  # type: ignore[arg-type]

    @app.get("/")
    def read(request: Request) -> str:
        return str(request.state.key)

    with TestClient(app) as client:
        assert client.get("/").json() == "value"
        assert seen == ["start"]
    assert seen == ["start", "end"]


def test_an_included_router_is_a_route() -> None:
    app, router = FastAPI(), APIRouter(prefix="/inner")

    @router.get("/items/{item_id}")
    def read_item(item_id: int) -> int:
        return item_id

    app.include_router(router, prefix="/outer")
    included = app.router.routes[-1]
    scope: Dict[str, Any] = {"type": "http", "path": "/outer/inner/items/7", "method": "GET", "headers": []}
    assert included.matches({**scope})[0] is Match.FULL
    assert included.matches({**scope, "method": "POST"})[0] is Match.PARTIAL
    assert included.matches({**scope, "path": "/outer"})[0] is Match.NONE


def limits(inner_limit: Any = None) -> TestClient:
    outer, inner = FastAPI(max_body_size=10), FastAPI(max_body_size=inner_limit)

    @inner.middleware("http")
    async def read_first(request: Request, call_next: Any) -> Any:
        await request.body()
        return await call_next(request)

    @inner.post("/")
    async def read(request: Request) -> int:
        return len(await request.body())

    outer.mount("/inner", inner)
    return TestClient(outer)


def test_the_limit_of_an_application_holds_in_a_mounted_one() -> None:
    client = limits()
    assert (client.post("/inner/", content=b"a" * 10).json()) == 10

    def chunks() -> Iterator[bytes]:
        yield b"a" * 8
        yield b"a" * 8

    told, counted = client.post("/inner/", content=b"a" * 11), client.post("/inner/", content=chunks())
    assert (told.status_code, told.text) == (413, "Content Too Large")
    assert (counted.status_code, counted.json()) == (413, {"detail": "Content Too Large"})


@pytest.mark.parametrize("wrong", [-1, True, 1.0, "1"])
def test_a_limit_is_a_number_of_bytes(wrong: Any) -> None:
    with pytest.raises(ValueError, match="max_body_size must be a non-negative integer or None"):
        FastAPI(max_body_size=wrong)


def test_a_route_without_an_application_refuses_other_methods() -> None:
    import asyncio

    app = FastAPI()

    @app.get("/items")
    def read() -> None: ...

    route, sent = app.router.routes[-1], []

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Dict[str, Any] = {"type": "http", "path": "/items", "method": "POST", "headers": []}
    asyncio.run(route.handle({**scope}, None, send))  # type: ignore[arg-type]
    assert (sent[0]["status"], sent[1]["body"]) == (405, b"Method Not Allowed")
    with pytest.raises(HTTPException) as raised:
        asyncio.run(route.handle({**scope, "app": app}, None, send))  # type: ignore[arg-type]
    assert (raised.value.status_code, raised.value.headers) == (405, {"Allow": "GET"})
