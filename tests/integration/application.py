"""The application that the patchers observe. Both the real package and this one run it.

`make_app(created, note)` calls `created(app)` before it adds routes, because some patchers are installed at that
moment. The endpoints call `note(text)`, which a patcher attaches to the current span or scope. So the observations show
whether the right one is current in an endpoint, a dependency, a worker thread and a background task.
"""

import logging
from typing import Any, Callable, Dict, Iterator

from pydantic import BaseModel
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from typing_extensions import Annotated

import fastapi
from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, Header, HTTPException, Request, Response, WebSocket

Note = Callable[[str], None]
logger = logging.getLogger("application")


class Item(BaseModel):
    name: str
    price: float = 1.5


class Handled(Exception):
    pass


def make_app(created: Callable[[FastAPI], None], note: Note) -> FastAPI:
    # `FastAPIInstrumentor().instrument()` replaces the attribute of the module, and not the name imported above.
    app = fastapi.FastAPI()
    created(app)
    add_parameters(app, note)
    add_dependencies(app, note)
    add_errors(app, note)
    add_endings(app, note)
    app.include_router(make_users(note), prefix="/v1")
    app.mount("/sub", make_sub_application(note))
    app.mount("/plain-mount", make_starlette_mount(note))
    add_websockets(app, note)
    return app


def add_parameters(app: FastAPI, note: Note) -> None:
    @app.get("/plain")
    async def plain() -> Dict[str, str]:
        note("plain")
        return {"hello": "world"}

    @app.get("/items/{item_id}")
    async def read_item(item_id: int, q: str = "none"):
        note("read_item")
        return {"item_id": item_id, "q": q}

    @app.post("/items/{item_id}", status_code=201)
    async def write_item(item_id: int, item: Item) -> Item:
        note("write_item")
        return item

    @app.get("/files/{path:path}", name="files-by-path", operation_id="read-files")
    async def read_file(path: str):
        return path

    @app.get("/sync/{item_id}")
    def read_sync(item_id: int):
        note("read_sync")
        return {"item_id": item_id}


def add_dependencies(app: FastAPI, note: Note) -> None:
    async def token(x_token: Annotated[str, Header()] = "guest") -> str:
        note("token")
        if x_token == "thief":
            raise HTTPException(403, "no")
        return x_token

    def sync_user(name: Annotated[str, Depends(token)]) -> Dict[str, str]:
        note("sync_user")
        return {"name": name}

    def resource() -> Iterator[str]:
        note("resource opened")
        yield "resource"
        note("resource closed")

    @app.get("/dependency")
    async def read_dependency(user: Annotated[Dict[str, str], Depends(sync_user)]):
        note("read_dependency")
        return user

    @app.get("/resource")
    async def read_resource(found: Annotated[str, Depends(resource)], request: Request, response: Response):
        note("read_resource")
        response.headers["x-path"] = request.url.path
        return found


def add_errors(app: FastAPI, note: Note) -> None:
    @app.exception_handler(Handled)
    async def handle(request: Request, error: Handled) -> Response:
        note("handler")
        return PlainTextResponse(f"handled {error}", status_code=418)

    @app.get("/conflict")
    async def conflict():
        raise HTTPException(409, {"why": "conflict"})

    @app.get("/unavailable")
    async def unavailable():
        raise HTTPException(503, "later")

    @app.get("/handled")
    async def handled():
        raise Handled("well")

    @app.get("/crash/{item_id}")
    async def crash(item_id: int):
        note("crash")
        raise RuntimeError(f"crash {item_id}")

    @app.get("/sync-crash")
    def sync_crash():
        raise RuntimeError("sync crash")

    @app.get("/wrong-answer", response_model=Item)
    async def wrong_answer():
        return {"price": "free"}

    @app.get("/logged")
    async def logged():
        logger.error("logged %s", "here")
        return None


def add_endings(app: FastAPI, note: Note) -> None:
    def late(text: str) -> None:
        note(f"late {text}")

    @app.get("/background")
    async def background(tasks: BackgroundTasks):
        tasks.add_task(late, "task")
        return "sent"

    @app.get("/response")
    async def response():
        note("response")
        return PlainTextResponse("own", headers={"x-own": "1"})


def make_users(note: Note) -> APIRouter:
    users = APIRouter(prefix="/users", tags=["users"])
    posts = APIRouter()

    @users.get("/{user_id}")
    async def read_user(user_id: int):
        note("read_user")
        return {"user_id": user_id}

    @posts.get("/{post_id}")
    def read_post(user_id: int, post_id: str):
        note("read_post")
        return [user_id, post_id]

    @posts.get("/{post_id}/crash")
    async def crash_post(user_id: int, post_id: str):
        raise RuntimeError("crash post")

    users.include_router(posts, prefix="/{user_id}/posts")
    return users


def make_sub_application(note: Note) -> FastAPI:
    sub = fastapi.FastAPI()

    @sub.get("/hello/{name}")
    async def hello(name: str):
        note("hello")
        return f"hello {name}"

    @sub.get("/crash")
    async def crash():
        raise RuntimeError("crash below")

    return sub


def make_starlette_mount(note: Note) -> Any:
    async def endpoint(request: Request) -> Response:
        note("starlette")
        return PlainTextResponse("starlette")

    return Mount("/inner", routes=[Route("/{name}", endpoint)])


def add_websockets(app: FastAPI, note: Note) -> None:
    @app.websocket("/ws/{room}")
    async def talk(websocket: WebSocket, room: int):
        note("talk")
        await websocket.accept()
        text = await websocket.receive_text()
        await websocket.send_text(f"{room} {text}")
        await websocket.close()
