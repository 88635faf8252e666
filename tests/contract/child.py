"""Run a few lines in an interpreter of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
HERE = Path(__file__).resolve().parent

# The bridge alone: `import fastapi` chooses a rung before the code could arrange anything.
ALONE = f"""\
import sys, types
sys.modules["fastapi"] = types.ModuleType("fastapi")
sys.modules["fastapi"].__path__ = [{str(ROOT / "fastapi")!r}]
"""


def child(code: str, before: Any | None = None, expect: int | None = 0, **variables: str) -> str:
    """Return the output of the code (both streams); `before` runs in the child before Python starts."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("FASTAPI_RS_")}
    path = [str(ROOT), str(HERE), environment.get("PYTHONPATH", "")]
    environment.update(variables, PYTHONPATH=os.pathsep.join(filter(None, path)))
    done = subprocess.run(
        [sys.executable, "-c", ALONE + textwrap.dedent(code)],
        env=environment,
        preexec_fn=before,
        timeout=120,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    output = done.stdout.decode("utf-8", "replace")
    if expect is not None:
        assert done.returncode == expect, f"exit status {done.returncode}\n{output[-5000:]}"
    return output
