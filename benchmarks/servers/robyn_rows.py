"""Rows on Robyn, with the answers of the other subjects."""

from __future__ import annotations

import json
from typing import Any

from robyn import Headers, Request, Response, Robyn

ROWS = ("plain", "items", "p8", "body")


def make(row: str) -> Any:
    app = Robyn(__file__)

    @app.get("/plain")
    async def plain(request: Request) -> Response:
        return _answer({"hello": "world"})

    @app.get("/items/:item_id")
    async def items(request: Request) -> Response:
        query = request.query_params
        limit = int(query.get("limit", "10"))
        return _answer({"item_id": int(request.path_params["item_id"]), "q": query.get("q", None), "limit": limit})

    @app.get("/p8/:item_id")
    async def p8(request: Request) -> Response:
        query, headers = request.query_params, request.headers
        cookies = dict(part.split("=", 1) for part in headers.get("cookie").split("; "))
        values = [
            int(request.path_params["item_id"]),
            query.get("q", None),
            int(query.get("limit", "10")),
            float(query.get("price_min", "0")),
            query.get("active", "true") == "true",
            query.get_all("tags"),
            int(headers.get("x-trace")),
            cookies.get("session"),
        ]
        return _answer(values)

    @app.post("/body")
    async def body(request: Request) -> Response:
        return _answer(json.loads(request.body))

    return app


def _answer(value: Any) -> Response:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return Response(200, Headers({"content-type": "application/json"}), text)
