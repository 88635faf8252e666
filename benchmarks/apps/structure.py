"""Mounts, hosts and included routers; applications of 1, 100 and 1000 routes."""
# No `from __future__ import annotations`: the annotations of endpoints use names of the surrounding function.

from typing import Annotated, Any, Callable, Dict, Optional

from pydantic_core import to_json
from workloads import MANY, ROUTERS, SIZES

from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, WebSocket
from fastapi.routing import APIRoute

from .declaring import application, direct, sending
from .dependencies import session
from .models import add_query_model
from .requests import _add_numbered, items


def _sub_application() -> FastAPI:
    sub = FastAPI()
    items(sub)
    return sub


async def check_token(x_token: Annotated[str, Header()]) -> None:
    if x_token != "secret":
        raise HTTPException(403, "wrong token")


@application
def structure(app: FastAPI) -> None:
    router = APIRouter(prefix="/included", dependencies=[Depends(check_token)])

    @router.get("/items/{item_id}")
    async def included(item_id: int, q: Optional[str] = None):
        return {"item_id": item_id, "q": q}

    @direct("router-dependencies")
    async def _() -> bytes:
        await check_token("secret")
        return to_json(await included(42, "foo"))

    app.include_router(router)
    app.mount("/mounted", _sub_application())


@application
def hosted(app: FastAPI) -> None:
    app.host("127.0.0.1", _sub_application())


def add_routers(app: FastAPI, count: int) -> None:
    """Add routes in routers of as many as `tree` has in each."""
    each = MANY // ROUTERS
    for start in range(0, count, each):
        router = APIRouter()
        for i in range(start, min(count, start + each)):
            _add_numbered(router, i)
        app.include_router(router, prefix=f"/router{start // each}")


def _register_sizes() -> None:
    def flat(count: int) -> Callable[[FastAPI], None]:
        def build(app: FastAPI) -> None:
            for i in range(count):
                _add_numbered(app, i)

        return build

    def included(count: int) -> Callable[[FastAPI], None]:
        return lambda app: add_routers(app, count)

    kinds: Dict[str, Callable[[int], Callable[[FastAPI], None]]] = {"flat": flat, "included": included}
    for kind, of in kinds.items():
        for count in SIZES:
            build = of(count)
            build.__name__ = f"{kind}{count}"
            application(build)


_register_sizes()


@application
def behind(app: FastAPI) -> None:
    """Add one operation of each way to answer behind many others."""
    add_routers(app, MANY)
    add_query_model(app)

    @app.get("/yield/{item_id}")
    async def with_session(item_id: int, number: Annotated[int, Depends(session)]):
        return {"item_id": item_id, "number": number}

    @app.get("/raise/{item_id}")
    async def raise_(item_id: int):
        raise HTTPException(404, "Item not found")

    @app.get("/def/{item_id}")
    def in_thread(item_id: int):
        return {"item_id": item_id}

    @app.websocket("/websocket")
    async def websocket(websocket: WebSocket) -> None:
        await websocket.accept()
        await websocket.send_text(await websocket.receive_text())
        await websocket.close()

    class Route(APIRoute):
        def get_route_handler(self) -> Any:
            inner = super().get_route_handler()

            async def handler(request: Any) -> Any:
                return await inner(request)

            return handler

    router = APIRouter(route_class=Route)

    @router.get("/exact/{item_id}")
    async def exact(item_id: int):
        return {"item_id": item_id}

    @direct("behind-exact")
    async def _() -> bytes:
        return to_json(await exact(42))

    @direct("behind-def")
    def _() -> bytes:
        return to_json(in_thread(42))

    @direct("behind-websocket")
    async def _() -> None:
        await websocket(WebSocket(*sending("behind-websocket")))

    app.include_router(router)
    app.mount("/mounted", _sub_application())
