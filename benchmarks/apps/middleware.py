"""Middleware of all kinds around one small operation."""
# No `from __future__ import annotations`: the annotations of endpoints use names of the surrounding function.

from typing import Any, Callable

from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.middleware.gzip import GZipMiddleware
from fastapi.middleware.trustedhost import TrustedHostMiddleware

from .declaring import application
from .requests import items


class Passing:
    """An ASGI middleware that looks at the scope and at the first message of the answer."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)

        async def send_noted(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"x-passed", b"1")]
            await send(message)

        await self.app(scope, receive, send_noted)


async def pass_on(request: Request, call_next: Callable[[Request], Any]) -> Any:
    return await call_next(request)


async def note_header(request: Request, call_next: Callable[[Request], Any]) -> Any:
    response = await call_next(request)
    response.headers["x-noted"] = "1"
    return response


def _cors(app: FastAPI) -> None:
    app.add_middleware(
        CORSMiddleware,
        allow_origins=["https://shop.example"],
        allow_methods=["*"],
        allow_headers=["*"],
        allow_credentials=True,
    )


@application
def mw_asgi(app: FastAPI) -> None:
    items(app)
    app.add_middleware(Passing)


@application
def mw_cors(app: FastAPI) -> None:
    items(app)
    _cors(app)


@application
def mw_gzip(app: FastAPI) -> None:
    items(app)
    app.add_middleware(GZipMiddleware, minimum_size=1000)


@application
def mw_host(app: FastAPI) -> None:
    items(app)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "*.shop.example"])


@application
def mw_two(app: FastAPI) -> None:
    items(app)
    app.middleware("http")(pass_on)
    app.middleware("http")(note_header)


@application
def mw_cors_http(app: FastAPI) -> None:
    items(app)
    app.middleware("http")(pass_on)
    _cors(app)
