"""Applications that were not written for this: exported, checked, loaded, exported again, and asked 1000 times."""

from __future__ import annotations

import importlib
import os
import random
import sys
from typing import Any, List

import pytest

from fastapi import FastAPI
from tests.schema_file.mirror import differences

# FASTAPI_RS_EXAMPLES=500 draws more programs.
PROGRAMS = int(os.environ.get("FASTAPI_RS_EXAMPLES", "20"))
FAMILIES = ["parameters", "layers", "annotations", "routers", "security", "copies"]


@pytest.mark.parametrize("name", ["schema_first.by_hand", "shop.app"])
def test_the_examples_declared_by_their_export_are_the_same(name: str) -> None:
    module = pytest.importorskip(f"examples.{name}", reason="not installed here: what the example needs")
    app = getattr(module, "app", None) or module.create_app()
    assert differences(app, requests=1000, seed=name) == []


@pytest.mark.skipif(sys.version_info < (3, 11), reason="programs of the differential machine are for Python 3.11")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("family", FAMILIES)
def test_programs_of_the_differential_machine_declared_by_their_export_are_the_same(family: str) -> None:
    draw = importlib.import_module("tests.differential.families").draw
    different: List[Any] = []
    looked_at = 0
    for number in range(PROGRAMS):
        app = application_of(draw(family, f"{family}-{number}", "asyncio"))
        if app is not None:
            looked_at += 1
            found = differences(app, requests=1000 // PROGRAMS + 1, seed=f"{family}-{number}")
            different += [(number, each) for each in found]
    assert different == []
    assert looked_at > PROGRAMS // 2


def application_of(program: Any) -> Any:
    """Return the application of a program, None where declaring it fails, as many are meant to."""
    scope: dict[str, Any] = {"__name__": f"program_{random.randrange(10**9)}"}
    try:
        exec(compile(program.source, program.seed, "exec"), scope)
    except Exception:
        return None
    app = scope.get("app")
    return app if isinstance(app, FastAPI) else None
