"""Parameter models on the planned way: equal to the exact way, with any texts and extras."""

import json
from typing import Any, Dict, List, Optional
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AliasChoices, BaseModel, ConfigDict, Field, Json, field_validator, model_validator
from typing_extensions import Annotated, Literal

from fastapi import Cookie, Depends, FastAPI, Header, Query, _rust
from fastapi._routing.planning.explain import explain
from fastapi.routing import APIRoute
from tests.planned.asgi import call
from tests.planned.fuzzing import examples

needs_core = pytest.mark.skipif(not _rust.rust_available(), reason="FASTAPI_RS_MODE=python has no core")


class Page(BaseModel):
    q: str
    limit: int = Field(10, ge=1)
    tags: List[str] = []
    order: Literal["up", "down"] = "up"


class Named(BaseModel):
    first: str = Field("none", alias="1st")
    save_data: Optional[bool] = None
    numbers: List[int] = Field(default_factory=lambda: [1])
    document: Json[Any] = None

    @field_validator("first")
    @classmethod
    def short(cls, value: str) -> str:
        if len(value) > 3:
            raise ValueError("too long")
        return value

    @model_validator(mode="after")
    def no_two(self) -> "Named":
        if self.numbers == [2]:
            raise ValueError("two")
        return self


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    first: int = Field(1, alias="1st")
    q: str = "x"


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    limit: int

    @model_validator(mode="before")
    @classmethod
    def count(cls, data: Any) -> Any:
        return {**data, "count": len(data)}


MODELS = {"page": Page, "named": Named, "strict": Strict, "open": Open, "optional": Optional[Page]}
PLACES: Dict[str, Any] = {"query": Query, "header": Header, "cookie": Cookie}


def make_app(route_class: type) -> FastAPI:
    app = FastAPI(openapi_url=None)
    app.router.route_class = route_class
    for name, model in MODELS.items():
        for place, declare in PLACES.items():

            async def endpoint(
                p: Any, n: int = 1, two: Annotated[int, Query(validation_alias=AliasChoices("x", "limit"))] = 5
            ) -> Any:
                return {"p": p, "set": None if p is None else sorted(p.model_fields_set), "n": n, "two": two}

            endpoint.__annotations__["p"] = Annotated[model, declare()]  # type: ignore[valid-type]
            if name == "optional":
                endpoint.__defaults__ = (None, *(endpoint.__defaults__ or ()))
            app.get(f"/{name}/{place}")(endpoint)
    return app


class OwnRoute(APIRoute):
    """The routes of a class of its own are not planned."""


planned, exact = make_app(APIRoute), make_app(OwnRoute)
names = st.sampled_from(
    ["q", "limit", "tags", "order", "1st", "first", "save_data", "save-data", "numbers", "document", "n", "x", ""]
)
values = st.one_of(
    st.sampled_from(["", "1", "2", "0", "up", "true", "abcd", '{"a": 1}', "nonsense"]), st.text("aé%+ ", max_size=3)
)
pairs = st.lists(st.tuples(names, values), max_size=6)


def ask(app: FastAPI, name: str, place: str, given: List[Any]) -> Any:
    target, headers = f"/{name}/{place}", []
    if place == "query":
        target += "?" + urlencode(given)
    elif place == "header":
        headers = [(key.lower().encode(), value.encode("latin-1")) for key, value in given if key]
    else:
        headers = [(b"cookie", "; ".join(f"{key}={value}" for key, value in given).encode("latin-1"))]
    seen = call(app, target, headers=headers)
    return seen.status, seen.body, type(seen.error)


@needs_core
def test_all_of_them_are_planned() -> None:
    lines = [line for line in explain(planned) if not line.startswith(" ")]
    assert len(lines) == 3 * len(MODELS) and all(line.endswith(": planned") for line in lines), lines


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("name", MODELS)
@examples(1)
@given(given_pairs=pairs)
def test_the_planned_way_is_the_exact_way(name: str, place: str, given_pairs: List[Any]) -> None:
    assert ask(planned, name, place, given_pairs) == ask(exact, name, place, given_pairs)


def test_an_error_shows_the_extras_in_its_input() -> None:
    status, body, _ = ask(planned, "page", "query", [("x", "1"), ("limit", "0"), ("x", "2"), ("order", "down")])
    assert status == 422
    assert json.loads(body)["detail"] == [
        {
            "type": "missing",
            "loc": ["query", "q"],
            "msg": "Field required",
            "input": {"limit": "0", "order": "down", "x": ["1", "2"]},
        },
        {
            "type": "greater_than_equal",
            "loc": ["query", "limit"],
            "msg": "Input should be greater than or equal to 1",
            "input": "0",
            "ctx": {"ge": 1},
        },
    ]


class Extra(BaseModel):
    model_config = ConfigDict(extra="forbid")
    a: int = 1


class Before(BaseModel):
    a: int = 1

    @model_validator(mode="before")
    @classmethod
    def see(cls, data: Any) -> Any:
        return data


class Wrapped(BaseModel):
    a: int = 1

    @model_validator(mode="wrap")
    @classmethod
    def see(cls, data: Any, handler: Any) -> Any:
        return handler(data)


class OwnInit(BaseModel):
    a: int = 1

    def __init__(self, **data: Any) -> None:
        super().__init__(**data)


class TwoNames(BaseModel):
    model_config = ConfigDict(populate_by_name=True)
    a: int = Field(1, alias="b")


class Empty(BaseModel):
    pass


UNPLANNED = {
    "extra": Annotated[Extra, Query()],
    "before": Annotated[Before, Query()],
    "wrapped": Annotated[Wrapped, Query()],
    "init": Annotated[OwnInit, Query()],
    "names": Annotated[TwoNames, Query()],
    "empty": Annotated[Empty, Query()],
    "optional": Annotated[Optional[Page], Query()],
}


@needs_core
@pytest.mark.parametrize("kind", UNPLANNED)
def test_models_that_may_see_the_extras_are_read_as_on_the_exact_way(kind: str) -> None:
    app = FastAPI(openapi_url=None)

    async def endpoint(p: Any) -> Any:
        return {"p": p}

    endpoint.__annotations__["p"] = UNPLANNED[kind]
    app.get("/x")(endpoint)
    assert list(explain(app))[:2] == ["GET /x: planned", "    query p: read as on the exact way"]


@needs_core
def test_a_model_of_a_dependency_is_left_to_the_exact_way() -> None:
    app = FastAPI(openapi_url=None)

    async def dependency(p: Annotated[Page, Query()]) -> Page:
        return p

    @app.get("/x")
    async def endpoint(p: Annotated[Page, Depends(dependency)]) -> Any:
        return p

    assert next(iter(explain(app))) == (
        "GET /x: guided (a dependency has a parameter model, or a parameter with several names)"
    )
