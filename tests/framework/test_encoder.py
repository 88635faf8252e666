"""`jsonable_encoder`: what becomes of values without a declared type."""

import dataclasses
import datetime as dt
import pathlib
import re
import uuid
from collections import deque
from decimal import Decimal
from enum import Enum
from ipaddress import IPv4Address
from types import GeneratorType
from typing import Any, Optional

import pytest
from pydantic import BaseModel, Field, SecretStr

from fastapi.encoders import jsonable_encoder


class Level(Enum):
    low = 1


class Model(BaseModel):
    value: int = Field(default=1, alias="theValue")
    when: Optional[dt.datetime] = None


@dataclasses.dataclass
class Point:
    x: int
    level: Level = Level.low


class Plain:
    def __init__(self) -> None:
        self.a = Decimal("2")


class Mapping:
    def keys(self) -> Any:
        return ["a"]

    def __getitem__(self, key: str) -> int:
        return 1


NOON = dt.datetime(2024, 2, 29, 12, tzinfo=dt.timezone.utc)


@pytest.mark.parametrize(
    "value, expected",
    [
        (None, None),
        ("é", "é"),
        (1.5, 1.5),
        (b"abc", "abc"),
        (NOON, "2024-02-29T12:00:00+00:00"),
        (NOON.date(), "2024-02-29"),
        (NOON.time(), "12:00:00"),
        (dt.timedelta(minutes=1), 60.0),
        (Decimal("1"), 1),
        (Decimal("1.50"), 1.5),
        (Level.low, 1),
        (uuid.UUID(int=0), "00000000-0000-0000-0000-000000000000"),
        (pathlib.PurePosixPath("/a/b"), "/a/b"),
        (IPv4Address("127.0.0.1"), "127.0.0.1"),
        (re.compile("^a$"), "^a$"),
        (SecretStr("x"), "**********"),
        ({1}, [1]),
        (frozenset([1]), [1]),
        (deque([1, 2]), [1, 2]),
        ((1, [2]), [1, [2]]),
        ((n for n in range(2)), [0, 1]),
        ({"a": Level.low, 2: None}, {"a": 1, 2: None}),
        (Model(), {"theValue": 1, "when": None}),
        (Model(when=NOON), {"theValue": 1, "when": "2024-02-29T12:00:00Z"}),
        ([Model()], [{"theValue": 1, "when": None}]),
        (Point(1), {"x": 1, "level": 1}),
        (Plain(), {"a": 2}),
        (Mapping(), {"a": 1}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values(value, expected):
    assert jsonable_encoder(value) == expected
    assert not isinstance(jsonable_encoder(value), GeneratorType)


@pytest.mark.parametrize(
    "options, expected",
    [
        ({"by_alias": False}, {"value": 1, "when": None}),
        ({"exclude_none": True}, {"theValue": 1}),
        ({"exclude_unset": True}, {}),
        ({"exclude_defaults": True}, {}),
        ({"include": {"value"}}, {"theValue": 1}),
        ({"exclude": {"value"}}, {"when": None}),
    ],
)
def test_options(options, expected):
    assert jsonable_encoder(Model(), **options) == expected


def test_encoders_of_ones_own():
    assert jsonable_encoder({"a": NOON}, custom_encoder={dt.datetime: lambda value: value.year}) == {"a": 2024}


def test_private_names_of_rows_are_left_out():
    assert jsonable_encoder({"_sa_state": 1, "a": 2}) == {"a": 2}
    assert jsonable_encoder({"_sa_state": 1}, sqlalchemy_safe=False) == {"_sa_state": 1}


def test_what_cannot_be_encoded():
    with pytest.raises(ValueError):
        jsonable_encoder(1j)
