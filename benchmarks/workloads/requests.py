"""The first rows: parameters, bodies, dependencies, forms, uploads, many routes."""

from __future__ import annotations

import json
import urllib.parse

from .row import Headers, Row

JSON: Headers = [(b"content-type", b"application/json")]
URLENCODED: Headers = [(b"content-type", b"application/x-www-form-urlencoded")]
BOUNDARY = b"----benchmark7MA4YWxkTrZu0gW"
MULTIPART: Headers = [(b"content-type", b"multipart/form-data; boundary=" + BOUNDARY)]

P8_QUERY = b"q=shoes&limit=20&price_min=1.5&active=true&tags=red&tags=blue"
P8_WRONG = b"q=shoes&limit=2000&price_min=cheap&active=perhaps&tags=red&tags=blue"
P8_HEADERS: Headers = [(b"x-trace", b"12345"), (b"cookie", b"session=abc123; theme=dark")]
BEARER: Headers = [(b"authorization", b"Bearer abc.def.ghi")]
BODY = json.dumps({"name": "Foo", "price": 42.5, "tags": ["a", "b"], "owner": {"name": "Bar", "age": 33}}).encode()
FORM = urllib.parse.urlencode({"name": "Jane Doe", "age": 33, "score": 4.5, "active": "true", "note": "a & b"}).encode()


def multipart(fields: dict[str, bytes], files: dict[str, bytes]) -> bytes:
    parts = []
    for name, value in fields.items():
        head = f'Content-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        parts.append(b"--" + BOUNDARY + b"\r\n" + head + value + b"\r\n")
    for name, value in files.items():
        head = f'Content-Disposition: form-data; name="{name}"; filename="{name}.bin"\r\n'.encode()
        head += b"Content-Type: application/octet-stream\r\n\r\n"
        parts.append(b"--" + BOUNDARY + b"\r\n" + head + value + b"\r\n")
    return b"".join(parts) + b"--" + BOUNDARY + b"--\r\n"


def _bytes(size: int) -> bytes:
    """Return bytes without a pattern that a parser could profit from, equal in every process."""
    word = b"".join((i * 2654435761 % 2**32).to_bytes(4, "big") for i in range(16384))
    return (word * (size // len(word) + 1))[:size]


MANY, ROUTERS = 1000, 20
LAST = f"/route{MANY - 1}/7"

ROWS: list[Row] = [
    Row("plain", "one fixed answer", "small", path="/plain", reach=7.5),
    Row("items", "int path, optional str and int query", "small", path="/items/42", query=b"q=foo&limit=7", reach=9),
    Row("p8", "8 parameters of all kinds", "small", path="/p8/42", query=P8_QUERY, headers=P8_HEADERS, reach=11),
    Row("422", "p8 with three wrong values", "small", path="/p8/42", query=P8_WRONG, headers=P8_HEADERS, reach=13),
    Row("404", "unknown path", "small", path="/unknown", reach=5),
    Row("body", "Pydantic model in and out", "small", "POST", "/body", headers=JSON, body=BODY, reach=9),
    Row(
        "dep",
        "two nested async dependencies",
        "small",
        path="/dep",
        query=b"q=foo&skip=3",
        headers=[(b"x-token", b"secret")],
        reach=8,
    ),
    Row("me", "OAuth2PasswordBearer", "small", path="/me", headers=BEARER, reach=7),
    Row("big", "100 undeclared dicts", "small", path="/big", reach=37),
    Row("bigmodel", "100 declared models", "small", path="/bigmodel", reach=2),
    Row("form", "5 typed urlencoded fields", "small", "POST", "/form", headers=URLENCODED, body=FORM, reach=6),
    Row(
        "upload",
        "1 MiB file (and a byte, so that it goes to disk) and a field",
        "small",
        "POST",
        "/upload",
        headers=MULTIPART,
        body=multipart({"note": b"hello"}, {"file": _bytes((1 << 20) + 1)}),
        reach=2.5,
    ),
    Row("sync", "def endpoint", "small", path="/sync", reach=1.8),
    Row("many", "last of 1000 routes", "many", path=LAST, reach=120),
    Row("tree", "last of 1000 routes in 20 included routers", "tree", path=f"/router{ROUTERS - 1}{LAST}", reach=120),
    Row(
        "overrides",
        "dep with an unrelated dependency_overrides entry",
        "overrides",
        path="/dep",
        query=b"q=foo&skip=3",
        headers=[(b"x-token", b"secret")],
        base="dep",
        times_base=1.2,
    ),
    Row(
        "strangers",
        "last of 1001 routes; it makes an unrelated router and sets an attribute of its route",
        "strangers",
        path="/strangers/7",
        base="many",
        added=40,
    ),
    Row("tree-first", "first of the 1000 routes of tree", "tree", path="/router0/route0/7"),
    Row("tree-404", "unknown path below tree", "tree", path="/router19/unknown", base="tree-first", times_base=2),
    Row("json10k", "10,000 undeclared objects of 5 fields", "json10k", path="/json10k", reach=20, group="encoding"),
    Row("typed100", "100 rows with datetime, UUID, Enum", "typed100", path="/typed100", reach=6, group="encoding"),
    Row(
        "form1000",
        "1000 multipart fields",
        "form1000",
        "POST",
        "/form1000",
        headers=MULTIPART,
        body=multipart({f"field{i}": b"value %d" % i for i in range(1000)}, {}),
        reach=3,
        group="encoding",
    ),
    Row(
        "upload-memory",
        "1 MiB file, which stays in memory, and a field",
        "small",
        "POST",
        "/upload",
        headers=MULTIPART,
        body=multipart({"note": b"hello"}, {"file": _bytes(1 << 20)}),
        group="encoding",
    ),
    Row(
        "upload10m",
        "10 MiB file and a field",
        "small",
        "POST",
        "/upload",
        headers=MULTIPART,
        body=multipart({"note": b"hello"}, {"file": _bytes(10 << 20)}),
        reach=2.5,
        group="encoding",
    ),
]
