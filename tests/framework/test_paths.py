"""The path operation that answers a request, and its path parameters."""

from decimal import Decimal
from enum import Enum
from typing import Optional
from uuid import UUID

import pytest

from fastapi import FastAPI, Path, Request
from tests.framework.support import client, errors_of


class Colour(str, Enum):
    red = "red"
    blue = "blue"


app = FastAPI()


@app.get("/text/{value}")
def text(value: str):
    return value


@app.get("/int/{value}")
def integer(value: int):
    return value


@app.get("/float/{value}")
def number(value: float):
    return value


@app.get("/bool/{value}")
def truth(value: bool):
    return value


@app.get("/uuid/{value}")
def identifier(value: UUID):
    return value


@app.get("/decimal/{value}")
def decimal(value: Decimal):
    return str(value)


@app.get("/enum/{value}")
def enumerated(value: Colour):
    return value.name


@app.get("/rest/{value:path}")
def rest(value: str):
    return value


@app.get("/convertor/{value:int}")
def convertor(value: int):
    return value


@app.get("/bounded/{value}")
def bounded(value: int = Path(gt=2, le=5, multiple_of=2, title="A bounded number")):
    return value


@app.get("/sized/{value}")
def sized(value: str = Path(min_length=2, max_length=3, pattern="^[a-z]+$")):
    return value


@app.get("/two/{first}/and/{second}")
def two(second: int, first: str):
    return [first, second]


@app.get("/fixed/me")
def fixed():
    return "fixed"


@app.get("/fixed/{value}")
def open_ended(value: str):
    return value


@app.get("/aliased/{the_value}")
def aliased(value: int = Path(alias="the_value")):
    return value


@app.get("/undeclared/{value}")
def undeclared(request: Request):
    return request.path_params


@app.post("/verbs")
def create():
    return "created"


@app.put("/verbs")
def replace():
    return "replaced"


@app.get("/slash/")
def with_slash():
    return "slash"


@app.get("/optional/{value}")
def optional(value: Optional[int]):
    return value


@pytest.mark.parametrize(
    "path, expected",
    [
        ("/text/abc", "abc"),
        ("/text/a%20b", "a b"),
        ("/text/%C3%A9", "é"),
        ("/text/True", "True"),
        ("/int/42", 42),
        ("/int/-7", -7),
        ("/int/+7", 7),
        ("/int/1_000", 1000),
        ("/int/3.0", 3),
        ("/float/42", 42.0),
        ("/float/1e3", 1000.0),
        ("/float/.5", 0.5),
        ("/bool/true", True),
        ("/bool/on", True),
        ("/bool/1", True),
        ("/bool/No", False),
        ("/bool/f", False),
        ("/uuid/12345678-1234-5678-1234-567812345678", "12345678-1234-5678-1234-567812345678"),
        ("/uuid/12345678123456781234567812345678", "12345678-1234-5678-1234-567812345678"),
        ("/decimal/1.50", "1.50"),
        ("/enum/blue", "blue"),
        ("/rest/a/b/c.txt", "a/b/c.txt"),
        ("/rest/", ""),
        ("/convertor/12", 12),
        ("/bounded/4", 4),
        ("/sized/abc", "abc"),
        ("/two/x/and/2", ["x", 2]),
        ("/fixed/me", "fixed"),
        ("/fixed/you", "you"),
        ("/aliased/5", 5),
        ("/undeclared/5", {"value": "5"}),
        ("/optional/5", 5),
    ],
)
def test_path_parameters_are_converted(path, expected):
    response = client(app).get(path)
    assert (response.status_code, response.json()) == (200, expected)


INT = "Input should be a valid integer, unable to parse string as an integer"


@pytest.mark.parametrize(
    "path, error",
    [
        ("/int/x", ("int_parsing", ["path", "value"], INT)),
        ("/int/1.5", ("int_parsing", ["path", "value"], INT)),
        ("/int/1__0", ("int_parsing", ["path", "value"], INT)),
        (
            "/float/x",
            ("float_parsing", ["path", "value"], "Input should be a valid number, unable to parse string as a number"),
        ),
        (
            "/bool/maybe",
            ("bool_parsing", ["path", "value"], "Input should be a valid boolean, unable to interpret input"),
        ),
        ("/enum/green", ("enum", ["path", "value"], "Input should be 'red' or 'blue'")),
        ("/bounded/2", ("greater_than", ["path", "value"], "Input should be greater than 2")),
        ("/bounded/6", ("less_than_equal", ["path", "value"], "Input should be less than or equal to 5")),
        ("/bounded/3", ("multiple_of", ["path", "value"], "Input should be a multiple of 2")),
        ("/sized/a", ("string_too_short", ["path", "value"], "String should have at least 2 characters")),
        ("/sized/abcd", ("string_too_long", ["path", "value"], "String should have at most 3 characters")),
        ("/sized/A1", ("string_pattern_mismatch", ["path", "value"], "String should match pattern '^[a-z]+$'")),
        ("/aliased/x", ("int_parsing", ["path", "the_value"], INT)),
    ],
)
def test_path_parameters_that_do_not_fit(path, error):
    assert errors_of(client(app).get(path)) == [error]


@pytest.mark.parametrize(
    "method, path, status, allow",
    [
        ("GET", "/nothing", 404, None),
        ("GET", "/convertor/x", 404, None),
        ("GET", "/int/1/2", 404, None),
        ("GET", "/verbs", 405, "POST"),
        ("HEAD", "/fixed/me", 405, "GET"),
        ("OPTIONS", "/fixed/me", 405, "GET"),
        ("PUT", "/verbs", 200, None),
        ("HEAD", "/docs", 200, None),
    ],
)
def test_missing_paths_and_methods(method, path, status, allow):
    response = client(app).request(method, path)
    assert response.status_code == status
    assert response.headers.get("allow") == allow
    if status == 404:
        assert response.json() == {"detail": "Not Found"}


@pytest.mark.parametrize(
    "path, location",
    [
        ("/slash", "http://testserver/slash/"),
        ("/slash?a=1", "http://testserver/slash/?a=1"),
        ("/verbs/", "http://testserver/verbs"),
        ("/int/1/", "http://testserver/int/1"),
    ],
)
def test_a_missing_or_extra_slash_redirects(path, location):
    response = client(app).get(path, follow_redirects=False)
    assert (response.status_code, response.headers.get("location")) == (307, location)


def test_redirects_can_be_switched_off():
    plain = FastAPI(redirect_slashes=False)
    plain.add_api_route("/slash/", with_slash)
    assert client(plain).get("/slash").status_code == 404


def test_a_path_parameter_has_no_default():
    with pytest.raises(AssertionError, match="Path parameters cannot have a default value"):
        Path(default=1)


@pytest.mark.parametrize("method", ["get", "put", "post", "delete", "options", "head", "patch", "trace"])
def test_every_verb_has_a_decorator_that_returns_the_function(method):
    every = FastAPI()

    def endpoint():
        return {"verb": method}

    assert getattr(every, method)("/here")(endpoint) is endpoint
    response = client(every).request(method.upper(), "/here")
    assert response.status_code == 200
    if method != "head":
        assert response.json() == {"verb": method}


def test_paths_of_operations_can_be_made_from_names():
    assert app.url_path_for("two", first="a", second="2") == "/two/a/and/2"
    assert app.url_path_for("rest", value="a/b") == "/rest/a/b"
