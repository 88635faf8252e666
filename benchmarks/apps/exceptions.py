"""Raised exceptions, with the default handler and with one of the application's."""
# No `from __future__ import annotations`: the annotations of endpoints use names of the surrounding function.

from typing import Annotated, Any, Callable

from pydantic_core import to_json

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import JSONResponse

from .declaring import application, direct


class OutOfStock(Exception):
    def __init__(self, item_id: int) -> None:
        self.item_id = item_id


@application
def exceptions(app: FastAPI) -> None:
    async def refuse(item_id: int) -> int:
        raise HTTPException(403, "Not allowed")

    async def out_of_stock(request: Request, error: OutOfStock) -> JSONResponse:
        return JSONResponse({"out_of_stock": error.item_id}, 409)

    app.add_exception_handler(OutOfStock, out_of_stock)  # type: ignore[arg-type]

    @app.get("/raise/{item_id}")
    async def raise_(item_id: int):
        raise HTTPException(404, "Item not found")

    @app.get("/raise-dependency/{item_id}")
    async def raise_dependency(number: Annotated[int, Depends(refuse)]):
        return number

    @app.get("/raise-headers/{item_id}")
    async def raise_headers(item_id: int):
        raise HTTPException(401, {"why": "expired"}, {"www-authenticate": "Bearer"})

    @app.get("/raise-own/{item_id}")
    async def raise_own(item_id: int):
        raise OutOfStock(item_id)

    async def detail(call: Callable[[int], Any]) -> bytes:
        try:
            await call(42)
        except HTTPException as error:
            return to_json({"detail": error.detail})
        raise AssertionError("no exception")

    @direct("raise", "behind-raise")
    async def _() -> bytes:
        return await detail(raise_)

    @direct("raise-dependency")
    async def _() -> bytes:
        return await detail(refuse)

    @direct("raise-headers")
    async def _() -> bytes:
        return await detail(raise_headers)

    @direct("raise-own")
    async def _() -> bytes:
        try:
            await raise_own(42)
        except OutOfStock as error:
            return bytes((await out_of_stock(Request({"type": "http"}), error)).body)
        raise AssertionError("no exception")
