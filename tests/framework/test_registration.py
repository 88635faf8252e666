"""Equal declarations of routes share one analysis, without any observable effect.

Each test makes its application twice: as usual, and in a way that shares and postpones nothing (a wrapped analysis,
routes of another class, a custom function for the ids). Both applications must look, answer and fail the same, and a
change of one route must not affect another.
"""

import copy
import random
from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterator, List, Optional, Union

import pytest
from pydantic import BaseModel, Field
from pydantic.fields import FieldInfo
from typing_extensions import Annotated

import fastapi.dependencies.utils
from fastapi import APIRouter, Body, Cookie, Depends, FastAPI, Header, Path, Query, Request, Security, UploadFile
from fastapi._compat import ModelField
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.security import OAuth2PasswordBearer, SecurityScopes
from fastapi.utils import generate_unique_id
from tests.framework.support import client


class Item(BaseModel):
    name: str
    price: float = 1.5


class Filter(BaseModel):
    limit: int = 10
    tags: List[str] = []


def common(page: int = 1, size: Annotated[int, Query(le=50)] = 20) -> int:
    return page


def nested(base: Annotated[int, Depends(common)], x_token: Annotated[Optional[str], Header()] = None) -> int:
    return base


def on_path(item_id: int) -> int:
    return item_id


def with_body(extra: Item) -> str:
    return extra.name


class Callable_:
    def __call__(self, request: Request, depth: int = 0) -> int:
        return depth


oauth2 = OAuth2PasswordBearer(tokenUrl="token", auto_error=False)


def scoped(scopes: SecurityScopes, token: Annotated[Optional[str], Depends(oauth2)]) -> List[str]:
    return scopes.scopes


# Annotation and default (`...` for none) of one parameter.
DECLARATIONS: List[Any] = [
    (int, ...),
    (int, 1),
    (int, True),
    (float, 0.0),
    (float, -0.0),
    (float, float("nan")),
    (Optional[str], None),
    (Union[int, str], "a"),
    (Union[str, int], "a"),
    (List[int], Query()),
    (Annotated[List[int], Query(max_length=3)], []),
    (Annotated[int, Query(ge=1)], 1),
    (Annotated[int, Query(ge=1.0)], 1),
    (int, Query(1, ge=1)),
    (Annotated[int, Query(alias="other")], 1),
    (Annotated[int, Query(title="One", include_in_schema=False)], 1),
    (Annotated[int, Query(examples=[1])], 1),
    (Annotated[int, Query(default_factory=lambda: 7)], ...),
    (Annotated[int, Field(gt=2)], 3),
    (Annotated[str, Header()], "h"),
    (Annotated[str, Header(convert_underscores=False)], "h"),
    (Annotated[str, Cookie()], "c"),
    (Annotated[Filter, Query()], ...),
    (Item, ...),
    (Optional[Item], None),
    (Annotated[Item, Body(embed=True)], ...),
    (Annotated[str, Body()], "b"),
    (Dict[str, int], {}),
    (Request, ...),
    (Annotated[int, Depends(common)], ...),
    (Annotated[int, Depends(common, use_cache=False)], ...),
    (int, Depends(nested)),
    (Annotated[int, Depends(on_path)], ...),
    (Annotated[str, Depends(with_body)], ...),
    (Annotated[int, Depends(Callable_())], ...),
    (Annotated[List[str], Security(scoped, scopes=["a", "b"])], ...),
]
RETURNS: List[Any] = [None, Item, List[Item], Optional[int], int]
PATHS = ["/plain", "/items/{item_id}", "/files/{name:path}"]


def make_endpoint(declarations: List[Any], returns: Any, number: int) -> Callable[..., Any]:
    names = [f"p_{index}" for index in range(len(declarations))]
    defaults = [declared for _, declared in declarations]
    written = ", ".join(f"{name}=defaults[{i}]" if defaults[i] is not ... else name for i, name in enumerate(names))
    namespace: Dict[str, Any] = {"defaults": defaults}
    exec(f"async def endpoint_{number}({'*, ' + written if written else ''}):\n    return None", namespace)
    endpoint: Callable[..., Any] = namespace[f"endpoint_{number}"]
    endpoint.__annotations__ = {name: annotation for name, (annotation, _) in zip(names, declarations)}
    if returns is not None:
        endpoint.__annotations__["return"] = returns
    return endpoint


def random_endpoints(seed: int, count: int) -> List[Any]:
    chosen = random.Random(seed)
    rows = []
    for number in range(count):
        declarations = chosen.choices(DECLARATIONS, k=chosen.randrange(4))
        endpoint = make_endpoint(declarations, chosen.choice(RETURNS), number)
        rows.append((chosen.choice(PATHS) + f"/{number}", chosen.choice(["GET", "POST"]), endpoint))
    return rows


class EagerRoute(APIRoute):
    pass


@contextmanager
def nothing_shared() -> Iterator[Dict[str, Any]]:
    """Give the options of an application whose routes are analysed one by one."""
    utils: Any = fastapi.dependencies.utils
    analyse = utils.analyze_param
    utils.analyze_param = lambda **options: analyse(**options)
    try:
        yield {"generate_unique_id_function": lambda route: generate_unique_id(route)}
    finally:
        utils.analyze_param = analyse


def build(rows: List[Any], included: bool, **options: Any) -> FastAPI:
    app = FastAPI(**options)
    router: Any = APIRouter(dependencies=[Depends(common)]) if included else app.router
    if options:
        router.route_class = EagerRoute
    for path, method, endpoint in rows:
        router.add_api_route(path, endpoint, methods=[method])
    if included:
        app.include_router(router, prefix="/in", tags=["t"])
    return app


def build_both(rows: List[Any], included: bool = False) -> List[FastAPI]:
    with nothing_shared() as options:
        plain = build(rows, included, **options)
    return [build(rows, included), plain]


def describe(value: Any) -> Any:
    """Tell everything about a field or dependant that an integration could look at."""
    if isinstance(value, ModelField):
        info = value.field_info
        named = ("name", "mode", "alias", "validation_alias", "serialization_alias", "default")
        own = {name: repr(getattr(value, name)) for name in named}
        said = {name: repr(getattr(info, name, None)) for name in FieldInfo.__slots__}
        return [type(info), own, said, {name: repr(found) for name, found in getattr(info, "__dict__", {}).items()}]
    if isinstance(value, Dependant):
        names = [name for name in Dependant.__slots__ if name not in ("_plan", "_shape", "_readers", "__weakref__")]
        return {name: describe(getattr(value, name)) for name in names}
    if isinstance(value, list):
        return [describe(item) for item in value]
    if isinstance(value, dict):
        return {key: describe(item) for key, item in value.items()}
    return value


# Attributes that differ between two applications.
OWN = {"app", "_operation", "_readers", "generate_unique_id_function", "dependency_overrides_provider"}


@pytest.mark.parametrize("seed", range(15))
def test_routes_look_the_same(seed: int) -> None:
    shared, plain = build_both(random_endpoints(seed, 12))
    for route, other in zip(shared.routes[-12:], plain.routes[-12:]):
        assert isinstance(route, APIRoute) and type(route) is APIRoute and type(other) is EagerRoute
        assert set(vars(route)) == set(vars(other))
        for name in set(vars(other)) - OWN:
            assert describe(getattr(route, name)) == describe(getattr(other, name)), name
        assert callable(route.app)
        if route.body_field is not None and not route._embed_body_fields:  # type: ignore[attr-defined]
            assert any(route.body_field is field for field in all_body_params(route.dependant))


def all_body_params(dependant: Dependant) -> List[ModelField]:
    return [*dependant.body_params, *(field for sub in dependant.dependencies for field in all_body_params(sub))]


@pytest.mark.parametrize("included", [False, True])
@pytest.mark.parametrize("seed", range(15))
def test_documents_are_the_same(seed: int, included: bool) -> None:
    shared, plain = build_both(random_endpoints(seed, 12), included)
    assert shared.openapi() == plain.openapi()
    # Whoever looked at the routes before gets the same document.
    looked_at = build(random_endpoints(seed, 12), included)
    for route in looked_at.routes:
        vars(route)
        for field in getattr(getattr(route, "dependant", None), "query_params", ()):
            assert field.field_info is not None
    assert looked_at.openapi() == plain.openapi()


@pytest.mark.parametrize("seed", range(15))
def test_answers_are_the_same(seed: int) -> None:
    rows = random_endpoints(seed, 12)
    shared, plain = [client(app, raise_server_exceptions=False) for app in build_both(rows)]
    for path, method, _ in rows:
        for query in ("", "?p_0=3&p_1=x&other=0&page=z&item_id=1"):
            for body in (None, {"name": "n"}, {"p_0": {"name": "n"}}, 3):
                url = path.replace("{item_id}", "7").replace("{name:path}", "a/b") + query
                one, two = (app.request(method, url, json=body) for app in (shared, plain))
                assert (one.status_code, one.content) == (two.status_code, two.content)


class Unknown:
    pass


WRONG: List[Any] = [
    ("/w/{p_0}", [(Item, ...)], None),
    ("/w/{p_0}", [(List[int], ...)], None),
    ("/w/{p_0}", [(Annotated[int, Query()], ...)], None),
    ("/w/{p_0}", [(Annotated[int, Path()], 1)], None),
    ("/w/{p_0}/{p_0}", [(int, ...)], None),
    ("/w/{p_0:nothing}", [(int, ...)], None),
    ("/w", [(Annotated[int, Query(1)], ...)], None),
    ("/w", [(Annotated[int, Query()], Query(1))], None),
    ("/w", [(Annotated[int, Depends(common)], Depends(common))], None),
    ("/w", [(Annotated[Request, Query()], ...)], None),
    ("/w", [(Annotated[Dict[str, Item], Query()], ...)], None),
    ("/w", [(Unknown, ...)], None),
    ("/w", [(int, 1)], Unknown),
    ("/w", [(int, 1)], Union[Unknown, int]),
    ("/w", [(Annotated[str, Depends("no function")], ...)], None),
]


@pytest.mark.parametrize("path, declarations, returns", WRONG)
def test_a_wrong_declaration_raises_where_it_stands(path: str, declarations: Any, returns: Any) -> None:
    # The right declarations are known already, and most of each wrong one is right.
    right = build(random_endpoints(1, 12), False)
    found = []
    for options in ({}, {"generate_unique_id_function": lambda route: generate_unique_id(route)}):
        app = FastAPI(**options)
        with pytest.raises(Exception) as raised:
            app.post(path)(make_endpoint(declarations, returns, 0))
        found.append((type(raised.value), str(raised.value)))
        assert not [route for route in app.routes if isinstance(route, APIRoute)]
    with nothing_shared() as options, pytest.raises(Exception) as raised:
        FastAPI(**options).post(path)(make_endpoint(declarations, returns, 0))
    found.append((type(raised.value), str(raised.value)))
    assert found[0] == found[1] == found[2]
    assert right.routes


def two_alike() -> List[Any]:
    def endpoint(item: Item, q: Annotated[int, Query(ge=1)] = 1, page: int = Depends(common)) -> Item:
        return item

    app = FastAPI()
    for path in ("/a", "/b"):
        app.post(path)(endpoint)
    return [app, *app.routes[-2:]]


def test_a_change_of_one_route_does_not_affect_another() -> None:
    app, first, second = two_alike()
    assert first.dependant is not second.dependant
    assert first.dependant.query_params[0] is not second.dependant.query_params[0]
    assert first.dependant.dependencies[0] is not second.dependant.dependencies[0]
    first.dependant.query_params[0].field_info.metadata.clear()
    first.dependant.query_params[0].field_info.default = 5
    first.dependant.dependencies[0].query_params.clear()
    first.methods.add("PUT")
    first.tags.append("first")
    first.responses[404] = {}
    assert second.dependant.query_params[0].field_info.metadata
    assert second.dependant.query_params[0].default == 1
    assert len(second.dependant.dependencies[0].query_params) == 2
    assert (second.methods, second.tags, second.responses) == ({"POST"}, [], {})
    answers = client(app)
    assert answers.post("/b?page=x", json={"name": "n"}).status_code == 422
    assert answers.post("/a?page=x", json={"name": "n"}).json() == {"name": "n", "price": 1.5}


def test_a_change_before_the_first_read_is_kept() -> None:
    app, first, second = two_alike()
    first.operation_id = "mine"
    first.dependant.query_params = []
    assert "operation_id" in vars(first)
    paths = app.openapi()["paths"]
    assert paths["/a"]["post"]["operationId"] == "mine"
    assert paths["/b"]["post"]["operationId"] == "endpoint_b_post"
    assert [row["name"] for row in paths["/a"]["post"]["parameters"]] == ["page", "size"]
    assert first.path_regex.match("/a") and second.path_format == "/b"
    first.unknown = 1
    del first.unknown, first.summary
    for name in ("unknown", "summary", "nothing"):
        with pytest.raises(AttributeError):
            getattr(first, name)
    assert not hasattr(APIRoute, "path_regex") and not hasattr(second, "nothing")


def test_copies_have_everything() -> None:
    _, first, second = two_alike()
    copied = copy.copy(first)
    assert vars(copied) == vars(first)
    assert copied.dependant is first.dependant and copied.app is first.app
    dependant = copy.copy(second.dependant)
    assert dependant == second.dependant
    assert dependant.query_params is second.dependant.query_params


def test_handlers_are_those_of_the_time_of_the_declaration(monkeypatch: pytest.MonkeyPatch) -> None:
    import fastapi.routing

    app, first, second = two_alike()
    made: List[Any] = []
    original = fastapi.routing.get_request_handler

    def traced(*args: Any, **kwargs: Any) -> Any:
        made.append(kwargs["dependant"])
        return original(*args, **kwargs)

    monkeypatch.setattr(fastapi.routing, "get_request_handler", traced)
    app.post("/c")(lambda: 1)
    assert len(made) == 1
    assert first.app is not second.app and len(made) == 1
    assert client(app).post("/b", json={"name": "n"}).status_code == 200


def test_uploads_and_forms_are_not_confused() -> None:
    def upload(file: UploadFile) -> Optional[str]:
        return file.filename

    app = FastAPI()
    for path in ("/a", "/b"):
        app.post(path)(upload)
    assert client(app).post("/b", files={"file": ("name", b"x")}).json() == "name"
