"""The requests of the service, in a mix: weights by kind, from a TOML file or as `list=10,get=90`.

Each kind is a generator of rows, so that two requests of a kind address two items. A mix becomes one round of steps in
an order that is drawn once, with a fixed seed.
"""

from __future__ import annotations

import itertools
import json
import os
import random
from pathlib import Path
from typing import Any, Callable, Iterator

from workloads.row import Row

DEFAULT = Path(__file__).resolve().parent / "mix.toml"
VARIABLE = "FASTAPI_RS_BENCH_MIX"
AUTHORISED = [(b"authorization", b"Bearer token-of-jane"), (b"origin", b"https://shop.example")]
JSON = [(b"content-type", b"application/json")]
ITEM = {"name": "A lamp", "category": "home", "price": 24.5, "tags": ["new", "light"], "size": {"w": 1.5, "h": 2.5}}

# The service starts with 200 items: the first half is read and changed, the second half deleted.
READ, DELETED = range(1, 101), range(101, 201)


def steps(source: str = "") -> tuple[Row, ...]:
    """Return one round of a mix: of the file or the weights in `source`, of the variable, or of `mix.toml`."""
    source = source or os.environ.get(VARIABLE) or str(DEFAULT)
    weights, own = _weights(source) if "=" in source else _file(source)
    unknown = [kind for kind in weights if kind not in KINDS and kind not in own]
    if unknown:
        raise SystemExit(f"the mix has no request {', '.join(unknown)}; there are {', '.join([*KINDS, *own])}")
    found = [row for kind, weight in weights.items() for row in _some(kind, weight, own)]
    random.Random(1).shuffle(found)
    return tuple(found)


def _weights(text: str) -> tuple[dict[str, int], dict[str, Any]]:
    pairs = (part.partition("=") for part in text.split(","))
    return {kind.strip(): int(weight) for kind, _, weight in pairs}, {}


def _file(path: str) -> tuple[dict[str, int], dict[str, Any]]:
    import tomllib

    content = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    own = content.get("request", {})
    return content.get("mix") or dict.fromkeys(own, 1), own


def _some(kind: str, weight: int, own: dict[str, Any]) -> list[Row]:
    rows = itertools.repeat(_own(kind, own[kind])) if kind in own else KINDS[kind]()
    return list(itertools.islice(rows, weight))


def _own(kind: str, facts: dict[str, Any]) -> Row:
    path, _, query = facts["path"].partition("?")
    body = json.dumps(facts["json"]) if "json" in facts else facts.get("body", "")
    headers = [(name.lower().encode(), value.encode()) for name, value in facts.get("headers", {}).items()]
    headers += JSON if "json" in facts else []
    return Row(kind, kind, "service", facts.get("method", "GET"), path, query.encode(), headers, body.encode())


# ---- the kinds -----------------------------------------------------------------------------------------------------


def _list() -> Iterator[Row]:
    for i in itertools.count():
        query = (b"limit=20", b"category=home&limit=20&skip=20", b"q=item&min_price=10&max_price=90.5&limit=10")[i % 3]
        yield Row("list", "list", "service", path="/items", query=query, headers=AUTHORISED)


def _get() -> Iterator[Row]:
    for i in itertools.cycle(READ):
        yield Row("get", "get", "service", path=f"/items/{i}", headers=AUTHORISED)


def _create() -> Iterator[Row]:
    while True:
        yield _with_body("create", "POST", "/items", ITEM)


def _replace() -> Iterator[Row]:
    for i in itertools.cycle(READ):
        yield _with_body("replace", "PUT", f"/items/{i}", ITEM)


def _patch() -> Iterator[Row]:
    for i in itertools.cycle(READ):
        yield _with_body("patch", "PATCH", f"/items/{i}", {"price": 19.5})


def _delete() -> Iterator[Row]:
    for i in itertools.cycle(DELETED):
        yield Row("delete", "delete", "service", "DELETE", f"/items/{i}", headers=AUTHORISED)


def _search() -> Iterator[Row]:
    while True:
        yield _with_body("search", "POST", "/items/search", {"words": ["item"], "tags": ["new"], "limit": 10})


def _missing() -> Iterator[Row]:
    while True:
        yield Row("missing", "missing", "service", path="/items/999999", headers=AUTHORISED)


def _invalid() -> Iterator[Row]:
    while True:
        yield _with_body("invalid", "POST", "/items", {**ITEM, "price": "cheap", "category": "none"})


def _unauthorised() -> Iterator[Row]:
    while True:
        yield Row("unauthorised", "unauthorised", "service", path="/items/1", headers=AUTHORISED[1:])


def _preflight() -> Iterator[Row]:
    asked = [(b"access-control-request-method", b"PUT"), (b"access-control-request-headers", b"content-type")]
    while True:
        yield Row("preflight", "preflight", "service", "OPTIONS", "/items/1", headers=[*AUTHORISED[1:], *asked])


def _with_body(kind: str, method: str, path: str, value: Any) -> Row:
    body = json.dumps(value, separators=(",", ":")).encode()
    return Row(kind, kind, "service", method, path, headers=[*AUTHORISED, *JSON], body=body)


KINDS: dict[str, Callable[[], Iterator[Row]]] = {
    "list": _list,
    "get": _get,
    "create": _create,
    "replace": _replace,
    "patch": _patch,
    "delete": _delete,
    "search": _search,
    "missing": _missing,
    "invalid": _invalid,
    "unauthorised": _unauthorised,
    "preflight": _preflight,
}
