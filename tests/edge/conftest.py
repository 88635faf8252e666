"""The built package, and the answers of applications to compare it with: `python3 scripts/edge`."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, Dict, List, NamedTuple

import pytest

pytest.register_assert_rewrite("tests.edge.comparing")

from tests.edge.drawn import Request, requests  # noqa: E402

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PACKAGE, REAL = os.environ.get("FASTAPI_RS_EDGE", ""), os.environ.get("FASTAPI_RS_REAL", "")
COUNT = 900


class Recorded(NamedTuple):
    """Requests to one application, its plan, and the answers of this package and of the real one."""

    requests: List[Request]
    plan: Dict[str, Any]
    ours: List[Dict[str, Any]]
    real: List[Dict[str, Any]]


@functools.lru_cache(maxsize=None)
def recorded(name: str) -> Recorded:
    drawn = requests(f"edge {name}", COUNT, ["", "/api", "/api", "/apis"] if name == "rooted" else [""])
    ours, real = (record(name, drawn, package, "1")["answers"] for package in (ROOT, Path(REAL)))
    return Recorded(drawn, record(name, [], ROOT, "2")["plan"], ours, real)


def record(name: str, drawn: List[Request], package: Path, hash_seed: str) -> Dict[str, Any]:
    # The order of a set is that of the seed; the plan is of another process than the answers.
    variables = {**os.environ, "PYTHONPATH": str(package), "PYTHONHASHSEED": hash_seed, "FASTAPI_RS_DOCS": "cdn"}
    # Warnings are about deprecated options of the applications.
    command = [sys.executable, "-W", "ignore", str(HERE / "record.py"), name]
    return run(command, drawn, variables)


def run(command: List[str], given: Any, variables: Any = None) -> Any:
    done = subprocess.run(
        command, input=json.dumps(given), stdout=subprocess.PIPE, text=True, env=variables, timeout=120, check=True
    )
    return json.loads(done.stdout)


def pytest_collection_modifyitems(items: List[pytest.Item]) -> None:
    if PACKAGE and REAL:
        return
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.skip(reason="needs the built package: run scripts/edge"))
