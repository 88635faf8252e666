"""`jsonable_encoder`: the results for values without a declared type."""

import dataclasses
import datetime as dt
import math
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

from fastapi import FastAPI
from fastapi.encoders import jsonable_encoder
from tests.framework.support import client


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


def test_an_unknown_type_raises():
    with pytest.raises(ValueError):
        jsonable_encoder(1j)


def nested(depth: int) -> Any:
    value: Any = NOON
    for level in range(depth):
        value = {"a": value} if level % 2 else [value]
    return value


def test_depth():
    value, expected = nested(600), jsonable_encoder(nested(600))
    for level in reversed(range(600)):
        value, expected = (value["a"], expected["a"]) if level % 2 else (value[0], expected[0])
    assert (value, expected) == (NOON, "2024-02-29T12:00:00+00:00")
    for too_deep in (nested(3000), cycle()):
        with pytest.raises(RecursionError):
            jsonable_encoder(too_deep)


def cycle() -> Any:
    value: Any = [1]
    value.append({"again": value})
    return value


def test_depth_of_responses():
    answers = {"/deep": nested(300), "/cycle": cycle(), "/infinite": [math.inf], "/surrogate": ["\ud800"]}
    app = FastAPI()
    for path, value in answers.items():
        app.get(path)(returning(value))
    http = client(app)
    assert http.get("/deep").json() == jsonable_encoder(answers["/deep"])
    for path, error in (("/cycle", RecursionError), ("/infinite", ValueError), ("/surrogate", UnicodeEncodeError)):
        with pytest.raises(error):
            http.get(path)


def returning(value):
    return lambda: value


def test_enumerations_with_rules_of_their_own_after_ordinary_ones():
    class Odd(Enum):
        x = 1

        @property
        def value(self):
            return "odd"

    rows = [{"a": Level.low, "b": Odd.x}, {"a": Odd.x, "b": Level.low}]
    for _ in range(2):
        assert jsonable_encoder(rows) == [{"a": 1, "b": "odd"}, {"a": "odd", "b": 1}]


def test_keys_that_equal_each_other_keep_their_types():
    class Word(str, Enum):
        a = "a"

    (plain,), (member,) = jsonable_encoder([{"a": 1}, {Word.a: 1}])
    assert type(plain) is type(member) is str


def test_plain_values_are_copied_and_their_leaves_are_not():
    text = "".join(["a", "b"])
    rows = [{"a": [text], "b": {"c": text}}]
    (row,) = jsonable_encoder(rows)
    assert row == rows[0]
    assert row is not rows[0] and row["a"] is not rows[0]["a"] and row["b"] is not rows[0]["b"]
    assert row["a"][0] is text and row["b"]["c"] is text
