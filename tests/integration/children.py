"""Run `observe.py` in a child process."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any, Dict, Optional

from cases import Case

HERE = Path(__file__).resolve().parent
TIMEOUT = 120
# Variables that would make a patcher send data, or change its defaults.
FOREIGN_VARIABLES = ("OTEL_", "SENTRY_", "LOGFIRE_", "PROMETHEUS_", "FASTAPI_OTEL", "PYTHONPATH")


class ChildFailed(Exception):
    pass


def observe(
    python: str, case: Case, import_path: Optional[Path], variables: Optional[Dict[str, str]] = None
) -> Dict[str, Any]:
    """Return the report of `observe.py`. If `import_path` is given, the child imports the package from there."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(FOREIGN_VARIABLES)}
    environment.update({"PYTHONDONTWRITEBYTECODE": "1", "TZ": "UTC", **(variables or {})})
    if import_path is not None:
        environment["PYTHONPATH"] = str(import_path)
    child = subprocess.run(
        [python, str(HERE / "observe.py"), *case],
        env=environment,
        cwd=str(HERE),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
    )
    if child.returncode != 0:
        raise ChildFailed(f"{case}: exit status {child.returncode}\n{child.stderr}")
    report: Dict[str, Any] = json.loads(child.stdout)
    report["complaints"] = child.stderr
    return report
