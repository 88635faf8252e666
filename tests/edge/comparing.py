"""Compares answers of the package with those of an application."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, Dict, List

from tests.edge.conftest import Recorded

PLACES = ("path", "query", "header", "cookie")


def kinds(answers: List[Any]) -> Dict[Any, int]:
    """Return how many answers are matches, refusals of each status, and None."""
    return dict(Counter("null" if each is None else each.get("status", "route") for each in answers))


def compare(found: Recorded, answers: List[Any]) -> None:
    """Assert that each refusal has the bytes of the application, and each match its route and parameters."""
    assert len(answers) == len(found.requests) == len(found.ours) == len(found.real)
    assert found.ours == found.real
    for request, answer, given in zip(found.requests, answers, found.real):
        if answer is None:
            continue
        if "status" in answer:
            assert answer == given, request
        else:
            compare_match(answer, given, request)


def compare_match(answer: Dict[str, Any], given: Dict[str, Any], request: Any) -> None:
    # The rest of the request may be invalid: a body, or a parameter that only the application converts.
    assert given["status"] in (200, 400, 401, 403, 422), request
    if given["status"] != 200 or not given["body"].startswith("{"):
        return
    body = json_of(given)
    assert answer["route"] == body["route"], request
    for place, values in body["params"].items():
        for name, value in values.items():
            assert answer["params"][place][name] == in_javascript(value), (request, name)


def json_of(given: Dict[str, Any]) -> Any:
    return json.loads(given["body"].encode("latin-1"))


def in_javascript(value: Any) -> Any:
    """Return a value as `answering.mjs` writes it."""
    if isinstance(value, list):
        return [in_javascript(each) for each in value]
    if type(value) is int and abs(value) >= 2**53:
        return f"number {value}"
    return value
