"""For any request the core gives the result of Starlette and Pydantic, or declines. It never traps."""

from __future__ import annotations

import marshal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from starlette.datastructures import Headers, QueryParams
from starlette.requests import cookie_parser
from starlette.routing import Match, Route

from fastapi import _rust
from fastapi._wasm import contract
from tests.conformance.rows import matcher, parameter, same
from tests.conformance.test_coerce import adapter, same_errors

pytestmark = pytest.mark.skipif(not _rust.rust_available(), reason="no core here")
thorough = settings(max_examples=400, deadline=None)

DEFAULT = ["the default"]

# Parameters: scalar, constraints, list. There are few names, so that most requests use them.
SCALARS: list[tuple[str, dict[str, Any], bool]] = [
    ("str", {}, False),
    ("str", {"min_length": 1, "max_length": 3}, False),
    ("str", {"min_items": 2}, True),
    ("int", {}, False),
    ("int", {"ge": 2, "lt": 30}, False),
    ("int", {"multiple_of": 3}, False),
    ("int", {"gt": 1}, True),
    ("float", {}, False),
    ("float", {"gt": -1.5, "le": 10}, False),
    ("float", {"allow_inf_nan": False}, False),
    ("float", {"multiple_of": 0.5}, False),
    ("bool", {}, False),
    ("bool", {"max_items": 1}, True),
    ("float", {}, True),
]
NAMES = ["a", "b", "x-c", ""]


@st.composite
def parameters(draw: Any) -> list[Any]:
    """Draw rows `(kind, name, scalar, constraints, list, required)`; the names of headers are in lower case."""
    rows = draw(
        st.lists(
            st.tuples(
                st.sampled_from(["query", "header", "cookie"]),
                st.sampled_from(NAMES),
                st.sampled_from(SCALARS),
                st.booleans(),
            ),
            max_size=5,
        )
    )
    return [
        (kind, name, *scalar, required) for kind, name, scalar, required in rows if kind != "cookie" or not scalar[2]
    ]


numbers = st.one_of(
    st.integers().map(str),
    st.floats().map(repr),
    st.sampled_from(
        [
            "1_000",
            "01",
            "+3",
            " 7 ",
            "1.0",
            "1e3",
            "nan",
            "-inf",
            "0x1",
            "1" * 5000,
            "9" * 400,
            "-0",
            "",
            ".5",
            "5.",
            "true",
            "YES",
            "off",
            "t",
            "\u0661",
            "1__0",
            "_1",
            "1.50",
            "9007199254740993",
            "1e400",
        ]
    ),
)
texts = st.one_of(
    numbers, st.text(max_size=8), st.text("%+&=; \u00e9\ud83d\ude00aB0", max_size=12).filter(lambda t: t.isprintable())
)
quoted = texts.map(lambda text: text.encode("utf-8", "surrogatepass"))
query_strings = st.one_of(
    st.binary(max_size=60),
    st.lists(
        st.tuples(st.sampled_from(NAMES), st.sampled_from(["=", "", "=="]), quoted, st.sampled_from(["&", ";", "&&"])),
        max_size=6,
    ).map(
        lambda parts: b"".join(
            name.encode() + sign + value + end
            for name, sign, value, end in (
                (name, sign.encode(), value, end.encode()) for name, sign, value, end in parts
            )
        )
    ),
    st.lists(st.tuples(st.sampled_from(NAMES), numbers), max_size=5).map(
        lambda parts: "&".join(f"{name}={value}" for name, value in parts).replace("+", "%2B").encode()
    ),
)
cookies = st.one_of(
    st.binary(max_size=40),
    st.text('ab=; "\\0123\t,', max_size=30).map(str.encode),
    st.lists(st.tuples(st.sampled_from(["a", "b", ""]), numbers), max_size=4).map(
        lambda parts: "; ".join(f"{name}={value}" for name, value in parts).encode()
    ),
)
headers = st.lists(
    st.one_of(
        st.tuples(st.just(b"cookie"), cookies),
        st.tuples(
            st.sampled_from([b"a", b"b", b"x-c", b"X-C", b""]),
            st.one_of(st.binary(max_size=20), numbers.map(lambda text: text.encode("latin-1", "replace"))),
        ),
        st.tuples(st.binary(max_size=6), st.binary(max_size=10)),
    ),
    max_size=6,
)


def read(row: Any, query: bytes, raw: Any) -> tuple[str, Any]:
    """Return `("value", value)` or `("errors", errors)` of a parameter that the exact way reads."""
    kind, name, scalar, constraints, many, required = row
    loc = (kind, name)
    if kind == "cookie":
        found: dict[str, str] = {}
        for key, value in raw:
            if key.lower() == b"cookie":
                found.update(cookie_parser(value.decode("latin-1")))
        received: Any | None = found.get(name)
    else:
        source: Any = QueryParams(query) if kind == "query" else Headers(raw=raw)
        received = (source.getlist(name) or None) if many else source.get(name)
    if received is None:
        missing = {"type": "missing", "loc": loc, "msg": "Field required", "input": None}
        return ("errors", [missing]) if required else ("value", DEFAULT)
    try:
        return "value", adapter(scalar, constraints, many).validate_python(received)
    except ValidationError as failure:
        return "errors", [{**error, "loc": loc + error["loc"]} for error in failure.errors(include_url=False)]


def in_order(constraints: dict[str, Any]) -> list[Any]:
    # The contract has the order in which Pydantic checks constraints. A NaN fails more than one.
    return sorted(constraints.items(), key=lambda item: contract.CONSTRAINTS.index(item[0]))


def lower(raw: Any) -> Any:
    # ASGI: servers pass header names in lower case, and Starlette compares them as they are.
    return [(name.lower(), value) for name, value in raw]


@thorough
@given(parameters(), query_strings, headers)
def test_parameters(rows: list[Any], query: bytes, raw: Any) -> None:
    raw = lower(raw)
    match = matcher(
        [
            (
                "/",
                ["GET"],
                [
                    parameter(
                        kind,
                        name,
                        scalar,
                        in_order(constraints),
                        list=many,
                        required=required,
                        default=marshal.dumps(DEFAULT, 2),
                    )
                    for kind, name, scalar, constraints, many, required in rows
                ],
            )
        ]
    )
    answer = match(("GET", "/", query, raw))
    assert answer is not None, "the core trapped"
    if answer[0] == -3:
        return
    outcomes = [read(row, query, raw) for row in rows]
    errors = [error for kind, content in outcomes if kind == "errors" for error in content]
    if errors:
        assert answer[:3] == (-4, 0, {}) and same_errors(answer[3], errors)
    else:
        assert same(answer, (0, {}, *(content for _, content in outcomes)))


@thorough
@given(st.binary(max_size=200))
def test_any_query_string(query: bytes) -> None:
    params = QueryParams(query)
    keys = [key for key in params if not any("\ud800" <= char <= "\udfff" for char in key)]
    match = matcher([("/", ["GET"], [parameter("query", key, list=True) for key in keys])])
    answer = match(("GET", "/", query, []))
    assert answer is not None
    assert answer[0] == -3 or answer == (0, {}, *(params.getlist(key) for key in keys))


TEMPLATES = [
    "/",
    "",
    "/items",
    "/items/",
    "/items/{id}",
    "/items/{id:int}",
    "/items/{id}/",
    "/files/{p:path}",
    "/a/{x}/b",
    "/{any}",
    "/{n:int}/{m}",
    "/{rest:path}",
    "/a/{x:int}/b",
    "/items/special",
    "/{a}-{b}",
    "/{f:float}",
    "/{u:uuid}",
    "/pre{x}",
]
SEGMENTS = st.sampled_from(
    [
        "items",
        "a",
        "b",
        "files",
        "special",
        "1",
        "007",
        "-3",
        "",
        "x-y",
        "1.5",
        "\u0661",
        "pre",
        "%2F",
        "\u00e9",
        "\n",
        "b\n",
    ]
)
paths = st.one_of(
    st.lists(SEGMENTS, max_size=4).map(lambda parts: "/" + "/".join(parts)),
    st.text(max_size=8),
    st.text("/ab1{}:\n\u00e9", max_size=10).map(lambda text: "/" + text),
)
METHODS = ["GET", "POST", "HEAD", "DELETE", "OPTIONS"]


def starlette(routes: Any, method: str, path: str) -> tuple[Any, ...]:
    scope = {"type": "http", "method": method, "path": path, "root_path": "", "headers": []}
    partial = None
    for index, route in enumerate(routes):
        match, child = route.matches(scope)
        if match is Match.FULL:
            return index, child["path_params"]
        if match is Match.PARTIAL and partial is None:
            partial = index
    return (-1,) if partial is None else (-2, partial)


@thorough
@given(
    st.lists(st.tuples(st.sampled_from(TEMPLATES[2:] + TEMPLATES[:1]), st.sets(st.sampled_from(METHODS))), max_size=7),
    st.one_of(st.sampled_from(METHODS), st.text(max_size=4)),
    st.lists(paths, min_size=1, max_size=8),
    st.booleans(),
)
def test_routes(plan: Any, method: str, candidates: list[str], redirect: bool) -> None:
    routes = []
    for path, methods in plan:
        route = Route(path, lambda request: None)
        route.methods = set(methods)
        routes.append(route)
    match = matcher([(path, sorted(methods), ()) for path, methods in plan], redirect_slashes=redirect)
    for path in candidates:
        answer = match((method, path, b"", []))
        assert answer is not None, "the core trapped"
        if answer[0] == -3:
            continue
        assert answer == starlette(routes, method, path)
        if answer == (-1,) and redirect and path != "/":
            toggled = path.rstrip("/") if path.endswith("/") else path + "/"
            assert starlette(routes, method, toggled) == (-1,), "a redirect is not the core's business"


anything = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.binary(max_size=5), st.just(...)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.tuples(inner, inner), st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


@thorough
@given(st.tuples(anything, anything, anything, anything))
def test_requests_of_other_types_are_declined_or_correct(request: Any) -> None:
    match = matcher([("/{x}", [], [parameter("query", "a"), parameter("header", "b"), parameter("cookie", "c")])])
    answer = match(request)
    assert answer is not None and answer[0] in (0, -1, -2, -3, -4)
    if answer[0] != -3:
        method, path, query, raw = request
        assert (
            isinstance(method, str)
            and isinstance(path, str)
            and isinstance(query, bytes)
            and isinstance(raw, (list, tuple))
        )
