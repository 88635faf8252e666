"""Frontends: files, fallbacks, methods, dependencies, errors. The expected answers are those of the real package."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

import pytest
from starlette.exceptions import HTTPException
from starlette.routing import Match, NoMatchFound

from fastapi import APIRouter, BackgroundTasks, Depends, FastAPI, Header, Response
from fastapi.testclient import TestClient

HTML = {"Accept": "text/html"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "deep").mkdir()
    (tmp_path / "empty").mkdir()
    (tmp_path / "index.html").write_text("index")
    (tmp_path / "app.js").write_text("script")
    (tmp_path / "deep" / "index.html").write_text("deep index")
    return tmp_path


def answer(client: TestClient, path: str, method: str = "GET", **headers: str) -> Tuple[int, str]:
    response = client.request(method, path, headers=headers, follow_redirects=False)
    return response.status_code, response.headers.get("location", response.text)


def client_of(folder: Path, path: str = "/site", **options: Any) -> TestClient:
    app = FastAPI()
    app.frontend(path, directory=folder, **options)
    return TestClient(app)


@pytest.mark.parametrize(
    "path, expected",
    [
        ("/site/app.js", (200, "script")),
        ("/site/", (200, "index")),
        ("/site", (307, "http://testserver/site/")),
        ("/site/deep/", (200, "deep index")),
        ("/site/deep", (307, "http://testserver/site/deep/")),
        ("/site/empty/", (404, '{"detail":"Not Found"}')),
        ("/site/none.js", (404, '{"detail":"Not Found"}')),
        ("/site/../secret", (404, '{"detail":"Not Found"}')),
        ("/sitemap", (404, '{"detail":"Not Found"}')),
        ("/site/" + "a" * 300, (404, '{"detail":"Not Found"}')),
        ("/site/a%00b", (404, '{"detail":"Not Found"}')),
    ],
)
def test_files(folder: Path, path: str, expected: Tuple[int, str]) -> None:
    assert answer(client_of(folder), path) == expected


def test_a_frontend_at_the_root_and_a_longer_one(folder: Path) -> None:
    app = FastAPI()
    app.frontend("/", directory=folder)
    app.frontend("/other", directory=folder / "deep")

    @app.get("/app.js")
    def script() -> str:
        return "operation"

    client = TestClient(app)
    assert answer(client, "/app.js") == (200, '"operation"')
    assert answer(client, "/") == (200, "index")
    assert answer(client, "/other/index.html") == (200, "deep index")
    assert answer(client, "/deep/index.html") == (200, "deep index")


@pytest.mark.parametrize(
    "accept, expected",
    [
        ("text/html", (200, "index")),
        ("application/xhtml+xml;q=0.5, */*", (200, "index")),
        ("text/html;q=0", (404, '{"detail":"Not Found"}')),
        ("text/html;level=1;q=high", (200, "index")),
        ("text/html; level=1", (200, "index")),
        (", ;q=1, */*", (404, '{"detail":"Not Found"}')),
    ],
)
def test_the_fallback_depends_on_the_accepted_types(folder: Path, accept: str, expected: Tuple[int, str]) -> None:
    assert answer(client_of(folder), "/site/none", Accept=accept) == expected


def test_the_page_for_missing_files(folder: Path) -> None:
    (folder / "404.html").write_text("missing")
    for options in ({}, {"fallback": "404.html"}):
        assert answer(client_of(folder, **options), "/site/none") == (404, "missing")
    assert answer(client_of(folder, fallback="index.html"), "/site/none", Accept="text/html") == (200, "index")
    assert answer(client_of(folder, fallback=None), "/site/none", Accept="text/html")[0] == 404


def test_a_fallback_that_disappears(folder: Path) -> None:
    client = client_of(folder, fallback="index.html")
    (folder / "index.html").unlink()
    with pytest.raises(RuntimeError) as raised:
        client.get("/site/none", headers=HTML)
    assert str(raised.value) == (
        f"Frontend fallback file 'index.html' does not exist in directory {str(folder)!r}. "
        f"Resolved absolute directory: {str(folder)!r}"
    )


@pytest.mark.parametrize(
    "path, expected", [("/site/app.js", 405), ("/site/deep/", 405), ("/site/none", 404), ("/site/deep", 405)]
)
def test_other_methods(folder: Path, path: str, expected: int) -> None:
    assert answer(client_of(folder), path, "POST")[0] == expected


def test_head(folder: Path) -> None:
    assert answer(client_of(folder), "/site/app.js", "HEAD") == (200, "")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_neither_a_file_nor_a_folder(folder: Path) -> None:
    os.mkfifo(str(folder / "pipe"))
    assert answer(client_of(folder), "/site/pipe")[0] == 404


def refuse(self: object, path: str) -> Any:
    raise PermissionError(13, "no", path)


def fail(self: object, path: str) -> Any:
    raise OSError(5, "broken", path)


def test_files_that_cannot_be_looked_up(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from starlette.staticfiles import StaticFiles

    client = client_of(folder)
    monkeypatch.setattr(StaticFiles, "lookup_path", refuse)
    assert answer(client, "/site/app.js") == (401, '{"detail":"Unauthorized"}')
    monkeypatch.setattr(StaticFiles, "lookup_path", fail)
    with pytest.raises(OSError, match="broken"):
        client.get("/site/app.js")


@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"path": ""}, AssertionError, "A frontend path cannot be empty"),
        ({"path": "site"}, AssertionError, "A frontend path must start with '/'"),
        ({"fallback": "x"}, AssertionError, "fallback must be 'auto', 'index.html', '404.html', or None"),
        ({"fallback": "404.html"}, RuntimeError, "Frontend fallback file '404.html' does not exist in directory"),
        ({"directory": "/nowhere"}, RuntimeError, "Frontend directory '/nowhere' does not exist. Resolved absolute"),
    ],
)
def test_wrong_arguments(folder: Path, options: Dict[str, Any], error: Any, message: str) -> None:
    arguments = {"path": "/site", "directory": folder, **options}
    with pytest.raises(error) as raised:
        FastAPI().frontend(arguments.pop("path"), **arguments)
    assert str(raised.value).startswith(message)


def test_a_missing_folder_only_warns_in_development(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTAPI_ENV", "development")
    with pytest.warns(UserWarning, match="Frontend directory .*later' does not exist") as warned:
        client = client_of(folder / "later", check_dir="auto")
    assert [warning.filename for warning in warned] == [__file__]
    with pytest.raises(RuntimeError, match="does not exist"):
        client.get("/site/index.html")


def test_a_folder_that_is_not_checked(folder: Path) -> None:
    client = client_of(folder / "later", check_dir=False)
    (folder / "later").mkdir()
    (folder / "later" / "page.html").write_text("page")
    assert answer(client, "/site/page.html") == (200, "page")


def guarded(folder: Path, seen: List[str]) -> TestClient:
    def watch(response: Response, tasks: BackgroundTasks, key: str = Header()) -> Iterator[None]:
        response.headers["X-Key"] = key
        tasks.add_task(seen.append, "task")
        seen.append("before")
        yield
        seen.append("after")

    app, router = FastAPI(), APIRouter(prefix="/inner", dependencies=[Depends(watch)])
    router.frontend("/site", directory=folder)
    app.include_router(router, prefix="/outer")
    return TestClient(app)


def test_dependencies_run_before_the_files(folder: Path) -> None:
    seen: List[str] = []
    client = guarded(folder, seen)
    response = client.get("/outer/inner/site/app.js", headers={"Key": "k"})
    assert (response.text, response.headers["x-key"]) == ("script", "k")
    assert seen == ["before", "task", "after"]
    refused = client.get("/outer/inner/site/app.js")
    assert (refused.status_code, refused.json()["detail"][0]["loc"]) == (422, ["header", "key"])
    assert client.post("/outer/inner/site/app.js", headers={"Key": "k"}).status_code == 405
    assert seen == ["before", "task", "after"]


def groups_of(app: FastAPI) -> Any:
    return app.router._frontend_routes


def test_the_route_of_frontends(folder: Path) -> None:
    app = FastAPI()
    app.frontend("/site", directory=folder)
    group = groups_of(app)
    scope = {"type": "http", "path": "/site/app.js", "method": "GET", "headers": [], "root_path": ""}
    assert group.matches(scope)[0] is Match.FULL
    assert group.matches({**scope, "method": "POST"})[0] is Match.PARTIAL
    assert group.matches({**scope, "path": "/elsewhere"})[0] is Match.NONE
    assert group.matches({**scope, "type": "websocket"})[0] is Match.NONE
    for route in (group, group.routes[0]):
        with pytest.raises(NoMatchFound):
            route.url_path_for("site")


def test_the_route_refuses_a_path_of_another(folder: Path) -> None:
    import asyncio

    app = FastAPI()
    app.frontend("/site", directory=folder)
    scope = {"type": "http", "path": "/elsewhere", "method": "GET", "headers": [], "root_path": ""}
    with pytest.raises(HTTPException) as raised:
        asyncio.run(groups_of(app).handle(scope, None, None))
    assert raised.value.status_code == 404
