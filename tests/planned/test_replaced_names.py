"""Functions of public modules, replaced before the application, after it and after the first request: how often each is
called by one request. The numbers were seen with FastAPI 0.165.0 and Starlette 1.10."""

import asyncio
import importlib
from typing import Any, Callable, Dict, List

import pytest

from fastapi import Depends, FastAPI, _originals
from tests.planned.asgi import call

# Where a function is; then its calls by "/item?q=1", "/item?q=x", "/nowhere", POST "/body".
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
    "json:dumps": [0, 1, 1, 0],
    "json:loads": [0, 0, 0, 1],
}
# Only a new application takes these.
OF_NEW_APPLICATIONS: Dict[str, List[int]] = {
    "fastapi.applications:http_exception_handler": [0, 0, 1, 0],
    "fastapi.applications:request_validation_exception_handler": [0, 1, 0, 0],
}
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


@pytest.mark.parametrize("target", [*CALLS, *OF_NEW_APPLICATIONS])
def test_before_the_application(target: str, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: List[Any] = []
    replace(target, calls, monkeypatch)
    assert ask(make_app(), calls) == {**CALLS, **OF_NEW_APPLICATIONS}[target]


@pytest.mark.parametrize("asked_before", [False, True], ids=["before the first request", "later"])
@pytest.mark.parametrize("target", [*CALLS, *OF_NEW_APPLICATIONS])
def test_after_the_application(target: str, asked_before: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    app, calls = make_app(), []  # type: FastAPI, List[Any]
    if asked_before:
        ask(app, calls)
    with monkeypatch.context() as patch:
        replace(target, calls, patch)
        assert ask(app, calls) == CALLS.get(target, [0, 0, 0, 0])
        assert _originals.are_replaced() is (target in CALLS)
    calls.clear()
    assert ask(app, calls) == [0, 0, 0, 0]
    assert not _originals.are_replaced()


def test_what_is_added_to_a_class_replaces_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from starlette.requests import Request

    monkeypatch.setattr(Request, "user_name", "x", raising=False)
    assert not _originals.are_replaced()
    monkeypatch.setattr(Request, "headers", property(lambda request: {}))
    assert _originals.are_replaced()
