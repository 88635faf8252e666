"""The command of examples/migrate/README.md: a service moves over and back."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.adoption.installed.venv import ROOT, Wheels, clean_variables
from tests.examples.served import commands_of

pytestmark = pytest.mark.timeout(600)


def test_the_service_moves_over_and_back(wheels: Wheels, tmp_path: Path) -> None:
    python, script = commands_of("migrate")[0].split()
    assert python == "python3"
    shutil.copy(str(wheels.ours), str(tmp_path))
    done = subprocess.run(
        [sys.executable, script, "--wheels", str(tmp_path)],
        cwd=str(ROOT),
        env=clean_variables(),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert [line for line in lines if line.startswith("== ")] == [
        "== A service on the real package",
        "== Does anything change, and how much faster is it?",
        "== Moving over",
        "== Going back",
    ]
    assert "requests to 3 operations: no differences; " in done.stdout
    assert "nothing wrong, no notes" in lines
    assert lines.count("No broken requirements found.") == 2
    assert "Done. Every import of fastapi finds the real package; fastapi-rs is removed." in lines
