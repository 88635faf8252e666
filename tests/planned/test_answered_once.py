"""An answer leaves once, even if something fails after its beginning. The values are those of upstream."""

from typing import Any, Callable, Dict, List, Optional

import pytest
from starlette.background import BackgroundTask
from typing_extensions import Annotated

from fastapi import Depends, FastAPI, File, Form, Request, UploadFile
from fastapi.responses import PlainTextResponse, Response
from tests.planned.transcript import URLENCODED, Transcript, ask, message

INTERNAL = [500, b"Internal Server Error"]
MULTIPART = b"multipart/form-data; boundary=B"
UPLOAD = b'--B\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n3\r\n--B--\r\n'
FIELDS = b'--B\r\nContent-Disposition: form-data; name="n"\r\n\r\n3\r\n--B--\r\n'


class Refused(Exception):
    pass


def first() -> int:
    return 1


class Recorded:
    """An application that records the calls of its functions."""

    def __init__(self, layer: str = "") -> None:
        self.calls: List[str] = []
        self.app = app = FastAPI(openapi_url=None)
        self.act: Callable[[], Any] = lambda: None
        if layer == "http":

            @app.middleware("http")
            async def pass_on(request: Request, call_next: Any) -> Any:
                return await call_next(request)

        if layer == "asgi":
            app.add_middleware(PassOn)

        @app.exception_handler(Refused)
        async def refused(request: Request, error: Refused) -> Response:
            self.calls.append("refused")
            raise error

        @app.exception_handler(Exception)
        async def failed(request: Request, error: Exception) -> Response:
            self.calls.append("failed")
            return PlainTextResponse("sorry", 500)

        async def login(n: Annotated[int, Form()]) -> int:
            self.calls.append("login")
            return n

        @app.get("/short")
        async def short() -> Any:
            return self.act()

        @app.get("/items/{n}")
        def items(n: int, one: Annotated[int, Depends(first)]) -> Any:
            return self.act()

        @app.get("/numbers/{n}")
        def numbers(n: int) -> Any:
            return self.act()

        @app.get("/request")
        async def read_request(request: Request) -> Any:
            return self.act()

        @app.post("/body")
        async def body(body: Dict[str, int], one: Annotated[int, Depends(first)]) -> Any:
            return self.act()

        @app.post("/login")
        async def log_in(n: Annotated[int, Depends(login)]) -> Any:
            return self.act()

        @app.post("/file")
        async def upload(file: UploadFile) -> Any:
            self.act()

    def ask(self, *arguments: Any, **more: Any) -> Transcript:
        self.calls.clear()
        return ask(self.app, *arguments, **more)


class PassOn:
    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


LAYERS = ["", "asgi", "http"]
REQUESTS: List[Dict[str, Any]] = [
    {"target": "/short"},
    {"target": "/items/1"},
    {"target": "/request"},
    {"target": "/body", "method": "POST", "body": b'{"a": 1}'},
    {"target": "/body", "method": "POST", "received": [message(b'{"a"', True), message(b": 1}")]},
    {"target": "/login", "method": "POST", "body": b"n=1", "content_type": URLENCODED},
    {
        "target": "/login",
        "method": "POST",
        "received": [message(b"n=", True), message(b"1")],
        "content_type": URLENCODED,
    },
    {"target": "/login", "method": "POST", "body": FIELDS, "content_type": MULTIPART},
    {"target": "/file", "method": "POST", "body": UPLOAD, "content_type": MULTIPART},
]


def number_of(request: Dict[str, Any]) -> str:
    return str(REQUESTS.index(request))


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("overrides", [{}, {first: lambda: 2}, {print: print}], ids=["none", "first", "other"])
@pytest.mark.parametrize("request_", REQUESTS, ids=number_of)
def test_an_exception_is_answered_once(request_: Dict[str, Any], overrides: Any, layer: str) -> None:
    recorded = Recorded(layer)
    recorded.app.dependency_overrides = overrides

    def act() -> Any:
        recorded.calls.append("endpoint")
        raise KeyError("mine")

    recorded.act = act
    found = recorded.ask(**request_)
    assert (found.sent, found.raised) == ([500, b"sorry"], "KeyError('mine')")
    assert recorded.calls == (["login"] if "login" in request_["target"] else []) + ["endpoint", "failed"]


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("overrides", [{}, {first: lambda: 2}], ids=["none", "first"])
@pytest.mark.parametrize("request_", REQUESTS, ids=number_of)
def test_a_handler_that_raises_is_called_at_the_route_and_around_it(
    request_: Dict[str, Any], overrides: Any, layer: str
) -> None:
    recorded = Recorded(layer)
    recorded.app.dependency_overrides = overrides

    def act() -> Any:
        raise Refused("no")

    recorded.act = act
    found = recorded.ask(**request_)
    assert (found.sent, found.raised) == ([500, b"sorry"], "Refused('no')")
    assert [call for call in recorded.calls if call != "login"] == ["refused", "refused", "failed"]


@pytest.mark.parametrize("request_", REQUESTS[:-1], ids=number_of)
def test_a_background_task_fails_after_the_answer(request_: Dict[str, Any]) -> None:
    recorded = Recorded()

    def task() -> None:
        recorded.calls.append("task")
        raise KeyError("task")

    recorded.act = lambda: PlainTextResponse("fine", background=BackgroundTask(task))
    found = recorded.ask(**request_)
    assert (found.sent, found.raised) == ([200, b"fine"], "KeyError('task')")
    assert [call for call in recorded.calls if call != "login"] == ["task", "failed"]


@pytest.mark.parametrize("layer", ["", "asgi"])
@pytest.mark.parametrize("makes_response", [False, True])
@pytest.mark.parametrize("fails_at", [0, 1])
@pytest.mark.parametrize("request_", REQUESTS[:-1], ids=number_of)
def test_a_message_that_cannot_be_sent(
    request_: Dict[str, Any], fails_at: int, makes_response: bool, layer: str
) -> None:
    recorded = Recorded(layer)
    recorded.act = lambda: PlainTextResponse("1") if makes_response else 1
    found = recorded.ask(**request_, fails_at=fails_at)
    assert (found.sent, found.raised) == ([200, b"1"][: fails_at + 1], "OSError('gone')")
    assert [call for call in recorded.calls if call != "login"] == ["failed"]
    assert found.error is not None and found.error.__context__ is None


@pytest.mark.parametrize("fails_at", [0, 1])
@pytest.mark.parametrize(
    ("target", "status", "refusal"),
    [("/none", 404, "HTTPException"), ("/numbers/x", 422, "RequestValidationError")],
)
def test_a_refusal_that_cannot_be_sent(target: str, status: int, refusal: str, fails_at: int) -> None:
    recorded = Recorded()
    found = recorded.ask(target, fails_at=fails_at)
    assert found.sent[0] == status and len(found.sent) == fails_at + 1
    assert (found.raised, recorded.calls) == ("OSError('gone')", ["failed"])
    assert found.error is not None
    assert type(found.error.__context__).__name__ == refusal


def test_a_failing_send_that_has_a_handler() -> None:
    app = FastAPI()
    calls: List[str] = []

    @app.exception_handler(OSError)
    async def gone(request: Request, error: OSError) -> Optional[Response]:
        calls.append("gone")
        return None

    @app.get("/")
    async def read() -> int:
        return 1

    found = ask(app, "/", fails_at=1)
    assert found.raised == "RuntimeError('Caught handled exception, but response already started.')"
    assert found.error is not None and repr(found.error.__cause__) == "OSError('gone')"
    assert (found.sent, calls) == ([200, b"1"], [])


def test_a_file_that_cannot_be_closed_after_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = Recorded()

    async def close(self: Any) -> None:
        recorded.calls.append("close")
        self.file.close()
        raise KeyError("close")

    monkeypatch.setattr(UploadFile.__mro__[1], "close", close)
    found = recorded.ask(**REQUESTS[-1])
    assert (found.sent, found.raised) == ([200, b"null"], "KeyError('close')")
    assert recorded.calls == ["close", "failed"]


def test_dependencies_that_have_run_do_not_run_again() -> None:
    """The solver looks up an override before it solves the sub-dependencies, and again for each use."""
    app = FastAPI()
    calls: List[str] = []

    async def other() -> None:
        calls.append("other")

    async def instead(_: Annotated[None, Depends(other)]) -> str:
        calls.append("instead")
        return "instead"

    async def leaf() -> str:
        calls.append("leaf")
        return "leaf"

    async def middle(a: Annotated[str, Depends(leaf)]) -> str:
        calls.append("middle")
        app.dependency_overrides.update({leaf: instead, middle: instead, top: instead})
        return "middle of " + a

    async def top(a: Annotated[str, Depends(middle)], b: Annotated[str, Depends(leaf)]) -> str:
        calls.append("top")
        return f"top of {a} and {b}"

    @app.get("/")
    async def read(a: Annotated[str, Depends(top)], b: Annotated[str, Depends(leaf)]) -> List[str]:
        return [a, b]

    @app.get("/again")
    async def again(a: Annotated[str, Depends(middle)], b: Annotated[str, Depends(leaf)]) -> List[str]:
        return [a, b]

    found = ask(app, "/")
    assert found.sent == [200, b'["top of middle of leaf and leaf","leaf"]']
    assert calls == ["leaf", "middle", "other", "top"]
    app.dependency_overrides.clear()
    calls.clear()
    assert ask(app, "/again").sent == [200, b'["middle of leaf","leaf"]']
    assert calls == ["leaf", "middle", "other"]


def test_a_dependency_of_a_route_is_cached_despite_use_cache_false() -> None:
    app = FastAPI()
    calls: List[str] = []

    async def leaf() -> None:
        calls.append("leaf")

    @app.get("/", dependencies=[Depends(leaf), Depends(leaf, use_cache=False)])
    async def read() -> None:
        return None

    ask(app, "/")
    assert calls == ["leaf"]


def test_bytes_of_a_file_are_read_once() -> None:
    app = FastAPI()

    @app.post("/")
    async def read(file: Annotated[bytes, File()]) -> int:
        raise KeyError(len(file))

    found = ask(app, "/", "POST", UPLOAD, MULTIPART)
    assert (found.sent, found.raised, found.receives) == (INTERNAL, "KeyError(1)", 1)
