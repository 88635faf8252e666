"""`jsonable_encoder` and undeclared responses give the results that the real package gave for random values."""

import json
import pathlib
from typing import Any

import pytest

from tests.framework import encoder_cases

RECORDED = pathlib.Path(__file__).with_name("recorded_encoder.jsonl").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("line", RECORDED, ids=lambda line: "-".join(map(str, json.loads(line)[:2])))
def test_as_recorded(line: str) -> None:
    name, seed, outcome = json.loads(line)
    what: Any = getattr(encoder_cases, name)
    assert json.loads(json.dumps(what(seed))) == outcome
