"""Models of parameters, choices of aliases, unions of forms."""

from typing import List, Optional, Union

import pytest
from pydantic import AliasChoices, BaseModel, ConfigDict, Field
from typing_extensions import Annotated, Literal

from fastapi import Cookie, FastAPI, Form, Header, Path, Query
from tests.framework.support import client, errors_of


class Filter(BaseModel):
    limit: int = Field(default=10, gt=0, le=100)
    tags: List[str] = []
    order: Literal["up", "down"] = "up"


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")

    a: int


class Needed(BaseModel):
    a: int


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")

    a: int = 0


class Headers(BaseModel):
    x_token: str
    x_tags: List[str] = []


class Cookies(BaseModel):
    session: str
    visits: int = 0


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"]
    barks: bool


class Chosen(BaseModel):
    value: int = Field(validation_alias=AliasChoices("first", "second"))


app = FastAPI()


@app.get("/query")
def query(filter: Annotated[Filter, Query()]):
    return filter


@app.get("/strict")
def strict(model: Annotated[Strict, Query()]):
    return model


@app.get("/open")
def open_model(model: Annotated[Open, Query()]):
    return model


@app.get("/headers")
def headers(model: Annotated[Headers, Header()]):
    return model


@app.get("/cookies")
def cookies(model: Annotated[Cookies, Cookie()]):
    return model


@app.get("/optional")
def optional(model: Annotated[Optional[Filter], Query()] = None):
    return model


@app.get("/together")
def together(filter: Annotated[Filter, Query()], other: Annotated[Needed, Query()], q: str = ""):
    return [filter.limit, other.a, q]


@app.get("/choice")
def choice(value: Annotated[int, Query(validation_alias=AliasChoices("first", "second"))]):
    return value


@app.get("/choice-of-model")
def choice_of_model(model: Annotated[Chosen, Query()]):
    return model.value


@app.get("/choice-of-path/{second}")
def choice_of_path(value: Annotated[int, Path(validation_alias=AliasChoices("first", "second"))]):
    return value


@app.post("/pet")
def pet(pet: Annotated[Union[Cat, Dog], Form(discriminator="kind")]):
    return pet


@pytest.mark.parametrize(
    "target, expected",
    [
        ("/query", {"limit": 10, "tags": [], "order": "up"}),
        ("/query?limit=5&tags=a&tags=b&order=down&more=1", {"limit": 5, "tags": ["a", "b"], "order": "down"}),
        ("/strict?a=1", {"a": 1}),
        ("/open?a=1&b=2&c=3&c=4", {"a": 1, "b": "2", "c": ["3", "4"]}),
        ("/optional", None),
        ("/optional?limit=3", {"limit": 3, "tags": [], "order": "up"}),
        ("/optional?other=3", None),
        ("/choice?first=1", 1),
        ("/choice?second=2", 2),
        ("/choice?second=2&first=1", 1),
        ("/choice-of-model?second=2", 2),
        ("/choice-of-model?second=2&first=1", 1),
        ("/choice-of-path/3", 3),
    ],
)
def test_models_of_query_parameters(target, expected):
    response = client(app).get(target)
    assert (response.status_code, response.json()) == (200, expected)


@pytest.mark.parametrize(
    "target, errors",
    [
        ("/query?limit=0", [("greater_than", ["query", "limit"])]),
        ("/query?limit=x&order=left", [("int_parsing", ["query", "limit"]), ("literal_error", ["query", "order"])]),
        ("/strict", [("missing", ["query", "a"])]),
        ("/strict?a=1&b=2", [("extra_forbidden", ["query", "b"])]),
        ("/optional?limit=0", [("greater_than", ["query", "limit"])]),
        ("/choice", [("missing", ["query", "first"])]),
        ("/choice?second=x", [("int_parsing", ["query", "second"])]),
        ("/choice-of-model", [("missing", ["query", "first"])]),
        ("/choice-of-path/x", [("int_parsing", ["path", "second"])]),
    ],
)
def test_models_of_query_parameters_that_do_not_fit(target, errors):
    assert [error[:2] for error in errors_of(client(app).get(target))] == errors


def test_models_side_by_side_share_the_query():
    assert client(app).get("/together?limit=3&a=1&q=x").json() == [3, 1, "x"]
    errors = errors_of(client(app).get("/together?limit=0&q=x"))
    assert [error[:2] for error in errors] == [("greater_than", ["query", "limit"]), ("missing", ["query", "a"])]


@pytest.mark.parametrize(
    "path, headers, expected",
    [
        ("/headers", [("x-token", "t"), ("x-tags", "a"), ("x-tags", "b")], {"x_token": "t", "x_tags": ["a", "b"]}),
        ("/cookies", [("cookie", "session=s; visits=3")], {"session": "s", "visits": 3}),
    ],
)
def test_models_of_headers_and_cookies(path, headers, expected):
    response = client(app).get(path, headers=headers)
    assert (response.status_code, response.json()) == (200, expected)


@pytest.mark.parametrize(
    "path, headers, errors",
    [
        ("/headers", [], [("missing", ["header", "x-token"])]),
        ("/cookies", [("cookie", "visits=x")], [("missing", ["cookie", "session"]), ("int_parsing", ["cookie", "visits"])]),
    ],
)
def test_models_of_headers_and_cookies_that_do_not_fit(path, headers, errors):
    assert [error[:2] for error in errors_of(client(app).get(path, headers=headers))] == errors


@pytest.mark.parametrize(
    "form, status, expected",
    [
        ({"kind": "cat"}, 200, {"kind": "cat", "lives": 9}),
        ({"kind": "dog", "barks": "yes"}, 200, {"kind": "dog", "barks": True}),
        ({"kind": "dog"}, 422, "missing"),
        ({"kind": "cow"}, 422, "union_tag_invalid"),
    ],
)
def test_unions_of_forms(form, status, expected):
    response = client(app).post("/pet", data=form)
    assert response.status_code == status, response.text
    found = response.json() if status == 200 else response.json()["detail"][0]["type"]
    assert found == expected


def test_the_schema_lists_the_fields_of_a_model_one_by_one():
    parameters = app.openapi()["paths"]["/query"]["get"]["parameters"]
    assert [(parameter["name"], parameter["in"], parameter["required"]) for parameter in parameters] == [
        ("limit", "query", False),
        ("tags", "query", False),
        ("order", "query", False),
    ]
