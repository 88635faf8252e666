"""Endpoints that take any keyword get their arguments in the order of the real package."""

import functools
from typing import Any, Callable

from pydantic import BaseModel
from typing_extensions import Annotated

from fastapi import Body, Depends, FastAPI, Header, Query, Request, Response
from fastapi.testclient import TestClient


class Model(BaseModel):
    a: int = 1


def listing(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    async def wrapper(**arguments: Any) -> Any:
        return list(arguments)

    return wrapper


def dependency() -> int:
    return 1


app = FastAPI()


@app.post("/all/{p}")
@listing
async def with_all(
    request: Request,
    h: Annotated[int, Header()] = 1,
    v: Annotated[dict, Body()] = {},  # type: ignore[type-arg]  # noqa: B006
    response: Response = None,  # type: ignore[assignment]
    p: int = 0,
    m: Annotated[Model, Query()] = None,  # type: ignore[assignment]
    d: int = Depends(dependency),
) -> None: ...


@app.get("/model/{p}")
@listing
async def with_model(
    response: Response, m: Annotated[Model, Query()], p: int = 0, h: Annotated[str, Header()] = "x"
) -> None: ...


client = TestClient(app)


def test_dependencies_parameters_body_objects() -> None:
    assert client.post("/all/1", json={"a": 1}).json() == ["d", "p", "m", "h", "v", "request", "response"]


def test_a_model_is_among_the_parameters() -> None:
    assert client.get("/model/3").json() == ["p", "m", "h", "response"]
