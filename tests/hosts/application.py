"""One application, requests for it and their answers: every host and every server has to give these answers.

It needs only this package, or the real one, and runs on Python 3.8.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import Any, AsyncIterator, Dict, List, NamedTuple, Optional

from pydantic import BaseModel, Field
from typing_extensions import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException, Query, WebSocket
from fastapi.responses import PlainTextResponse, StreamingResponse

started: List[str] = []


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    started.append("started")
    yield
    started.append("stopped")


app = FastAPI(title="Everywhere", lifespan=lifespan)


class Item(BaseModel):
    name: str = Field(min_length=1)
    price: float = Field(gt=0)
    tags: List[str] = []


async def signed_in(authorization: Annotated[Optional[str], Header()] = None) -> str:
    if authorization is None:
        raise HTTPException(401, "Who is it?", {"WWW-Authenticate": "Bearer"})
    return authorization.partition(" ")[2]


@app.get("/items/{item_id}")
async def read_item(item_id: int, q: Optional[str] = None) -> Dict[str, Any]:
    return {"item_id": item_id, "q": q}


@app.get("/many")
async def read_many(
    n: Annotated[int, Query(ge=0)],
    ratio: float = 0.5,
    flag: bool = False,
    tag: Annotated[Optional[List[str]], Query()] = None,
) -> Dict[str, Any]:
    return {"n": n, "ratio": ratio, "flag": flag, "tag": tag}


@app.post("/items", status_code=201)
async def create_item(item: Item) -> Item:
    return item


@app.get("/me")
async def read_me(user: Annotated[str, Depends(signed_in)]) -> Dict[str, str]:
    return {"user": user}


@app.get("/worker")
def read_worker(n: int) -> Dict[str, int]:
    """Run in a worker thread."""
    return {"n": n}


@app.get("/stream")
async def stream() -> StreamingResponse:
    async def parts() -> AsyncIterator[bytes]:
        for part in (b"one ", b"two ", b"three"):
            yield part

    return StreamingResponse(parts(), media_type="text/plain")


@app.get("/large")
async def large() -> PlainTextResponse:
    return PlainTextResponse("x" * 300_000)


@app.get("/started")
async def read_started() -> List[str]:
    return started


@app.websocket("/echo")
async def echo(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_json({"echo": await websocket.receive_text()})
    await websocket.close()


class Row(NamedTuple):
    """One request, and its answer."""

    method: str
    target: str
    status: int
    answer: Any
    body: bytes = b""
    headers: Dict[str, str] = {}


JSON = {"content-type": "application/json"}
MANY = {"n": 3, "ratio": 100.0, "flag": True, "tag": ["a", "b"]}
WRONG = [["greater_than_equal", ["query", "n"]], ["float_parsing", ["query", "ratio"]]]
CREATED = {"name": "ä", "price": 2.5, "tags": ["t"]}
ROWS = [
    Row("GET", "/items/7?q=caf%C3%A9", 200, {"item_id": 7, "q": "café"}),
    Row("GET", "/items/-0012", 200, {"item_id": -12, "q": None}),
    Row("GET", "/items/9999999999999999999999", 200, {"item_id": 9999999999999999999999, "q": None}),
    Row("GET", "/many?n=3&ratio=1e2&flag=on&tag=a&tag=b", 200, MANY),
    Row("GET", "/many?n=-1&ratio=x", 422, WRONG),
    Row("GET", "/items/seven", 422, [["int_parsing", ["path", "item_id"]]]),
    Row("POST", "/items", 201, CREATED, '{"name":"ä","price":"2.5","tags":["t"]}'.encode(), JSON),
    Row("POST", "/items", 422, [["greater_than", ["body", "price"]]], b'{"name":"a","price":0}', JSON),
    Row("POST", "/items", 422, [["json_invalid", ["body", 1]]], b"{", JSON),
    Row("GET", "/me", 401, {"detail": "Who is it?"}),
    Row("GET", "/me", 200, {"user": "ada"}, b"", {"authorization": "Bearer ada"}),
    Row("GET", "/worker?n=5", 200, {"n": 5}),
    Row("GET", "/stream", 200, "one two three"),
    Row("GET", "/large", 200, "x" * 300_000),
    Row("GET", "/nowhere", 404, {"detail": "Not Found"}),
    Row("DELETE", "/items/7", 405, {"detail": "Method Not Allowed"}),
]  # fmt: skip


def simplified(status: int, media_type: str, body: bytes) -> Any:
    """Return an answer as a row has it: of a 422, the type and the place of each error."""
    import json

    if not media_type.startswith("application/json"):
        return body.decode()
    answer = json.loads(body)
    if status == 422:
        return [[error["type"], error["loc"]] for error in answer["detail"]]
    return answer
