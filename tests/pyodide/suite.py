"""Run tests in Pyodide: each passes, or `listed.toml` has the reason why it cannot.

Arguments are paths of tests and options of pytest. A test that is listed and passes is an error as well.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any, Dict, Set

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

import pytest

from fastapi import _rust
from tests.pyodide import loop


class Outcomes:
    """Collects the tests that failed or were skipped, in the run itself and while modules were collected."""

    def __init__(self) -> None:
        self.seen: Set[str] = set()
        self.failed: Dict[str, str] = {}
        self.skipped: Dict[str, str] = {}

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.seen.add(report.nodeid)
        self._note(report)

    def pytest_collectreport(self, report: Any) -> None:
        self._note(report)

    def _note(self, report: Any) -> None:
        if report.failed:
            self.failed[report.nodeid] = str(report.longrepr).strip().splitlines()[-1][:200]
        elif report.skipped:
            self.skipped[report.nodeid] = str(report.longrepr)[-120:]


def main() -> int:
    listed = tomllib.loads((HERE / "listed.toml").read_text())["test"]
    reasons = {each["id"]: each["reason"] for each in listed}
    loop.install()
    outcomes = Outcomes()
    options = ["-q", "--tb=line", "-p", "no:cacheprovider", "-p", "no:faulthandler", "-p", "no:threadexception", "-p", "no:unraisableexception", "--assert=plain", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    options += ["-W", "ignore:Using `httpx` with"]
    pytest.main([*options, "--no-summary", *sys.argv[1:]], plugins=[outcomes])
    unlisted = {name: text for name, text in outcomes.failed.items() if not _reason(reasons, name)}
    expected = [name for name in reasons if name in outcomes.seen and name not in outcomes.failed]
    for name, text in sorted(outcomes.failed.items()):
        print(f"{'listed' if name not in unlisted else 'FAILED'} {name}: {_reason(reasons, name) or text}")
    for name, text in sorted(outcomes.skipped.items()):
        print(f"skipped {name}: {text}")
    for name in expected:
        print(f"FAILED {name}: it is listed and passes")
    print(
        f"rung {_rust.mode()} ({_rust.why()}): {len(outcomes.seen)} tests, {len(outcomes.failed)} failed, "
        f"{len(outcomes.failed) - len(unlisted)} of them listed, {len(outcomes.skipped)} skipped"
    )
    return int(bool(unlisted or expected or not outcomes.seen or _rust.mode() != "javascript"))


def _reason(reasons: Dict[str, str], name: str) -> str:
    """Return the reason for a test, its parameters aside, or for its module."""
    return reasons.get(name) or reasons.get(name.split("[")[0]) or reasons.get(name.split("::")[0]) or ""


sys.exit(main())
