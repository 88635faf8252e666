"""Query, header and cookie parameters: names, lists, defaults, constraints, conversion."""

import datetime as dt
from typing import Dict, FrozenSet, List, Optional, Set, Tuple, Union

import pytest
from typing_extensions import Annotated, Literal

from fastapi import Cookie, FastAPI, Header, Query
from tests.framework.support import client, errors_of

app = FastAPI()


@app.get("/query/required")
def required(q: int):
    return q


@app.get("/query/default")
def default(q: int = 10, name: Optional[str] = None):
    return [q, name]


@app.get("/query/list")
def listed(q: List[int] = Query(default=[1, 2])):
    return q


@app.get("/query/set")
def unordered(q: Set[int] = Query(default=set())):
    return sorted(q)


@app.get("/query/frozenset")
def frozen(q: FrozenSet[str] = Query()):
    return sorted(q)


@app.get("/query/tuple")
def pair(q: Tuple[int, str] = Query()):
    return q


@app.get("/query/alias")
def aliased(q: str = Query(alias="item-query")):
    return q


@app.get("/query/validation-alias")
def validation_aliased(q: str = Query(validation_alias="other")):
    return q


@app.get("/query/annotated")
def annotated(q: Annotated[str, Query(min_length=3, max_length=5, pattern="^a")] = "abc"):
    return q


@app.get("/query/range")
def ranged(q: Annotated[float, Query(gt=0, lt=10)]):
    return q


@app.get("/query/factory")
def factory(q: Annotated[List[str], Query(default_factory=lambda: ["made"])]):
    q.append("used")
    return q


@app.get("/query/literal")
def literal(q: Literal["a", "b"] = "a"):
    return q


@app.get("/query/union")
def union(q: Union[int, str]):
    return q


@app.get("/query/date")
def date(q: dt.date):
    return q


@app.get("/query/delta")
def delta(q: dt.timedelta):
    return q.total_seconds()


@app.get("/query/strict")
def strict(q: Annotated[int, Query(strict=True)]):
    return q


@app.get("/header/one")
def one_header(user_agent: str = Header(), x_token: Optional[str] = Header(default=None)):
    return [user_agent, x_token]


@app.get("/header/list")
def header_list(x_token: List[str] = Header(default=[])):
    return x_token


@app.get("/header/underscored")
def underscored(strange_header: Optional[str] = Header(default=None, convert_underscores=False)):
    return strange_header


@app.get("/header/int")
def header_int(x_count: int = Header(ge=1)):
    return x_count


@app.get("/cookie")
def cookie(session: Optional[str] = Cookie(default=None), count: int = Cookie(default=0)):
    return [session, count]


@pytest.mark.parametrize(
    "target, expected",
    [
        ("/query/required?q=5", 5),
        ("/query/required?q=1&q=2", 2),
        ("/query/required?q=%20%205", 5),
        ("/query/default", [10, None]),
        ("/query/default?name=", [10, ""]),
        ("/query/default?name=a+b%26", [10, "a b&"]),
        ("/query/list", [1, 2]),
        ("/query/list?q=3&q=4", [3, 4]),
        ("/query/set?q=3&q=3&q=1", [1, 3]),
        ("/query/frozenset?q=x&q=x", ["x"]),
        ("/query/tuple?q=3&q=x", [3, "x"]),
        ("/query/alias?item-query=x", "x"),
        ("/query/validation-alias?other=x", "x"),
        ("/query/annotated", "abc"),
        ("/query/annotated?q=abcd", "abcd"),
        ("/query/range?q=9.5", 9.5),
        ("/query/factory", ["made", "used"]),
        ("/query/literal?q=b", "b"),
        ("/query/union?q=7", "7"),
        ("/query/date?q=2024-02-29", "2024-02-29"),
        ("/query/delta?q=P1DT2H", 93600.0),
    ],
)
def test_query_parameters(target, expected):
    response = client(app).get(target)
    assert (response.status_code, response.json()) == (200, expected)
    # A default is the same at the second request.
    assert client(app).get(target).json() == expected


INT = "Input should be a valid integer, unable to parse string as an integer"


@pytest.mark.parametrize(
    "target, error",
    [
        ("/query/required", ("missing", ["query", "q"], "Field required")),
        ("/query/required?q=", ("int_parsing", ["query", "q"], INT)),
        ("/query/required?q=x", ("int_parsing", ["query", "q"], INT)),
        ("/query/list?q=1&q=x", ("int_parsing", ["query", "q", 1], INT)),
        ("/query/alias?q=x", ("missing", ["query", "item-query"], "Field required")),
        (
            "/query/annotated?q=a",
            ("string_too_short", ["query", "q"], "String should have at least 3 characters"),
        ),
        ("/query/annotated?q=aaaaaa", ("string_too_long", ["query", "q"], "String should have at most 5 characters")),
        ("/query/annotated?q=bbb", ("string_pattern_mismatch", ["query", "q"], "String should match pattern '^a'")),
        ("/query/range?q=0", ("greater_than", ["query", "q"], "Input should be greater than 0")),
        ("/query/range?q=10", ("less_than", ["query", "q"], "Input should be less than 10")),
        ("/query/literal?q=c", ("literal_error", ["query", "q"], "Input should be 'a' or 'b'")),
        ("/query/strict?q=1", ("int_type", ["query", "q"], "Input should be a valid integer")),
    ],
)
def test_query_parameters_that_do_not_fit(target, error):
    assert errors_of(client(app).get(target)) == [error]


def test_the_whole_error_of_a_missing_parameter():
    assert client(app).get("/query/required").json() == {
        "detail": [{"type": "missing", "loc": ["query", "q"], "msg": "Field required", "input": None}]
    }


def test_the_whole_error_of_a_constraint():
    assert client(app).get("/query/range?q=-1").json() == {
        "detail": [
            {
                "type": "greater_than",
                "loc": ["query", "q"],
                "msg": "Input should be greater than 0",
                "input": "-1",
                "ctx": {"gt": 0.0},
            }
        ]
    }


@pytest.mark.parametrize(
    "path, headers, expected",
    [
        ("/header/one", [("user-agent", "me")], ["me", None]),
        ("/header/one", [("user-agent", "me"), ("X-Token", "a"), ("x-token", "b")], ["me", "a"]),
        ("/header/list", [("x-token", "a"), ("x-token", "b")], ["a", "b"]),
        ("/header/list", [], []),
        ("/header/underscored", [("strange_header", "x")], "x"),
        ("/header/underscored", [("strange-header", "x")], None),
        ("/header/int", [("x-count", "3")], 3),
        ("/cookie", [("cookie", "session=abc; count=3")], ["abc", 3]),
        ("/cookie", [("cookie", 'session="quoted value"; other=1')], ["quoted value", 0]),
        ("/cookie", [("cookie", "session=1; session=2")], ["2", 0]),
        ("/cookie", [], [None, 0]),
    ],
)
def test_headers_and_cookies(path, headers, expected):
    response = client(app).get(path, headers=headers)
    assert (response.status_code, response.json()) == (200, expected)


@pytest.mark.parametrize(
    "path, headers, error",
    [
        ("/header/int", [], ("missing", ["header", "x-count"], "Field required")),
        (
            "/header/int",
            [("x-count", "0")],
            ("greater_than_equal", ["header", "x-count"], "Input should be greater than or equal to 1"),
        ),
        ("/cookie", [("cookie", "count=x")], ("int_parsing", ["cookie", "count"], INT)),
    ],
)
def test_headers_and_cookies_that_do_not_fit(path, headers, error):
    assert errors_of(client(app).get(path, headers=headers)) == [error]


def test_errors_come_in_the_order_path_query_header_cookie():
    mixed = FastAPI()

    @mixed.get("/{p}")
    def endpoint(c: int = Cookie(), h: int = Header(), q: int = Query(), p: int = 0):
        """Never runs."""

    response = client(mixed).get("/x?q=x", headers={"h": "x"}, cookies=None)
    assert [error[1] for error in errors_of(response)] == [
        ["path", "p"],
        ["query", "q"],
        ["header", "h"],
        ["cookie", "c"],
    ]


@pytest.mark.parametrize(
    "parameter, text",
    [
        (Query(default=1), "Query(1)"),
        (Query(), "Query(PydanticUndefined)"),
        (Header(default="x"), "Header(x)"),
        (Cookie(default=None), "Cookie(None)"),
    ],
)
def test_parameters_print_their_default(parameter, text):
    assert repr(parameter) == text


def test_a_type_that_no_query_parameter_can_have_is_refused():
    def endpoint(q: Dict[str, Dict[str, int]] = Query()):
        """Never runs."""

    with pytest.raises(AssertionError):
        FastAPI().get("/")(endpoint)


def test_a_default_stands_in_one_place_only():
    def endpoint(q: Annotated[str, Query(default="x")] = "y"):
        """Never runs."""

    with pytest.raises(AssertionError, match="`Query` default value cannot be set in `Annotated` for 'q'"):
        FastAPI().get("/")(endpoint)
