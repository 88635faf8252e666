"""Runs `reentry_cases.py` in a process of its own.

The cases raise exceptions from a trace function. Where CPython is about to leave an exception handler, such an
exception stays the one that the thread handles, and the depth of the stack is counted wrongly from then on. Other tests
in the same process would see both.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CASES = Path(__file__).with_name("reentry_cases.py")


def test_uses_between_any_two_bytecodes() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(CASES)]
    done = subprocess.run(command, cwd=str(CASES.parents[2]), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout.decode(errors="replace")
    assert b" passed" in done.stdout
