"""A security scheme that changes after its application was planned answers as changed, as in the real package."""

from __future__ import annotations

import asyncio
from typing import Any, List

import pytest

from fastapi import Depends, FastAPI, Request
from fastapi._routing.planning.explain import explain
from fastapi.security import (
    APIKeyCookie,
    APIKeyHeader,
    APIKeyQuery,
    HTTPBasic,
    HTTPBearer,
    OAuth2,
    OAuth2PasswordBearer,
    OpenIdConnect,
    http,
    oauth2,
)
from fastapi.testclient import TestClient
from tests.planned.asgi import http_scope

SENT = {"headers": {"Authorization": "Bearer t", "X-Key": "h", "Other": "o", "Cookie": "key=c; other=oc"}}
MAKERS = {
    "bearer": HTTPBearer,
    "basic": HTTPBasic,
    "password": lambda: OAuth2PasswordBearer("token"),
    "oauth2": OAuth2,
    "openid": lambda: OpenIdConnect(openIdConnectUrl="u"),
    "query": lambda: APIKeyQuery(name="key"),
    "header": lambda: APIKeyHeader(name="X-Key"),
    "cookie": lambda: APIKeyCookie(name="key"),
}


def client_of(scheme: Any) -> TestClient:
    app = FastAPI()

    @app.get("/")
    def read(found: Any = Depends(scheme)) -> Any:
        return {"found": found}

    client = TestClient(app)
    client.get("/")
    return client


def get(client: TestClient) -> Any:
    answer = client.get("/?key=q&other=oq", **SENT)  # type: ignore[arg-type]
    return answer.status_code, answer.json()


@pytest.mark.parametrize("kind, other", [("query", "oq"), ("header", "o"), ("cookie", "oc")])
def test_another_name_of_a_key(kind: str, other: str) -> None:
    scheme = MAKERS[kind]()
    client = client_of(scheme)
    assert get(client) == (200, {"found": kind[0]})
    name, scheme.model.name = scheme.model.name, "other"
    assert get(client) == (200, {"found": other})
    scheme.model.name = name
    assert get(client) == (200, {"found": kind[0]})


@pytest.mark.parametrize("kind", ["query", "header", "cookie"])
@pytest.mark.parametrize("on_class", [False, True])
def test_another_check_of_a_key(kind: str, on_class: bool, monkeypatch: Any) -> None:
    scheme = MAKERS[kind]()
    client = client_of(scheme)
    if on_class:
        monkeypatch.setattr(type(scheme), "check_api_key", lambda self, key: ["class", key])
        assert get(client) == (200, {"found": ["class", kind[0]]})
    monkeypatch.setattr(scheme, "check_api_key", lambda key: ["instance", key])
    assert get(client) == (200, {"found": ["instance", kind[0]]})


@pytest.mark.parametrize("kind", MAKERS)
def test_another_call_of_the_class(kind: str, monkeypatch: Any) -> None:
    scheme = MAKERS[kind]()
    client = client_of(scheme)
    before = get(client)

    async def replaced(self: Any, request: Any) -> Any:
        return ["replaced", request.url.path]

    with monkeypatch.context() as patches:
        patches.setattr(type(scheme), "__call__", replaced)
        assert get(client) == (200, {"found": ["replaced", "/"]})
    assert get(client) == before


@pytest.mark.parametrize("kind", MAKERS)
def test_another_class(kind: str) -> None:
    scheme = MAKERS[kind]()
    client = client_of(scheme)

    class Other(type(scheme)):  # type: ignore[misc]
        async def __call__(self, request: Request) -> Any:
            return "other"

    scheme.__class__ = Other
    assert get(client) == (200, {"found": "other"})


@pytest.mark.parametrize("kind, module", [("bearer", http), ("basic", http), ("password", oauth2)])
def test_another_function_that_splits_the_header(kind: str, module: Any, monkeypatch: Any) -> None:
    client = client_of(MAKERS[kind]())
    refused = client.get("/").status_code, client.get("/").headers["www-authenticate"]
    word = "Basic" if kind == "basic" else "Bearer"
    monkeypatch.setattr(module, "get_authorization_scheme_param", lambda value: (word, "dTpw"))
    found = {
        "bearer": {"scheme": "Bearer", "credentials": "dTpw"},
        "basic": {"username": "u", "password": "p"},
        "password": "dTpw",
    }
    assert get(client) == (200, {"found": found[kind]})
    # The real package also calls the function without a header, and ignores its result.
    answer = client.get("/")
    assert (answer.status_code, answer.headers["www-authenticate"]) == refused


@pytest.mark.parametrize("kind", ["query", "header", "cookie"])
def test_a_scheme_without_a_model_leaves_other_routes_planned(kind: str) -> None:
    scheme = MAKERS[kind]()
    app = FastAPI()

    @app.get("/")
    def read(found: Any = Depends(scheme)) -> Any:
        return found

    @app.get("/other")
    def other(number: int) -> Any:
        return number

    scheme.model = None
    lines = list(explain(app))
    assert any(line.startswith("GET /other: planned") for line in lines), lines
    # The scheme itself is called, and meets the error.
    assert f"    dependency {type(scheme).__name__}" in lines, lines
    assert TestClient(app, raise_server_exceptions=False).get("/").status_code == 500


@pytest.mark.parametrize("count", [0, 1, 2])
@pytest.mark.parametrize("kind", ["query", "header", "cookie"])
def test_a_scheme_that_lost_its_model_is_answered_once(kind: str, count: int) -> None:
    scheme = MAKERS[kind]()
    app = FastAPI()
    log: List[str] = []

    @app.get("/", dependencies=[Depends(lambda: log.append("dependency"))])
    def read(found: Any = Depends(scheme)) -> Any:
        log.append("endpoint")

    for _ in range(count):

        @app.middleware("http")
        async def around(request: Request, call_next: Any) -> Any:
            log.append("in")
            try:
                return await call_next(request)
            finally:
                log.append("out")

    sent: List[Any] = []

    async def receive() -> Any:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message.get("status", message.get("body")))

    headers = [(b"x-key", b"h"), (b"cookie", b"key=c")]

    def ask() -> None:
        asyncio.run(app({**http_scope("/", "GET", headers), "query_string": b"key=q"}, receive, send))

    ask()
    assert (sent[:2], log) == ([200, b"null"], ["in"] * count + ["dependency", "endpoint"] + ["out"] * count)
    scheme.model = None
    for _ in range(2):
        sent.clear()
        log.clear()
        with pytest.raises(AttributeError, match="'NoneType' object has no attribute 'name'"):
            ask()
        assert sent == [500, b"Internal Server Error"]
        assert log == ["in"] * count + ["dependency"] + ["out"] * count
