"""The bytes of the documentation pages, as digests of those of the real package."""

from __future__ import annotations

import hashlib
from typing import Any, Dict

import pytest

from fastapi import FastAPI
from fastapi.openapi import docs
from fastapi.testclient import TestClient

URLS: Dict[str, Any] = {"openapi_url": "/a'b</script>", "title": "<b>&\"'é{}"}
SWAGGER = [
    ({"openapi_url": "/openapi.json", "title": "T"}, "5f6b8cb844419f8f"),
    (URLS, "111ce9e616b24c0e"),
    ({**URLS, "oauth2_redirect_url": "/r'ed"}, "54b92b658a093a97"),
    ({**URLS, "oauth2_redirect_url": "", "init_oauth": {}}, "111ce9e616b24c0e"),
    ({**URLS, "init_oauth": {"clientId": "<&>", "scopes": ["a", 1]}}, "9f8b074ff3c03fb1"),
    ({**URLS, "swagger_ui_parameters": {"deepLinking": False, "x": "</script>", "n": None}}, "dc0ed3efd0ea7948"),
    ({**URLS, "swagger_js_url": "js'", "swagger_css_url": 'c"ss', "swagger_favicon_url": "f"}, "07dca654e58d072a"),
]
REDOC = [
    ({"openapi_url": "/openapi.json", "title": "T"}, "b614d417030a9f12"),
    (URLS, "7311a09853ed981d"),
    ({**URLS, "with_google_fonts": False}, "f5aa529e7444b5c9"),
    ({**URLS, "redoc_js_url": "j", "redoc_favicon_url": "f"}, "efd38c8797c776cd"),
]


def digest(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:16]


@pytest.mark.parametrize("options, expected", SWAGGER)
def test_swagger_ui(options: Dict[str, Any], expected: str) -> None:
    assert digest(docs.get_swagger_ui_html(**options).body) == expected


@pytest.mark.parametrize("options, expected", REDOC)
def test_redoc(options: Dict[str, Any], expected: str) -> None:
    assert digest(docs.get_redoc_html(**options).body) == expected


def test_oauth2_redirect() -> None:
    assert digest(docs.get_swagger_ui_oauth2_redirect_html().body) == "f45d60bb9f054b17"


def test_pages_of_an_application() -> None:
    client = TestClient(FastAPI(title="A", swagger_ui_init_oauth={"a": 1}, swagger_ui_parameters={"z": 1}))
    assert digest(client.get("/docs").content) == "0fa10c604f697fc3"
    assert digest(client.get("/redoc").content) == "a713835be2267b37"
    assert len(TestClient(FastAPI()).get("/docs").content) == 1006
    assert len(TestClient(FastAPI()).get("/redoc").content) == 888


def test_a_new_default_parameter_appears_in_the_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(docs.swagger_ui_default_parameters, "filter", True)
    assert b'"showCommonExtensions": true,\n"filter": true,\n' in docs.get_swagger_ui_html(**URLS).body
