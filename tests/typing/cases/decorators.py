"""Decorators return the function that they take, with its type."""

from typing import Any, Callable, Dict

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from typing_extensions import reveal_type

from fastapi import APIRouter, FastAPI, WebSocket

app = FastAPI()
router = APIRouter()


@app.get("/")
async def get_item(item_id: int) -> str:
    return str(item_id)


@app.post("/", status_code=201, tags=["items"])
async def post_item(item_id: int) -> str:
    return str(item_id)


@router.put("/{item_id}", response_model=None)
def put_item(item_id: int) -> Dict[str, int]:
    return {"item_id": item_id}


@router.delete("/{item_id}")
def delete_item(item_id: int) -> None: ...


@app.options("/")
def item_options() -> None: ...


@app.head("/")
def item_headers() -> None: ...


@app.patch("/")
def patch_item() -> None: ...


@app.trace("/")
def trace_item() -> None: ...


@router.api_route("/any", methods=["GET", "POST"])
def any_method(item_id: int) -> bytes:
    return b""


@app.websocket("/ws")
async def websocket(session: WebSocket) -> None: ...


@app.middleware("http")
async def add_header(request: Request, call_next: Callable[[Request], Any]) -> Response:
    return JSONResponse({})


@app.exception_handler(404)
async def not_found(request: Request, error: Exception) -> Response:
    return JSONResponse({})


reveal_type(get_item)  # T: def (item_id: int) -> typing.Coroutine[Any, Any, str]
reveal_type(post_item)  # T: def (item_id: int) -> typing.Coroutine[Any, Any, str]
reveal_type(put_item)  # T: def (item_id: int) -> dict[str, int]
reveal_type(delete_item)  # T: def (item_id: int)
reveal_type(item_options)  # T: def ()
reveal_type(item_headers)  # T: def ()
reveal_type(patch_item)  # T: def ()
reveal_type(trace_item)  # T: def ()
reveal_type(any_method)  # T: def (item_id: int) -> bytes
reveal_type(websocket)  # T: def (session: starlette.websockets.WebSocket) -> typing.Coroutine[Any, Any, None]
reveal_type(app.router)  # T: fastapi._routing.tree.router.APIRouter
