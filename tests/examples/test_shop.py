"""The example answers with the same bytes on every rung, over HTTP, and the core answers the planned operations."""

import sys
from pathlib import Path
from typing import Any, List, Tuple

import pytest

from examples.shop.demo import comparable, walk
from examples.shop.served import served
from examples.shop.walk import STEPS

pytestmark = pytest.mark.timeout(120)

ROOT = Path(__file__).resolve().parents[2]


def answers(mode: str, monkeypatch: pytest.MonkeyPatch) -> List[Tuple[Any, ...]]:
    monkeypatch.chdir(ROOT)
    with served(FASTAPI_RS_MODE=mode) as server:
        found = [comparable(step, answer) for step, answer in walk(server.port)]
        assert f"mode {mode}" in server.rung
    return found


def expected_statuses() -> List[int]:
    return [200, 200, 200, 404, 401, 200, 200, 201, 200, 204, 200, 200, 422, 422, 404, 405, 200]


def modes() -> List[str]:
    # wasmtime has its interpreter since release 26; the newest release for Python 3.8 is 25.
    return ["fast", "public", "python"] + (["pulley"] if sys.version_info >= (3, 9) else [])


def test_every_rung_answers_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    reference = answers("python", monkeypatch)
    assert [status for status, *_ in reference] == expected_statuses()
    for mode in modes():
        for step, expected, found in zip(STEPS, reference, answers(mode, monkeypatch)):
            # A token has the same length on every rung, but never the same text.
            assert found == expected or step.body_may_differ, f"{mode}: {step.title}"
