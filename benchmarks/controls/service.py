"""The service on Starlette by hand. It shares the store and the models of `service/`, and calls Pydantic itself."""

from __future__ import annotations

import json
import time
from typing import Any, Awaitable, Callable

from pydantic import TypeAdapter, ValidationError
from service import application as service
from service.store import Record, Session
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from .features import as_json, refused

Application = Callable[[Any, Any, Any], Awaitable[None]]
STORE, SETTINGS = service.STORE, service.SETTINGS

item_in, item_patch = TypeAdapter(service.ItemIn), TypeAdapter(service.ItemPatch)
item_out, items_out = TypeAdapter(service.ItemOut), TypeAdapter(list[service.ItemOut])
item_page, wanted = TypeAdapter(service.ItemPage), TypeAdapter(service.Wanted)


def written(adapter: TypeAdapter[Any], value: Any, status: int = 200) -> Response:
    return as_json(adapter.dump_json(adapter.validate_python(value, from_attributes=True)), status)


async def read(adapter: TypeAdapter[Any], request: Request) -> Any:
    return adapter.validate_python(json.loads(await request.body()))


def user(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise HTTPException(401, "Not authenticated", {"www-authenticate": "Bearer"})
    if token not in SETTINGS.tokens:
        raise HTTPException(401, "Unknown token", {"www-authenticate": "Bearer"})
    return SETTINGS.tokens[token]


def existing(request: Request, session: Session) -> Record:
    item_id = int(request.path_params["item_id"])
    record = session.get(item_id)
    if record is None:
        raise HTTPException(404, f"There is no item {item_id}")
    return record


def operation(work: Callable[[Request, Session, str], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that works for a known user, with a session."""

    async def endpoint(request: Request) -> Response:
        name = user(request)
        opened = Session(STORE)
        try:
            return await work(request, opened, name)
        except Exception:
            opened.rollback()
            raise
        finally:
            opened.close()

    return endpoint


async def list_items(request: Request, session: Session, name: str) -> Response:
    query = request.query_params
    page = service.Page(skip=int(query.get("skip", 0)), limit=min(int(query.get("limit", 20)), SETTINGS.largest_page))
    high = query.get("max_price")
    return written(
        item_page,
        await service.list_items(
            session,
            page,
            query.get("q"),
            query.get("category"),  # type: ignore[arg-type]
            float(query.get("min_price", 0)),
            None if high is None else float(high),
        ),
    )


async def get_item(request: Request, session: Session, name: str) -> Response:
    return written(item_out, existing(request, session))


async def create_item(request: Request, session: Session, name: str) -> Response:
    return written(item_out, await service.create_item(await read(item_in, request), session, name), 201)


async def replace_item(request: Request, session: Session, name: str) -> Response:
    record = existing(request, session)
    return written(item_out, await service.replace_item(record, await read(item_in, request), session))


async def patch_item(request: Request, session: Session, name: str) -> Response:
    record = existing(request, session)
    return written(item_out, await service.patch_item(record, await read(item_patch, request), session))


async def delete_item(request: Request, session: Session, name: str) -> Response:
    await service.delete_item(existing(request, session), session)
    return Response(status_code=204, media_type="application/json")


async def search_items(request: Request, session: Session, name: str) -> Response:
    found = await run_in_threadpool(service.search_items, await read(wanted, request), session)
    return written(items_out, found)


async def invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, ValidationError)
    errors = error.errors(include_url=False)
    return JSONResponse({"detail": [{**each, "loc": ["body", *each["loc"]]} for each in errors]}, 422)


async def take_time(request: Request, call_next: Any) -> Any:
    started = time.perf_counter()
    response = await call_next(request)
    STORE.timings[request.method] = STORE.timings.get(request.method, 0.0) + time.perf_counter() - started
    return response


def build() -> Application:
    cors = Middleware(
        CORSMiddleware,
        allow_origins=["https://shop.example"],
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=["authorization", "content-type"],
    )
    routes = [
        Route("/items", operation(list_items)),
        Route("/items", operation(create_item), methods=["POST"]),
        Route("/items/search", operation(search_items), methods=["POST"]),
        Route("/items/{item_id}", operation(get_item)),
        Route("/items/{item_id}", operation(replace_item), methods=["PUT"]),
        Route("/items/{item_id}", operation(patch_item), methods=["PATCH"]),
        Route("/items/{item_id}", operation(delete_item), methods=["DELETE"]),
    ]
    app = Starlette(
        routes=routes,
        middleware=[cors, Middleware(BaseHTTPMiddleware, dispatch=take_time)],
        exception_handlers={HTTPException: refused, ValidationError: invalid},
    )
    app.state.restart = STORE.restart
    return app
