# ruff: noqa: E402, I001, T201
"""Run tests in Pyodide: each passes, or `listed.toml` has the reason why it cannot.

Arguments are paths of tests and options of pytest.
"""

from __future__ import annotations

import sys
import tomllib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

import pytest

from fastapi import _rust
from tests.pyodide import loop

PLUGINS_WITH_THREADS = ("faulthandler", "threadexception", "unraisableexception", "cacheprovider")
# The client of Starlette asks for httpx2, which has no transport for Pyodide.
WARNINGS = ("ignore::pytest.PytestAssertRewriteWarning", "ignore:Using `httpx` with")


class Outcomes:
    """Collects the tests that failed or were skipped, also while modules were collected: name -> last line."""

    def __init__(self) -> None:
        self.count = 0
        self.failing: Dict[str, str] = {}
        self.skipped: Dict[str, str] = {}

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self.count += 1

    def pytest_runtest_logreport(self, report: Any) -> None:
        self._note(report)

    def pytest_collectreport(self, report: Any) -> None:
        self._note(report)

    def _note(self, report: Any) -> None:
        if report.failed or report.skipped:
            lines = str(report.longrepr).strip().splitlines()
            (self.failing if report.failed else self.skipped)[report.nodeid] = lines[-1][-200:]


def main() -> int:
    loop.install()
    outcomes = Outcomes()
    options = ["-q", "--tb=line", "--no-summary", "--assert=plain"]
    options += [part for name in PLUGINS_WITH_THREADS for part in ("-p", f"no:{name}")]
    options += [part for each in WARNINGS for part in ("-W", each)]
    pytest.main([*options, *sys.argv[1:]], plugins=[outcomes])
    problems = list(_problems(outcomes))
    for problem in problems:
        print(f"FAILED {problem}")
    print(
        f"{' '.join(sys.argv[1:])}, rung {_rust.mode()} ({_rust.why()}): {outcomes.count} tests, "
        f"{len(outcomes.failing)} listed as failing, {len(outcomes.skipped)} as skipped, {len(problems)} problems"
    )
    return int(bool(problems or not outcomes.count or _rust.mode() != "javascript"))


def _problems(outcomes: Outcomes) -> Iterator[str]:
    listed = tomllib.loads((HERE / "listed.toml").read_text())
    for kind, found in (("failing", outcomes.failing), ("skipped", outcomes.skipped)):
        reasons = [(pattern, group["reason"]) for group in listed[kind] for pattern in group["ids"]]
        yield from _unlisted(found, reasons)
        yield from _stale(found, reasons)


def _unlisted(found: Dict[str, str], reasons: List[Tuple[str, str]]) -> Iterator[str]:
    counts: Dict[Any, int] = {}
    for name, text in sorted(found.items()):
        reason = next((reason for pattern, reason in reasons if fnmatchcase(name, pattern)), None)
        counts[reason] = counts.get(reason, 0) + 1
        if reason is None:
            yield f"{name}: {text}"
    for reason, count in counts.items():
        print(f"{count} times: {reason or 'not listed'}")


def _stale(found: Dict[str, str], reasons: List[Tuple[str, str]]) -> Iterator[str]:
    for pattern, _ in reasons:
        if pattern.startswith(tuple(sys.argv[1:])) and not any(fnmatchcase(name, pattern) for name in found):
            yield f"{pattern}: it is listed, and no such test fails or is skipped"


sys.exit(main())
