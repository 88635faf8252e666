"""JSON Lines on the planned way: the same messages, scope and exceptions as on the exact way."""

from __future__ import annotations

import asyncio
from typing import Any, AsyncIterable, Dict, Iterable, List

import pytest
from pydantic import BaseModel
from typing_extensions import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException, Request
from fastapi._routing.planning.explain import explain
from fastapi.routing import APIRoute


class Item(BaseModel):
    n: int
    note: str = "x"


class ExactRoute(APIRoute):
    """A custom class, so its operations are not planned."""


def number(x_number: Annotated[int, Header()] = 1) -> int:
    return x_number


async def doubled(n: Annotated[int, Depends(number)]) -> int:
    if n == 13:
        raise HTTPException(418, "thirteen")
    return 2 * n


def make_app(route_class: Any) -> FastAPI:
    app = FastAPI(openapi_url=None)
    app.router.route_class = route_class

    @app.exception_handler(ValueError)
    async def handle(request: Request, error: ValueError) -> Any:
        raise AssertionError("a response has begun")

    @app.get("/items/{count}")
    async def items(count: int, q: str = "x") -> AsyncIterable[Item]:
        for n in range(count):
            yield Item(n=n, note=q)

    @app.get("/def/{count}", status_code=202, response_model_exclude_unset=True)
    def in_threads(count: int, n: Annotated[int, Depends(doubled)]) -> Iterable[Item]:
        for _ in range(count):
            yield Item(n=n)

    @app.get("/undeclared")
    async def undeclared(n: Annotated[int, Depends(doubled)]) -> Any:
        yield {"n": n, "nan": float("nan")}

    @app.get("/invalid")
    async def invalid() -> AsyncIterable[Item]:
        yield {"n": 1}  # type: ignore[misc]
        yield {"n": "x"}  # type: ignore[misc]

    @app.get("/failing")
    async def failing(q: int = 1) -> AsyncIterable[Item]:
        yield Item(n=q)
        raise ValueError("late")

    return app


TARGETS: List[Any] = [
    ("/items/3", b"", []),
    ("/items/0", b"q=y", []),
    ("/items/x", b"", []),
    ("/def/2", b"", [(b"x-number", b"4")]),
    ("/def/2", b"", [(b"x-number", b"13")]),
    ("/def/2", b"", [(b"x-number", b"x")]),
    ("/undeclared", b"", []),
    ("/invalid", b"", []),
    ("/failing", b"", []),
    ("/failing", b"q=x", []),
]


def answer(app: FastAPI, path: str, query: bytes, headers: Any, spec_version: str) -> Dict[str, Any]:
    scope: Dict[str, Any] = {"type": "http", "method": "GET", "path": path, "query_string": query, "headers": headers}
    scope["asgi"] = {"spec_version": spec_version}
    sent: List[Any] = []
    raised: List[str] = []

    async def request() -> None:
        async def receive() -> Any:
            await asyncio.Event().wait()

        async def send(message: Any) -> None:
            sent.append(message)

        try:
            await app(scope, receive, send)
        except Exception as error:
            raised.append(f"{error!r} {error.__cause__!r} {error.__context__!r}")

    asyncio.run(request())
    path_params = scope.get("path_params")
    return {"sent": sent, "raised": raised, "keys": sorted(scope), "path_params": path_params}


@pytest.mark.parametrize("spec_version", ["2.3", "2.4"])
@pytest.mark.parametrize("path, query, headers", TARGETS)
def test_both_ways_agree(path: str, query: bytes, headers: Any, spec_version: str) -> None:
    planned, exact = make_app(APIRoute), make_app(ExactRoute)
    for _ in range(2):
        found = answer(planned, path, query, headers, spec_version)
        assert found == answer(exact, path, query, headers, spec_version)


def test_they_are_planned() -> None:
    states = [line.split(": ")[1] for line in explain(make_app(APIRoute)) if line.startswith("GET ")]
    assert states == ["planned"] * 5


def test_a_dependency_that_is_replaced_runs() -> None:
    app = make_app(APIRoute)
    app.dependency_overrides[doubled] = lambda: 7
    found = answer(app, "/undeclared", b"", [], "2.3")
    assert [message.get("body") for message in found["sent"]] == [None, b'{"n": 7, "nan": null}\n', b""]


def test_a_dependency_that_sets_an_override_is_not_called_twice() -> None:
    app = FastAPI(openapi_url=None)
    calls: List[str] = []

    def first() -> int:
        calls.append("first")
        app.dependency_overrides[second] = lambda: 5
        return 1

    def second() -> int:
        calls.append("second")
        return 2

    @app.get("/")
    async def lines(a: int = Depends(first), b: int = Depends(second)) -> Any:
        yield [a, b]

    found = answer(app, "/", b"", [], "2.3")
    assert [message.get("body") for message in found["sent"]] == [None, b"[1, 5]\n", b""]
    assert calls == ["first"]
