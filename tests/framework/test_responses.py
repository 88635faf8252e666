"""Responses from the values that endpoints return."""

import dataclasses
import datetime as dt
from decimal import Decimal
from typing import Any, Dict, Generic, List, Optional, TypeVar, Union

import pytest
from pydantic import BaseModel, Field

from fastapi import BackgroundTasks, FastAPI, Request, Response
from fastapi.exceptions import FastAPIError, ResponseValidationError
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse
from tests.framework.support import client


class Base(BaseModel):
    name: str
    note: Optional[str] = None


class Secret(Base):
    password: str = "hidden"


class Aliased(BaseModel):
    value: int = Field(default=1, alias="theValue")
    other: Optional[int] = None


class Row:
    def __init__(self) -> None:
        self.name, self.note, self.extra = "row", "n", "e"


T = TypeVar("T")


class Pages(BaseModel, Generic[T]):
    items: List[T]


@dataclasses.dataclass
class Point:
    x: int
    when: Optional[dt.date] = None


app = FastAPI()


@app.get("/dict")
def plain():
    return {"a": [1, 2.5, None, True, "é"], "b": {"c": Decimal("1.5"), "d": dt.date(2024, 2, 29)}}


@app.get("/annotated")
def annotated() -> Base:
    return Secret(name="a")


@app.get("/declared", response_model=Base)
def declared() -> Any:
    return {"name": "a", "password": "x"}


@app.get("/list", response_model=List[Base])
def listed() -> Any:
    return [Secret(name="a"), {"name": "b", "note": "n"}]


@app.get("/exclude-unset", response_model=Base, response_model_exclude_unset=True)
def exclude_unset() -> Any:
    return Base(name="a")


@app.get("/exclude-none", response_model=Base, response_model_exclude_none=True)
def exclude_none() -> Any:
    return Base(name="a", note=None)


@app.get("/exclude-defaults", response_model=Secret, response_model_exclude_defaults=True)
def exclude_defaults() -> Any:
    return Secret(name="a", password="hidden")


@app.get("/include", response_model=Secret, response_model_include={"name"})
def include() -> Any:
    return Secret(name="a")


@app.get("/exclude", response_model=Secret, response_model_exclude={"password"})
def exclude() -> Any:
    return Secret(name="a")


@app.get("/alias", response_model=Aliased)
def alias() -> Any:
    return {"theValue": 3}


@app.get("/no-alias", response_model=Aliased, response_model_by_alias=False)
def no_alias() -> Any:
    return {"theValue": 3}


@app.get("/attributes", response_model=Base)
def attributes() -> Any:
    return Row()


@app.get("/generic")
def generic() -> Pages[Base]:
    return Pages[Base](items=[Base(name="a")])


@app.get("/dataclass")
def dataclass() -> Point:
    return Point(1, dt.date(2024, 2, 29))


@app.get("/union")
def union() -> Union[Secret, Base]:
    return Base(name="a")


@app.get("/none")
def none() -> None:
    return None


@app.get("/undeclared", response_model=None)
def undeclared() -> Base:
    return Secret(name="a")


@app.get("/scalar")
def scalar() -> int:
    return "5"  # type: ignore[return-value]


@app.get("/mapping")
def mapping() -> Dict[str, dt.timedelta]:
    return {"a": dt.timedelta(seconds=90)}


@app.get("/through-json-response", response_class=JSONResponse)
def through() -> Base:
    return Base(name="é")


@pytest.mark.parametrize(
    "path, body",
    [
        ("/dict", '{"a":[1,2.5,null,true,"é"],"b":{"c":1.5,"d":"2024-02-29"}}'),
        ("/annotated", '{"name":"a","note":null}'),
        ("/declared", '{"name":"a","note":null}'),
        ("/list", '[{"name":"a","note":null},{"name":"b","note":"n"}]'),
        ("/exclude-unset", '{"name":"a"}'),
        ("/exclude-none", '{"name":"a"}'),
        ("/exclude-defaults", '{"name":"a"}'),
        ("/include", '{"name":"a"}'),
        ("/exclude", '{"name":"a","note":null}'),
        ("/alias", '{"theValue":3,"other":null}'),
        ("/no-alias", '{"value":3,"other":null}'),
        ("/attributes", '{"name":"row","note":"n"}'),
        ("/generic", '{"items":[{"name":"a","note":null}]}'),
        ("/dataclass", '{"x":1,"when":"2024-02-29"}'),
        ("/union", '{"name":"a","note":null}'),
        ("/none", "null"),
        ("/undeclared", '{"name":"a","note":null,"password":"hidden"}'),
        ("/scalar", "5"),
        ("/mapping", '{"a":"PT1M30S"}'),
        ("/through-json-response", '{"name":"é","note":null}'),
    ],
)
def test_json_of_returned_values(path, body):
    response = client(app).get(path)
    assert (response.status_code, response.text) == (200, body)
    assert response.headers["content-type"] == "application/json"
    assert response.headers["content-length"] == str(len(body.encode()))


@pytest.mark.parametrize("value", [{"name": 1}, {"note": "n"}, None, [], object()])
def test_a_value_that_does_not_fit_the_model_is_an_error_of_the_server(value):
    strict = FastAPI()

    @strict.get("/", response_model=Base)
    def endpoint():
        return value

    with pytest.raises(ResponseValidationError) as caught:
        client(strict).get("/")
    assert caught.value.errors()[0]["loc"][0] == "response"
    assert client(strict, raise_server_exceptions=False).get("/").status_code == 500


def own_headers(response: Response) -> Any:
    response.headers["x-own"] = "1"
    response.status_code = 201
    return {"a": 1}


def direct(request: Request, response: Response) -> Any:
    response.headers["x-own"] = "ignored"
    return PlainTextResponse("direct", status_code=203)


def redirect() -> Any:
    return RedirectResponse("/elsewhere")


def empty() -> None:
    """Answers with no content."""


@pytest.mark.parametrize(
    "endpoint, options, status, text, headers",
    [
        (own_headers, {"status_code": 202}, 201, '{"a":1}', {"x-own": "1", "content-type": "application/json"}),
        (direct, {}, 203, "direct", {"x-own": None, "content-type": "text/plain; charset=utf-8"}),
        (lambda: "<p>", {"response_class": HTMLResponse}, 200, "<p>", {"content-type": "text/html; charset=utf-8"}),
        (lambda: "p", {"response_class": PlainTextResponse}, 200, "p", {"content-type": "text/plain; charset=utf-8"}),
        (lambda: "/x", {"response_class": RedirectResponse}, 307, "", {"location": "/x"}),
        (redirect, {}, 307, "", {"location": "/elsewhere"}),
        (empty, {"status_code": 204}, 204, "", {"content-length": None}),
        (empty, {"status_code": 418}, 418, "null", {"content-length": "4"}),
        (
            lambda: __file__,
            {"response_class": FileResponse},
            200,
            None,
            {"content-type": "text/x-python; charset=utf-8"},
        ),
    ],
)
def test_responses(endpoint, options, status, text, headers):
    of = FastAPI()
    of.get("/", **options)(endpoint)
    response = client(of).get("/", follow_redirects=False)
    assert response.status_code == status
    assert text is None or response.text == text
    assert {name: response.headers.get(name) for name in headers} == headers


def test_a_default_class_of_the_application():
    of = FastAPI(default_response_class=PlainTextResponse)
    of.get("/")(lambda: "text")
    of.get("/json", response_class=JSONResponse)(lambda: "text")
    assert [client(of).get(path).text for path in ("/", "/json")] == ["text", '"text"']


def test_background_tasks_run_after_the_response_in_order():
    log: List[str] = []
    of = FastAPI()

    async def deferred(text: str) -> None:
        log.append(text)

    @of.get("/")
    def endpoint(tasks: BackgroundTasks):
        tasks.add_task(log.append, "first")
        tasks.add_task(deferred, text="second")
        log.append("endpoint")
        return {}

    assert client(of).get("/").json() == {}
    assert log == ["endpoint", "first", "second"]


def test_a_model_for_a_status_without_body_is_refused():
    with pytest.raises(AssertionError, match="Status code 204 must not have a response body"):
        FastAPI().get("/", status_code=204, response_model=Base)(empty)


def test_a_return_type_pydantic_does_not_know_is_refused():
    class Unknown:
        """Not a field."""

    def endpoint():
        """Never runs."""

    with pytest.raises(FastAPIError, match="Invalid args for response field!"):
        FastAPI().get("/", response_model=Unknown)(endpoint)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_json_does_not_have(value):
    of = FastAPI()
    of.get("/plain")(lambda: {"v": value})

    @of.get("/declared")
    def declared() -> Dict[str, float]:
        return {"v": value}

    assert client(of).get("/declared").text == '{"v":null}'
    with pytest.raises(ValueError, match="Out of range float values are not JSON compliant"):
        client(of).get("/plain")
