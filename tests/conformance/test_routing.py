"""The core selects the same route as Starlette's `Route.matches`."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.routing import Match, Route

from tests.conformance.rows import files, matcher, rows, without_declined

ROWS = rows(*files("routing"))


def routes_of(case: dict[str, Any]) -> list[Any]:
    return [
        (route["path"], route.get("methods", ["GET"]), (), route.get("kind", "operation")) for route in case["routes"]
    ]


@pytest.mark.parametrize("case", ROWS)
def test_core(case: dict[str, Any]) -> None:
    match = matcher(routes_of(case), redirect_slashes=case.get("redirect_slashes", True))
    answer = match((case.get("method", "GET"), case["path"], b"", []))
    if case.get("declined"):
        assert answer[0] == -3
    elif case.get("not_found"):
        assert answer == (-1,)
    elif "method_not_allowed" in case:
        assert answer == (-2, case["method_not_allowed"])
    else:
        assert answer == (case["route"], path_params_of(case))


def path_params_of(case: dict[str, Any]) -> dict[str, Any]:
    large = {name: int(digits) for name, digits in case.get("large_path_params", {}).items()}
    return {**case.get("path_params", {}), **large}


def starlette_routes(case: dict[str, Any]) -> list[Route]:
    made = []
    for path, methods, _, _ in routes_of(case):
        route = Route(path, lambda request: None)
        route.methods = set(methods)  # Route itself adds HEAD to GET, a path operation does not
        made.append(route)
    return made


@pytest.mark.parametrize(
    "case",
    [case for case in without_declined(ROWS) if all(route[3] == "operation" for route in routes_of(case.values[0]))],
)
def test_starlette(case: dict[str, Any]) -> None:
    scope = {"type": "http", "method": case.get("method", "GET"), "path": case["path"], "root_path": "", "headers": []}
    partial = None
    for index, route in enumerate(starlette_routes(case)):
        match, child = route.matches(scope)
        if match is Match.FULL:
            assert (index, child["path_params"]) == (case["route"], path_params_of(case))
            return
        if match is Match.PARTIAL and partial is None:
            partial = index
    if partial is None:
        assert case.get("not_found")
    else:
        assert partial == case["method_not_allowed"]
