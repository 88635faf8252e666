"""The application declared by file equals the one declared by hand: in its documentation, and on both ways."""

from __future__ import annotations

from typing import Any, Iterator, List, Tuple

import pytest

from examples.schema_first import app as by_file_module
from examples.schema_first import by_hand as by_hand_module
from fastapi import FastAPI, _rust
from fastapi._routing.planning.explain import explain
from tests.planned.asgi import NoWay, call

BY_FILE: FastAPI = by_file_module.app
BY_HAND: FastAPI = by_hand_module.app

JSON = (b"content-type", b"application/json")
BOUNDARY = (
    b'--x\r\nContent-Disposition: form-data; name="cover"; filename="c.png"\r\n\r\nabc\r\n--x\r\n'
    b'Content-Disposition: form-data; name="caption"\r\n\r\nhello\r\n--x--\r\n'
)
FORM = (b"content-type", b"multipart/form-data; boundary=x")
TOKEN = (b"x-token", b"12345678")

# (target, method, headers, body)
REQUESTS: List[Tuple[str, str, List[Tuple[bytes, bytes]], bytes]] = [
    ("/books/1", "GET", [], b""),
    ("/books/0", "GET", [], b""),
    ("/books/x?fields=", "GET", [], b""),
    ("/books/2?fields=a&fields=b", "GET", [(b"if-modified-since", b"2024-01-02T03:04:05")], b""),
    ("/books/2?fields=1&fields=2&fields=3&fields=4&fields=5&fields=6", "GET", [(b"if-modified-since", b"x")], b""),
    ("/books", "GET", [], b""),
    ("/books?q=a&order=price&since=1400-01-01&max_price=0&page=-1&size=51", "GET", [(b"cookie", b"session=1")], b""),
    ("/books?q=war&order=year&since=1869-01-01&max_price=9.99&page=3&size=50", "GET", [], b""),
    ("/books?max_price=1.999&size=1", "GET", [], b""),
    ("/books", "GET", [(b"cookie", b"session=12345678-1234-5678-1234-567812345678")], b""),
    ("/books", "POST", [JSON, TOKEN], b'{"book": {"title": "Emma"}, "notify": "ada@example.com"}'),
    ("/books", "POST", [JSON, TOKEN], b'{"book": {"title": "Emma"}}'),
    ("/books", "POST", [JSON], b'{"book": {}, "notify": "x"}'),
    ("/books", "POST", [JSON, (b"x-token", b"short")], b'{"book": {"title": "Emma"}}'),
    ("/books", "POST", [JSON, TOKEN], b"{"),
    ("/books", "POST", [TOKEN], b""),
    ("/books/1/cover", "POST", [FORM], BOUNDARY),
    ("/books/0/cover", "POST", [FORM], BOUNDARY.replace(b"hello", b"h" * 81)),
    ("/books/1/cover", "POST", [], b""),
]  # fmt: skip


@pytest.fixture
def exact_way() -> Iterator[None]:
    kept = [(app, app._planned_way, app.router._planned_way) for app in (BY_FILE, BY_HAND)]
    for app, _, _ in kept:
        app._planned_way = app.router._planned_way = NoWay(app)  # type: ignore[assignment]
    yield
    for app, own, routers in kept:
        app._planned_way, app.router._planned_way = own, routers


def test_the_documentation_is_equal() -> None:
    assert BY_FILE.openapi() == BY_HAND.openapi()


@pytest.mark.skipif(not _rust.rust_available(), reason="no core here")
def test_the_plans_are_equal() -> None:
    assert list(explain(BY_FILE)) == list(explain(BY_HAND))
    assert sum("planned" in line for line in explain(BY_FILE)) >= 3


def answers(app: FastAPI) -> List[Any]:
    seen = [call(app, target, method, headers, body) for target, method, headers, body in REQUESTS]
    return [(each.messages, type(each.error)) for each in seen]


def test_the_answers_are_equal_on_the_planned_way() -> None:
    found = answers(BY_FILE)
    assert found == answers(BY_HAND)
    assert {each[0][0]["status"] for each in found} == {200, 201, 422}


def test_the_answers_are_equal_on_the_exact_way(exact_way: None) -> None:
    assert answers(BY_FILE) == answers(BY_HAND)


def test_both_ways_answer_alike(request: pytest.FixtureRequest) -> None:
    planned = answers(BY_FILE)
    request.getfixturevalue("exact_way")
    assert answers(BY_FILE) == planned
