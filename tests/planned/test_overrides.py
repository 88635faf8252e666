"""`dependency_overrides` of any origin: both ways call the same functions, in the same order."""

from types import MappingProxyType
from typing import Any, Callable, Dict, List

import pytest
from typing_extensions import Annotated

from fastapi import APIRouter, Depends, FastAPI, _rust
from fastapi.security import OAuth2PasswordBearer
from tests.planned.asgi import answered_by_core, call, exactly

needs_core = pytest.mark.skipif(not _rust.rust_available(), reason="FASTAPI_RS_MODE=python has no core")

JSON = [(b"content-type", b"application/json")]
TARGETS: List[Dict[str, Any]] = [
    {"target": "/plain"},
    {"target": "/dep?q=a"},
    {"target": "/dep"},
    {"target": "/dep?q=a&own=b"},
    {"target": "/me"},
    {"target": "/me", "headers": [(b"authorization", b"Bearer abc")]},
    {"target": "/late?q=a"},
    {"target": "/late?q=a", "headers": [(b"authorization", b"Bearer abc")]},
    {"target": "/body?q=a", "method": "POST", "headers": JSON, "body": b'{"n": 5}'},
    {"target": "/body?q=a", "method": "POST", "headers": JSON, "body": b'{"n": '},
    {"target": "/included?q=a"},
]


class Overridden:
    """An application that records the calls of its functions."""

    def __init__(self) -> None:
        self.calls: List[str] = []
        self.late: Callable[[FastAPI], None] = lambda app: None
        self.app = app = FastAPI()
        self.scheme = OAuth2PasswordBearer("token")

        async def first(q: str) -> str:
            self.calls.append("first")
            return q

        def second(a: Annotated[str, Depends(first)]) -> str:
            self.calls.append("second")
            return a + "2"

        async def replacing() -> None:
            self.calls.append("replacing")
            self.late(app)

        self.first, self.second = first, second

        @app.get("/plain")
        async def plain() -> str:
            return "plain"

        @app.get("/dep")
        async def dep(b: Annotated[str, Depends(second)], a: Annotated[str, Depends(first)]) -> List[str]:
            return [a, b]

        @app.get("/me")
        async def me(token: Annotated[str, Depends(self.scheme)]) -> str:
            return token

        @app.get("/late", dependencies=[Depends(replacing)])
        async def late(b: Annotated[str, Depends(second)], token: Annotated[str, Depends(self.scheme)]) -> List[str]:
            return [b, token]

        @app.post("/body")
        async def body(item: Dict[str, int], b: Annotated[str, Depends(second)]) -> Any:
            return [item, b]

        router = APIRouter(dependencies=[Depends(second)])

        @router.get("/included")
        async def included() -> str:
            return "included"

        app.include_router(router)

    def instead(self, own: str = "own") -> str:
        self.calls.append("instead")
        return own

    def answers(self) -> List[Any]:
        found = []
        for target in TARGETS:
            self.calls.clear()
            found.append((call(self.app, **target).outcome()[:3], list(self.calls)))
        return found


class Answering(dict):  # type: ignore[type-arg]
    """A mapping with a value for one absent key."""

    def get(self, key: Any, default: Any = None) -> Any:
        return self["instead"] if getattr(key, "__name__", "") == "second" else default


class NeverEmpty(dict):  # type: ignore[type-arg]
    def __bool__(self) -> bool:
        return True


def unrelated(one: Overridden) -> Dict[Any, Any]:
    return dict.fromkeys(range(500), one.instead)


KINDS: Dict[str, Callable[[Overridden], Any]] = {
    "nothing": lambda one: {},
    "unrelated": unrelated,
    "first": lambda one: {one.first: one.instead},
    "second": lambda one: {one.second: one.instead, **unrelated(one)},
    "scheme": lambda one: {one.scheme: one.instead},
    "itself": lambda one: {one.first: one.first},
    "both": lambda one: {one.first: one.instead, one.second: one.first},
    "mapping": lambda one: MappingProxyType({one.second: one.instead}),
    "unrelated mapping": lambda one: MappingProxyType({"x": one.instead}),
    "answering": lambda one: Answering(instead=one.instead),
    "never empty": lambda one: NeverEmpty(),
    "none": lambda one: None,
}


@pytest.mark.parametrize("kind", list(KINDS))
def test_before_a_request(kind: str) -> None:
    planned, exact = Overridden(), Overridden()
    exactly(exact.app)
    for one in (planned, exact):
        one.app.dependency_overrides = KINDS[kind](one)
    assert planned.answers() == exact.answers()


@pytest.mark.parametrize("kind", list(KINDS))
def test_between_requests(kind: str) -> None:
    planned, exact = Overridden(), Overridden()
    exactly(exact.app)
    seen = []
    for one in (planned, exact):
        before = one.answers()
        one.app.dependency_overrides = KINDS[kind](one)
        replaced = one.answers()
        one.app.dependency_overrides = {}
        in_place = one.app.dependency_overrides
        in_place[one.second] = one.instead
        added = one.answers()
        del in_place[one.second]
        assert one.answers() == before
        seen.append((before, replaced, added))
    assert seen[0] == seen[1]


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("before", ["nothing", "unrelated", "first"])
def test_during_a_request(kind: str, before: str) -> None:
    """A dependency adds overrides for the calls and security schemes after it."""
    planned, exact = Overridden(), Overridden()
    exactly(exact.app)
    for one in (planned, exact):

        def rebind(app: FastAPI, one: Overridden = one) -> None:
            app.dependency_overrides = KINDS[kind](one)

        one.app.dependency_overrides = KINDS[before](one)
        one.late = rebind
    assert planned.answers() == exact.answers()


@needs_core
def test_routes_without_overrides_stay_planned(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Overridden()
    one.app.dependency_overrides = unrelated(one)
    one.answers()
    monkeypatch.setattr("fastapi._routing.exact.handler.run_endpoint_function", None)
    before = answered_by_core()
    assert call(one.app, "/dep?q=a").status == call(one.app, "/included?q=a").status == 200
    assert answered_by_core() == before + 2
