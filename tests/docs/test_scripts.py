"""scripts/demo and scripts/_environment.py: a failure names its cause."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Tuple

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Outputs of pip and venv, shortened, and words of the cause.
OUTPUTS = [
    (
        "WARNING: Retrying after connection broken by 'NewConnectionError(...)'\n"
        "ERROR: No matching distribution found for wasmtime>=45",
        "no package index is in reach",
    ),
    ("Error: [Errno 30] Read-only file system: '/srv/.venv'", "the folder cannot be written"),
    ("ERROR: Could not install packages: [Errno 28] No space left on device", "the disk is full"),
    ("The virtual environment was not created successfully because ensurepip is not available.", "python3-venv"),
    ("/usr/bin/python3: No module named venv", "python3-venv"),
    ("ERROR: No matching distribution found for fastapi==0.165.0", "no release of a requirement for this Python"),
]


@pytest.mark.parametrize("output, words", OUTPUTS, ids=[words for _, words in OUTPUTS])
def test_a_cause_is_found(output: str, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import _environment

    assert words in (_environment.cause(output) or "")
    assert _environment.cause("error: subprocess-exited-with-error") is None


def run_on(version: Tuple[int, ...], script: str) -> subprocess.CompletedProcess[str]:
    """Run a script while `sys.version_info` is that of another Python."""
    code = (
        f"import runpy, sys; sys.version_info = {version!r}; sys.path.insert(0, {str(ROOT / 'scripts')!r})\n"
        f"sys.argv = ['demo']; runpy.run_path({str(ROOT / 'scripts' / script)!r}, run_name='__main__')"
    )
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=dict(os.environ))


def test_the_demonstration_names_a_python_that_is_too_old() -> None:
    done = run_on((3, 7, 16), "demo")
    assert (done.returncode, done.stderr) == (1, "scripts/demo needs Python 3.8 or newer; this is 3.7\n")
