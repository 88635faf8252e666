"""Parameter models, and parameters and results of types beyond JSON."""
# No `from __future__ import annotations`: the annotations of endpoints use names of the surrounding function.

import datetime
import enum
import uuid
from decimal import Decimal
from typing import Annotated, Any, Dict, List, Literal, Optional

from pydantic import BaseModel, TypeAdapter
from pydantic_core import to_json

from fastapi import Cookie, FastAPI, Header, Query

from .declaring import application, direct

Order = Literal["price", "name"]


class Filters(BaseModel):
    q: Optional[str] = None
    limit: int = 10
    order: Order = "name"
    tags: List[str] = []


class Fields(BaseModel):
    x_request: str
    x_limit: int = 10
    x_order: Order = "name"
    x_tags: List[str] = []


class Crumbs(BaseModel):
    session: str
    limit: int = 10
    theme: Literal["dark", "light"] = "light"
    tags: List[str] = []


class Colour(enum.Enum):
    red = "red"
    blue = "blue"


class Typed(BaseModel):
    id: uuid.UUID
    at: datetime.datetime
    day: datetime.date
    colour: Colour
    size: Literal["small", "large"]
    price: Decimal


TYPED: Dict[str, Any] = {
    "id": uuid.UUID("12345678-1234-5678-1234-567812345678"),
    "at": datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc),
    "day": datetime.date(2026, 1, 2),
    "colour": Colour.red,
    "size": "small",
    "price": Decimal("12.50"),
}
TEXTS = {
    "id": "12345678-1234-5678-1234-567812345678",
    "at": "2026-01-02T03:04:05+00:00",
    "day": "2026-01-02",
    "colour": "red",
    "size": "small",
    "price": "12.50",
}


@application
def models(app: FastAPI) -> None:
    _parameter_models(app)
    _typed_parameters(app)
    _typed_results(app)


def _parameter_models(app: FastAPI) -> None:
    add_query_model(app)

    @app.get("/header-model")
    async def header_model(fields: Annotated[Fields, Header()]):
        return [fields.x_request, fields.x_limit, fields.x_order, fields.x_tags]

    @app.get("/cookie-model")
    async def cookie_model(crumbs: Annotated[Crumbs, Cookie()]):
        return [crumbs.session, crumbs.limit, crumbs.theme, crumbs.tags]

    read_fields, read_crumbs = TypeAdapter(Fields).validate_python, TypeAdapter(Crumbs).validate_python

    @direct("header-model")
    async def _() -> bytes:
        values = {"x_request": "abc-123", "x_limit": "20", "x_order": "price", "x_tags": ["red", "blue"]}
        return to_json(await header_model(read_fields(values)))

    @direct("cookie-model")
    async def _() -> bytes:
        values = {"session": "abc123", "limit": "20", "theme": "dark"}
        return to_json(await cookie_model(read_crumbs(values)))


def add_query_model(app: FastAPI) -> None:
    @app.get("/query-model")
    async def query_model(filters: Annotated[Filters, Query()]):
        return [filters.q, filters.limit, filters.order, filters.tags]

    read = TypeAdapter(Filters).validate_python

    @direct("query-model", "behind-model")
    async def _() -> bytes:
        values = {"q": "shoes", "limit": "20", "order": "price", "tags": ["red", "blue"]}
        return to_json(await query_model(read(values)))


def _typed_parameters(app: FastAPI) -> None:
    @app.get("/typed")
    async def typed(
        id: uuid.UUID,
        at: datetime.datetime,
        day: datetime.date,
        colour: Colour,
        size: Literal["small", "large"],
        price: Decimal,
    ):
        return [id.int % 1000, at.year, day.year, colour is Colour.red, size, int(price)]

    @app.get("/typed/{id}")
    async def typed_path(id: uuid.UUID):
        return {"id": id.int % 1000}

    annotations = {name: field.annotation for name, field in Typed.model_fields.items()}
    readers = {name: TypeAdapter(annotation).validate_python for name, annotation in annotations.items()}

    @direct("typed")
    async def _() -> bytes:
        return to_json(await typed(**{name: readers[name](text) for name, text in TEXTS.items()}))

    @direct("typed-path")
    async def _() -> bytes:
        return to_json(await typed_path(readers["id"](TEXTS["id"])))


def _typed_results(app: FastAPI) -> None:
    @app.get("/typed-result")
    async def typed_result():
        return TYPED

    @app.get("/typed-model")
    async def typed_model() -> Typed:
        return TYPED  # type: ignore[return-value]

    adapter = TypeAdapter(Typed)

    @direct("typed-result")
    async def _() -> bytes:
        return to_json(await typed_result())

    @direct("typed-model")
    async def _() -> bytes:
        return adapter.dump_json(adapter.validate_python(await typed_model(), from_attributes=True))
