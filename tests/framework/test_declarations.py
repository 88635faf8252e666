"""Unusual declarations and their results. The expected values are those of the real package."""

from __future__ import annotations

import functools
import sys
import warnings
from typing import Any, Dict, List, Optional, Tuple, Union

import pytest
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, Json
from typing_extensions import Annotated

from fastapi import APIRouter, Body, Cookie, Depends, FastAPI, Form, Header, Path, Query, Response, params
from fastapi.exceptions import FastAPIError
from fastapi.responses import JSONResponse
from tests.framework.support import PYDANTIC, app_with, client, errors_of


def ask(app: FastAPI, *paths: str, **options: Any) -> List[Tuple[int, str]]:
    answers = client(app, raise_server_exceptions=False)
    return [(found.status_code, found.text) for found in (answers.get(path, **options) for path in paths)]


def parameters_of(app: FastAPI, path: str = "/", method: str = "get") -> List[Dict[str, Any]]:
    return list(app.openapi()["paths"][path][method].get("parameters", []))


# Defaults.


def test_an_ellipsis_as_default_is_required_unless_the_marker_is_in_the_annotation() -> None:
    def plain(x: int = ...) -> Any:  # type: ignore[assignment]
        return repr(x)

    def annotated(x: Annotated[int, Query()] = ...) -> Any:  # type: ignore[assignment]
        return repr(x)

    def body(x: Dict[str, int] = ...) -> Any:  # type: ignore[assignment]
        return repr(x)

    app = app_with(("GET", "/plain", plain), ("GET", "/annotated", annotated), ("POST", "/body", body))
    answers = client(app)
    assert errors_of(answers.get("/plain")) == [("missing", ["query", "x"], "Field required")]
    assert answers.get("/annotated").json() == "Ellipsis"
    assert errors_of(answers.post("/body")) == [("missing", ["body"], "Field required")]
    assert parameters_of(app, "/plain")[0]["required"] is True


def test_an_ellipsis_in_a_dependency_is_required() -> None:
    class Common:
        def __init__(self, q: int = ...) -> None:  # type: ignore[assignment]
            self.q = q

    def endpoint(common: Common = Depends()) -> int:
        return common.q

    endpoint.__annotations__["common"] = Common
    app = app_with(("GET", "/", endpoint))
    assert errors_of(client(app).get("/")) == [("missing", ["query", "q"], "Field required")]
    assert ask(app, "/?q=3") == [(200, "3")]


class Counted:
    copies: List[str] = []

    def __copy__(self) -> Counted:
        self.copies.append("copy")
        return self

    def __deepcopy__(self, memo: Any) -> Counted:
        self.copies.append("deepcopy")
        return self


@pytest.mark.parametrize("in_dependency", [False, True])
def test_a_default_is_copied_twice_for_each_request(in_dependency: bool) -> None:
    def reads(x: str = Query(Counted())) -> int:
        return 1

    def depends(value: int = Depends(reads)) -> int:
        return value

    app = app_with(("GET", "/", depends if in_dependency else reads))
    Counted.copies.clear()
    ask(app, "/", "/?x=1")
    assert Counted.copies == ["deepcopy", "deepcopy"]


def test_the_result_of_a_factory_is_copied() -> None:
    made: List[int] = []

    def endpoint(x: Any = Query(default_factory=lambda: made)) -> List[Any]:
        x.append(1)
        return [x is made, len(x)]

    assert ask(app_with(("GET", "/", endpoint)), "/", "/") == [(200, "[false,1]")] * 2
    assert made == []


def test_a_default_beside_a_factory_is_refused() -> None:
    def endpoint(x: Annotated[List[int], Query(default_factory=list)] = 3) -> None: ...  # type: ignore[assignment]

    with pytest.raises(TypeError, match="cannot specify both default and default_factory"):
        app_with(("GET", "/", endpoint))


def test_empty_json_of_a_list_is_absent() -> None:
    def endpoint(x: Annotated[Optional[Json[List[int]]], Query()] = None) -> Any:
        return x

    def required(x: Annotated[Json[List[int]], Query()]) -> Any:
        return x

    app = app_with(("GET", "/", endpoint), ("GET", "/required", required))
    # `Optional[Json]` is no list for the one, `Json[List]` is one for the other.
    assert ask(app, "/required?x=[1]") == [(200, "[1]")]
    assert errors_of(client(app).get("/required?x=")) == [("missing", ["query", "x"], "Field required")]


# Markers.


def test_one_marker_for_several_parameters_is_one_object() -> None:
    marker: Any = Query(3, description="d")

    def first(a: int = marker) -> Any:
        return a

    def second(b: List[int] = marker) -> Any:
        return b

    app = app_with(("GET", "/first", first))
    assert ask(app, "/first?a=1") == [(200, "1")]
    app.get("/second")(second)
    # The second one has the alias of the first, and the first one takes lists from now on.
    assert ask(app, "/second?b=1", "/second?a=1&a=2") == [(200, "3"), (200, "[1,2]")]
    assert ask(app, "/first?a=1")[0][0] == 422
    assert app.routes[-1].dependant.query_params[0].field_info is marker  # type: ignore[attr-defined]


def test_a_marker_beside_a_dependency_is_checked() -> None:
    def endpoint(x: Annotated[int, Depends(lambda: 1)] = Query()) -> None: ...

    with pytest.raises(AssertionError, match="Cannot use `Query` for path param 'x'"):
        app_with(("GET", "/{x}", endpoint))


def test_dependencies_without_parameter_are_always_cached() -> None:
    calls: List[int] = []

    def count() -> int:
        calls.append(1)
        return len(calls)

    def endpoint(value: int = Depends(count)) -> int:
        return value

    app = FastAPI()
    app.get("/", dependencies=[Depends(count, use_cache=False), Depends(count, use_cache=False)])(endpoint)
    assert ask(app, "/") == [(200, "1")]


def test_only_security_has_scopes() -> None:
    class Odd(params.Depends):
        scopes = ["x"]

    app = FastAPI()
    app.get("/", dependencies=[Odd(lambda: 1)])(lambda: 1)
    assert app.routes[-1].dependant.dependencies[0].own_oauth_scopes == []  # type: ignore[attr-defined]


def test_a_path_parameter_keeps_its_alias_when_one_of_several_names_is_chosen() -> None:
    def endpoint(x: Annotated[int, Path(validation_alias=AliasChoices("b", "a"))]) -> int:
        return x

    app = app_with(("GET", "/{a}", endpoint))
    field = app.routes[-1].dependant.path_params[0]  # type: ignore[attr-defined]
    assert (field.alias, field.validation_alias) == ("x", "a")
    assert ask(app, "/3") == [(200, "3")]
    assert parameters_of(app, "/{a}")[0]["name"] == "a"


# Names in annotations.

FROM_310 = pytest.mark.skipif(sys.version_info < (3, 10), reason="the real package needs Python 3.10")


def endpoint_of(text: str, default: Any = None, returns: str = "str") -> Any:
    def endpoint(x):
        return repr(x)

    endpoint.__annotations__ = {"x": text, "return": returns}
    endpoint.__defaults__ = (default,)
    return endpoint


@FROM_310
@pytest.mark.parametrize(
    "text, status",
    [
        ("Decimal", 500),
        ("UUID", 500),
        ("List[int]", 200),
        ("'int'", 200),
        ("List['int']", 200),
        ("Elsewhere", 500),
        ("Optional['Elsewhere']", 500),
        ("Enum", 422),
        ("dataclass", 422),
        ("Dict", 200),
    ],
)
def test_unknown_names_are_those_of_the_real_module(text: str, status: int) -> None:
    app = app_with(("GET", "/", endpoint_of(text)))
    path = "/?x=1" if text != "Dict" else "/"
    assert ask(app, path)[0][0] == status


@FROM_310
def test_an_unknown_name_is_documented_as_its_parameter_declares() -> None:
    app = app_with(("GET", "/", endpoint_of("Optional['Elsewhere']")))
    with pytest.raises(Exception) as caught:
        client(app).get("/?x=1")
    described = (
        "typing.Annotated[typing.Optional[ForwardRef('Elsewhere')], "
        "FieldInfo(annotation=NoneType, required=False, default=None, alias='x', alias_priority=2)]"
    )
    if PYDANTIC_SAYS_ALL:
        assert str(caught.value).startswith(f"`TypeAdapter[{described}]` is not fully defined")


PYDANTIC_SAYS_ALL = sys.version_info >= (3, 10) and sys.version_info < (3, 14)


@FROM_310
@pytest.mark.parametrize(
    "text, error", [("int +", SyntaxError), ("sys.nope", AttributeError), ("1/0", ZeroDivisionError)]
)
def test_an_annotation_that_cannot_be_evaluated_fails_where_it_is_declared(text: str, error: Any) -> None:
    with pytest.raises(error):
        app_with(("GET", "/", endpoint_of(text)))


@FROM_310
def test_one_unknown_name_leaves_all_annotations_as_they_are_written() -> None:
    # Then a string inside a string is also evaluated in the module of the function.
    assert ask(app_with(("GET", "/", endpoint_of("Optional['int']", returns="Elsewhere"))), "/?x=1")[0][0] == 500
    app = FastAPI()
    app.get("/", response_model=None)(endpoint_of("Optional['int']", returns="Elsewhere"))
    assert ask(app, "/?x=1") == [(200, '"1"')]


@FROM_310
def test_partials_and_classes_are_evaluated_in_their_own_module() -> None:
    class Service:
        def __init__(self, x: Optional[int] = None) -> None:
            self.x = x

    def endpoint(service: Any = Depends(Service), y: Any = Depends(functools.partial(plain_in_module, z=2))) -> Any:
        return [service.x, y]

    assert ask(app_with(("GET", "/", endpoint)), "/?x=1&y=2") == [(200, "[1,[2,2]]")]


def plain_in_module(y: Optional[int] = None, z: int = 1) -> List[Any]:
    return [y, z]


# Models as parameters.


class Item(BaseModel):
    a: int
    b: Optional[str] = None


def test_a_model_in_the_path_takes_its_fields_from_there() -> None:
    def endpoint(item: Annotated[Item, Path()]) -> Any:
        return [item.a, item.b]

    app = app_with(("GET", "/x/{a}/{b}", endpoint))
    assert ask(app, "/x/1/c") == [(200, '[1,"c"]')]
    assert [row["name"] for row in parameters_of(app, "/x/{a}/{b}")] == ["a", "b"]


def test_an_annotated_model_in_a_union_is_no_model_of_the_query() -> None:
    def endpoint(item: Annotated[Optional[Annotated[Item, Field(title="x")]], Query()] = None) -> None: ...

    with pytest.raises(AssertionError, match="Query parameter 'item' must be one of the supported types"):
        app_with(("GET", "/", endpoint))


class Headers(BaseModel):
    x_tok: int
    # Pydantic does not keep the options that only `Header` has.
    conv_u: Annotated[int, Header(convert_underscores=False)] = 1
    hidden: Annotated[int, Query(include_in_schema=False)] = 2


@pytest.mark.skipif(PYDANTIC < (2, 12), reason="older releases keep the class of a marker in a model")
def test_markers_of_fields_of_a_header_model_do_not_count() -> None:
    def endpoint(found: Annotated[Headers, Header()]) -> Any:
        return [found.x_tok, found.conv_u]

    app = app_with(("GET", "/", endpoint))
    assert ask(app, "/", headers={"x-tok": "1", "conv_u": "5", "conv-u": "6"}) == [(200, "[1,6]")]
    assert [row["name"] for row in parameters_of(app)] == ["x-tok", "conv-u", "hidden"]
    assert errors_of(client(app).get("/", headers={"x-tok": "z"}))[0][1] == ["header", "x-tok"]


def test_names_after_the_chosen_one_are_extras() -> None:
    class Choices(BaseModel):
        model_config = ConfigDict(extra="allow")
        v: str = Field("d", validation_alias=AliasChoices("c1", "c2"))

    def endpoint(found: Annotated[Choices, Query()]) -> Any:
        return [found.v, found.model_extra]

    endpoint.__annotations__["found"] = Annotated[Choices, Query()]
    app = app_with(("GET", "/", endpoint))
    assert ask(app, "/?c1=x&c2=y&c2=z", "/?c2=y") == [(200, '["x",{"c2":["y","z"]}]'), (200, '["y",{}]')]


def test_the_first_name_that_is_there_counts_even_if_it_is_empty() -> None:
    def endpoint(x: Annotated[Json[List[int]], Query(validation_alias=AliasChoices("c1", "c2"))] = 7) -> Any:  # type: ignore[assignment]
        return x

    app = app_with(("GET", "/", endpoint))
    assert ask(app, "/?c1=&c2=[1]", "/?c2=[1]", "/") == [(200, "7"), (200, "[1]"), (200, "7")]


def test_a_cookie_is_no_list() -> None:
    def endpoint(x: Annotated[Optional[List[int]], Cookie()] = None) -> Any:
        return x

    app = app_with(("GET", "/", endpoint))
    assert ask(app, "/", headers={"cookie": "x="}) == [(200, "null")]
    assert ask(app, "/", headers={"cookie": "x=1"})[0][0] == 422


# Forms.


class Profile(BaseModel):
    name: str


def test_a_nullable_form_model_is_described_by_its_own_marker() -> None:
    def endpoint(profile: Annotated[Optional[Profile], Form(media_type="x/y")] = None) -> Any:
        return profile

    app = app_with(("POST", "/", endpoint))
    content = app.openapi()["paths"]["/"]["post"]["requestBody"]["content"]
    assert content == {"x/y": {"schema": {"$ref": "#/components/schemas/Body_endpoint__post"}}}
    answers = client(app)
    assert answers.post("/").json() is None
    assert answers.post("/", data={"name": "n"}).json() == {"name": "n"}


def test_json_of_a_model_in_a_form_is_validated_against_the_whole_form() -> None:
    def endpoint(item: Annotated[Json[Item], Form(validation_alias=AliasChoices("c1", "c2"))]) -> None: ...

    error = (
        client(app_with(("POST", "/", endpoint))).post("/", data={"c1": "2", "c2": "3", "zz": "4"}).json()["detail"][0]
    )
    assert (error["type"], error["loc"]) == ("json_type", ["body"])
    assert error["input"] == {"c1": "2", "c2": "3", "zz": "4"}


def test_a_union_with_a_scalar_first_has_no_sequence_to_build() -> None:
    def endpoint(files: Annotated[Union[str, List[bytes]], params.File()]) -> Any:
        return files

    app = app_with(("POST", "/", endpoint))
    files = [("files", ("a", b"1")), ("files", ("b", b"2"))]
    with pytest.raises(KeyError):
        client(app).post("/", files=files)


def test_the_same_form_model_under_one_name_in_two_places_is_the_whole_form() -> None:
    def depends(item: Annotated[Item, Form()]) -> int:
        return item.a

    def endpoint(item: Annotated[Item, Form()], other: int = Depends(depends)) -> Any:
        return [item.a, other]

    app = app_with(("POST", "/", endpoint))
    assert client(app).post("/", data={"a": "1"}).json() == [1, 1]
    schema = app.openapi()["paths"]["/"]["post"]["requestBody"]["content"]["application/x-www-form-urlencoded"][
        "schema"
    ]
    assert schema == {"$ref": "#/components/schemas/Item"}


# The document.


class Part(BaseModel):
    p: int = 1


class Whole(BaseModel):
    a: int
    part: Part = Field(default=Part(), exclude=True)


def test_the_model_of_an_excluded_field_is_defined() -> None:
    app = FastAPI()
    app.get("/", response_model=Whole)(lambda: 1)
    assert sorted(app.openapi()["components"]["schemas"]) == ["Part", "Whole"]


def test_titles_come_from_the_validation_alias() -> None:
    def endpoint(x: Annotated[int, Body(alias="al_x", validation_alias="va_x")]) -> None: ...

    content = app_with(("POST", "/", endpoint)).openapi()["paths"]["/"]["post"]["requestBody"]["content"]
    assert content["application/json"]["schema"]["title"] == "Va X"


def test_examples_are_encoded_like_answers() -> None:
    import datetime
    from decimal import Decimal

    examples: Any = {
        "a": {"value": Decimal("1.5")},
        "b": {"value": datetime.timedelta(seconds=90)},
        "c": {"value": Part()},
    }

    def endpoint(x: Annotated[int, Query(openapi_examples=examples)]) -> None: ...

    endpoint.__annotations__["x"] = Annotated[int, Query(openapi_examples=examples)]
    found = parameters_of(app_with(("GET", "/", endpoint)))[0]["examples"]
    assert found == {"a": {"value": 1.5}, "b": {"value": 90.0}, "c": {"value": {"p": 1}}}


def test_a_response_class_without_default_status_cannot_be_described() -> None:
    class Odd(JSONResponse):
        def __init__(self, content: Any = None, **options: Any) -> None:
            super().__init__(content, **options)

    app = FastAPI()
    app.get("/", response_class=Odd)(lambda: 1)
    assert ask(app, "/") == [(200, "1")]
    with pytest.raises(UnboundLocalError, match="status_code"):
        app.openapi()


# Answers.


def test_a_status_of_zero() -> None:
    def zero(response: Response) -> int:
        response.status_code = 0
        return 1

    app = FastAPI()
    app.get("/a")(zero)
    app.get("/b", status_code=201)(zero)
    app.get("/c", status_code=0)(lambda: 1)
    assert [status for status, _ in ask(app, "/a", "/b", "/c")] == [0, 201, 200]


@pytest.mark.parametrize("injects", [False, True])
def test_a_status_that_is_text_makes_no_response(injects: bool) -> None:
    def endpoint() -> int:
        return 1

    def injected(response: Response) -> int:
        return 1

    app = FastAPI()
    app.get("/", status_code="201")(injected if injects else endpoint)
    with pytest.raises(TypeError, match="'<' not supported between instances of 'str' and 'int'"):
        client(app).get("/")


def test_tables_and_aliases_have_the_shape_of_the_real_ones() -> None:
    import types

    from fastapi.encoders import ENCODERS_BY_TYPE, encoders_by_class_tuples
    from fastapi.openapi.models import SchemaOrBool, SecurityScheme

    assert len(ENCODERS_BY_TYPE) == 27
    assert [cls.__name__ for cls in list(ENCODERS_BY_TYPE)[:4]] == [
        "bytes",
        "Color",
        list(ENCODERS_BY_TYPE)[2].__name__,
        "date",
    ]
    assert len(encoders_by_class_tuples[str]) == 15
    if sys.version_info >= (3, 10):
        union: Any = types.UnionType
        assert isinstance(SecurityScheme, union) and isinstance(SchemaOrBool, union)


# The order in which a declaration is looked at.


def _deprecated() -> Any:
    return Query(regex="^a")


def test_text_of_annotations_is_evaluated_as_often_as_upstream_evaluates_it() -> None:
    """The text makes a new marker each time, and the marker warns."""
    app, router = FastAPI(), APIRouter()

    def endpoint(x: Annotated[str, _deprecated()] = "a") -> None: ...

    def without_return(x: Annotated[str, _deprecated()] = "a"): ...

    def refused(x: Annotated[dict, _deprecated()]): ...

    def dependency(x: Annotated[str, _deprecated()] = "a"): ...

    def depends(x: Any = Depends(dependency)): ...

    def count(declare: Any, *arguments: Any) -> int:
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            try:
                declare(*arguments)
            except AssertionError as error:
                assert str(error) == "Query parameter 'x' must be one of the supported types"
        assert {str(warning.message) for warning in seen} <= {
            "`regex` has been deprecated, please use `pattern` instead"
        }
        return len(seen)

    assert count(app.get("/return"), endpoint) == 2
    assert count(app.get("/none"), without_return) == 2
    assert count(app.get("/model", response_model=int), endpoint) == 1
    assert count(app.get("/refused"), refused) == 1
    assert count(app.get("/dependency"), depends) == 1
    assert count(router.get("/router"), endpoint) == 2
    app.include_router(router)
    assert count(app.openapi) == 1


def test_the_first_mistake_of_a_declaration_is_raised() -> None:
    class Unknown: ...

    def wrong(x: Dict[str, int] = Query()) -> None: ...

    wrong.__annotations__["return"] = Unknown
    seen: List[Any] = []

    def unique_id(route: Any) -> str:
        seen.append({name for name in ("name", "methods", "response_model", "description") if hasattr(route, name)})
        return "id"

    for options, message in [
        ({"max_body_size": -1}, "max_body_size must be a non-negative integer or None"),
        ({"responses": {404: 3}}, "An additional response must be a dict"),
        ({}, "Query parameter 'x' must be one of the supported types"),
    ]:
        with pytest.raises((AssertionError, ValueError, FastAPIError)) as caught:
            FastAPI().add_api_route("/", wrong, generate_unique_id_function=unique_id, **options)
        assert str(caught.value) == message
    with pytest.raises(AssertionError, match="An endpoint must be a callable"):
        FastAPI().add_api_route("/", 3, name="three", generate_unique_id_function=unique_id)
    assert seen == [{"name", "methods"}] * 3
