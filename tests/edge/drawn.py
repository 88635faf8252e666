"""Some hundred requests for the applications of `applications.py`, valid and broken, from a seed."""

from __future__ import annotations

import random
from typing import Any, Dict, Iterator, List, Tuple

# A method, a target, and headers as pairs of name and value.
Request = Dict[str, Any]
Headers = List[Tuple[str, str]]

METHODS = ["GET"] * 6 + ["HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
PATHS = [
    *(
        "/",
        "/items",
        "/items/",
        "/items/{}",
        "/items/{}/",
        "/items/{}/{}",
        "/who",
        "/files/{}",
        "/files/{}/{}",
        "/files",
    ),
    *("/numbers/{}", "/numbers/{}x", "/slash/", "/slash", "/inner/{}/{}", "/inner/{}", "/orders", "/forms", "/parts"),
    *("/days/{}", "/pages", "/users/{}", "/stock", "/text/{}", "/both/{}", "/quiet/{}", "/sub", "/sub/n/{}", "/sub/x"),
    *("/docs", "/openapi.json", "/redoc", "/nothing", "/ITEMS", "//items", "/items//{}", "/api", "/apis/{}"),
]
PARTS = [
    *(
        "1",
        "7",
        "0",
        "-3",
        "+4",
        "007",
        "1_0",
        "1.0",
        "1e3",
        "x",
        "ab",
        "red",
        "2024-02-29",
        "2024-02-30",
        "true",
        "no",
    ),
    *(
        "9007199254740993",
        "-170141183460469231731687303715884105729",
        "9" * 700,
        "%37",
        "a%20b",
        "a+b",
        "%C3%A9",
        "%E2%82%AC",
    ),
    *(
        "%ff",
        "%zz",
        "%",
        "%2F",
        "%00",
        "%0A",
        "%C2%A0" + "5",
        "..",
        ".",
        "a;b",
        "a=b",
        "a&b",
        "*",
        "~",
        "'",
        '"',
        "[",
        "|",
    ),
    *("<b>", "\\", "nan", "inf", "-Infinity", "1e999", "0x10", "", " ", "\u00e9", "#x", "_sa_x"),
]
NAMES = [
    *(
        "q",
        "max-price",
        "tag",
        "ratio",
        "limit",
        "short",
        "done",
        "part",
        "n",
        "start",
        "size",
        "colour",
        "Q",
        "%71",
        "",
    ),
]
HEADER_NAMES = [
    "X-Number",
    "x-number",
    "X-Name",
    "x-many",
    "Cookie",
    "cookie",
    "X-Key",
    "X_Name",
    "N",
    "Accept",
    "Content-Type",
]
COOKIES = ["visits=3", "visits=-1", "visits=x; visits=4", "visits", 'visits="5"', "a=b; visits=\t6", "=", ";;visits=7"]
HEADER_VALUES = ["1", "-1", "x", "12", "toolong", "", "\u00e9", "1, 2", "Ada", "0" * 20, "application/json"]


def requests(seed: str, count: int, prefixes: List[str]) -> List[Request]:
    """Return the same requests for a seed: each has a path of `PATHS` behind one of the prefixes."""
    draw = random.Random(seed)
    return [_request(draw, draw.choice(prefixes)) for _ in range(count)]


def _request(draw: random.Random, prefix: str) -> Request:
    path = draw.choice(PATHS)
    while "{}" in path:
        path = path.replace("{}", draw.choice(PARTS), 1)
    query = "&".join(_pairs(draw))
    target = prefix + path + (f"?{query}" if query or draw.random() < 0.1 else "")
    return {"method": draw.choice(METHODS), "target": target, "headers": list(_headers(draw))}


def _pairs(draw: random.Random) -> Iterator[str]:
    for _ in range(draw.choice([0, 0, 1, 1, 2, 4])):
        name = draw.choice(NAMES)
        yield name if draw.random() < 0.1 else f"{name}={draw.choice(PARTS)}"


def _headers(draw: random.Random) -> Iterator[Tuple[str, str]]:
    yield "Host", "example.org"
    for _ in range(draw.choice([0, 0, 1, 2, 4])):
        name = draw.choice(HEADER_NAMES)
        yield name, draw.choice(COOKIES if name.lower() == "cookie" else HEADER_VALUES)
    if draw.random() < 0.03:
        yield "Upgrade", "websocket"
