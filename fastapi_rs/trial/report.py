"""The result of a trial: a table, or JSON."""

from __future__ import annotations

import json
import math
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

from fastapi_rs._release import API_LEVEL, VERSION
from fastapi_rs.trial.comparison import Row

_WIDEST = 44


class Result(NamedTuple):
    application: str
    rows: List[Row]
    notes: List[str]
    real_version: str
    python: str
    compared: bool
    source: str  # where the requests come from

    @property
    def differences(self) -> int:
        return sum(len(row.differences) for row in self.rows)

    @property
    def unstable(self) -> int:
        return sum(row.unstable for row in self.rows)

    @property
    def factor(self) -> Optional[float]:
        """The geometric mean over the operations."""
        factors = [row.factor for row in self.rows if row.factor]
        return math.exp(sum(map(math.log, factors)) / len(factors)) if factors else None

    def summary(self) -> str:
        count = sum(row.requests for row in self.rows)
        # A row without a way has the requests for no operation, which get 404 or 405.
        text = f"{count} requests to {sum(bool(row.way) for row in self.rows)} operations"
        if self.compared:
            text += f": {self.differences or 'no'} differences"
            if self.unstable:
                text += f", {self.unstable} answers that are not repeated"
        return text + (f"; {self.factor:.1f} x as fast (geometric mean)" if self.factor else "")


def as_json(result: Result) -> str:
    document: Dict[str, Any] = {
        "application": result.application,
        "fastapi_rs": VERSION,
        "api_level": API_LEVEL,
        "real": result.real_version,
        "python": result.python,
        "requests_from": result.source,
        "differences": result.differences if result.compared else None,
        "unstable": result.unstable,
        "factor": result.factor,
        "notes": result.notes,
        "operations": [row.as_json() for row in result.rows],
    }
    return json.dumps(document, indent=2)


def titles(result: Result) -> List[str]:
    compared = ["differences"] if result.compared else []
    return ["operation", "served", "requests", *compared, "fastapi us", "fastapi-rs us", "factor"]


def cells(row: Row, compared: bool) -> List[str]:
    differences = [str(len(row.differences)) if row.differences else "none"] if compared else []
    if compared and row.unstable:
        differences[0] += f" ({row.unstable} unstable)"
    times = [_number(row.real_us), _number(row.ours_us), f"{row.factor:.1f} x" if row.factor else ""]
    return [row.operation, row.way, str(row.requests), *differences, *times]


def as_lines(result: Result) -> Iterator[str]:
    yield f"{result.application}: fastapi {result.real_version} and fastapi-rs {VERSION}, Python {result.python}"
    yield from (f"- {note}" for note in result.notes)
    yield ""
    table = [titles(result), *(cells(row, result.compared) for row in result.rows)]
    widths = [min(max(len(row[column]) for row in table), _WIDEST) for column in range(len(table[0]))]
    for row in table:
        yield "  ".join(cell[:_WIDEST].ljust(width) for cell, width in zip(row, widths)).rstrip()
    yield ""
    yield from _reasons(result)
    yield from _differences(result)
    yield result.summary()
    yield "Times are those of the call of the application in one process, without a server and a network."


def _reasons(result: Result) -> Iterator[str]:
    groups: Dict[Tuple[str, str], List[str]] = {}
    for row in result.rows:
        if row.why:
            groups.setdefault((row.way, row.why), []).append(row.operation)
    for (way, why), operations in groups.items():
        more = f" and {len(operations) - 3} more" if len(operations) > 3 else ""
        yield f"{way}, {', '.join(operations[:3])}{more}: {why}"


def _differences(result: Result) -> Iterator[str]:
    for row in result.rows:
        for found in row.differences[:3]:
            yield f"!! {row.operation}: another {found.part}"
            yield f"     fastapi:    {found.real!r}"
            yield f"     fastapi-rs: {found.ours!r}"
            yield f"     {found.request.curl()}"
        if len(row.differences) > 3:
            yield f"   and {len(row.differences) - 3} more of this operation: see --json"


def _number(value: Optional[float]) -> str:
    return "" if value is None else f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
