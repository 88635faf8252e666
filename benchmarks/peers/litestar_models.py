"""The models of the rows of Litestar."""

import dataclasses
from typing import TypedDict

import msgspec


class AuthorOut(msgspec.Struct):
    id: int
    name: str


class BookOut(msgspec.Struct):
    id: int
    title: str
    price: float
    author: AuthorOut


class Aliased(msgspec.Struct, rename={"id": "identifier", "name": "fullName", "price": "unitPrice"}):
    id: int
    name: str
    price: float


class Sparse(msgspec.Struct):
    id: int
    name: str | msgspec.UnsetType = msgspec.UNSET
    price: float | msgspec.UnsetType = msgspec.UNSET
    tags: list[str] | msgspec.UnsetType = msgspec.UNSET


@dataclasses.dataclass
class Point:
    id: int
    name: str
    price: float


class PlainRow(TypedDict):
    id: int
    name: str
    price: float


class Size(msgspec.Struct):
    w: float
    h: float


class Product(msgspec.Struct):
    sku: str
    name: str
    price: float
    tags: list[str]
    size: Size


class Discount(msgspec.Struct):
    code: str
    rate: float


class Line(msgspec.Struct):
    product: Product
    quantity: int
    note: str | None = None
    discounts: list[Discount] = []


class Address(msgspec.Struct):
    street: str
    city: str
    code: str


class Customer(msgspec.Struct):
    name: str
    address: Address


class OrderIn(msgspec.Struct):
    customer: Customer
    lines: list[Line]
    total: float
