"""The table of tests that do not pass yet: `deviations.toml`.

A row has `test`, or `tests` for several: exact ids, or prefixes that end with "*"; and a `reason`. Every test that a
row names must differ from the real package: a row that no longer holds is an error.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Iterable

import tomllib

if TYPE_CHECKING:
    from tests.upstream.outcomes import Comparison

HEADER = """\
# Upstream tests that do not pass here yet. `run.py --update-deviations` rewrites the rows from the last whole run
# and keeps the reasons of rows that stay. A listed test that passes fails the run, as does an unlisted one that fails.
"""


@dataclass(frozen=True)
class Deviation:
    tests: list[str]
    reason: str

    @staticmethod
    def matching(pattern: str, tests: Iterable[str]) -> list[str]:
        if pattern.endswith("*"):
            return [test for test in tests if test.startswith(pattern[:-1])]
        return [test for test in tests if test == pattern]


def read(path: Path) -> list[Deviation]:
    if not path.exists():
        return []
    rows = tomllib.loads(path.read_text(encoding="utf-8")).get("deviation", [])
    found = []
    for row in rows:
        tests = row.get("tests") or [row["test"]]
        if not row.get("reason"):
            raise SystemExit(f"{path}: the row of {tests[0]} gives no reason")
        found.append(Deviation(tests=tests, reason=row["reason"]))
    return found


def rows_for(comparison: Comparison, earlier: list[Deviation]) -> list[Deviation]:
    """Make one row per file: a prefix if all its tests differ, otherwise the ids."""
    by_file: dict[str, list[str]] = defaultdict(list)
    for test in sorted(comparison.different):
        by_file[test.partition("::")[0]].append(test)
    totals = Counter(test.partition("::")[0] for test in comparison.recorded)
    rows = []
    for file, tests in sorted(by_file.items()):
        whole = len(tests) >= totals[file] > 1
        reason = _earlier_reason(tests[0], earlier) or _common_message(tests, comparison)
        rows.append(Deviation(tests=[f"{file}::*"] if whole else tests, reason=reason))
    return rows


def write(path: Path, rows: list[Deviation]) -> None:
    parts = [HEADER]
    for row in rows:
        if len(row.tests) == 1:
            named = f"test = {_quoted(row.tests[0])}"
        else:
            named = "tests = [\n" + "".join(f"    {_quoted(test)},\n" for test in row.tests) + "]"
        parts.append(f"[[deviation]]\n{named}\nreason = {_quoted(row.reason)}\n")
    path.write_text("\n".join(parts), encoding="utf-8")


def _earlier_reason(test: str, earlier: list[Deviation]) -> str:
    for row in earlier:
        if any(row.matching(pattern, [test]) for pattern in row.tests):
            return row.reason
    return ""


def _common_message(tests: list[str], comparison: Comparison) -> str:
    """Return a first reason for a row: the most frequent message among the failures of a file."""
    messages = Counter(comparison.message(test) or comparison.different[test] for test in tests)
    message, count = messages.most_common(1)[0]
    return f"{count} of {len(tests)}: {message[:120]}"


def _quoted(text: str) -> str:
    # A JSON string is a valid TOML basic string if DEL is escaped, which JSON does not escape.
    return json.dumps(text).replace("\x7f", "\\u007f")
