"""Where the documentation pages get Swagger UI and ReDoc: FASTAPI_RS_DOCS, and the packages that are installed."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Iterator

import pytest

from fastapi import FastAPI
from fastapi.openapi import _offline
from fastapi.testclient import TestClient

FILES = {
    "swagger-ui-dist/swagger-ui-bundle.js": "bundle",
    "swagger-ui-dist/swagger-ui.css": "style",
    "swagger-ui-dist/favicon-32x32.png": "icon",
    "redoc/bundles/redoc.standalone.js": "redoc",
}
CDN = "https://cdn.jsdelivr.net/"


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("FASTAPI_RS_DOCS", raising=False)
    kept = (_offline._files, _offline._installed, _offline._warn)
    for each in kept:
        each.cache_clear()
    yield
    for each in kept:
        each.cache_clear()


def install(name: str, folder: Path) -> None:
    (folder / name).mkdir(parents=True)
    # Nothing imports the package: it would need Django.
    (folder / name / "__init__.py").write_text("raise ImportError(__name__)")


@pytest.fixture
def sidecar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    install("drf_spectacular_sidecar", tmp_path)
    for name, text in FILES.items():
        path = tmp_path / "drf_spectacular_sidecar" / "static" / "drf_spectacular_sidecar" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


def page(path: str = "/docs", app: FastAPI = FastAPI()) -> str:
    return TestClient(app).get(path).text


def test_the_extra_alone_takes_the_pages_offline(sidecar: Path) -> None:
    for path in ("/docs", "/redoc"):
        assert "https://" not in page(path)
        assert TestClient(FastAPI()).get(path).headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize(
    "path, name, media_type, text",
    [
        ("/docs", "swagger-ui-bundle.js", "javascript", "bundle"),
        ("/docs", "swagger-ui.css", "text/css", "style"),
        ("/docs", "favicon.png", "image/png", "icon"),
        ("/redoc", "redoc.js", "javascript", "redoc"),
        ("/redoc", "favicon.png", "image/png", "icon"),
    ],
)
def test_a_page_names_its_files_and_serves_them(
    sidecar: Path, path: str, name: str, media_type: str, text: str
) -> None:
    assert f'"?asset={name}"' in page(path)
    answer = TestClient(FastAPI()).get(path, params={"asset": name})
    assert (answer.status_code, answer.text, answer.headers["cache-control"]) == (200, text, "max-age=3600")
    assert media_type in answer.headers["content-type"]


def test_the_script_of_redoc_loads_no_picture_from_its_own_host(sidecar: Path) -> None:
    path = (
        sidecar / "drf_spectacular_sidecar" / "static" / "drf_spectacular_sidecar" / "redoc/bundles/redoc.standalone.js"
    )
    path.write_text('before,{src:"https://cdn.redoc.ly/redoc/logo-mini.svg"},after')
    answer = TestClient(FastAPI()).get("/redoc", params={"asset": "redoc.js"})
    assert answer.text == 'before,{src:"data:,"},after'
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"


def test_an_application_that_is_mounted_serves_its_own_files(sidecar: Path) -> None:
    outer = FastAPI()
    outer.mount("/inner", FastAPI())
    assert "url: '/inner/openapi.json'" in page("/inner/docs", outer)
    assert page("/inner/docs?asset=swagger-ui.css", outer) == "style"


@pytest.mark.parametrize("name", ["../../../__init__.py", "LICENSE", ""])
def test_no_other_file_is_served(sidecar: Path, name: str) -> None:
    assert TestClient(FastAPI()).get("/docs", params={"asset": name}).text == page()


def test_no_route_is_added(sidecar: Path) -> None:
    assert [route.path for route in FastAPI().routes] == [  # type: ignore[attr-defined]
        "/openapi.json",
        "/docs",
        "/docs/oauth2-redirect",
        "/redoc",
    ]


def test_cdn_wins_over_the_extra(sidecar: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTAPI_RS_DOCS", "cdn")
    assert CDN in page()
    assert page("/docs?asset=swagger-ui.css") == page()


def test_the_files_of_drf_spectacular_count_only_on_demand(sidecar: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install("drf_spectacular", sidecar)
    assert CDN in page()
    monkeypatch.setenv("FASTAPI_RS_DOCS", "offline")
    assert CDN not in page()


def test_without_the_files_the_pages_are_those_of_the_real_package(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(_offline, "_files", lambda: None)
    monkeypatch.setenv("FASTAPI_RS_DOCS", "offline")
    with caplog.at_level(logging.WARNING, "fastapi"):
        assert CDN in page("/docs", FastAPI())
        FastAPI()
    assert caplog.messages == [
        "FASTAPI_RS_DOCS=offline, and the files of the documentation pages are not installed: "
        "install drf-spectacular-sidecar (the extra offline-docs)"
    ]


def test_an_unknown_source_warns(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setenv("FASTAPI_RS_DOCS", "local")
    with caplog.at_level(logging.WARNING, "fastapi"):
        FastAPI()
    assert caplog.messages == [
        "FASTAPI_RS_DOCS=local is not a source of the documentation pages: set it to offline or cdn"
    ]


def test_a_package_without_the_files_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install("drf_spectacular_sidecar", tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert CDN in page()
