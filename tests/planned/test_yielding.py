"""Dependencies that yield on the planned way: the order of entering and leaving, and the way of exceptions."""

import asyncio
import sys
from contextvars import ContextVar
from typing import Any, AsyncIterator, Callable, Iterator, List

import anyio
import pytest
from typing_extensions import Annotated

from fastapi import BackgroundTasks, Depends, FastAPI, HTTPException, Request, Response
from fastapi._stand_ins.accelerators import HTTP_MIDDLEWARE
from tests.planned.asgi import Seen, exactly, http_scope, run_with
from tests.planned.test_request_objects import frames, needs_core, on_both_ways

MakeDependency = Callable[[List[Any], str, Any], Any]


def make_async(events: List[Any], name: str, needed: Any) -> Any:
    async def dependency(needed: Annotated[Any, Depends(needed)]) -> AsyncIterator[str]:
        events.append(f"{name} entered")
        try:
            yield name
        except BaseException as error:
            events.append(f"{name} saw {type(error).__name__}")
            raise
        finally:
            await asyncio.sleep(0)
            events.append(f"{name} left")

    return dependency


def make_sync(events: List[Any], name: str, needed: Any) -> Any:
    def dependency(needed: Annotated[Any, Depends(needed)]) -> Iterator[str]:
        events.append(f"{name} entered")
        try:
            yield name
        except BaseException as error:
            events.append(f"{name} saw {type(error).__name__}")
            raise
        finally:
            events.append(f"{name} left")

    return dependency


def nothing() -> None:
    return None


# The outcome of the endpoint, and the events after it.
OUTCOMES = {
    "value": ["early left", "sent", "sent", "task", "late left"],
    "refused": ["early saw HTTPException", "early left", "late saw HTTPException", "late left", "sent", "sent"],
    "unhandled": ["early saw KeyError", "early left", "late saw KeyError", "late left", "sent", "sent"],
    "task": ["early left", "sent", "sent", "late saw ZeroDivisionError", "late left"],
}


@pytest.mark.parametrize("make", [make_async, make_sync])
@pytest.mark.parametrize("outcome", OUTCOMES)
@pytest.mark.parametrize("asks", ["", "request"])
def test_both_scopes(make: MakeDependency, outcome: str, asks: str) -> None:
    def make_app(events: List[Any]) -> FastAPI:
        app = FastAPI(openapi_url=None)

        def task() -> None:
            if outcome == "task":
                raise ZeroDivisionError
            events.append("task")

        def shown(request: Request) -> Any:
            return request

        late = make(events, "late", shown if asks == "request" else nothing)

        @app.get("/{n}")
        async def root(
            n: int,
            late: Annotated[str, Depends(late)],
            early: Annotated[str, Depends(make(events, "early", late), scope="function")],
            tasks: BackgroundTasks,
        ) -> Any:
            events.append("endpoint")
            if outcome == "refused":
                raise HTTPException(404)
            if outcome == "unhandled":
                raise KeyError
            tasks.add_task(task)
            return [early, late]

        return app

    async def ask(app: FastAPI, events: List[Any]) -> Any:
        seen = Seen(http_scope("/1"))
        append = seen.messages.append
        seen.messages = Watched(append, events)
        await run_with(app, seen, [{"type": "http.request", "body": b"", "more_body": False}])
        return seen

    for prepare in (lambda app: app, exactly):
        events: List[Any] = []
        seen = asyncio.run(ask(prepare(make_app(events)), events))
        assert events == ["late entered", "early entered", "endpoint", *OUTCOMES[outcome]]
        assert type(seen.error) is {"unhandled": KeyError, "task": ZeroDivisionError}.get(outcome, type(None))


class Watched(List[Any]):
    def __init__(self, append: Callable[[Any], None], events: List[Any]) -> None:
        super().__init__()
        self._events = events

    def append(self, message: Any) -> None:
        self._events.append("sent")
        super().append(message)


def yields_twice() -> Iterator[int]:
    yield 1
    yield 2


async def yields_twice_async() -> AsyncIterator[int]:
    yield 1
    yield 2


def never_yields() -> Iterator[int]:
    yield from ()


async def never_yields_async() -> AsyncIterator[int]:
    for i in ():
        yield i


def raises_stop() -> Iterator[int]:
    raise StopAsyncIteration("stop")
    yield 1


async def swallows() -> AsyncIterator[int]:
    try:
        yield 1
    except Exception:
        pass


async def replaces() -> AsyncIterator[int]:
    try:
        yield 1
    except ValueError as error:
        raise HTTPException(409) from error


async def fails_at_exit() -> AsyncIterator[int]:
    yield 1
    raise ValueError("at exit")


DEPENDENCIES = [
    *(yields_twice, yields_twice_async, never_yields, never_yields_async),
    *(raises_stop, swallows, replaces, fails_at_exit),
]


@pytest.mark.parametrize("dependency", DEPENDENCIES)
@pytest.mark.parametrize("scope", ["function", "request"])
@pytest.mark.parametrize("fails", [False, True])
def test_unusual_generators(dependency: Any, scope: Any, fails: bool) -> None:
    def make(events: List[Any]) -> FastAPI:
        app = FastAPI(openapi_url=None)

        @app.get("/{n}")
        async def root(
            n: int,
            outer: Annotated[str, Depends(make_async(events, "outer", nothing))],
            found: Annotated[Any, Depends(dependency, scope=scope)],
        ) -> Any:
            events.append("endpoint")
            if fails:
                raise ValueError("endpoint")
            return n

        return app

    _, events = on_both_ways(make)
    assert events[0] == "outer entered" and events[-1] == "outer left"


def test_context_variables_of_generators_stay() -> None:
    variable: ContextVar[str] = ContextVar("variable", default="unset")

    def make(events: List[Any]) -> FastAPI:
        app = FastAPI(openapi_url=None)

        async def session() -> AsyncIterator[None]:
            token = variable.set("session")
            yield
            events.append(variable.get())
            variable.reset(token)

        @app.get("/{n}")
        async def root(n: int, session: Annotated[None, Depends(session)]) -> str:
            found = variable.get()
            variable.set("endpoint")
            return found

        return app

    messages, events = on_both_ways(make)
    assert messages[1]["body"] == b'"session"'
    assert events == ["endpoint"]


@pytest.mark.parametrize("is_in_scope", [False, True])
def test_exits_run_when_the_request_is_cancelled(is_in_scope: bool) -> None:
    def make(events: List[Any]) -> FastAPI:
        app = FastAPI(openapi_url=None)

        @app.get("/{n}")
        async def root(n: int, session: Annotated[str, Depends(make_async(events, "session", nothing))]) -> None:
            events.append("endpoint")
            await anyio.sleep_forever()

        return app

    async def ask(app: FastAPI, events: List[Any]) -> None:
        request = run_with(app, Seen(http_scope("/1")), [{"type": "http.request", "body": b"", "more_body": False}])
        if is_in_scope:
            with anyio.move_on_after(0.01) as scope:
                await request
            events.append(scope.cancelled_caught)
        else:
            task = asyncio.ensure_future(request)
            while "endpoint" not in events:
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
            events.append(task.cancelled())

    for prepare in (lambda app: app, exactly):
        events: List[Any] = []
        asyncio.run(ask(prepare(make(events)), events))
        assert events == ["session entered", "endpoint", "session saw CancelledError", "session left", True]


def test_a_scope_that_is_never_left() -> None:
    def make(events: List[Any]) -> FastAPI:
        app = FastAPI(openapi_url=None)

        async def forgetful() -> AsyncIterator[None]:
            anyio.CancelScope().__enter__()
            yield

        @app.get("/{n}")
        async def root(n: int, needed: Annotated[None, Depends(forgetful)]) -> int:
            return n

        return app

    messages, _ = on_both_ways(make)
    assert messages[1]["body"] == b"1"


@pytest.mark.parametrize("fails", ["http.response.start", "http.response.body"])
def test_generators_see_that_sending_fails(fails: str) -> None:
    def make(events: List[Any]) -> FastAPI:
        app = FastAPI(openapi_url=None)

        @app.get("/{n}")
        async def root(n: int, session: Annotated[str, Depends(make_async(events, "session", nothing))]) -> int:
            return n

        return app

    async def ask(app: FastAPI) -> None:
        async def send(message: Any) -> None:
            if message["type"] == fails:
                raise OSError(fails)

        with pytest.raises(OSError, match=fails):
            await app(http_scope("/1"), anyio.sleep_forever, send)

    for prepare in (lambda app: app, exactly):
        events: List[Any] = []
        asyncio.run(ask(prepare(make(events))))
        assert events == ["session entered", "session saw OSError", "session left"]


def test_an_override_that_a_generator_adds() -> None:
    def make(events: List[Any]) -> FastAPI:
        app = FastAPI(openapi_url=None)

        async def replaced() -> str:
            return "original"

        async def session() -> AsyncIterator[None]:
            app.dependency_overrides[replaced] = lambda: "override"
            yield
            events.append("session left")

        @app.get("/{n}")
        async def root(
            n: int, session: Annotated[None, Depends(session)], found: Annotated[str, Depends(replaced)]
        ) -> str:
            return found

        return app

    messages, events = on_both_ways(make)
    assert messages[1]["body"] == b'"override"'
    assert events == ["session left"]


def test_functions_around_requests_see_the_exits() -> None:
    def make(events: List[Any]) -> FastAPI:
        app = FastAPI(openapi_url=None)

        @app.middleware("http")
        async def around(request: Request, call_next: Any) -> Response:
            response: Response = await call_next(request)
            events.append("answer")
            return response

        async def task() -> None:
            events.append("task")
            await asyncio.sleep(0)
            events.append("task is done")

        @app.get("/{n}")
        async def root(
            n: int,
            tasks: BackgroundTasks,
            late: Annotated[str, Depends(make_async(events, "late", nothing))],
            early: Annotated[str, Depends(make_async(events, "early", nothing), scope="function")],
        ) -> int:
            tasks.add_task(task)
            return n

        return app

    _, events = on_both_ways(make)
    entered = ["late entered", "early entered", "early left", "answer"]
    assert events == [*entered, "task", "task is done", "late left"]


@needs_core
def test_a_generator_behind_a_function_around_requests_is_planned() -> None:
    if not HTTP_MIDDLEWARE.is_on():
        pytest.skip("the installed Starlette serves functions around requests itself")
    app = FastAPI(openapi_url=None)

    @app.middleware("http")
    async def around(request: Request, call_next: Any) -> Any:
        return await call_next(request)

    async def session() -> AsyncIterator[int]:
        yield 1

    @app.get("/")
    async def root(session: Annotated[int, Depends(session)]) -> int:
        return session

    # Through the layers and the streams of anyio, it enters more than 600.
    assert frames(app, "/") <= 300


@needs_core
@pytest.mark.skipif(sys.version_info < (3, 9), reason="other releases enter other frames")
def test_the_frames_of_a_request() -> None:
    app = FastAPI(openapi_url=None)

    async def session() -> AsyncIterator[int]:
        yield 1

    @app.get("/")
    async def root(session: Annotated[int, Depends(session)]) -> int:
        return session

    # The guided way enters more than 130, the real package more than 330.
    assert frames(app, "/") <= 55
