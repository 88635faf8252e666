"""The question whether a function is replaced, as a Python without a version word of classes asks it."""

from __future__ import annotations

import json
from typing import Any, Callable

import pytest
from starlette import responses, routing
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from fastapi._stand_ins import guards

PLACES = [
    (json, "dumps"),
    (json, "loads"),
    (responses, "json"),
    (routing, "get_route_path"),
    (Response, "render"),
    (JSONResponse, "render"),
    (JSONResponse, "init_headers"),
    (Response, "__init__"),
    (Request, "__init__"),
]


@pytest.fixture
def are_replaced() -> Callable[[], bool]:
    return guards._make_slow_check()


@pytest.mark.parametrize("place, name", PLACES, ids=[f"{place.__name__}-{name}" for place, name in PLACES])
def test_each_replacement_is_seen_and_taken_back(
    are_replaced: Callable[[], bool], place: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not are_replaced()
    with monkeypatch.context() as patch:
        original = getattr(place, name)
        patch.setattr(place, name, lambda *values, **options: original(*values, **options))
        assert are_replaced()
    assert not are_replaced()
