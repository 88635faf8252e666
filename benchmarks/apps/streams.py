"""JSON Lines, server-sent events, streams and WebSockets."""
# No `from __future__ import annotations`: the annotations of endpoints use names of the surrounding function.

from typing import Annotated, Any, AsyncIterable, Dict, List, Optional

from pydantic import BaseModel, TypeAdapter

from fastapi import Depends, FastAPI, WebSocket
from fastapi.responses import StreamingResponse
from fastapi.sse import EventSourceResponse

from .declaring import application, direct, sending

COUNT = 20


class Event(BaseModel):
    id: int
    name: str
    price: float


EVENTS = [Event(id=i, name=f"event {i}", price=i * 1.25) for i in range(COUNT)]


@application
def streams(app: FastAPI) -> None:
    _items(app)
    _chunks(app)
    _websockets(app)


def _items(app: FastAPI) -> None:
    @app.get("/jsonl")
    async def jsonl() -> AsyncIterable[Event]:
        for event in EVENTS:
            yield event

    @app.get("/sse", response_class=EventSourceResponse)
    async def sse() -> AsyncIterable[Event]:
        for event in EVENTS:
            yield event

    adapter = TypeAdapter(Event)

    @direct("jsonl", "sse")
    async def _() -> List[bytes]:
        return [adapter.dump_json(adapter.validate_python(event)) async for event in jsonl()]


def _chunks(app: FastAPI) -> None:
    async def chunks() -> Any:
        for i in range(COUNT):
            yield b"chunk %d\n" % i

    @app.get("/stream")
    async def stream():
        return StreamingResponse(chunks(), media_type="text/plain")

    @direct("stream")
    async def _() -> None:
        await (await stream())(*sending("stream"))


def _websockets(app: FastAPI) -> None:
    async def common(item_id: int, q: Optional[str] = None) -> Dict[str, Any]:
        return {"item_id": item_id, "q": q}

    async def echo(websocket: WebSocket) -> None:
        await websocket.accept()
        for _ in range(COUNT):
            await websocket.send_text(await websocket.receive_text())
        await websocket.close()

    @app.websocket("/websocket")
    async def plain(websocket: WebSocket) -> None:
        await echo(websocket)

    @app.websocket("/websocket-dependency/{item_id}")
    async def with_dependency(websocket: WebSocket, values: Annotated[Dict[str, Any], Depends(common)]) -> None:
        await echo(websocket)

    @direct("websocket")
    async def _() -> None:
        await plain(WebSocket(*sending("websocket")))

    @direct("websocket-dependency")
    async def _() -> None:
        await with_dependency(WebSocket(*sending("websocket-dependency")), await common(42, "foo"))
