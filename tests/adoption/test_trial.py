"""The parts of `fastapi-rs trial`: requests, comparison, table and page. Whole trials are in `installed/`."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any, Dict, List, Optional

import pytest

from fastapi import Body, Cookie, FastAPI, Form, Header, Query
from fastapi.testclient import TestClient
from fastapi_rs.cli import main
from fastapi_rs.errors import CommandError
from fastapi_rs.trial import comparison, recorded
from fastapi_rs.trial.generated import requests_of
from fastapi_rs.trial.page import page
from fastapi_rs.trial.report import Result, as_json, as_lines
from fastapi_rs.trial.request import Request, request_from_json
from fastapi_rs.trial.values import Values


def make_app() -> FastAPI:
    app = FastAPI()

    @app.get("/items/{item_id}")
    def read(item_id: int, q: str = Query(min_length=2), x_token: str = Header(), visits: int = Cookie(3)) -> Any:
        return item_id

    @app.post("/items")
    def create(
        name: str = Body(max_length=9), price: float = Body(gt=0), tags: Optional[List[str]] = Body(None)
    ) -> Any:
        return name

    @app.post("/login")
    def login(name: str = Form(), password: str = Form(max_length=10)) -> Any:
        return name

    return app


def answers_of(app: FastAPI, requests: List[Request]) -> Dict[str, List[int]]:
    found: Dict[str, List[int]] = {}
    with TestClient(app) as client:
        for each in requests:
            answer = client.request(each.method, each.target, headers=dict(each.headers), content=each.body)
            found.setdefault(f"{each.method} {each.target.split('?')[0].split('/')[1]}", []).append(answer.status_code)
    return found


def test_drawn_requests_are_right_and_wrong_ones() -> None:
    app = make_app()
    requests = list(requests_of(app.openapi(), 12, "seed"))
    found = answers_of(app, requests)
    for operation in ("GET items", "POST items", "POST login"):
        assert found[operation][:2] == [200, 200], operation
        assert 422 in found[operation], operation
        assert found[operation].count(200) >= 6, operation
    assert found["PROPFIND items"] == [405, 405]
    assert found["GET no"] == [404]


def test_the_same_seed_draws_the_same_requests() -> None:
    document = make_app().openapi()
    assert list(requests_of(document, 5, "a")) == list(requests_of(document, 5, "a"))
    assert list(requests_of(document, 5, "a")) != list(requests_of(document, 5, "b"))


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"const": 3}, int),
        ({"type": "integer", "minimum": 3, "exclusiveMaximum": 5}, int),
        ({"type": "number", "multipleOf": 0.5}, float),
        ({"type": "array", "items": {"type": "boolean"}, "minItems": 1}, list),
        ({"anyOf": [{"type": "null"}]}, type(None)),
        ({"allOf": [{"$ref": "#/components/schemas/A"}, {"properties": {"b": {"const": 1}}, "required": ["b"]}]}, dict),
        ({"type": "string", "format": "uuid"}, str),
    ],
)
def test_values(schema: Dict[str, Any], expected: type) -> None:
    document = {
        "components": {"schemas": {"A": {"type": "object", "properties": {"a": {"const": 2}}, "required": ["a"]}}}
    }
    values = Values(document, "seed")
    values.generator = "own"
    assert all(type(value) is expected for value in values.draw(schema, 20))


def test_a_har_file(tmp_path: Path) -> None:
    path = tmp_path / "a.har"
    entry = {
        "request": {
            "method": "POST",
            "url": "https://example.com/items?x=1",
            "headers": [
                {"name": "Content-Type", "value": "text/plain"},
                {"name": ":authority", "value": "example.com"},
            ],
            "postData": {"text": "hello"},
        }
    }
    path.write_text(json.dumps({"log": {"entries": [entry]}}), encoding="utf-8")
    assert recorded.from_har(path) == [Request("POST", "/items?x=1", (("content-type", "text/plain"),), b"hello")]
    path.write_text("{}", encoding="utf-8")
    with pytest.raises(CommandError, match="is not a HAR file .*; save one in the network panel"):
        recorded.from_har(path)


def test_an_access_log(tmp_path: Path) -> None:
    path = tmp_path / "access.log"
    lines = [
        '127.0.0.1 - - [27/Nov/2026:07:00:00 +0000] "GET /items?limit=3 HTTP/1.1" 200 12 "-" "curl"',
        'INFO:     127.0.0.1:5000 - "DELETE /items/3 HTTP/1.1" 204 No Content',
        "a line about something else",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert recorded.from_log(path) == [Request("GET", "/items?limit=3"), Request("DELETE", "/items/3")]
    path.write_text("nothing\n", encoding="utf-8")
    with pytest.raises(CommandError, match="has no line with a request"):
        recorded.from_log(path)


def test_a_request_as_json_and_as_curl() -> None:
    request = Request("POST", "/a b", (("x-token", "it's"),), b'{"a": 1}')
    assert request_from_json(json.loads(json.dumps(request.as_json()))) == request
    assert request.curl() == (
        "curl -i -X POST 'http://127.0.0.1:8000/a b' -H 'x-token: it'\"'\"'s' --data-binary '{\"a\": 1}'"
    )


def answer(body: str = "{}", status: int = 200, **parts: Any) -> Dict[str, Any]:
    encoded = b64encode(body.encode()).decode()
    found = {
        "status": status,
        "headers": [],
        "body": encoded,
        "error": None,
        "logs": [],
        "route": "/a",
        "times": [1e-5],
    }
    return {**found, **parts}


REQUEST = Request("GET", "/a")


def test_equal_answers_have_no_difference() -> None:
    own = answer(logs=["fastapi INFO fastapi-rs 0.1.0: mode fast"])
    assert comparison.difference(REQUEST, [answer(), answer()], [own, own]) == (None, False)


@pytest.mark.parametrize(
    ("own", "part"),
    [
        (answer(status=500), "status"),
        (answer(error="ValueError: x"), "exception"),
        (answer("[]"), "body"),
        (answer(headers=[["x", "y"]]), "headers"),
        (answer(logs=["shop WARNING late"]), "log"),
    ],
)
def test_each_part_that_differs_is_named(own: Dict[str, Any], part: str) -> None:
    found, unstable = comparison.difference(REQUEST, [answer(), answer()], [own])
    assert found is not None
    assert (found.part, unstable) == (part, False)


def test_answers_that_the_real_package_does_not_repeat_are_unstable() -> None:
    assert comparison.difference(REQUEST, [answer("1"), answer("2")], [answer("3")]) == (None, True)
    # The status is repeated, so it is compared.
    found, unstable = comparison.difference(REQUEST, [answer("1"), answer("2")], [answer("3", 500)])
    assert found is not None
    assert (found.part, unstable) == ("status", True)


def result() -> Result:
    slow, quick = answer(times=[1.0, 4e-5, 4e-5]), answer("<b>", times=[1.0, 1e-5, 1e-5])
    rows = comparison.rows(
        [REQUEST], [[slow], [slow]], [[quick], [quick]], comparison.ways_of(["GET /a: guided (why)"])
    )
    return Result("main:app", rows, ["a note"], "0.165.0", "3.11.7", True, "a log")


def test_the_table() -> None:
    assert list(as_lines(result())) == [
        "main:app: fastapi 0.165.0 and fastapi-rs 0.1.0, Python 3.11.7",
        "- a note",
        "",
        "operation  served  requests  differences  fastapi us  fastapi-rs us  factor",
        "GET /a     guided  1         1            40.0        10.0           4.0 x",
        "",
        "guided, GET /a: why",
        "!! GET /a: another body",
        "     fastapi:    '{}'",
        "     fastapi-rs: '<b>'",
        "     curl -i -X GET http://127.0.0.1:8000/a",
        "1 requests to 1 operations: 1 differences; 4.0 x as fast (geometric mean)",
        "Times are those of the call of the application in one process, without a server and a network.",
    ]


def test_the_page_and_json() -> None:
    text = page(result())
    assert text.startswith("<!doctype html>")
    assert "&lt;b&gt;" in text
    assert "<b>" not in text
    document = json.loads(as_json(result()))
    assert document["differences"] == 1
    assert document["operations"][0]["differences"][0]["curl"] == "curl -i -X GET http://127.0.0.1:8000/a"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["main"], "write it as module:name, for example main:app"),
        (["main:app", "--python", "/nowhere"], "name an interpreter: --python PATH"),
    ],
)
def test_wrong_arguments(arguments: List[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trial", *arguments]) == 1
    assert capsys.readouterr().err.endswith(f"{message}\n")
