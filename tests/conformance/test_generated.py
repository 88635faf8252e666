"""The rows of scripts/generate_conformance.py: each type and constraint that a parameter file can declare.

Cargo runs the same rows natively. These tests run them through the core's module and through Pydantic. They also make
the parameter from `declared`, and check that its plan has the scalar and the constraints of the row.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pydantic import VERSION

from fastapi._routing.planning.reading import reading_of
from fastapi._schema_file.checking.check import rows_to_params
from fastapi._schema_file.schema import ParamSchema
from fastapi._wasm import contract
from fastapi.utils import create_model_field
from tests.conformance.rows import files, rows
from tests.conformance.test_coerce import expected as expected_of
from tests.conformance.test_coerce import same_errors
from tests.conformance.test_coerce import test_core as assert_core_agrees

ROOT = Path(__file__).resolve().parents[2]
ROWS = rows(*files("generated_"))


def param_of(case: dict[str, Any]) -> ParamSchema:
    return rows_to_params({"p": {"in": "query", **case["declared"]}})["p"]


def field_of(case: dict[str, Any]) -> Any:
    param = param_of(case)
    return create_model_field(name="p", type_=param.annotation, alias="p", field_info=param.make())


@pytest.mark.parametrize("case", ROWS)
def test_core(case: dict[str, Any]) -> None:
    assert_core_agrees(case)


@pytest.mark.parametrize("case", ROWS)
def test_pydantic(case: dict[str, Any]) -> None:
    value, errors = field_of(case).validate(case["input"])
    if "python" in case:
        assert not errors and repr(value) == case["python"]
    elif "python_error" in case:
        assert [error["type"] for error in errors] == case["python_error"]
    else:
        kind, wanted = expected_of(case)
        if kind == "errors":
            assert same_errors(errors, wanted)
        else:
            assert not errors and repr(value) == repr(wanted)


@pytest.mark.skipif(sys.implementation.name != "cpython", reason="the core runs on CPython alone")
@pytest.mark.parametrize("case", ROWS)
def test_plan_of_the_declared_parameter(case: dict[str, Any]) -> None:
    reading = reading_of(field_of(case), "query", "p", bool(case.get("list")))
    assert reading.conversion.scalar == case["scalar"]
    named = {contract.CONSTRAINTS[number]: value for number, value in reading.conversion.constraints}
    assert named == case.get("constraints", {})


def test_every_type_with_every_constraint_has_a_row() -> None:
    seen = {(case.values[0]["declared"]["type"], name) for case in ROWS for name in case.values[0]["declared"]}
    for name, scalars in contract.CONSTRAINT_SCALARS.items():
        for scalar in scalars:
            if scalar != "list":
                assert (scalar, name) in seen


@pytest.mark.skipif(VERSION.startswith(("2.9", "2.10", "2.11")), reason="the files were written with a newer Pydantic")
def test_the_files_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "generate_conformance.py"), "--check"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
