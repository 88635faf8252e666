"""Lifespans and event handlers, alone and merged over routers, and their deprecation warnings."""

import warnings
from contextlib import asynccontextmanager
from typing import Any, List

import pytest

from fastapi import APIRouter, Body, FastAPI, Header, Query, Request
from fastapi.exceptions import FastAPIDeprecationWarning
from tests.framework.support import client


def noting(log: List[str], name: str, state: Any = None) -> Any:
    @asynccontextmanager
    async def lifespan(app: Any):
        log.append(f"{name} starts")
        yield state
        log.append(f"{name} ends")

    return lifespan


def test_lifespans_of_routers_lie_inside_that_of_the_application():
    log: List[str] = []
    app = FastAPI(lifespan=noting(log, "app", {"a": 1, "b": 1}))
    router = APIRouter(lifespan=noting(log, "router", {"b": 2}))
    app.include_router(router)

    @app.get("/")
    def endpoint(request: Request):
        return [request.state.a, request.state.b]

    with client(app) as calls:
        assert calls.get("/").json() == [1, 1]
    assert log == ["app starts", "router starts", "router ends", "app ends"]


def test_events():
    log: List[str] = []

    async def deferred() -> None:
        log.append("deferred")

    app = FastAPI(on_startup=[lambda: log.append("given"), deferred], on_shutdown=[lambda: log.append("down")])
    router = APIRouter()
    router.add_event_handler("startup", lambda: log.append("router"))
    app.include_router(router)
    app.router.add_event_handler("startup", lambda: log.append("later"))
    with client(app):
        log.append("served")
    # An included router's events run with the application's, and once more with the router's own lifespan.
    assert log == ["given", "deferred", "router", "later", "router", "served", "down"]


def test_a_lifespan_replaces_events():
    log: List[str] = []
    app = FastAPI(lifespan=noting(log, "app"), on_startup=[lambda: log.append("event")])
    with client(app):
        """Nothing to ask."""
    assert log == ["app starts", "app ends"]


def test_events_by_decorator_are_deprecated_and_work():
    log: List[str] = []
    app = FastAPI()
    with pytest.warns(DeprecationWarning, match="on_event is deprecated, use lifespan event handlers instead"):

        @app.on_event("startup")
        def start() -> None:
            log.append("start")

    with client(app):
        assert log == ["start"]


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: Query(default="", regex="^a"), "`regex` has been deprecated, please use `pattern` instead"),
        (lambda: Header(default="", example="x"), "`example` has been deprecated, please use `examples` instead"),
        (lambda: Body(default="", example="x"), "`example` has been deprecated, please use `examples` instead"),
    ],
)
def test_old_options_of_parameters_warn_at_the_line_of_the_caller(make, message):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        make()
    (warning,) = caught
    assert warning.category is FastAPIDeprecationWarning and str(warning.message) == message
    assert warning.filename == __file__


def test_old_options_still_work():
    app = FastAPI()
    with pytest.warns(FastAPIDeprecationWarning):

        @app.get("/")
        def endpoint(q: str = Query(default="a", regex="^a")):
            return q

    assert client(app).get("/?q=b").status_code == 422


def test_a_root_path_of_the_application_is_deprecated():
    with pytest.warns(FastAPIDeprecationWarning):
        app = FastAPI(root_path="/proxy")
    app.get("/x")(lambda: "x")
    assert client(app).get("/x").json() == "x"
    assert client(app).get("/openapi.json").json()["servers"] == [{"url": "/proxy"}]


@pytest.mark.parametrize("name", ["ORJSONResponse", "UJSONResponse"])
def test_old_response_classes_warn_when_they_are_used(name):
    import fastapi.responses

    cls = getattr(fastapi.responses, name)
    FastAPI().get("/", response_class=cls)(lambda: {})
    with pytest.warns(FastAPIDeprecationWarning):
        try:
            cls({})
        except AssertionError as error:
            assert "must be installed" in str(error)
