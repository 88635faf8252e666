"""The core writes the same JSON as jsonable_encoder and json.dumps."""

from __future__ import annotations

import builtins
import json
import marshal
from typing import Any

import pytest

from fastapi import _rust
from fastapi.encoders import jsonable_encoder
from tests.conformance.rows import files, rows, without_declined

ROWS = rows(*files("json"))


def document(case: dict[str, Any]) -> bytes:
    if "input_hex" in case:
        return bytes.fromhex(case["input_hex"])
    return marshal.dumps(python(case), 4)


def python(case: dict[str, Any]) -> Any:
    return eval(case["python"], {"__builtins__": builtins})  # rows are part of this repository


@pytest.mark.parametrize("case", ROWS)
def test_core(case: dict[str, Any]) -> None:
    if not _rust.rust_available():
        pytest.skip("no core here")
    name = "dump_json" if case.get("encoded") else "encode_json"
    answer = _rust._require_core().exchange(name, document(case))
    assert answer == (None if case.get("declined") else case["value"].encode())
    if "python" in case:
        assert getattr(_rust, name)(python(case)) == answer


@pytest.mark.parametrize("case", [case for case in without_declined(ROWS) if "python" in case.values[0]])
def test_python(case: dict[str, Any]) -> None:
    value = python(case) if case.get("encoded") else jsonable_encoder(python(case))
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=None, separators=(",", ":"))
    assert text == case["value"]
