"""Applications behind the package for JavaScript. Each endpoint answers with its own title and parameters.

The file runs with this package and with the real one.
"""

from __future__ import annotations

import datetime
import enum
from typing import Any, Callable, Dict, List, Optional

from pydantic import BaseModel
from typing_extensions import Annotated

from fastapi import APIRouter, Body, Cookie, Depends, FastAPI, Form, Header, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse
from fastapi.routing import APIRoute
from fastapi.security import APIKeyHeader


class Colour(str, enum.Enum):
    red = "red"
    blue = "blue"


class Page(BaseModel):
    start: int = 0
    size: int


class Order(BaseModel):
    count: int


class QuietRoute(APIRoute):
    """A route class of the application's own."""

    def get_route_handler(self) -> Callable[..., Any]:
        return super().get_route_handler()


def ran(route: str, **params: Dict[str, Any]) -> Dict[str, Any]:
    return {"route": route, "params": params}


def add_plain(app: FastAPI) -> None:
    """Add operations whose errors the core finds."""

    @app.get("/")
    async def root() -> Any:
        return ran("GET /")

    @app.get("/items/{item_id}")
    async def item(item_id: int, q: Optional[str] = None, short: bool = False) -> Any:
        return ran("GET /items/{item_id}", path={"item_id": item_id}, query={"q": q, "short": short})

    @app.get("/items")
    def search(
        q: Annotated[Optional[str], Query(min_length=2, max_length=8)] = None,
        price: Annotated[Optional[float], Query(ge=0, alias="max-price")] = None,
        tag: Annotated[List[str], Query(max_length=2)] = [],  # noqa: B006, each request gets its own copy
        ratio: Annotated[List[float], Query()] = [0.5],  # noqa: B006
        limit: Annotated[int, Query(ge=1, le=100)] = 20,
    ) -> Any:
        query = {"q": q, "max-price": price, "tag": tag, "ratio": ratio, "limit": limit}
        return ran("GET /items", query=query)

    @app.put("/items/{item_id}")
    async def mark(item_id: Annotated[int, Path(gt=0)], done: bool) -> Any:
        return ran("PUT /items/{item_id}", path={"item_id": item_id}, query={"done": done})

    @app.get("/who")
    async def who(
        x_number: Annotated[int, Header()],
        x_name: Annotated[str, Header(max_length=5)] = "-",
        visits: Annotated[int, Cookie(ge=0)] = 0,
        x_many: Annotated[Optional[List[int]], Header()] = None,
    ) -> Any:
        header = {"x-number": x_number, "x-name": x_name, "x-many": x_many}
        return ran("GET /who", header=header, cookie={"visits": visits})

    @app.get("/files/{name:path}")
    async def file(name: str, part: int = 0) -> Any:
        return ran("GET /files/{name:path}", path={"name": name}, query={"part": part})

    @app.get("/numbers/{n:int}")
    async def number(n: int) -> Any:
        return ran("GET /numbers/{n:int}", path={"n": n})

    @app.get("/slash/")
    async def slash() -> Any:
        return ran("GET /slash/")

    router = APIRouter(prefix="/inner")

    @router.delete("/{name}/{version}")
    async def inner(name: Annotated[str, Path(pattern=None, min_length=2)], version: int) -> Any:
        return ran("DELETE /inner/{name}/{version}", path={"name": name, "version": version})

    app.include_router(router)


def add_uncertain(app: FastAPI) -> None:
    """Add operations of which only the application knows some errors."""

    @app.post("/orders")
    async def order(order: Order, limit: int = 1) -> Any:
        return ran("POST /orders", query={"limit": limit})

    @app.post("/forms")
    async def form(count: Annotated[int, Form()], limit: int = 1) -> Any:
        return ran("POST /forms", query={"limit": limit})

    @app.patch("/parts")
    async def part(name: Annotated[str, Body(embed=True)]) -> Any:
        return ran("PATCH /parts")

    @app.get("/days/{day}")
    async def days(day: datetime.date, colour: Colour = Colour.red, n: int = 0) -> Any:
        return ran("GET /days/{day}", query={"n": n})

    @app.get("/pages")
    async def pages(page: Annotated[Page, Query()], n: Annotated[int, Header()] = 0) -> Any:
        return ran("GET /pages", header={"n": n})

    @app.get("/users/{user}")
    async def users(user: int, found: Annotated[str, Depends(lambda: "a")]) -> Any:
        return ran("GET /users/{user}", path={"user": user})

    @app.get("/stock")
    async def stock(n: int, key: Annotated[str, Depends(APIKeyHeader(name="X-Key"))]) -> Any:
        return ran("GET /stock", query={"n": n})

    @app.get("/text/{n}", response_class=PlainTextResponse)
    async def text(n: int) -> Any:
        return f"{n}"

    @app.api_route("/both/{n}", methods=["GET", "PUT"])
    async def both(n: int) -> Any:
        return ran("GET,PUT /both/{n}", path={"n": n})

    quiet = APIRouter(route_class=QuietRoute)

    @quiet.get("/quiet/{n}")
    async def silent(n: int) -> Any:
        return ran("GET /quiet/{n}", path={"n": n})

    app.include_router(quiet)
    sub = FastAPI()

    @sub.get("/n/{n}")
    async def mounted(n: int) -> Any:
        return {}

    app.mount("/sub", sub)


def plain() -> FastAPI:
    app = FastAPI()
    add_plain(app)
    add_uncertain(app)
    return app


def rooted() -> FastAPI:
    app = FastAPI(root_path="/api", redirect_slashes=False)
    add_plain(app)
    return app


def handled() -> FastAPI:
    """Return an application with handlers of its own for 405 and for invalid requests."""
    app = plain()

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        return JSONResponse({"invalid": len(error.errors())}, 400)

    @app.exception_handler(405)
    async def refused(request: Request, error: Exception) -> JSONResponse:
        return JSONResponse({"no": request.method}, 405)

    return app


def marked() -> FastAPI:
    """Return an application with middleware, which sees every answer."""
    app = plain()

    @app.middleware("http")
    async def mark(request: Request, call_next: Any) -> Any:
        response = await call_next(request)
        response.headers["x-mark"] = "1"
        return response

    return app


APPLICATIONS: Dict[str, Callable[[], FastAPI]] = {
    "plain": plain,
    "rooted": rooted,
    "handled": handled,
    "marked": marked,
}
