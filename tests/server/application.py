"""An application with an operation of each kind: simple ones, and each way of not being simple."""

from __future__ import annotations

import asyncio
from typing import Any, AsyncIterator, Dict, List, Optional

from pydantic import BaseModel, field_validator

from fastapi import BackgroundTasks, Depends, FastAPI, Form, Header, HTTPException, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response, StreamingResponse


class Item(BaseModel):
    """A body."""

    name: str
    price: float = 1.0


class CheckedItem(Item):
    """A body whose validation may fail in a way that is no error of the request."""

    @field_validator("name")
    @classmethod
    def find(cls, name: str) -> str:
        if name == "pen":
            raise LookupError(name)
        return name


def make_app(effects: List[Any]) -> FastAPI:
    """Return the application. Its functions append to `effects`."""
    app = FastAPI(openapi_url=None)

    @app.get("/plain")
    async def plain() -> Dict[str, str]:
        effects.append("plain")
        return {"hello": "world"}

    @app.api_route("/items/{number}", methods=["GET", "PUT", "DELETE"])
    async def items(number: int, q: Optional[str] = None, x_token: Optional[str] = Header(None)) -> Dict[str, Any]:
        effects.append(("items", number, q, x_token))
        return {"number": number, "q": q, "token": x_token}

    @app.post("/body")
    async def body(item: Item) -> Item:
        effects.append(("body", item.name))
        return item

    @app.post("/form")
    async def form(name: str = Form()) -> Dict[str, str]:
        effects.append(("form", name))
        return {"name": name}

    @app.get("/large")
    async def large() -> str:
        effects.append("large")
        return "x" * 20_000

    @app.get("/model", response_model=Item)
    async def model(price: str = "1.5") -> Any:
        return {"name": "pen", "price": price}

    @app.post("/checked")
    async def checked(item: CheckedItem) -> Response:
        return JSONResponse({"name": item.name})

    @app.exception_handler(LookupError)
    async def show(request: Request, error: Exception) -> Response:
        names = sorted(request.scope)
        effects.append((names, request.path_params, dict(request.query_params), await request.body()))
        return JSONResponse({"scope": names, "route": request.scope["route"].path}, status_code=417)

    @app.get("/lookup/{name}")
    async def lookup(name: str) -> None:
        raise KeyError(name)

    @app.get("/slow")
    async def slow(turns: int = 5) -> int:
        effects.append("slow begins")
        for _ in range(turns):
            await asyncio.sleep(0)
        effects.append("slow ends")
        return turns

    @app.get("/refused")
    async def refused() -> None:
        raise HTTPException(418, "no", headers={"X-B": "c"})

    @app.get("/error")
    async def error() -> None:
        raise ValueError("an error of the endpoint")

    _add_other_operations(app, effects)
    return app


def _add_other_operations(app: FastAPI, effects: List[Any]) -> None:
    @app.get("/response")
    async def response() -> Response:
        return HTMLResponse("<p>", headers={"X-C": "d"})

    @app.get("/odd")
    async def odd() -> Response:
        return JSONResponse({"a": 1}, status_code=299, headers={"Connection": "close"})

    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b"a", b"", b"bc"):
            for _ in range(8):
                await asyncio.sleep(0)
            yield piece

    @app.get("/stream")
    async def stream() -> Response:
        return StreamingResponse(pieces(), media_type="text/plain")

    @app.get("/empty", status_code=204)
    async def empty() -> None:
        effects.append("empty")

    @app.get("/short")
    async def short() -> Response:
        return Response(b"abc", headers={"content-length": "5"})

    @app.get("/request")
    async def request(request: Request) -> str:
        return str(request.url)

    async def behind_a_proxy(request: Request) -> None:
        request.scope.update(client=("198.51.100.7", 9), path="/other", query_string=b"z")

    @app.get("/client")
    async def client(_: None = Depends(behind_a_proxy)) -> int:
        return 1

    async def note() -> None:
        effects.append("background")

    @app.get("/background")
    async def background(tasks: BackgroundTasks) -> int:
        tasks.add_task(note)
        return 1

    async def resource() -> AsyncIterator[int]:
        effects.append("opened")
        yield 1
        effects.append("closed")

    @app.get("/resource")
    async def with_resource(value: int = Depends(resource)) -> int:
        return value
