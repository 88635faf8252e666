"""The outcome of each test, its outcome with the real package, and the difference between the two."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Iterable, Sequence

from tests.upstream.deviations import Deviation

SHOWN = 40  # ids printed per list; the file that the report names has all of them


@dataclass
class Outcomes:
    """One run: `passed`, `failed`, `skipped` or `xfailed` by test id, and the files that could not be collected."""

    tests: dict[str, str] = field(default_factory=dict)
    messages: dict[str, str] = field(default_factory=dict)
    broken_files: dict[str, str] = field(default_factory=dict)

    def ids(self, outcome: str) -> set[str]:
        return {test for test, found in self.tests.items() if found == outcome}

    def counts_line(self) -> str:
        counts = Counter(self.tests.values())
        return ", ".join(f"{counts[name]} {name}" for name in ("passed", "failed", "skipped", "xfailed"))


def read(results: Path) -> Outcomes:
    """Read the plugin's file. Without a file no test ran, and every recorded test is missing."""
    outcomes = Outcomes()
    lines = results.read_text(encoding="utf-8").splitlines() if results.exists() else []
    for line in lines:
        row = json.loads(line)
        if row["outcome"] == "broken":
            outcomes.broken_files[row["id"]] = row["message"]
            continue
        outcomes.tests[row["id"]] = row["outcome"]
        outcomes.messages[row["id"]] = row["message"]
    return outcomes


def write_recorded(path: Path, observed: Outcomes) -> None:
    """Write one id per line, sorted; an outcome other than passed follows a tab."""
    lines = []
    for test, outcome in sorted(observed.tests.items()):
        if "\t" in test or "\n" in test:
            raise SystemExit(f"the id {test!r} cannot be written on one line")
        lines.append(test if outcome == "passed" else f"{test}\t{outcome}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_recorded(path: Path) -> dict[str, str]:
    recorded: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        test, _, outcome = line.partition("\t")
        recorded[test] = outcome or "passed"
    return recorded


@dataclass
class Comparison:
    observed: Outcomes
    recorded: dict[str, str]
    listed: list[Deviation]
    different: dict[str, str]  # Test id -> its outcome here: failed, skipped, xfailed, missing.
    unlisted: list[str]
    stale: list[str]  # Listed as a deviation, but with the real package's outcome.
    unknown_rows: list[str]  # Listed, but no recorded test has this id or prefix.
    new_ids: list[str]

    @property
    def ok(self) -> bool:
        return not (self.unlisted or self.stale or self.unknown_rows)

    def failing_list(self) -> str:
        lines = []
        for test, outcome in sorted(self.different.items()):
            lines.append(f"{outcome}\t{test}\t{self.message(test)}")
        return "\n".join(lines) + "\n"

    def message(self, test: str) -> str:
        file = test.partition("::")[0]
        return self.observed.messages.get(test) or self.observed.broken_files.get(file, "")

    def print_report(self, details: str) -> None:
        for file, message in sorted(self.observed.broken_files.items()):
            print(f"cannot be imported: {file}: {message}")
        if self.different:
            print(f"by file (all ids and messages in {details}):")
            counts = Counter(test.partition("::")[0] for test in self.different)
            totals = Counter(test.partition("::")[0] for test in self.recorded)
            for file, count in counts.most_common():
                print(f"  {count:4} of {totals[file] or count:4}  {file}")
        _print_list("differ from the real package and are not in deviations.toml", self.unlisted, self.different)
        _print_list("listed in deviations.toml, but do what the real package does (remove the row)", self.stale, {})
        _print_list("rows of deviations.toml that match no recorded test", self.unknown_rows, {})
        _print_list("pass, but are not recorded (another Python or requirement?)", self.new_ids, {})
        explained = len(self.different) - len(self.unlisted)
        print(f"{len(self.recorded)} tests recorded, {explained} explained by deviations.toml", end=", ")
        print(f"{len(self.observed.ids('xfailed'))} expected to fail and did")

    def closing_line(self) -> str:
        counts = Counter(self.observed.tests.values())
        missing = sum(1 for outcome in self.different.values() if outcome == "missing")
        line = f"{counts['passed']} passed, {counts['failed']} failed, {counts['skipped']} skipped"
        return f"{line}, {missing} missing" if missing else line


def compare(
    *, observed: Outcomes, recorded: dict[str, str], listed: list[Deviation], only: Sequence[str]
) -> Comparison:
    """Compare a run with the recorded outcomes; with `only`, as far as these files and folders reach."""
    recorded = {test: outcome for test, outcome in recorded.items() if _selected(test, only)}
    different: dict[str, str] = {}
    for test, expected in recorded.items():
        found = observed.tests.get(test, "missing")
        # A test that upstream's environment skips may run in another one; passing is never a failure.
        if found not in (expected, "passed") or (found == "passed" and expected == "xfailed"):
            different[test] = found
    new_ids = set(observed.tests) - set(recorded)
    different.update({test: "failed" for test in new_ids if observed.tests[test] == "failed"})
    covered: set[str] = set()
    stale: list[str] = []
    unknown_rows: list[str] = []
    for row in listed:
        for pattern in row.tests:
            if only and not any(_selected(test, only) for test in row.matching(pattern, [*recorded, pattern])):
                continue
            matching = row.matching(pattern, {*recorded, *different})
            covered.update(matching)
            stale += [test for test in matching if test not in different]
            if not matching:
                unknown_rows.append(pattern)
    return Comparison(
        observed=observed,
        recorded=recorded,
        listed=listed,
        different=different,
        unlisted=sorted(set(different) - covered),
        stale=sorted(stale),
        unknown_rows=unknown_rows,
        new_ids=sorted(test for test in new_ids if observed.tests[test] == "passed"),
    )


def _selected(test: str, only: Sequence[str]) -> bool:
    if not only:
        return True
    return any(test == name or test.startswith((name + "::", name.rstrip("/") + "/", name + "[")) for name in only)


def _print_list(title: str, tests: Iterable[str], outcomes: dict[str, str]) -> None:
    tests = list(tests)
    if not tests:
        return
    print(f"{len(tests)} {title}:")
    for test in tests[:SHOWN]:
        print(f"  {outcomes.get(test, '')} {test}".rstrip())
    if len(tests) > SHOWN:
        print(f"  ... and {len(tests) - SHOWN} more")
