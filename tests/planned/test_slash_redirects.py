"""The planned redirect to a path with, or without, a slash at the end. The values are those of the real package."""

from __future__ import annotations

from typing import Any, Dict, List

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from fastapi import APIRouter, FastAPI, _rust
from fastapi._routing.planned.redirect import _agrees_with_starlette, _response, _simple_headers
from tests.planned.asgi import Seen, call, exactly, with_included_routes
from tests.planned.test_method_refusals import frames
from tests.planned.transcript import ask

needs_core = pytest.mark.skipif(not _rust.rust_available(), reason="the core does not run")
HOST = (b"host", b"example.org:8000")


async def endpoint() -> None: ...


async def page(request: Any) -> PlainTextResponse:
    return PlainTextResponse("page")


def make(**options: Any) -> FastAPI:
    app = FastAPI(openapi_url=None, **options)
    app.get("/items/{item}")(endpoint)
    router = APIRouter()
    router.post("/inner/")(endpoint)
    app.include_router(router, prefix="/outer")
    app.router.routes.append(Route("/page/", page))
    app.router.routes.append(Mount("/mounted", PlainTextResponse("mounted")))
    return app


def redirected(location: bytes) -> List[Dict[str, Any]]:
    headers = [(b"content-length", b"0"), (b"location", location)]
    return [
        {"type": "http.response.start", "status": 307, "headers": headers},
        {"type": "http.response.body", "body": b""},
    ]


# Path, other parts of the scope, and the location.
REDIRECTS = [
    ("/items/7/", {}, b"http://example.org:8000/items/7"),
    ("/items/7///", {"query": b"a=1&b=%20"}, b"http://example.org:8000/items/7?a=1&b=%20"),
    ("/outer/inner", {"scheme": "https"}, b"https://example.org:8000/outer/inner/"),
    ("/page", {"method": "DELETE"}, b"http://example.org:8000/page/"),
    ("/mounted", {}, b"http://example.org:8000/mounted/"),
    ("/items/\u00e9/", {"query": b"\xc3\xa9=\\"}, b"http://example.org:8000/items/%C3%A9?%C3%A9=%5C"),
    ("/root/items/7/", {"root_path": "/root"}, b"http://example.org:8000/root/items/7"),
    ("/items/7/", {"headers": []}, b"http://test/items/7"),
    ("/items/7/", {"headers": [], "server": None}, b"/items/7"),
    ("/items/7/", {"headers": [(b"host", b"[::1]:80")]}, b"http://[::1]:80/items/7"),
    ("/items/7/", {"headers": [(b"host", b"a"), (b"host", b"b")]}, b"http://a/items/7"),
]


@pytest.mark.parametrize("path, more, location", REDIRECTS)
@pytest.mark.parametrize("exact", [False, True])
def test_redirect(path: str, more: Dict[str, Any], location: bytes, exact: bool) -> None:
    app = exactly(make()) if exact else make()
    for _ in range(2):
        seen = call(app, "/", path=path, **{"headers": [HOST], **more})
        assert seen.error is None and seen.messages == redirected(location)
        assert seen.scope["path"] == path and seen.scope["router"] is app.router
        assert seen.scope["fastapi"] == {}
        assert not {"endpoint", "route", "path_params", "fastapi_inner_astack"} & seen.scope.keys()


def test_templates_that_the_core_does_not_know() -> None:
    app = make()
    app.get("/{x}.{y}")(endpoint)
    assert call(app, "/a.b/", headers=[HOST]).messages == redirected(b"http://example.org:8000/a.b")
    assert call(app, "/a/", headers=[HOST]).status == 404


@pytest.mark.parametrize("path", ["/", "//", "/unknown/", "/items/", "/x\n/", "/items/7/x/"])
def test_no_redirect(path: str) -> None:
    assert call(make(), "/", path=path, headers=[HOST]).status == 404


def test_characters_that_releases_of_starlette_escape_differently() -> None:
    planned, exact = (call(app, "/", path="/items/a?b#c\\/", headers=[HOST]) for app in (make(), exactly(make())))
    assert planned.messages == exact.messages and planned.status == 307


def test_redirects_are_off() -> None:
    app = make(redirect_slashes=False)
    assert call(app, "/items/7/", headers=[HOST]).status == 404
    app.router.redirect_slashes = True
    assert call(app, "/items/7/", headers=[HOST]).status == 307
    app.router.redirect_slashes = False
    assert call(app, "/items/7/", headers=[HOST]).status == 404


@pytest.mark.parametrize("exact", [False, True])
def test_a_root_path_that_the_slash_completes(exact: bool) -> None:
    app = FastAPI(openapi_url=None)
    app.get("/root/")(endpoint)
    app = exactly(app) if exact else app
    assert call(app, "/root", root_path="/root/", headers=[HOST]).status == 404


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize(
    "more, error", [({"query": b"\xff"}, UnicodeDecodeError), ({"scheme": "x", "headers": []}, KeyError)]
)
def test_urls_that_cannot_be_made(more: Dict[str, Any], error: Any, exact: bool) -> None:
    app = exactly(make()) if exact else make()
    assert type(call(app, "/items/7/", **{"headers": [HOST], **more}).error) is error


@pytest.mark.parametrize("fails_at", [0, 1])
def test_failing_send(fails_at: int) -> None:
    planned, exact = (ask(app, "/items/7/", fails_at=fails_at) for app in (make(), exactly(make())))
    assert (planned.sent, planned.raised) == ([307, b""][: fails_at + 1], "OSError('gone')")
    assert (planned.keys, planned.receives, exact.sent) == (exact.keys, exact.receives, planned.sent)


def test_frontends_follow_redirects(tmp_path: Any) -> None:
    (tmp_path / "index.html").write_text("frontend")
    app = make()
    app.frontend("/", directory=tmp_path)  # type: ignore[attr-defined, unused-ignore]
    assert call(app, "/items/7/", headers=[HOST]).messages == redirected(b"http://example.org:8000/items/7")
    assert call(app, "/index.html").status == 200


def test_installed_starlette_agrees() -> None:
    assert _agrees_with_starlette()


TEXTS = st.text("ab0.-/:?#%[]@é\\ ~", max_size=9)


@given(TEXTS, TEXTS, TEXTS, st.sampled_from(["http", "https", "ws"]))
def test_simple_headers_are_those_of_starlette(host: str, path: str, query: str, scheme: str) -> None:
    scope: Dict[str, Any] = {
        "scheme": scheme,
        "server": ("test", 80),
        "query_string": query.encode(),
        "headers": [(b"x", b""), (b"host", host.encode())],
    }
    headers = _simple_headers(scope, "/" + path)
    assert headers is None or headers == _response(scope, "/" + path).raw_headers


@needs_core
def test_number_of_routes_does_not_matter() -> None:
    counts = set()
    for number in (1, 30):
        app = with_included_routes(number, endpoint)
        count, seen = frames(app, "GET", f"/p/x{number - 1}/")
        assert isinstance(seen, Seen) and seen.status == 307
        counts.add(count)
    # The event loop makes a few calls more or less; asking 29 routes more makes hundreds.
    assert max(counts) < min(counts) + 29
