"""Functions of public modules, replaced before the application, after it or after the first request, and their calls.

The numbers of calls are those of FastAPI 0.165.0 with Starlette 1.10.
"""

import asyncio
import importlib
import sys
from typing import Any, Callable, Dict, List

import pytest
from starlette.datastructures import QueryParams

from fastapi import Depends, FastAPI, Security
from fastapi._routing.planned.dispatch import COOKIES_FROM_EVERY_HEADER
from fastapi._stand_ins import guards
from fastapi.security import APIKeyHeader
from tests.planned.asgi import call

# The module and name of a function, and its calls by "/item?q=1", "/item?q=x", "/nowhere", POST "/body".
CALLS: Dict[str, List[int]] = {
    "fastapi.dependencies.utils:solve_dependencies": [2, 2, 0, 0],
    "fastapi.dependencies.utils:request_params_to_args": [12, 12, 0, 4],
    "fastapi.dependencies.utils:request_body_to_args": [0, 0, 0, 1],
    "fastapi.dependencies.utils:run_in_threadpool": [1, 0, 0, 0],
    "fastapi.exception_handlers:JSONResponse": [0, 1, 1, 0],
    "starlette.responses:JSONResponse.render": [0, 1, 1, 0],
    "starlette.responses:Response.__init__": [2, 2, 1, 2],
    "starlette.responses:Response.init_headers": [2, 2, 1, 2],
    "starlette.requests:Request.__init__": [2, 2, 1, 2],
    "starlette.requests:Request.body": [0, 0, 0, 2],
    "starlette.requests:Request.json": [0, 0, 0, 1],
    "starlette.requests:Request.stream": [0, 0, 0, 1],
    "starlette.requests:HTTPConnection.__init__": [2, 2, 1, 2],
    "starlette.responses:Response.__call__": [1, 1, 1, 1],
    "starlette.responses:JSONResponse.__init__": [0, 1, 1, 0],
    # Inherited from the mappings of the standard library. Older releases of Starlette use it to find cookies.
    "starlette.datastructures:Headers.get": [0, 0, 0, 1] if COOKIES_FROM_EVERY_HEADER else [1, 1, 0, 2],
    "starlette.datastructures:QueryParams.get": [1, 1, 0, 0],
    "starlette.datastructures:QueryParams.__init__": [1, 1, 0, 1],
    "starlette.datastructures:ImmutableMultiDict.__getitem__": [1, 1, 0, 0],
    "starlette.routing:get_route_path": [1, 1, 4, 2],
    # It calls itself for the items of a value.
    "fastapi.encoders:jsonable_encoder": [0, 11, 0, 0],
    "fastapi._compat.v2:ModelField.validate": [2, 1, 0, 2],
    "json:dumps": [0, 1, 1, 0],
    "json:loads": [0, 0, 0, 1],
}
# Only new applications look these up.
OF_NEW_APPLICATIONS: Dict[str, List[int]] = {
    "fastapi.applications:http_exception_handler": [0, 0, 1, 0],
    "fastapi.applications:request_validation_exception_handler": [0, 1, 0, 0],
    "starlette.routing:Router.not_found": [0, 0, 1, 0],
}
# Plans examine these themselves.
LOOKED_AT: Dict[str, List[int]] = {"starlette.routing:Route.matches": [1, 1, 4, 2]}
JSON = [(b"content-type", b"application/json")]


def make_app() -> FastAPI:
    def dependency(q: int = 1) -> int:
        return q

    async def another() -> int:
        return 2

    app = FastAPI(openapi_url=None)

    @app.get("/item")
    async def item(d: Any = Depends(dependency), e: Any = Depends(another)) -> Any:
        return [d, e]

    @app.post("/body")
    async def body(value: Dict[str, int]) -> Any:
        return value

    return app


def ask(app: FastAPI, calls: List[Any]) -> List[int]:
    counts = []
    for target, method in (("/item?q=1", "GET"), ("/item?q=x", "GET"), ("/nowhere", "GET"), ("/body", "POST")):
        before = len(calls)
        headers, sent = (JSON, b'{"a":1}') if method == "POST" else ([], b"")
        assert call(app, target, method, headers, sent).error is None
        counts.append(len(calls) - before)
    return counts


def replace(target: str, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    module, _, path = target.partition(":")
    holder: Any = importlib.import_module(module)
    *owners, name = path.split(".")
    for owner in owners:
        holder = getattr(holder, owner)
    monkeypatch.setattr(holder, name, counting(getattr(holder, name), calls))


def counting(function: Callable[..., Any], calls: List[Any]) -> Callable[..., Any]:
    def counted(*args: Any, **kwargs: Any) -> Any:
        calls.append(args)
        return function(*args, **kwargs)

    async def counted_later(*args: Any, **kwargs: Any) -> Any:
        calls.append(args)
        return await function(*args, **kwargs)

    return counted_later if asyncio.iscoroutinefunction(function) else counted


@pytest.mark.parametrize("target", [*CALLS, *LOOKED_AT, *OF_NEW_APPLICATIONS])
def test_before_the_application(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: List[Any] = []
    replace(target, calls, monkeypatch)
    assert ask(make_app(), calls) == {**CALLS, **LOOKED_AT, **OF_NEW_APPLICATIONS}[target]


@pytest.mark.parametrize("asked_before", [False, True], ids=["before the first request", "later"])
@pytest.mark.parametrize("target", [*CALLS, *LOOKED_AT, *OF_NEW_APPLICATIONS])
def test_after_the_application(target: str, asked_before: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    app, calls = make_app(), []  # type: FastAPI, List[Any]
    if asked_before:
        ask(app, calls)
    with monkeypatch.context() as patch:
        replace(target, calls, patch)
        assert ask(app, calls) == {**CALLS, **LOOKED_AT}.get(target, [0, 0, 0, 0])
        assert guards.are_replaced() is (target in CALLS)
    calls.clear()
    assert ask(app, calls) == [0, 0, 0, 0]
    assert not guards.are_replaced()


def test_an_attribute_added_to_a_class_replaces_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from starlette.requests import Request

    monkeypatch.setattr(Request, "user_name", "x", raising=False)
    assert not guards.are_replaced()
    monkeypatch.setattr(Request, "headers", property(lambda request: {}))
    assert guards.are_replaced()


@pytest.mark.parametrize("name", ["asynccontextmanager", "contextmanager"])
def test_every_request_calls_a_replaced_maker_of_context_managers(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def later() -> Any:
        yield 1

    def now() -> Any:
        yield 1

    app, calls = FastAPI(), []  # type: FastAPI, List[Any]

    @app.get("/")
    async def root(d: Any = Depends(later if name == "asynccontextmanager" else now)) -> Any:
        return d

    call(app, "/")
    replace(f"fastapi.dependencies.utils:{name}", calls, monkeypatch)
    assert [call(app, "/").body for _ in range(3)] == [b"1"] * 3
    assert len(calls) == 3


def test_declaring_calls_replaced_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: Dict[str, List[Any]] = {"get_typed_signature": [], "add_param_to_fields": []}
    calls["add_non_field_param_to_dependency"] = []
    for name, seen in calls.items():
        replace(f"fastapi.dependencies.utils:{name}", seen, monkeypatch)
    app = make_app()
    assert {name: len(seen) for name, seen in calls.items()} == {
        "get_typed_signature": 4,
        "add_param_to_fields": 1,
        "add_non_field_param_to_dependency": 2,
    }
    assert call(app, "/item?q=5").body == b"[5,2]"


def test_a_path_is_compiled_where_it_was_declared(monkeypatch: pytest.MonkeyPatch) -> None:
    app, calls = make_app(), []  # type: FastAPI, List[Any]
    replace("fastapi.routing:compile_path", calls, monkeypatch)
    ask(app, [])
    assert calls == []
    make_app()
    assert len(calls) == 2


def test_an_application_without_a_stack_is_in_the_scope(monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app()
    monkeypatch.setattr(app, "build_middleware_stack", lambda: 1 / 0)
    seen = call(app, "/nowhere")
    assert isinstance(seen.error, ZeroDivisionError)
    assert seen.scope["app"] is app


def test_a_module_that_was_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    app = make_app()
    monkeypatch.delitem(sys.modules, "fastapi.middleware.asyncexitstack")
    assert call(app, "/item?q=3").body == b"[3,2]"


@pytest.mark.parametrize(
    "path, expected",
    [
        ("/item", ["request_params_to_args", "__init__", *["request_params_to_args"] * 3]),
        # A dependency that gets the request: its own parameters are read before it is called.
        ("/key", ["request_params_to_args", "__init__", *["request_params_to_args"] * 7]),
    ],
)
def test_each_part_of_a_request_is_made_when_its_parameters_are_read(
    path: str, expected: List[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    app, order = FastAPI(), []  # type: FastAPI, List[str]

    @app.get("/item")
    def item(q: int = 1) -> int:
        return q

    @app.get("/key")
    def key(k: Any = Security(APIKeyHeader(name="x-key", auto_error=False))) -> None: ...

    def note(home: Any, name: str) -> None:
        original = getattr(home, name)

        def noted(*args: Any, **kwargs: Any) -> Any:
            order.append(name)
            return original(*args, **kwargs)

        monkeypatch.setattr(home, name, noted)

    note(importlib.import_module("fastapi.dependencies.utils"), "request_params_to_args")
    note(QueryParams, "__init__")
    assert call(app, path).status == 200
    assert order == expected
