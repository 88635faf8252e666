"""`param_factory` and `get_param_schema`: existing names, overrides, and the annotations of the code."""

from __future__ import annotations

import datetime
from enum import Enum
from typing import Any, Dict, List, NewType, Optional, Sequence

import pytest
from pydantic import BaseModel
from typing_extensions import Annotated, Literal

from fastapi import (
    Body,
    Cookie,
    Depends,
    FastAPI,
    Form,
    Header,
    ParamsSchemaError,
    Query,
    get_param_schema,
    load_params_schema,
    param_factory,
    params,
)
from fastapi._schema_file.agreement import agreed_annotation
from tests.planned.asgi import call
from tests.schema_file.conftest import WriteFile
from tests.schema_file.sample import SAMPLE, Color, Item


def test_the_first_call_finds_the_file(sample: str) -> None:
    made = param_factory("read_item", "item_id")
    assert type(made) is params.Path and made.description == "The item to read"


def test_a_missing_endpoint_lists_those_that_exist_and_the_nearest(sample: str) -> None:
    with pytest.raises(ParamsSchemaError) as caught:
        param_factory("read_itme", "item_id")
    text = str(caught.value)
    assert (
        "endpoint read_itme: there is no such endpoint" in text and "did you mean read_item? allowed: read_item" in text
    )
    assert "params_schema.yaml" in text and "FASTAPI_PARAMS_SCHEMA" in text


def test_a_missing_parameter_lists_those_that_exist_and_the_nearest(sample: str) -> None:
    for ask in (param_factory, get_param_schema):
        with pytest.raises(ParamsSchemaError) as caught:
            ask("read_item", "x-token")
        assert "did you mean x_token? allowed: item_id, q, x_token" in str(caught.value)


def test_get_param_schema_gives_all_an_endpoint_or_a_parameter(sample: str) -> None:
    assert list(get_param_schema().endpoints) == ["read_item"]
    assert list(get_param_schema("read_item")) == ["item_id", "q", "x_token"]
    q = get_param_schema("read_item", "q")
    assert (q.kind, q.annotation, q.options) == ("query", Optional[str], {"max_length": 50, "default": None})
    assert q.where.endswith("params_schema.yaml:8")


def test_override_lays_fields_over_those_of_the_file(sample: str) -> None:
    made = param_factory("read_item", "q", override={"maxLength": 5, "title": "Search", "default": "x"})
    by_hand = Query(default="x", max_length=5, title="Search")
    assert made.metadata == by_hand.metadata and made.title == "Search" and made.default == "x"
    assert param_factory("read_item", "q").title is None


def test_override_is_checked_like_the_file(sample: str) -> None:
    with pytest.raises(ParamsSchemaError) as caught:
        param_factory("read_item", "q", override={"max_lenght": 5, "ge": 1, "title": 3})
    text = str(caught.value)
    assert "param_factory('read_item', 'q', ...): endpoint read_item, parameter q, field max_lenght" in text
    assert "did you mean max_length" in text and "field title: this has to be text, not the number 3" in text
    with pytest.raises(ParamsSchemaError, match="field ge: the type str cannot have this constraint"):
        param_factory("read_item", "q", override={"ge": 1})


def test_param_type_is_another_place(sample: str) -> None:
    assert type(param_factory("read_item", "q", param_type="header")) is params.Header
    for class_ in (params.Cookie, params.Form, params.File, params.Body):
        override = {"type": "bytes"} if class_ is params.File else {}
        assert type(param_factory("read_item", "q", param_type=class_, override=override)) is class_


def test_param_type_is_another_type(sample: str) -> None:
    assert param_factory("read_item", "q", param_type="optional[email]", override={"max_length": None}).annotation
    assert param_factory("read_item", "x_token", param_type=int).annotation is int
    assert param_factory("read_item", "x_token", param_type=Color).annotation is Color
    assert param_factory("read_item", "x_token", param_type=Optional[str]).annotation == Optional[str]
    with pytest.raises(ParamsSchemaError, match="the type int cannot have this constraint"):
        param_factory("read_item", "q", param_type=int)


def test_another_file_can_be_named(sample: str, write: WriteFile) -> None:
    other = write(SAMPLE.replace("read_item", "other"), "other.yaml")
    assert param_factory("other", "q", schema=other).default is None
    assert param_factory("other", "q", schema=load_params_schema(other)).default is None
    load_params_schema(sample)
    assert list(get_param_schema().endpoints) == ["read_item"]
    with pytest.raises(ParamsSchemaError, match="other.yaml"):
        param_factory("gone", "q", schema=other)


UserName = NewType("UserName", str)


class Shade(Enum):
    red = "red"
    no = "no"


class Named(str, Enum):
    a = "a"


FITTING = [
    ("int", int, int),
    ("int", Any, int),
    ("str", UserName, UserName),
    ("str", Named, Named),
    ("int", Optional[int], Optional[int]),
    ("any", Dict[str, int], Dict[str, int]),
    ("email", str, "file"),
    ("list[int]", List[int], List[int]),
    ("list[int]", list, List[int]),
    ("list[int]", Sequence[int], Sequence[int]),
    ("object", Item, Item),
    ("object", dict, dict),
    ("enum", str, Literal["red", "no"]),
    ("enum", Optional[str], Optional[Literal["red", "no"]]),
    ("enum", Shade, Shade),
    ("enum", Literal["no", "red"], Literal["no", "red"]),
]
CONTRADICTING = [
    ("int", str),
    ("int", bool),
    ("float", int),
    ("list[int]", List[str]),
    ("enum", Color),
    ("enum", int),
    ("date", str),
    ("object", int),
    ("datetime", float),
    ("uuid", str),
    ("list[int]", int),
]


def of_type(write: WriteFile, type_: str) -> Any:
    text = "enum: [red, no]" if type_ == "enum" else f"type: '{type_}'"
    load_params_schema(write(f"version: 1\nendpoints: {{e: {{params: {{p: {{in: body, {text}}}}}}}}}\n"))
    return get_param_schema("e", "p")


@pytest.mark.parametrize("type_, in_code, validates", FITTING)
def test_of_file_and_annotation_the_more_precise_one_validates(
    write: WriteFile, type_: str, in_code: Any, validates: Any
) -> None:
    param = of_type(write, type_)
    assert agreed_annotation(param, in_code) == (param.annotation if validates == "file" else validates)


@pytest.mark.parametrize("type_, in_code", CONTRADICTING)
def test_an_annotation_that_contradicts_the_file_is_an_error(write: WriteFile, type_: str, in_code: Any) -> None:
    param = of_type(write, type_)
    with pytest.raises(ParamsSchemaError, match="the file says .*, the annotation in the code .*"):
        agreed_annotation(param, in_code)


def test_a_contradiction_is_an_error_where_the_endpoint_is_declared(sample: str) -> None:
    app = FastAPI()

    async def read_item(item_id: str = param_factory("read_item", "item_id")) -> None: ...

    with pytest.raises(ParamsSchemaError, match="params_schema.yaml:7:.*parameter item_id.*says int, .* str"):
        app.get("/items/{item_id}")(read_item)


def test_every_form_of_declaration(sample: str) -> None:
    app = FastAPI()

    async def token(x_token: Annotated[str, param_factory("read_item", "x_token")]) -> str:
        return x_token

    @app.get("/items/{item_id}")
    async def read_item(
        item_id: Annotated[int, param_factory("read_item", "item_id")],
        q: Annotated[Optional[str], param_factory("read_item", "q")] = "from the code",
        token: str = Depends(token),
        again=param_factory("read_item", "q"),
    ) -> Any:
        return [item_id, token, q, again]

    headers = [(b"x-token", b"t")]
    assert call(app, "/items/1", headers=headers).body == b'[1,"t","from the code",null]'
    # A parameter of another name is still read under the name that the file has.
    assert call(app, "/items/1?q=a", headers=headers).body == b'[1,"t","a","a"]'
    assert call(app, "/items/0?q=" + "a" * 51, headers=headers).status == 422


def test_the_name_in_the_request_is_that_of_the_file(write: WriteFile) -> None:
    load_params_schema(
        write(
            "version: 1\nendpoints: {e: {params: {user_agent: {in: header, type: str}, "
            "x_y: {in: header, type: str, convert_underscores: false}}}}\n"
        )
    )
    app = FastAPI()

    @app.get("/")
    async def read(one: str = param_factory("e", "user_agent"), two: str = param_factory("e", "x_y")) -> Any:
        return [one, two]

    assert call(app, "/", headers=[(b"user-agent", b"a"), (b"x_y", b"b")]).body == b'["a","b"]'


def test_a_body_model_keeps_its_class(write: WriteFile) -> None:
    class Thing(BaseModel):
        size: int

    load_params_schema(write("version: 1\nendpoints: {e: {params: {thing: {in: body, type: object}}}}\n"))
    app = FastAPI()

    async def create(thing=param_factory("e", "thing")) -> Any:
        return [thing.size]

    create.__annotations__["thing"] = Thing
    app.post("/")(create)
    seen = call(app, "/", "POST", headers=[(b"content-type", b"application/json")], body=b'{"size": 2}')
    assert seen.body == b"[2]"


def test_an_override_may_have_values_of_python(sample: str) -> None:
    day = datetime.date(2024, 2, 29)
    made = param_factory("read_item", "x_token", param_type=datetime.date, override={"default": day})
    assert made.default is day
    with pytest.raises(ParamsSchemaError, match="the default datetime.date.* is not valid"):
        param_factory("read_item", "x_token", param_type=int, override={"default": day})


def test_an_override_can_take_the_default_away(sample: str) -> None:
    made = param_factory("read_item", "q", override={"default": ..., "type": "str"})
    assert made.is_required() and made.annotation is str
    assert type(param_factory("read_item", "q", param_type="path", override={"default": ...})) is params.Path


def test_a_name_in_an_override_that_is_no_text_is_unknown(sample: str) -> None:
    with pytest.raises(ParamsSchemaError, match="field 1: this field is unknown"):
        param_factory("read_item", "q", override={1: 2})  # type: ignore[dict-item]


@pytest.mark.parametrize("endpoint, param", [(5, "q"), (None, "q"), (len, "q"), ("read_item", 5), ("read_item", None)])
def test_names_that_are_no_text_do_not_exist(sample: str, endpoint: Any, param: Any) -> None:
    with pytest.raises(ParamsSchemaError, match="there is no such endpoint|has no such parameter"):
        param_factory(endpoint, param)


@pytest.mark.parametrize("function", [Query, Header, Cookie, Body, Form])
def test_param_type_may_be_the_function_that_declares_it_elsewhere(sample: str, function: Any) -> None:
    assert type(param_factory("read_item", "q", param_type=function)) is type(function())
    with pytest.raises(TypeError, match="fields are given as `override`"):
        param_factory("read_item", "q", param_type=function(max_length=3))


def test_a_bare_list_is_a_list(sample: str) -> None:
    made = param_factory("read_item", "x_token", param_type=list, override={"max_length": 2})
    assert made.annotation is list
