"""Response models of all kinds, and bodies of three sizes."""
# No `from __future__ import annotations`: the annotations of endpoints use names of the surrounding function.

import json
import sys
from typing import Any, Dict, List, Optional

from fixtures import Book
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter
from pydantic.dataclasses import dataclass
from pydantic_core import to_json
from workloads import BY_NAME

from fastapi import FastAPI

from .declaring import application, direct

if sys.version_info >= (3, 12):
    from typing import TypedDict
else:
    from typing_extensions import TypedDict

COUNT = 100


class AuthorOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: int
    name: str


class BookOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: int
    title: str
    price: float
    author: AuthorOut


class Sparse(BaseModel):
    id: int
    name: str = "nameless"
    price: Optional[float] = None
    tags: List[str] = []


class Aliased(BaseModel):
    id: int = Field(alias="identifier")
    name: str = Field(alias="fullName")
    price: float = Field(alias="unitPrice")


@dataclass
class Point:
    id: int
    name: str
    price: float


class Row(TypedDict):
    id: int
    name: str
    price: float


@application
def results(app: FastAPI) -> None:
    _by_attributes(app)
    _unset_and_alias(app)
    _plain_types(app)
    _bodies(app)


def _by_attributes(app: FastAPI) -> None:
    books = [Book(i) for i in range(COUNT)]

    @app.get("/orm100", response_model=List[BookOut])
    async def orm100() -> Any:
        return books

    adapter = TypeAdapter(List[BookOut])

    @direct("orm100")
    async def _() -> bytes:
        return adapter.dump_json(adapter.validate_python(await orm100(), from_attributes=True))


def _unset_and_alias(app: FastAPI) -> None:
    sparse = [Sparse(id=i, name=f"item {i}") if i % 2 else Sparse(id=i, price=i * 1.25) for i in range(COUNT)]
    aliased = [Aliased(identifier=i, fullName=f"item {i}", unitPrice=i * 1.25) for i in range(COUNT)]

    @app.get("/unset100", response_model_exclude_unset=True)
    async def unset100() -> List[Sparse]:
        return sparse

    @app.get("/alias100", response_model_by_alias=True)
    async def alias100() -> List[Aliased]:
        return aliased

    sparse_adapter, aliased_adapter = TypeAdapter(List[Sparse]), TypeAdapter(List[Aliased])

    @direct("unset100")
    async def _() -> bytes:
        return sparse_adapter.dump_json(sparse_adapter.validate_python(await unset100()), exclude_unset=True)

    @direct("alias100")
    async def _() -> bytes:
        return aliased_adapter.dump_json(aliased_adapter.validate_python(await alias100()), by_alias=True)


def _plain_types(app: FastAPI) -> None:
    points = [Point(id=i, name=f"item {i}", price=i * 1.25) for i in range(COUNT)]
    rows: List[Row] = [{"id": i, "name": f"item {i}", "price": i * 1.25} for i in range(COUNT)]

    @app.get("/dataclasses100")
    async def dataclasses100() -> List[Point]:
        return points

    @app.get("/typeddict100")
    async def typeddict100() -> List[Row]:
        return rows

    point_adapter, row_adapter = TypeAdapter(List[Point]), TypeAdapter(List[Row])

    @direct("dataclasses100")
    async def _() -> bytes:
        return point_adapter.dump_json(point_adapter.validate_python(await dataclasses100()))

    @direct("typeddict100")
    async def _() -> bytes:
        return row_adapter.dump_json(row_adapter.validate_python(await typeddict100()))


# ---- bodies --------------------------------------------------------------------------------------------------------


class Size(BaseModel):
    w: float
    h: float


class Product(BaseModel):
    sku: str
    name: str
    price: float
    tags: List[str]
    size: Size


class Discount(BaseModel):
    code: str
    rate: float


class Line(BaseModel):
    product: Product
    quantity: int
    note: Optional[str] = None
    discounts: List[Discount] = []


class Address(BaseModel):
    street: str
    city: str
    code: str


class Customer(BaseModel):
    name: str
    address: Address


class Order(BaseModel):
    customer: Customer
    lines: List[Line]
    total: float


def _bodies(app: FastAPI) -> None:
    @app.post("/order")
    async def order(order: Order) -> Dict[str, Any]:
        return {"lines": len(order.lines), "total": order.total}

    adapter = TypeAdapter(Order)
    for name in ("body1k", "body80k", "body1000k"):
        body = BY_NAME[name].body

        @direct(name)
        async def _(body: bytes = body) -> bytes:
            return to_json(await order(adapter.validate_python(json.loads(body))))
