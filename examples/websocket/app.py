"""A chat: each member of a room gets each message: `uvicorn examples.websocket.app:app`."""

from typing import Dict, Set

from pydantic import BaseModel, ValidationError
from typing_extensions import Annotated

from fastapi import FastAPI, Path, Query, WebSocket, WebSocketDisconnect, WebSocketException, status
from fastapi.responses import HTMLResponse

app = FastAPI(title="Chat")
rooms: Dict[str, Set[WebSocket]] = {}

Room = Annotated[str, Path(min_length=1, max_length=20)]
Name = Annotated[str, Query(min_length=1, max_length=20)]


class Message(BaseModel):
    text: str


@app.get("/", response_class=HTMLResponse)
async def page() -> str:
    return PAGE


@app.get("/rooms")
async def list_rooms() -> Dict[str, int]:
    return {room: len(sockets) for room, sockets in rooms.items()}


@app.websocket("/rooms/{room}")
async def chat(websocket: WebSocket, room: Room, name: Name) -> None:
    await websocket.accept()
    members = rooms.setdefault(room, set())
    members.add(websocket)
    try:
        await tell(room, {"joined": name})
        while True:
            await tell(room, {"from": name, "text": await next_text(websocket)})
    except WebSocketDisconnect:
        pass
    finally:
        members.discard(websocket)
        if not members:
            rooms.pop(room, None)
        await tell(room, {"left": name})


async def next_text(websocket: WebSocket) -> str:
    try:
        return Message.model_validate_json(await websocket.receive_text()).text
    except ValidationError as error:
        raise WebSocketException(status.WS_1007_INVALID_FRAME_PAYLOAD_DATA, "not a message") from error


async def tell(room: str, message: Dict[str, str]) -> None:
    for websocket in list(rooms.get(room, ())):
        await websocket.send_json(message)


PAGE = """<!doctype html>
<title>Chat</title>
<form id="form"><input id="text" autofocus autocomplete="off"><button>Send</button></form>
<ul id="messages"></ul>
<script>
  const name = "guest" + Math.floor(Math.random() * 1000);
  const socket = new WebSocket(`ws://${location.host}/rooms/hall?name=${name}`);
  socket.onmessage = (event) => {
    const item = document.createElement("li");
    item.textContent = event.data;
    document.getElementById("messages").append(item);
  };
  document.getElementById("form").onsubmit = (event) => {
    event.preventDefault();
    socket.send(JSON.stringify({ text: document.getElementById("text").value }));
    event.target.reset();
  };
</script>
"""
