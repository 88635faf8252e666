"""Only the operation that cannot be planned takes the exact way, without an error in the log."""

from __future__ import annotations

import logging
from typing import Any, List, Tuple

import pytest

from fastapi import Depends, FastAPI, Query
from fastapi._routing.planning import walk
from fastapi._routing.planning.explain import explain
from fastapi.testclient import TestClient


def ask(app: FastAPI, *paths: str) -> List[Tuple[int, str]]:
    client = TestClient(app, raise_server_exceptions=False)
    return [(found.status_code, found.text) for found in map(client.get, paths)]


def with_unknown_name() -> Any:
    def endpoint(x=None):  # type: ignore[no-untyped-def]
        return repr(x)

    endpoint.__annotations__ = {"x": "Elsewhere"}
    return endpoint


def test_all_but_the_unplannable_operation_are_planned(caplog: pytest.LogCaptureFixture) -> None:
    class Text(str):
        pass

    def good(i: int) -> int:
        return i

    app = FastAPI()
    app.get("/bad")(with_unknown_name())
    app.get("/odd/{i}")(lambda i, q=Query("d", alias=Text("zz")): [i, q])
    app.get("/good/{i}")(good)
    app.get("/incomplete/{i}")(lambda i, x=Depends(with_unknown_name()): [i, x])
    with caplog.at_level(logging.INFO):
        assert ask(app, "/good/1", "/odd/2", "/bad", "/incomplete/3") == [
            (200, "1"),
            (200, '["2","d"]'),
            (200, '"None"'),
            (200, '["3","None"]'),
        ]
    assert [record for record in caplog.records if record.levelno > logging.INFO] == []
    explained = list(explain(app))
    assert "GET /good/{i}: planned" in explained
    assert "GET /odd/{i}: exact way (a name that is of a subclass of str)" in explained


def test_a_route_that_breaks_the_planner_is_left_to_the_exact_way(monkeypatch: pytest.MonkeyPatch) -> None:
    reading_of = walk.reading_of

    def failing(field: Any, *args: Any) -> Any:
        if field.name == "broken":
            raise RuntimeError("cannot be read")
        return reading_of(field, *args)

    monkeypatch.setattr(walk, "reading_of", failing)
    app = FastAPI()
    app.get("/a")(lambda broken="1": broken)
    app.get("/b")(lambda fine="2": fine)
    assert ask(app, "/a", "/b?fine=3") == [(200, '"1"'), (200, '"3"')]
    explained = list(explain(app))
    assert "GET /a: exact way (it cannot be planned: RuntimeError('cannot be read'))" in explained
    assert "GET /b: planned" in explained
