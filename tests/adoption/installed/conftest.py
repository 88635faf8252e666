"""Real virtual environments, in which both distributions are really installed.

These tests need the package index for the real package, so the suite leaves them out. `scripts/integration` runs them:
it sets FASTAPI_RS_INSTALLED_TESTS to a folder in which the downloads are kept.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import List

import pytest

from tests.adoption.installed.venv import Venv, Wheels

VARIABLE = "FASTAPI_RS_INSTALLED_TESTS"


def pytest_collection_modifyitems(items: List[pytest.Item]) -> None:
    if os.environ.get(VARIABLE):
        return
    skip = pytest.mark.skip(reason=f"needs the package index: run scripts/integration, which sets {VARIABLE}")
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(skip)


@pytest.fixture(scope="session")
def wheels() -> Wheels:
    return Wheels(Path(os.environ[VARIABLE]).resolve())


@pytest.fixture
def venv(wheels: Wheels, tmp_path: Path) -> Venv:
    return Venv(wheels, tmp_path / "venv")


@pytest.fixture(params=["pip", "uv"])
def any_venv(request: pytest.FixtureRequest, wheels: Wheels, tmp_path: Path) -> Venv:
    """An environment that pip, or uv, installs into."""
    if request.param == "uv":
        found = subprocess.run([sys.executable, "-m", "uv", "--version"], capture_output=True, check=False)
        if found.returncode:
            pytest.skip("uv is not installed")
    return Venv(wheels, tmp_path / "venv", request.param)
