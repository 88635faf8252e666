"""opentelemetry-instrumentation-fastapi asks `importlib.metadata` for a distribution `fastapi ~= 0.92`.

- `FastAPIInstrumentor().instrument()` asks after it has imported the package. Then `fastapi/_metadata.py` answers, and
  the instrumentor works as with the real package. `instrument_app(app)` and Logfire do not ask.
- `opentelemetry-instrument python main.py` asks before it imports the package, and finds no distribution. It skips the
  instrumentation with a log record of level DEBUG. Only metadata of a distribution in the environment prevents this.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import List, Optional

import pytest

import fastapi

pytest.importorskip(
    "opentelemetry.instrumentation.fastapi",
    reason="not installed: opentelemetry-instrumentation-fastapi; pip install 'fastapi-rs[integration]'",
)

PACKAGE_ROOT = Path(fastapi.__file__).resolve().parent.parent

INSTRUMENT = """
import logging, sys
logging.basicConfig(format="%(levelname)s %(message)s", stream=sys.stdout, level="WARNING")
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
FastAPIInstrumentor().instrument()
import fastapi
print(getattr(fastapi.FastAPI(), "_is_instrumented_by_opentelemetry", False))
"""

# The check of `opentelemetry-instrument` for each instrumentation, before it imports it.
LOAD = """
from importlib import metadata
from opentelemetry.instrumentation.dependencies import get_dist_dependency_conflicts
conflict = get_dist_dependency_conflicts(metadata.distribution("opentelemetry-instrumentation-fastapi"))
print("loaded" if conflict is None else "left out")
"""


def run(script: str, metadata_folder: Optional[Path] = None) -> List[str]:
    """Return the lines that a script prints in a process of its own."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("OTEL_")}
    folders = [PACKAGE_ROOT] if metadata_folder is None else [PACKAGE_ROOT, metadata_folder]
    environment["PYTHONPATH"] = os.pathsep.join(str(folder) for folder in folders)
    child = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        cwd=str(PACKAGE_ROOT),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert child.returncode == 0, child.stderr
    return child.stdout.splitlines()


def test_instrument_finds_the_distribution() -> None:
    assert run(INSTRUMENT) == ["True"]


def test_automatic_instrumentation_needs_metadata_in_the_environment(tmp_path: Path) -> None:
    folder = tmp_path / "fastapi-0.165.0+rs.1.dist-info"
    folder.mkdir()
    text = "Metadata-Version: 2.1\nName: fastapi\nVersion: 0.165.0+rs.1\n"
    (folder / "METADATA").write_text(text, encoding="utf-8")
    assert run(LOAD, tmp_path) == ["loaded"]
    if not any(list(Path(place).glob("fastapi-*.dist-info")) for place in sys.path):
        assert run(LOAD) == ["left out"]
