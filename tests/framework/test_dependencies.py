"""Dependencies: their kinds, the order in which they run and end, their cache, and their overrides."""

import contextvars
import functools
from typing import Any, AsyncIterator, Iterator, List, Optional

import anyio
import pytest
from typing_extensions import Annotated

from fastapi import BackgroundTasks, Depends, FastAPI, Header, HTTPException, Query, Request, Response, Security
from fastapi.exceptions import DependencyScopeError
from fastapi.responses import StreamingResponse
from fastapi.security import SecurityScopes
from tests.framework.support import app_with, client, errors_of, http_scope, serve


class Page:
    def __init__(self, skip: int = 0, limit: int = Query(default=10, le=20)) -> None:
        self.skip, self.limit = skip, limit


class Checker:
    def __init__(self, wanted: str) -> None:
        self.wanted = wanted

    def __call__(self, q: str = "") -> bool:
        return self.wanted in q


class AsyncChecker(Checker):
    async def __call__(self, q: str = "") -> bool:
        return self.wanted in q


class Methods:
    def plain(self, q: str = "") -> str:
        return f"plain {q}"

    async def deferred(self, q: str = "") -> str:
        return f"deferred {q}"

    async def yielding(self, q: str = "") -> AsyncIterator[str]:
        yield f"yielding {q}"


def plain(q: str = "none") -> str:
    return q


async def deferred(q: str = "none") -> str:
    return q


def generator(q: str = "none") -> Iterator[str]:
    yield q


async def async_generator(q: str = "none") -> AsyncIterator[str]:
    yield q


def with_prefix(prefix: str, q: str = "none") -> str:
    return prefix + q


def logged(function: Any) -> Any:
    @functools.wraps(function)
    async def wrapper(*args: Any, **kwargs: Any) -> str:
        return "wrapped " + function(*args, **kwargs)

    return wrapper


@pytest.mark.parametrize(
    "dependency, expected",
    [
        (plain, "x"),
        (deferred, "x"),
        (generator, "x"),
        (async_generator, "x"),
        (functools.partial(with_prefix, "p-"), "p-x"),
        (functools.partial(with_prefix, prefix="p-"), "p-x"),
        (logged(plain), "wrapped x"),
        (Checker("x"), True),
        (AsyncChecker("y"), False),
        (Methods().plain, "plain x"),
        (Methods().deferred, "deferred x"),
        (Methods().yielding, "yielding x"),
        (lambda q: q * 2, "xx"),
    ],
)
def test_kinds_of_dependencies(dependency, expected):
    def endpoint(value: Any = Depends(dependency)) -> Any:
        return {"value": value}

    assert client(app_with(("GET", "/", endpoint))).get("/?q=x").json() == {"value": expected}


def test_classes_and_empty_depends():
    def endpoint(page: Page = Depends()) -> Any:
        return [page.skip, page.limit]

    def twice(page: Annotated[Page, Depends()], again: Annotated[Optional[Page], Depends(Page)] = None) -> Any:
        return page is again

    calls = client(app_with(("GET", "/", endpoint), ("GET", "/twice", twice)))
    assert calls.get("/?skip=3").json() == [3, 10]
    assert calls.get("/twice").json() is True
    assert [error[:2] for error in errors_of(calls.get("/?limit=30"))] == [("less_than_equal", ["query", "limit"])]


def test_values_are_shared_within_a_request_unless_use_cache_is_false():
    count = {"calls": 0}

    def counted() -> int:
        count["calls"] += 1
        return count["calls"]

    def between(value: int = Depends(counted)) -> int:
        return value

    def endpoint(
        a: int = Depends(counted), b: int = Depends(between), c: int = Depends(counted, use_cache=False)
    ) -> List[int]:
        return [a, b, c]

    calls = client(app_with(("GET", "/", endpoint)))
    assert calls.get("/").json() == [1, 1, 2]
    assert calls.get("/").json() == [3, 3, 4]


def test_errors_of_all_dependencies_are_collected_deepest_first():
    def deep(q2: int, h2: int = Header()) -> None:
        """Never runs."""

    def shallow(q1: int, value: None = Depends(deep)) -> None:
        """Never runs."""

    def endpoint(p: int, q: int, value: None = Depends(shallow)) -> None:
        """Never runs."""

    response = client(app_with(("GET", "/{p}", endpoint))).get("/x")
    assert [error[1] for error in errors_of(response)] == [
        ["query", "q2"],
        ["header", "h2"],
        ["query", "q1"],
        ["path", "p"],
        ["query", "q"],
    ]


def test_a_dependency_may_refuse_and_may_speak_through_the_response():
    def refuse(x_key: str = Header()) -> str:
        if x_key != "good":
            raise HTTPException(status_code=403, detail={"key": x_key}, headers={"x-why": "key"})
        return x_key

    def speak(response: Response) -> None:
        response.headers["x-spoken"] = "yes"
        response.status_code = 202
        response.set_cookie("c", "1")

    def endpoint(key: str = Depends(refuse), spoken: None = Depends(speak)) -> str:
        return key

    calls = client(app_with(("GET", "/", endpoint)))
    refused, good = calls.get("/", headers={"x-key": "bad"}), calls.get("/", headers={"x-key": "good"})
    assert (refused.status_code, refused.json(), refused.headers["x-why"]) == (403, {"detail": {"key": "bad"}}, "key")
    assert (good.status_code, good.headers["x-spoken"], good.cookies["c"]) == (202, "yes", "1")


def recording(log: List[str], name: str, asynchronous: bool) -> Any:
    if asynchronous:

        async def dependency() -> AsyncIterator[str]:
            log.append(f"{name} enters")
            try:
                yield name
            except BaseException as error:
                log.append(f"{name} sees {type(error).__name__}")
                raise
            finally:
                log.append(f"{name} exits")

        return dependency

    def sync_dependency() -> Iterator[str]:
        log.append(f"{name} enters")
        try:
            yield name
        except BaseException as error:
            log.append(f"{name} sees {type(error).__name__}")
            raise
        finally:
            log.append(f"{name} exits")

    return sync_dependency


@pytest.mark.parametrize("asynchronous", [True, False])
def test_when_dependencies_end(asynchronous):
    log: List[str] = []

    def endpoint(
        tasks: BackgroundTasks,
        request_wide: str = Depends(recording(log, "request", asynchronous)),
        function_wide: str = Depends(recording(log, "function", asynchronous), scope="function"),
    ) -> Any:
        tasks.add_task(log.append, "background")
        log.append("endpoint")

        def body() -> Iterator[bytes]:
            log.append("body")
            yield b"x"

        return StreamingResponse(body())

    client(app_with(("GET", "/", endpoint))).get("/")
    assert log == [
        "request enters",
        "function enters",
        "endpoint",
        "function exits",
        "body",
        "background",
        "request exits",
    ]


@pytest.mark.parametrize("asynchronous", [True, False])
def test_dependencies_see_the_errors_of_the_endpoint(asynchronous):
    log: List[str] = []

    def endpoint(
        a: str = Depends(recording(log, "request", asynchronous)),
        b: str = Depends(recording(log, "function", asynchronous), scope="function"),
    ) -> None:
        raise HTTPException(status_code=418)

    assert client(app_with(("GET", "/", endpoint))).get("/").status_code == 418
    assert log == [
        "request enters",
        "function enters",
        "function sees HTTPException",
        "function exits",
        "request sees HTTPException",
        "request exits",
    ]


def test_an_exit_may_still_refuse_when_its_scope_is_the_function():
    def dependency() -> Iterator[None]:
        yield
        raise HTTPException(status_code=409, detail="too late")

    def endpoint(value: None = Depends(dependency, scope="function")) -> str:
        return "done"

    response = client(app_with(("GET", "/", endpoint))).get("/")
    assert (response.status_code, response.json()) == (409, {"detail": "too late"})


def test_a_dependency_that_swallows_an_error_is_an_error():
    def dependency() -> Iterator[None]:
        try:
            yield
        except ValueError:
            pass

    def endpoint(value: None = Depends(dependency)) -> None:
        raise ValueError("lost")

    with pytest.raises(RuntimeError, match="Response not awaited"):
        client(app_with(("GET", "/", endpoint))).get("/")


def test_a_request_scope_does_not_depend_on_a_function_scope():
    def short() -> Iterator[None]:
        yield

    def long(value: None = Depends(short, scope="function")) -> Iterator[None]:
        yield

    def endpoint(value: None = Depends(long, scope="request")) -> None:
        """Never runs."""

    with pytest.raises(DependencyScopeError, match="cannot depend on dependencies with scope"):
        app_with(("GET", "/", endpoint))


def test_overrides_count_from_one_request_to_the_next():
    app = FastAPI()

    def original(q: str) -> str:
        return q

    def between(value: str = Depends(original)) -> str:
        return value

    @app.get("/")
    def endpoint(value: str = Depends(between)):
        return value

    def replacement(other: int = 5) -> Iterator[str]:
        yield f"replaced {other}"

    calls = client(app)
    assert calls.get("/?q=a").json() == "a"
    app.dependency_overrides[original] = replacement
    assert calls.get("/?other=6").json() == "replaced 6"
    app.dependency_overrides = {between: lambda: "whole"}
    assert calls.get("/").json() == "whole"
    app.dependency_overrides = {}
    assert calls.get("/").status_code == 422


def test_security_scopes_gather_on_the_way_down():
    def who(scopes: SecurityScopes) -> Any:
        return [scopes.scopes, scopes.scope_str]

    def active(user: Any = Security(who, scopes=["me"])) -> Any:
        return user

    def endpoint(
        a: Any = Security(active, scopes=["items"]), b: Any = Security(active, scopes=["users"]), c: Any = Depends(who)
    ) -> Any:
        return [a, b, c]

    assert client(app_with(("GET", "/", endpoint))).get("/").json() == [
        [["items", "me"], "items me"],
        [["users", "me"], "users me"],
        [[], ""],
    ]


@pytest.mark.parametrize("limit", [0, -1, True, 1.5, "1"])
def test_limits_of_concurrency_that_are_refused(limit):
    with pytest.raises(ValueError, match="max_concurrency must be a positive integer or None"):
        Depends(plain, max_concurrency=limit)


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_limits_of_concurrency_hold_across_routes(backend):
    active = {"now": 0, "most": 0}

    async def narrow() -> AsyncIterator[None]:
        active["now"] += 1
        active["most"] = max(active["most"], active["now"])
        await anyio.sleep(0.01)
        yield
        active["now"] -= 1

    shared = Depends(narrow, max_concurrency=2)

    async def endpoint(value: None = shared) -> str:
        return "x"

    app = app_with(("GET", "/a", endpoint), ("GET", "/b", endpoint))

    async def main() -> None:
        async with anyio.create_task_group() as group:
            for i in range(8):
                group.start_soon(serve, app, http_scope("/a" if i % 2 else "/b"))

    anyio.run(main, backend=backend)
    assert active == {"now": 0, "most": 2}


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_cleanup_is_not_cut_short_by_a_cancelled_request(backend):
    log: List[str] = []

    async def resource() -> AsyncIterator[None]:
        try:
            yield
        finally:
            await anyio.sleep(0.01)
            log.append("released")

    async def endpoint(value: None = Depends(resource)) -> None:
        log.append("started")
        await anyio.sleep_forever()

    app = app_with(("GET", "/", endpoint))

    async def main() -> None:
        with anyio.move_on_after(0.2):
            await serve(app, http_scope("/"))
            log.append("answered")

    anyio.run(main, backend=backend)
    assert log == ["started", "released"]


def test_context_variables_of_async_dependencies_reach_the_endpoint():
    variable: contextvars.ContextVar = contextvars.ContextVar("variable", default="unset")

    async def setting() -> AsyncIterator[None]:
        token = variable.set("set")
        yield
        variable.reset(token)

    def endpoint(value: None = Depends(setting)) -> str:
        return variable.get()

    assert client(app_with(("GET", "/", endpoint))).get("/").json() == "set"
    assert variable.get() == "unset"


def test_special_parameters_are_the_same_objects_everywhere():
    def dependency(request: Request, response: Response, tasks: BackgroundTasks) -> Any:
        return request, response, tasks

    def endpoint(request: Request, response: Response, tasks: BackgroundTasks, seen: Any = Depends(dependency)) -> Any:
        return [request is seen[0], response is seen[1], tasks is seen[2]]

    assert client(app_with(("GET", "/", endpoint))).get("/").json() == [True, True, True]


def test_partial_and_callable_endpoints():
    def endpoint(prefix: str, q: str = "") -> str:
        return prefix + q

    app = app_with(("GET", "/partial", functools.partial(endpoint, "p-")), ("GET", "/callable", Checker("x")))
    assert client(app).get("/partial?q=x").json() == "p-x"
    assert client(app).get("/callable?q=x").json() is True
