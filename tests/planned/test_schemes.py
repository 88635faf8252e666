"""Security schemes: both ways and the real package give the same answers to thousands of nearly correct headers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, List

import pytest
import starlette

from fastapi import _rust
from fastapi._routing.planning.explain import explain
from tests.planned import schemes
from tests.planned.asgi import answered_by_core, exactly

RECORD = Path(__file__).with_name("recorded_schemes.json")


def compare(found: List[Any], expected: List[Any]) -> None:
    assert len(found) == len(expected)
    differing = [
        (schemes.title(*question), ours, theirs)
        for question, ours, theirs in zip(schemes.questions(), found, expected)
        if ours != theirs
    ]
    assert not differing, f"{len(differing)} differ; (request, found, expected): {differing[:3]}"


@pytest.fixture(scope="module")
def exact() -> List[Any]:
    return schemes.answers(exactly(schemes.make_app()))


def test_the_planned_way_answers_as_the_exact_way(exact: List[Any]) -> None:
    before = answered_by_core()
    compare(schemes.answers(schemes.make_app()), exact)
    if _rust.rust_available():
        # The core takes part in planned and in guided operations.
        assert answered_by_core() - before == len(list(schemes.questions()))


# Older releases of Starlette read several Cookie headers differently.
@pytest.mark.skipif(int(starlette.__version__.split(".")[0]) < 1, reason="recorded with Starlette 1")
def test_the_exact_way_answers_as_the_real_package(exact: List[Any]) -> None:
    compare(exact, schemes.unpacked(json.loads(RECORD.read_text(encoding="utf-8"))))


@pytest.mark.skipif(not _rust.rust_available(), reason="nothing is planned without a core")
def test_the_core_reads_all_schemes_but_subclasses() -> None:
    lines = list(explain(schemes.make_app()))
    for name in schemes.MAKERS:
        for kind in ("required", "optional"):
            (at,) = (i for i, line in enumerate(lines) if line.startswith(f"GET /{name}/{kind}: "))
            has_security_step = any(line.startswith("    security") for line in lines[at + 1 : at + 3])
            assert has_security_step is (name not in schemes.SUBCLASSES), lines[at : at + 3]
