"""A pytest plugin for the upstream run: one JSON line per finished test, and a check of the tested package.

It does not change the collection or the run of tests. `FASTAPI_RS_REPORT` names the file,
`FASTAPI_RS_EXPECTED_ROOT` the folder whose `fastapi` must be the imported one (empty: the real package).
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

_outcomes: dict[str, dict[str, str]] = {}


def pytest_collection_finish(session: pytest.Session) -> None:
    trouble = _wrong_package()
    if trouble:
        pytest.exit(trouble, returncode=3)


def _wrong_package() -> str:
    """Return the reason why the imported `fastapi` is not the expected one, or ""."""
    import fastapi

    root = os.environ["FASTAPI_RS_EXPECTED_ROOT"]
    ours = hasattr(fastapi, "__rs_version__")
    if not root:
        return f"recording needs the real package, found {fastapi.__file__}" if ours else ""
    inside = Path(root).resolve() / "fastapi" in Path(fastapi.__file__).resolve().parents
    if ours and inside:
        return ""
    return f"the suite would test {fastapi.__file__} (ours: {ours}) instead of the package in {root}"


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if os.environ.get("PYTEST_XDIST_WORKER"):
        return  # The controller gets the same report.
    known = _outcomes.setdefault(report.nodeid, {"outcome": "passed", "message": ""})
    if report.failed:
        known.update(outcome="failed", message=_last_line(report))
    elif report.skipped and known["outcome"] == "passed":
        known["outcome"] = "xfailed" if hasattr(report, "wasxfail") else "skipped"
    if report.when == "teardown" or report.when not in ("setup", "call"):
        _write({"id": report.nodeid, **known})


def pytest_collectreport(report: pytest.CollectReport) -> None:
    if report.failed and not os.environ.get("PYTEST_XDIST_WORKER"):
        _write({"id": report.nodeid, "outcome": "broken", "message": _last_line(report)})


def pytest_sessionfinish(session: pytest.Session) -> None:
    if os.environ.get("PYTEST_XDIST_WORKER"):
        return
    for nodeid, known in _outcomes.items():
        if known["outcome"] == "failed":
            _write({"id": nodeid, **known})  # A crashed worker sends no teardown.


def _last_line(report: Any) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else str(report.longrepr)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return ""
    # The message of an assertion is the first line; that of a traceback (a collection error, a subprocess) the last.
    is_traceback = crash is None or lines[0].endswith("Traceback (most recent call last):")
    return (lines[-1] if is_traceback else lines[0])[:200]


def _write(row: dict[str, str]) -> None:
    with open(os.environ["FASTAPI_RS_REPORT"], "a", encoding="utf-8") as report:
        report.write(json.dumps(row) + "\n")
