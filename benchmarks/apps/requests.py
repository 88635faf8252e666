"""The applications of the first rows.

The eleven endpoints of the first rows are in one application, `small`, in the order of the table, because a real
application has many routes. Rows about the number of routes, middleware and large answers have their own applications.
"""
# No `from __future__ import annotations`: the annotations of endpoints use names of the surrounding function.

import datetime
import enum
import json
import re
import uuid
from typing import Annotated, Any, Callable, Dict, List, Optional

from pydantic import BaseModel, TypeAdapter
from pydantic_core import to_json
from workloads import BY_NAME, MANY, ROUTERS, ROWS

from fastapi import (
    APIRouter,
    BackgroundTasks,
    Cookie,
    Depends,
    FastAPI,
    File,
    Form,
    Header,
    Path,
    Query,
    Request,
    Response,
    UploadFile,
)
from fastapi.security import OAuth2PasswordBearer

from .declaring import application, direct, entries


def _numbered() -> Dict[int, List[str]]:
    """Return the number of a route -> the rows that it answers."""
    found: Dict[int, List[str]] = {}
    for row in ROWS:
        number = re.fullmatch(r"(?:/router\d+)?/route(\d+)/7", row.path)
        if number and row.method == "GET":
            found.setdefault(int(number[1]), []).append(row.name)
    return found


NUMBERED = _numbered()


class Owner(BaseModel):
    name: str
    age: int


class Item(BaseModel):
    name: str
    price: float
    tags: List[str] = []
    owner: Optional[Owner] = None


class Entry(BaseModel):
    id: int
    name: str
    price: float
    active: bool
    tags: List[str]


class Colour(enum.Enum):
    red = "red"
    blue = "blue"


@application
def plain(app: FastAPI) -> None:
    @app.get("/plain")
    async def endpoint():
        return {"hello": "world"}

    @direct("plain", "mw")
    async def _() -> bytes:
        return to_json(await endpoint())


@application
def items(app: FastAPI) -> None:
    @app.get("/items/{item_id}")
    async def endpoint(item_id: int, q: Optional[str] = None, limit: int = 10):
        return {"item_id": item_id, "q": q, "limit": limit}

    @direct("items")
    async def _() -> bytes:
        return to_json(await endpoint(42, "foo", 7))

    @direct("mount", "host")
    async def _() -> bytes:
        return to_json(await endpoint(42, "foo"))

    @direct("mw-asgi", "mw-cors", "mw-gzip", "mw-host", "mw-two", "mw-cors-http", "behind-mount")
    async def _() -> bytes:
        return to_json(await endpoint(42))


@application
def p8(app: FastAPI) -> None:
    @app.get("/p8/{item_id}")
    async def endpoint(
        item_id: Annotated[int, Path(ge=1)],
        q: Annotated[str, Query(min_length=2, max_length=50)],
        limit: Annotated[int, Query(ge=1, le=100)] = 10,
        price_min: Annotated[float, Query(ge=0)] = 0.0,
        active: bool = True,
        tags: Annotated[List[str], Query()] = [],  # noqa: B006
        x_trace: Annotated[Optional[int], Header()] = None,
        session: Annotated[Optional[str], Cookie(max_length=100)] = None,
    ):
        return [item_id, q, limit, price_min, active, tags, x_trace, session]

    @direct("p8")
    async def _() -> bytes:
        return to_json(await endpoint(42, "shoes", 20, 1.5, True, ["red", "blue"], 12345, "abc123"))


@application
def body(app: FastAPI) -> None:
    @app.post("/body")
    async def endpoint(item: Item) -> Item:
        return item

    adapter, sent = TypeAdapter(Item), BY_NAME["body"].body

    @direct("body")
    async def _() -> bytes:
        item = await endpoint(adapter.validate_python(json.loads(sent)))
        return adapter.dump_json(adapter.validate_python(item))


@application
def dep(app: FastAPI) -> None:
    async def inner(q: str, skip: int = 0) -> Dict[str, Any]:
        return {"q": q, "skip": skip}

    async def outer(common: Annotated[Dict[str, Any], Depends(inner)], x_token: Annotated[str, Header()]) -> Any:
        return {"common": common, "token": x_token}

    @app.get("/dep")
    async def endpoint(values: Annotated[Any, Depends(outer)]):
        return values

    @direct("dep", "overrides")
    async def _() -> bytes:
        return to_json(await endpoint(await outer(await inner("foo", 3), "secret")))


@application
def me(app: FastAPI) -> None:
    scheme = OAuth2PasswordBearer(tokenUrl="token")

    @app.get("/me")
    async def endpoint(token: Annotated[str, Depends(scheme)]):
        return {"token": token}

    @direct("me")
    async def _() -> bytes:
        return to_json(await endpoint("abc.def.ghi"))


@application
def big(app: FastAPI) -> None:
    rows = entries(100)

    @app.get("/big")
    async def endpoint():
        return rows

    @direct("big")
    async def _() -> bytes:
        return to_json(await endpoint())


@application
def bigmodel(app: FastAPI) -> None:
    rows = entries(100)

    @app.get("/bigmodel")
    async def endpoint() -> List[Entry]:
        return rows

    adapter = TypeAdapter(List[Entry])

    @direct("bigmodel")
    async def _() -> bytes:
        return adapter.dump_json(adapter.validate_python(await endpoint()))


@application
def form(app: FastAPI) -> None:
    @app.post("/form")
    async def endpoint(
        name: Annotated[str, Form()],
        age: Annotated[int, Form()],
        score: Annotated[float, Form()],
        active: Annotated[bool, Form()],
        note: Annotated[str, Form()],
    ):
        return [name, age, score, active, note]

    @direct("form")
    async def _() -> bytes:
        return to_json(await endpoint("Jane Doe", 33, 4.5, True, "a & b"))


@application
def upload(app: FastAPI) -> None:
    @app.post("/upload")
    async def endpoint(file: Annotated[UploadFile, File()], note: Annotated[str, Form()]):
        return {"size": file.size, "name": file.filename, "note": note}


@application
def sync(app: FastAPI) -> None:
    @app.get("/sync")
    def endpoint():
        return {"hello": "world"}

    @direct("sync")
    def _() -> bytes:
        return to_json(endpoint())


@application
def small(app: FastAPI) -> None:
    for add in (plain, items, p8, body, dep, me, big, bigmodel, form, upload, sync):
        add(app)


@application
def overrides(app: FastAPI) -> None:
    small(app)

    async def unrelated() -> None:
        return None

    app.dependency_overrides[unrelated] = lambda: None


@application
def many(app: FastAPI) -> None:
    for i in range(MANY):
        _add_numbered(app, i)


@application
def strangers(app: FastAPI) -> None:
    """Create a router and an attribute in each request; neither changes a route that the plan knows."""
    many(app)

    @app.get("/strangers/{item_id}")
    async def endpoint(item_id: int):
        APIRouter()
        route.seen = item_id
        return {"item_id": item_id}

    @direct("strangers")
    async def _() -> bytes:
        return to_json(await endpoint(7))

    route: Any = app.router.routes[-1]


@application
def tree(app: FastAPI) -> None:
    each = MANY // ROUTERS
    for r in range(ROUTERS):
        router = APIRouter()
        for i in range(r * each, (r + 1) * each):
            _add_numbered(router, i)
        app.include_router(router, prefix=f"/router{r}")


def _add_numbered(router: Any, i: int) -> None:
    async def endpoint(item_id: int):
        return {"route": i, "item_id": item_id}

    router.get(f"/route{i}/{{item_id}}")(endpoint)

    @direct(*NUMBERED.get(i, []))
    async def _() -> bytes:
        return to_json(await endpoint(7))


@application
def mw(app: FastAPI) -> None:
    @app.middleware("http")
    async def pass_on(request: Request, call_next: Callable[[Request], Any]) -> Any:
        return await call_next(request)

    small(app)


@application
def guided(app: FastAPI) -> None:
    """Add operations with features beyond parameters and a body."""

    async def session() -> Any:
        yield 7

    @app.get("/request/{item_id}")
    async def with_request(request: Request, item_id: int):
        return {"item_id": item_id, "method": request.method}

    scope = BY_NAME["request"].scope()

    @direct("request")
    async def _() -> bytes:
        return to_json(await with_request(Request(scope), 42))

    @app.get("/yield/{item_id}")
    async def with_session(item_id: int, number: Annotated[int, Depends(session)]):
        return {"item_id": item_id, "number": number}

    @direct("yield")
    async def _() -> bytes:
        opened = session()
        found = to_json(await with_session(42, await opened.__anext__()))
        await opened.aclose()
        return found

    @app.get("/injected/{item_id}")
    async def with_injected(item_id: int, response: Response, tasks: BackgroundTasks):
        response.headers["x-item"] = str(item_id)
        return {"item_id": item_id}

    @direct("injected")
    async def _() -> bytes:
        return to_json(await with_injected(42, Response(), BackgroundTasks()))


@application
def json10k(app: FastAPI) -> None:
    rows = entries(10_000)

    @app.get("/json10k")
    async def endpoint():
        return rows

    @direct("json10k")
    async def _() -> bytes:
        return to_json(await endpoint())


@application
def typed100(app: FastAPI) -> None:
    start = datetime.datetime(2026, 1, 1, 12, 30, tzinfo=datetime.timezone.utc)
    rows = [
        {"at": start + datetime.timedelta(minutes=i), "id": uuid.UUID(int=i), "colour": list(Colour)[i % 2], "n": i}
        for i in range(100)
    ]

    @app.get("/typed100")
    async def endpoint():
        return rows

    @direct("typed100")
    async def _() -> bytes:
        return to_json(await endpoint())


@application
def form1000(app: FastAPI) -> None:
    @app.post("/form1000")
    async def endpoint(request: Request):
        received = await request.form()
        return {"fields": len(received)}


def register(app: FastAPI, count: int) -> None:
    """Add `count` POST routes with a body model, a query parameter and a dependency."""

    async def common(page: int = 1) -> int:
        return page

    for i in range(count):

        async def endpoint(
            item: Item, page: Annotated[int, Depends(common)], q: Annotated[Optional[str], Query(max_length=50)] = None
        ) -> Item:
            return item

        endpoint.__name__ = f"endpoint{i}"
        app.post(f"/things{i}")(endpoint)
