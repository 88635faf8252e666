"""How a module of this folder registers an application, and the functions that do the work of a row directly."""

from __future__ import annotations

import asyncio
from typing import Any, Callable, Dict, List, Tuple

from workloads import BY_NAME

from fastapi import FastAPI

APPS: Dict[str, Callable[[], Any]] = {}

# Row -> a function without arguments that does the row's validation, endpoint and serialisation and nothing else.
DIRECT: Dict[str, Callable[[], Any]] = {}


def application(build: Callable[[FastAPI], None]) -> Callable[[FastAPI], None]:
    """Register a function that adds the routes of one workload."""

    def make() -> FastAPI:
        app = FastAPI()
        build(app)
        return app

    APPS[build.__name__] = make
    return build


def direct(*rows: str) -> Callable[[Callable[[], Any]], Callable[[], Any]]:
    """Register a function, `def` or `async def`, as the direct work of rows; it stands beside their endpoint."""

    def register(call: Callable[[], Any]) -> Callable[[], Any]:
        DIRECT.update(dict.fromkeys(rows, call))
        return call

    return register


def sending(row: str) -> Tuple[Any, Any, Any]:
    """Return the scope of a row with a `receive` that has the client's messages, and a `send` that drops the answer."""
    of = BY_NAME[row]
    following = iter(of.messages())

    async def receive() -> Any:
        for message in following:
            return message
        return await asyncio.get_running_loop().create_future()

    async def send(message: Any) -> None:
        return None

    return of.scope(), receive, send


def entries(count: int) -> List[Dict[str, Any]]:
    return [
        {"id": i, "name": f"item {i}", "price": i * 1.25, "active": i % 2 == 0, "tags": ["a", "b"]}
        for i in range(count)
    ]
