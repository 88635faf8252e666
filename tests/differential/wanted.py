"""The wanted differences: read them from `wanted.toml`, remove them from comparisons, and probe them."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.differential.compare import Difference, every_difference, first_difference
from tests.differential.process import Pair, Transcript
from tests.differential.program import Program

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE = Path(__file__).parent / "wanted.toml"


@dataclass(frozen=True)
class Wanted:
    name: str
    event: re.Pattern[str] | None
    difference: re.Pattern[str] | None
    family: str | None
    probe: Program

    def covers(self, text: str, family: str | None) -> bool:
        """Return whether a difference in a program of `family` is this one. None stands for the row's own probe."""
        is_here = self.family is None or family is None or family == self.family
        return is_here and self.difference is not None and self.difference.search(text) is not None


def load(path: Path = FILE) -> list[Wanted]:
    return [_wanted(row) for row in tomllib.loads(path.read_text(encoding="utf-8")).get("wanted", [])]


def without_wanted_events(transcript: Transcript, rows: list[Wanted]) -> Transcript:
    """Return the transcript without the events that only one side is allowed to have."""
    patterns = [row.event for row in rows if row.event is not None]
    kept = {**transcript, "made": _kept(transcript["made"], patterns), "after": _kept(transcript["after"], patterns)}
    kept["requests"] = [{**each, "events": _kept(each["events"], patterns)} for each in transcript["requests"]]
    return kept


def row_for(difference: Difference, rows: list[Wanted], family: str | None = None) -> Wanted | None:
    text = f"{difference.signature} | {json.dumps(difference.real)} | {json.dumps(difference.ours)}"
    return next((row for row in rows if row.covers(text, family)), None)


def without_a_difference(rows: list[Wanted], pair: Pair) -> list[Wanted]:
    """Return the rows whose probe shows no difference."""
    return [row for row in rows if not _shows(row, *pair.run(row.probe))]


def _shows(row: Wanted, real: Transcript, ours: Transcript) -> bool:
    """Return whether the two transcripts of a row's probe have the difference of the row."""
    if row.event is not None:
        return first_difference(without_wanted_events(real, [row]), real) != first_difference(
            without_wanted_events(ours, [row]), ours
        )
    return any(row_for(each, [row]) for each in every_difference(real, ours))


def _kept(events: list[Any], patterns: list[re.Pattern[str]]) -> list[Any]:
    return [event for event in events if not any(pattern.search(json.dumps(event)) for pattern in patterns)]


def _wanted(row: dict[str, Any]) -> Wanted:
    probe = Program(
        family="wanted",
        seed=row["name"],
        body=row["probe"],
        requests=tuple(json.loads(row["requests"])),
        isolated=row.get("isolated", False),
    )
    return Wanted(row["name"], _pattern(row.get("event")), _pattern(row.get("difference")), row.get("family"), probe)


def _pattern(text: str | None) -> re.Pattern[str] | None:
    return None if text is None else re.compile(text)
