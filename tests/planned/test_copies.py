"""Applications, routers and routes that were copied or pickled answer for themselves, as in FastAPI.

The expected values are those of FastAPI. `State` cannot be copied (Starlette 1.10), so these tests pickle an
application with one as Ray Serve does it, with a reduction for `State`.
"""

import copy
import copyreg
import pickle
import re
from typing import Any, Callable, Iterator, Tuple

import pytest
from starlette.datastructures import State

from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request, Security, _rust
from fastapi._routing.planning.explain import explain
from fastapi.dependencies.utils import get_dependant
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import OAuth2PasswordBearer
from fastapi.testclient import TestClient
from tests.planned.asgi import call

Copy = Callable[[Any], Any]


def by_cloudpickle(thing: Any) -> Any:
    cloudpickle = pytest.importorskip("cloudpickle")
    return cloudpickle.loads(cloudpickle.dumps(thing))


def by_pickle(thing: Any) -> Any:
    return pickle.loads(pickle.dumps(thing))


@pytest.fixture
def reduced_state() -> Iterator[None]:
    copyreg.pickle(State, lambda state: (State, (dict(state._state),)))
    yield
    copyreg.dispatch_table.pop(State)


async def dependency(q: int = 1) -> int:
    return q


async def item(i: int, d: int = Depends(dependency)) -> Any:
    return [i, d]


async def other(i: int, d: int = 0) -> Any:
    return "other"


async def another(i: int, d: int = 0) -> Any:
    return "another"


def make_app() -> FastAPI:
    app = FastAPI(openapi_url=None)
    app.get("/item/{i}")(item)
    return app


def text(app: Any, target: str, method: str = "GET") -> str:
    seen = call(app, target, method)
    return f"{seen.status} {seen.body.decode()}"


DEEP = [copy.deepcopy, by_cloudpickle]


@pytest.mark.parametrize("deeply", DEEP)
def test_a_copied_router_is_included(deeply: Copy) -> None:
    router = APIRouter(prefix="/r")
    router.get("/item/{i}")(item)
    app = FastAPI()
    app.include_router(deeply(router))
    assert text(app, "/r/item/1?q=4") == "200 [1,4]"
    assert list(app.openapi()["paths"]) == ["/r/item/{i}"]


@pytest.mark.parametrize("copied", [copy.copy, *DEEP])
def test_a_copied_route_answers_in_another_application(copied: Copy) -> None:
    router = APIRouter()
    router.get("/item/{i}")(item)
    app = FastAPI()
    app.router.routes.append(copied(router.routes[0]))
    assert text(app, "/item/1?q=4") == "200 [1,4]"
    assert text(app, "/item/1", "POST").startswith("405")


def outcomes(app: FastAPI, copied: FastAPI, target: str, method: str = "GET") -> Tuple[str, str]:
    return text(app, target, method), text(copied, target, method)


def test_an_application_cannot_be_copied_deeply_for_its_state() -> None:
    with pytest.raises(RecursionError):
        copy.deepcopy(make_app())


def test_an_inclusion_cannot_be_pickled(reduced_state: None) -> None:
    app = FastAPI()
    app.include_router(APIRouter())
    with pytest.raises(TypeError, match=r"cannot pickle '_thread\.lock' object"):
        copy.deepcopy(app)


@pytest.mark.parametrize("is_used", [False, True], ids=["fresh", "used"])
@pytest.mark.parametrize("deeply", DEEP)
def test_a_copy_is_independent(deeply: Copy, is_used: bool, reduced_state: None) -> None:
    app = make_app()
    if is_used:
        assert text(app, "/item/1?q=4") == "200 [1,4]"
    copied = deeply(app)
    assert outcomes(app, copied, "/item/1?q=4") == ("200 [1,4]", "200 [1,4]")
    seen = call(copied, "/item/1")
    assert seen.scope["app"] is copied and seen.scope["router"] is copied.router
    assert seen.scope["route"] is copied.router.routes[0]
    app.get("/original")(dependency)
    copied.get("/copied")(dependency)
    missing = '404 {"detail":"Not Found"}'
    assert outcomes(app, copied, "/original") == ("200 1", missing)
    assert outcomes(app, copied, "/copied") == (missing, "200 1")
    app.router.routes[0].methods.add("POST")  # type: ignore[attr-defined]
    copied.router.routes[0].methods.add("PUT")  # type: ignore[attr-defined]
    assert [text(each, "/item/1", method)[:3] for each in (app, copied) for method in ("POST", "PUT")] == [
        *("200", "405"),
        *("405", "200"),
    ]
    copied.router.routes[0].path_regex = re.compile("^/moved/(?P<i>.*)$")  # type: ignore[attr-defined]
    assert outcomes(app, copied, "/moved/1") == (missing, "200 [1,1]")
    copied.router.routes = []
    assert outcomes(app, copied, "/item/1") == ("200 [1,1]", missing)


def test_a_deep_copy_has_the_handler_of_the_original_and_a_pickled_one_its_own(reduced_state: None) -> None:
    """A handler is a function, and `copy.deepcopy` does not copy functions."""
    app = make_app()
    deep, pickled = copy.deepcopy(app), by_cloudpickle(app)
    app.routes[0].dependant.call = other  # type: ignore[attr-defined]
    assert [text(each, "/item/1") for each in (app, deep, pickled)] == ['200 "other"', '200 "other"', "200 [1,1]"]
    for each in (deep, pickled):
        each.routes[0].dependant.call = another
    assert [text(each, "/item/1") for each in (app, deep, pickled)] == ['200 "other"', '200 "other"', '200 "another"']


@pytest.mark.skipif(not _rust.rust_available(), reason="FASTAPI_RS_MODE=python has no core")
def test_a_pickled_application_is_planned(reduced_state: None) -> None:
    assert "GET /item/{i}: planned" in list(explain(by_cloudpickle(make_app())))


def test_a_shallow_copy_shares_the_router_and_answers_for_itself() -> None:
    app = make_app()
    assert text(app, "/item/1") == "200 [1,1]"
    copied = copy.copy(app)
    assert copied.router is app.router
    assert call(copied, "/item/1").scope["app"] is copied and call(app, "/item/1").scope["app"] is app
    app.get("/new")(dependency)
    assert outcomes(app, copied, "/new") == ("200 1", "200 1")


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, by_pickle, by_cloudpickle])
def test_parts_are_equal_to_their_copies_as_in_fastapi(copied: Copy) -> None:
    dependant = get_dependant(path="/", call=dependency)
    assert copied(dependant) is not dependant
    assert [field.name for field in copied(dependant).query_params] == ["q"]
    # Fields with the same objects are equal.
    is_shallow = copied is copy.copy
    assert (copied(dependant) == dependant) is is_shallow
    with pytest.raises(TypeError):
        hash(copied(dependant))
    assert (copied(dependant.query_params[0]) == dependant.query_params[0]) is is_shallow
    scheme = OAuth2PasswordBearer("token", scopes={"a": "b"})
    assert copied(scheme).scheme_name == "OAuth2PasswordBearer"
    assert copied(Depends(dependency)) == Depends(dependency)
    assert copied(Security(dependency, scopes=["a"])).scopes == ["a"]
    assert copied(Query(1, alias="x")).alias == "x" and copied(Header()).convert_underscores is True


def test_nodes_of_one_inclusion_are_equal() -> None:
    app = FastAPI()
    app.include_router(APIRouter())
    node = app.routes[-1]
    assert copy.copy(node) == node
    with pytest.raises(TypeError):
        hash(node)


def test_a_copied_parameter_shows_an_empty_example() -> None:
    """The placeholder for "no example" is compared by identity, in FastAPI as well."""
    router = APIRouter()
    router.get("/item/{i}")(other)
    app = FastAPI()
    app.router.routes.append(copy.deepcopy(router.routes[0]))
    shown = app.openapi()["paths"]["/item/{i}"]["get"]["parameters"]
    assert shown[:1] == [
        {"name": "i", "in": "path", "required": True, "schema": {"type": "integer", "title": "I"}, "example": {}}
    ]


def test_modules_are_pickled_by_cloudpickle_alone() -> None:
    from fastapi import routing

    with pytest.raises(TypeError, match="^cannot pickle 'module' object$"):
        pickle.dumps(routing)
    with pytest.raises(TypeError, match="^cannot pickle 'module' object$"):
        copy.deepcopy(routing)
    assert by_cloudpickle(routing) is routing


def test_errors_of_pickle_name_the_same_object() -> None:
    app, router = FastAPI(), APIRouter()
    route = router.get("/")(lambda: 1) and router.routes[0]
    app.include_router(router)
    for thing, name in (
        (app.router, "_merge_lifespan_context.<locals>.merged_lifespan"),
        (route.app, "request_response.<locals>.app"),  # type: ignore[attr-defined]
        (route.get_route_handler(), "get_request_handler.<locals>.app"),  # type: ignore[attr-defined]
    ):
        with pytest.raises((AttributeError, pickle.PicklingError), match=re.escape(name)):
            pickle.dumps(thing)


@pytest.mark.parametrize("is_used", [False, True])
def test_an_application_with_the_attributes_of_another_answers_for_itself(is_used: bool) -> None:
    base, app = FastAPI(), FastAPI()

    @base.exception_handler(RequestValidationError)
    async def handle(request: Request, error: Exception) -> JSONResponse:
        return JSONResponse({"is app": request.app is app}, 400)

    @base.get("/{i}")
    async def read(i: int, request: Request) -> bool:
        return request.app is app

    if is_used:
        assert TestClient(base).get("/1").json() is False
    vars(app).update(vars(base))
    http = TestClient(app)
    assert [http.get(path).json() for path in ("/1", "/x")] == [True, {"is app": True}]
