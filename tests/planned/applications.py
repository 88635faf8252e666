"""The application for comparing both ways. Each call makes a new one."""

from datetime import date
from enum import Enum
from typing import Any, Dict, List, Optional

from pydantic import BaseModel, Field
from typing_extensions import Annotated

from fastapi import (
    APIRouter,
    Cookie,
    Depends,
    FastAPI,
    File,
    Form,
    Header,
    HTTPException,
    Path,
    Query,
    Response,
    UploadFile,
)
from fastapi.security import (
    APIKeyCookie,
    APIKeyHeader,
    APIKeyQuery,
    HTTPAuthorizationCredentials,
    HTTPBasic,
    HTTPBasicCredentials,
    HTTPBearer,
    OAuth2PasswordBearer,
    OAuth2PasswordRequestForm,
)


class Colour(str, Enum):
    red = "red"
    blue = "blue"


class Item(BaseModel):
    name: str = Field(min_length=2)
    price: float = 1.5
    tags: List[str] = []


class Unhandled(Exception):
    pass


class Handled(Exception):
    pass


def make_app(**options: Any) -> FastAPI:
    app = FastAPI(**options)
    calls: List[str] = []
    app.state.calls = calls

    @app.exception_handler(Handled)
    async def handle(request: Any, error: Handled) -> Response:
        return Response(f"handled {error}", status_code=418)

    @app.get("/plain")
    async def plain():
        return {"hello": "world"}

    @app.get("/items/{item_id}")
    async def items(item_id: int, q: Optional[str] = None, limit: int = 10):
        return {"item_id": item_id, "q": q, "limit": limit}

    @app.get("/many/{a}/{b}")
    async def many(
        a: Annotated[int, Path(ge=0, lt=1000)],
        b: str,
        text: Annotated[str, Query(min_length=2, max_length=5)],
        number: Annotated[float, Query(gt=0, multiple_of=0.5)] = 1.0,
        flag: bool = False,
        x_token: Annotated[Optional[str], Header()] = None,
        x_count: Annotated[List[int], Header()] = [],  # noqa: B006
        visits: Annotated[int, Cookie(le=5)] = 0,
        tag: Annotated[List[str], Query(max_length=3)] = [],  # noqa: B006
    ):
        return [a, b, text, number, flag, x_token, x_count, visits, tag]

    @app.get("/opaque/{day}")
    async def opaque(day: date, colour: Colour = Colour.red, pattern: Annotated[str, Query(pattern="^a")] = "a"):
        return {"day": day, "colour": colour, "pattern": pattern}

    @app.get("/sync/{item_id}")
    def sync(item_id: int):
        return item_id

    @app.get("/declared", response_model=Item)
    async def declared(price: float = 2.0):
        return {"name": "tray", "price": price, "extra": 1}

    @app.get("/declared/wrong", response_model=Item)
    async def declared_wrong():
        return {"name": "x"}

    @app.post("/body/{item_id}")
    async def body(item_id: int, item: Item, q: str = "none"):
        return {"item_id": item_id, "item": item, "q": q}

    @app.post("/bodies")
    async def bodies(item: Item, other: Item, n: Annotated[int, Query()] = 1) -> Dict[str, Any]:
        return {"names": [item.name, other.name], "n": n}

    async def first(q: str, h: Annotated[Optional[str], Header()] = None):
        calls.append("first")
        return [q, h]

    def second(a: Annotated[List[Any], Depends(first)], n: int = 3):
        calls.append("second")
        if n == 13:
            raise HTTPException(400, "unlucky", headers={"x-why": "thirteen"})
        return {"a": a, "n": n}

    class Pagination:
        def __init__(self, skip: int = 0, take: Annotated[int, Query(le=50)] = 10) -> None:
            calls.append("pagination")
            self.window = [skip, take]

    @app.get("/dep", dependencies=[Depends(first)])
    async def dep(
        b: Annotated[Dict[str, Any], Depends(second)],
        a: Annotated[List[Any], Depends(first)],
        page: Annotated[Pagination, Depends()],
        z: bool = True,
    ):
        return [b, a, page.window, z, a is b["a"]]

    @app.get("/fresh")
    async def fresh(a: Annotated[List[Any], Depends(first)], b: Annotated[List[Any], Depends(first, use_cache=False)]):
        return [a, b, a is b]

    async def replacing():
        calls.append("replacing")
        app.dependency_overrides[first] = lambda: calls.append("replaced") or "replaced"

    @app.post("/replacing")
    async def read_replacing(
        n: int,
        b: Annotated[Any, Depends(replacing)],
        a: Annotated[Any, Depends(first)],
        item: Item,
    ):
        app.dependency_overrides.clear()
        return [n, a, b, item]

    add_forms(app)
    add_security(app)
    add_endings(app)
    add_routers(app)
    return app


class Entry(BaseModel):
    name: str
    tags: List[str] = []


def add_forms(app: FastAPI) -> None:
    calls: List[str] = app.state.calls

    @app.post("/form/{item_id}")
    async def form(
        item_id: int,
        name: Annotated[str, Form(min_length=2)],
        n: Annotated[int, Form(ge=0)] = 3,
        score: Annotated[Optional[float], Form(alias="the-score")] = None,
        flag: Annotated[bool, Form()] = False,
        tags: Annotated[List[int], Form()] = [],  # noqa: B006
    ):
        return [item_id, name, n, score, flag, tags]

    @app.post("/form/opaque/{item_id}")
    def opaque_form(
        item_id: int,
        day: Annotated[date, Form()],
        colour: Annotated[Colour, Form()] = Colour.red,
        names: Annotated[List[Colour], Form()] = [],  # noqa: B006
        q: Annotated[Optional[date], Query()] = None,
    ):
        return [item_id, day, colour, names, q]

    @app.post("/form/model/any")
    async def form_model(entry: Annotated[Entry, Form()]):
        return entry

    def logged(n: Annotated[int, Form()] = 1):
        calls.append("logged")
        return n

    @app.post("/login")
    async def login(
        form: Annotated[OAuth2PasswordRequestForm, Depends()],
        n: Annotated[int, Depends(logged)],
        remember: Annotated[bool, Form()] = False,
    ):
        return [form.username, form.password, form.scopes, form.grant_type, form.client_id, n, remember]

    @app.post("/upload")
    async def upload(
        file: Annotated[UploadFile, File()],
        note: Annotated[str, Form()],
        others: Annotated[List[bytes], File()] = [],  # noqa: B006
    ):
        content = await file.read()
        return [file.filename, file.size, file.content_type, len(content), note, [len(other) for other in others]]

    @app.post("/form/raise/any")
    async def raise_with_form(what: Annotated[str, Form()]):
        raise Handled(what) if what == "handled" else HTTPException(409, what)


def add_security(app: FastAPI) -> None:
    oauth = OAuth2PasswordBearer("token")
    soft_oauth = OAuth2PasswordBearer("token", auto_error=False)
    bearer, basic = HTTPBearer(), HTTPBasic(realm="here")

    @app.get("/oauth")
    async def read_oauth(token: Annotated[str, Depends(oauth)]):
        return token

    @app.get("/oauth/soft")
    async def read_soft(token: Annotated[Optional[str], Depends(soft_oauth)]):
        return token

    @app.get("/bearer")
    async def read_bearer(found: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]):
        return found

    @app.get("/basic")
    async def read_basic(found: Annotated[HTTPBasicCredentials, Depends(basic)]):
        return [found.username, found.password]

    @app.get("/keys")
    async def read_keys(
        header: Annotated[str, Depends(APIKeyHeader(name="X-Key"))],
        query: Annotated[Optional[str], Depends(APIKeyQuery(name="key", auto_error=False))],
        cookie: Annotated[Optional[str], Depends(APIKeyCookie(name="key", auto_error=False))],
    ):
        return [header, query, cookie]


def add_endings(app: FastAPI) -> None:
    @app.get("/raise/{what}")
    async def raise_something(what: str):
        if what == "http":
            raise HTTPException(409, {"what": what})
        if what == "handled":
            raise Handled(what)
        if what == "nan":
            return float("nan")
        if what == "odd":
            return {1, 2} if what else None
        if what == "response":
            return Response(b"raw", media_type="text/x", headers={"x-own": "1"})
        raise Unhandled(what)

    @app.get("/created", status_code=201)
    async def created():
        return None

    @app.delete("/gone", status_code=204)
    async def gone() -> None:
        return None

    @app.get("/reset", status_code=205)
    async def reset():
        return None

    @app.get("/unmodified", status_code=304)
    async def unmodified():
        return {"no": "body"}


def add_routers(app: FastAPI) -> None:
    inner = APIRouter(prefix="/inner")
    outer = APIRouter(prefix="/outer")

    async def guard(key: int = 0):
        if key == 9:
            raise HTTPException(403, "guarded")

    @inner.get("/{name}")
    async def included(name: str, n: int = 1):
        return [name, n]

    @inner.post("/{name}")
    async def included_post(name: str):
        return name

    @outer.get("/files/{path:path}")
    async def files(path: str):
        return path

    outer.include_router(inner)
    app.include_router(outer, prefix="/v1", dependencies=[Depends(guard)])
    app.include_router(inner)

    @app.get("/inner/{name}/late")
    async def late(name: str):
        return name
