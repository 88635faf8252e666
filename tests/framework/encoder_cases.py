"""Values for `jsonable_encoder`, drawn from fixed seeds, and descriptions of the results.

The descriptions of the real package are in `recorded_encoder.jsonl`. To record them again, run this file with an
interpreter that has the real package, from a folder that does not have this one:

    python tests/framework/encoder_cases.py > recorded_encoder.jsonl

A number as the argument replaces the number of seeds. Nothing here may depend on the versions of Python and Pydantic.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import datetime as dt
import enum
import ipaddress
import json
import pathlib
import random
import re
import sys
import uuid
from collections import OrderedDict, deque, namedtuple
from decimal import Decimal
from typing import Any, Callable, Dict, Iterator, List, Optional

from pydantic import BaseModel, Field, SecretStr

from fastapi import FastAPI, encoders
from fastapi.encoders import jsonable_encoder

SEEDS = range(400)


class Colour(enum.Enum):
    red = "red"
    when = dt.date(2020, 1, 2)


class Number(enum.IntEnum):
    one = 1


class Word(str, enum.Enum):
    a = "a"
    state = "_sa_word"


class Odd(enum.Enum):
    x = 1

    @property
    def value(self) -> Any:
        return "odd"


class Late(enum.Enum):
    value = 7


class Text(str):
    pass


class Whole(int):
    pass


class Dict_(dict):
    pass


class List_(list):
    pass


class Moment(dt.datetime):
    pass


class Identifier(uuid.UUID):
    pass


class Model(BaseModel):
    first_name: str = Field(default="x", alias="firstName")
    when: Optional[dt.datetime] = None
    inner: Optional[Model] = None
    any_: Any = Field(default=None, alias="_sa_any")


Model.model_rebuild()


@dataclasses.dataclass
class Point:
    x: Any
    colour: Colour = Colour.red


class Plain:
    def __init__(self, **attributes: Any) -> None:
        vars(self).update(attributes)


class Row:
    """As rows of databases are: iterable as pairs."""

    def __init__(self, *pairs: Any) -> None:
        self.pairs = pairs

    def __iter__(self) -> Iterator[Any]:
        return iter(self.pairs)


class Mixed(dt.date, enum.Enum):
    first = (2020, 1, 2)


class Slotted:
    __slots__ = ("a",)


Pair = namedtuple("Pair", "a b")

LEAVES: List[Callable[[random.Random], Any]] = [
    lambda r: None,
    lambda r: True,
    lambda r: r.randint(-5, 5),
    lambda r: 2 ** r.randint(60, 300),
    lambda r: r.choice([0.5, -0.0, 1e22, 1e-7, 0.1]),
    lambda r: r.choice([float("nan"), float("inf")]),
    lambda r: r.choice(["", "é", "_sa", '"\\\n', "\u2028", "a" * 50]),
    lambda r: "\ud800",
    lambda r: b"bytes",
    lambda r: b"\xff",
    lambda r: dt.datetime(2020, 1, 2, 3, 4, 5, r.choice([0, 6, 120000])),
    lambda r: dt.datetime(1, 1, 2, 3, 4, 5, r.choice([0, 6]), dt.timezone.utc),
    lambda r: dt.datetime(2020, 1, 2, 3, tzinfo=dt.timezone(dt.timedelta(minutes=r.choice([0, -90, 345])))),
    lambda r: Moment(2020, 1, 2, 3, tzinfo=dt.timezone.utc),
    lambda r: dt.date(999, 12, 31),
    lambda r: dt.time(1, 2, 3, 4, dt.timezone.utc),
    lambda r: dt.time(1, 2, fold=1),
    lambda r: dt.timedelta(days=-1, microseconds=r.randint(0, 3)),
    lambda r: uuid.UUID(int=r.getrandbits(128)),
    lambda r: Identifier(int=r.getrandbits(100)),
    lambda r: Decimal(r.choice(["1", "1.0", "-0", "1e3", "1E-2", "NaN", "Infinity"])),
    lambda r: r.choice(list(Colour)),
    lambda r: Number.one,
    lambda r: r.choice(list(Word)),
    lambda r: Odd.x,
    lambda r: Late.value,
    lambda r: Mixed.first,
    lambda r: pathlib.PurePosixPath("/a/b"),
    lambda r: pathlib.Path("a"),
    lambda r: ipaddress.ip_address("127.0.0.1"),
    lambda r: ipaddress.ip_network("::/64"),
    lambda r: re.compile("^a$"),
    lambda r: SecretStr("secret"),
    lambda r: Text("text"),
    lambda r: Whole(3),
    lambda r: object(),
    lambda r: Slotted(),
    lambda r: 1j,
    lambda r: bytearray(b"ab"),
    lambda r: memoryview(b"ab"),
    lambda r: range(2),
    lambda r: ...,
    lambda r: Model(),
]
KEYS: List[Callable[[random.Random], Any]] = [
    lambda r: r.choice(["a", "b", "firstName", "is_saved", "_sa", "_sa_x", "x"]),
    lambda r: r.choice("abc"),
    lambda r: r.choice(["a", "x", "when"]),
    lambda r: r.choice([None, True, 1, 2.5, float("inf")]),
    lambda r: r.choice([Word.a, Text("a"), Text("_sa"), Number.one, Whole(1), Colour.red]),
    lambda r: r.choice([b"_sa", b"a", pathlib.PurePosixPath("_sa"), uuid.UUID(int=1), dt.date(2020, 1, 2), (1, 2)]),
]


def make(r: random.Random, depth: int) -> Any:
    if depth == 0 or r.random() < 0.3:
        return r.choice(LEAVES[: r.choice([5, 24, len(LEAVES)])])(r)

    def inner() -> Any:
        return make(r, depth - 1)

    def pairs() -> Dict[Any, Any]:
        keys = KEYS[: r.choice([1, 3, 3, len(KEYS)])]
        return {r.choice(keys)(r): inner() for _ in range(r.randint(0, 4))}

    def several() -> List[Any]:
        return [inner() for _ in range(r.randint(0, 3))]

    return r.choice(
        [
            pairs,
            pairs,
            lambda: [pairs() for _ in range(r.randint(1, 4))],
            lambda: [{"at": dt.datetime(2020, 1, i), "id": uuid.UUID(int=i), "c": Colour.red} for i in (1, 2)],
            several,
            several,
            lambda: tuple(several()),
            lambda: deque(several()),
            lambda: (item for item in several()),
            lambda: {r.choice([1, "a", None, dt.date(2020, 1, 2), Colour.when])},
            lambda: frozenset([r.choice([1, "a", 2.5, (1, Colour.red)])]),
            lambda: Dict_(pairs()),
            lambda: OrderedDict(pairs()),
            lambda: List_(several()),
            lambda: Pair(inner(), 1),
            lambda: Model.model_construct(
                any_=r.choice([1, "a", [], {"_sa": 1}]), when=dt.datetime(2020, 1, r.randint(1, 9))
            ),
            lambda: Model(firstName="y", inner=Model(when=dt.datetime(2020, 1, 2, tzinfo=dt.timezone.utc))),
            lambda: Point(inner()),
            lambda: Plain(_sa_instance_state=1, a=inner()),
            lambda: Row(("a", inner()), ("_sa_b", 2)),
            lambda: Row(1, 2),
        ]
    )()


NAMES = [None, None, None, {"a", "firstName"}, ["a"], {"a": True}, set(), {"when", "_sa_any", 1}]


def make_options(r: random.Random) -> Dict[str, Any]:
    """Options, more often none than not."""
    if r.random() < 0.5:
        return {}
    custom: Dict[Any, Any] = {
        "none": None,
        "exact": {dt.datetime: lambda value: value.year, int: lambda value: -value},
        "base": {dt.date: str, enum.Enum: lambda member: member.name},
        "text": {str: lambda value: value + "!", dict: lambda value: "dict"},
        "model": {Model: lambda model: "model", object: lambda value: type(value).__name__},
    }
    options = {name: True for name in ("exclude_unset", "exclude_defaults", "exclude_none") if r.random() < 0.3}
    options.update({name: False for name in ("by_alias", "sqlalchemy_safe") if r.random() < 0.3})
    return {
        **options,
        "include": r.choice(NAMES),
        "exclude": r.choice(NAMES),
        "custom_encoder": custom[r.choice(["none", "none", *custom])],
    }


# Changes of the tables by an application.


def replace_entries() -> None:
    encoders.ENCODERS_BY_TYPE[dt.datetime] = lambda value: value.strftime("%Y")
    encoders.ENCODERS_BY_TYPE[uuid.UUID] = lambda value: ["uuid", value.int % 10]


def remove_entries() -> None:
    for cls in (dt.datetime, uuid.UUID, bytes, Decimal, deque):
        del encoders.ENCODERS_BY_TYPE[cls]


def remove_from_both() -> None:
    del encoders.ENCODERS_BY_TYPE[dt.datetime], encoders.ENCODERS_BY_TYPE[uuid.UUID]
    encoders.encoders_by_class_tuples.clear()


def add_entries() -> None:
    for cls in (Plain, complex, Point, Model, Colour, Row, Slotted, Text, range):
        encoders.ENCODERS_BY_TYPE[cls] = lambda value: "added " + type(value).__name__


def add_for_what_has_rules() -> None:
    for cls in (str, int, dict, list, tuple, type(None), float, bool):
        encoders.ENCODERS_BY_TYPE[cls] = lambda value: "never"


def add_classes() -> None:
    encoders.encoders_by_class_tuples[lambda value: "by class"] = (Plain, complex, Moment, object)


def nothing() -> None:
    pass


TABLES = [
    nothing,
    nothing,
    nothing,
    nothing,
    replace_entries,
    remove_entries,
    remove_from_both,
    add_entries,
    add_for_what_has_rules,
    add_classes,
]


@contextlib.contextmanager
def tables(change: Callable[[], None]) -> Iterator[None]:
    before = dict(encoders.ENCODERS_BY_TYPE), dict(encoders.encoders_by_class_tuples)
    try:
        change()
        yield
    finally:
        for table, entries in zip((encoders.ENCODERS_BY_TYPE, encoders.encoders_by_class_tuples), before):
            table.clear()
            table.update(entries)


# The results in words.


def words(value: Any) -> Any:
    """Types and values, in the order in which they are."""
    if type(value) is dict:
        return ["dict", [[words(key), words(item)] for key, item in value.items()]]
    if type(value) in (list, tuple):
        return [type(value).__name__, [words(item) for item in value]]
    if isinstance(value, Exception):
        return [type(value).__name__, [words(argument) for argument in value.args]]
    # Messages of Python itself change from version to version, and addresses from run to run.
    return f"{type(value).__name__} {value!r}" if type(value) in PLAIN else type(value).__name__


PLAIN = (str, int, float, bool, type(None), Text, Whole, dt.date)


def error(raised: Exception) -> Any:
    inner = raised.args[0] if raised.args and isinstance(raised.args[0], list) else []
    return [type(raised).__name__, [type(one).__name__ for one in inner]]


def encoded(seed: int) -> Any:
    r = random.Random(seed)
    with tables(r.choice(TABLES)):
        value, options = make(r, 4), make_options(r)
        try:
            return words(jsonable_encoder(value, **options))
        except Exception as raised:
            return error(raised)


def answered(seed: int) -> Any:
    """The body of a response, or the error."""
    r = random.Random(seed)
    app = FastAPI()
    with tables(r.choice(TABLES)):
        value = make(r, 4)
        app.get("/")(lambda: value) if r.random() < 0.1 else app.get("/")(_returning(value))
        body = b""

        async def send(message: Any) -> None:
            nonlocal body
            body += message.get("body", b"")

        async def receive() -> Any:
            return {"type": "http.request", "body": b"", "more_body": False}

        scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [], "root_path": ""}
        try:
            asyncio.run(app({**scope, "http_version": "1.1", "scheme": "http"}, receive, send))
        except Exception as raised:
            return error(raised)
        return body.decode("utf-8")


def _returning(value: Any) -> Any:
    async def endpoint():  # type: ignore[no-untyped-def]  # with an annotation it were declared
        return value

    return endpoint


if __name__ == "__main__":
    seeds = range(int(sys.argv[1])) if sys.argv[1:] else SEEDS
    recorded = {"encoded": [encoded(seed) for seed in seeds], "answered": [answered(seed) for seed in seeds]}
    for name, outcomes in recorded.items():
        for seed, outcome in zip(seeds, outcomes):
            sys.stdout.write(json.dumps([name, seed, outcome]) + "\n")
