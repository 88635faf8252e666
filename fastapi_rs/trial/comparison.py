"""Differences between the answers of both packages, and the operations that they belong to."""

from __future__ import annotations

import re
from base64 import b64decode
from statistics import median
from typing import Any, Dict, List, NamedTuple, Optional, Tuple

from fastapi_rs.trial.request import Request

Answer = Dict[str, Any]
# Unknown paths, and methods that a path does not have.
NO_OPERATION = "no operation (404, 405)"
# The one line that only our package logs: docs/differences.md.
_OWN_LINE = re.compile(r"^fastapi INFO fastapi-rs[ :]")
_ADDRESS = re.compile(r"0x[0-9a-f]{6,}")
_SHOWN = 160


class Difference(NamedTuple):
    part: str  # status, headers, body, exception or log
    real: str
    ours: str
    request: Request

    def as_json(self) -> Dict[str, str]:
        return {"part": self.part, "real": self.real, "ours": self.ours, "curl": self.request.curl()}


class Row(NamedTuple):
    """One operation."""

    operation: str
    way: str
    why: str
    requests: int
    differences: List[Difference]
    unstable: int
    real_us: Optional[float]
    ours_us: Optional[float]

    @property
    def factor(self) -> Optional[float]:
        return self.real_us / self.ours_us if self.real_us and self.ours_us else None

    def as_json(self) -> Dict[str, Any]:
        return {
            **self._asdict(),
            "factor": self.factor,
            "differences": [difference.as_json() for difference in self.differences],
        }


def parts_of(answer: Answer) -> Dict[str, str]:
    """Return all that is compared, as text."""
    logs = [line for line in answer["logs"] if not _OWN_LINE.match(line)]
    parts = {
        "status": str(answer["status"]),
        "exception": answer["error"] or "",
        "body": b64decode(answer["body"]).decode("utf-8", "backslashreplace"),
        "headers": "\n".join(f"{name}: {value}" for name, value in answer["headers"]),
        "log": "\n".join(logs),
    }
    return {name: _ADDRESS.sub("0x...", text) for name, text in parts.items()}


def difference(request: Request, real: List[Answer], ours: List[Answer]) -> Tuple[Optional[Difference], bool]:
    """Return the first part that differs, and whether a package does not repeat its own answer.

    A part differs if all runs of the real package agree on it, and each of our runs has another one.
    """
    theirs, own = [parts_of(answer) for answer in real], [parts_of(answer) for answer in ours]
    unstable = any(parts != runs[0] for runs in (theirs, own) for parts in runs)
    for name, text in theirs[0].items():
        is_repeated = all(parts[name] == text for parts in theirs)
        if is_repeated and all(parts[name] != text for parts in own):
            return Difference(name, _cut(text, own[0][name]), _cut(own[0][name], text), request), unstable
    return None, unstable


def _cut(text: str, other: str) -> str:
    """Return the text from a little before the place where it differs."""
    same = next(
        (index for index, pair in enumerate(zip(text, other)) if pair[0] != pair[1]), min(len(text), len(other))
    )
    start = max(same - 30, 0)
    return ("..." if start else "") + text[start : start + _SHOWN] + ("..." if len(text) > start + _SHOWN else "")


def ways_of(lines: List[str]) -> Dict[str, Tuple[str, str]]:
    """Return `(planned, guided or exact; why)` by method and path, from the lines of `explain`."""
    found = {}
    for line in lines:
        match = re.match(r"(\S+) (\S+): (planned|guided|exact)(?: way)?(?: \((.*)\))?", line)
        if match:
            for method in match[1].split(","):
                found[f"{method} {match[2]}"] = (match[3], match[4] or "")
    return found


def rows(
    requests: List[Request], real: List[List[Answer]], ours: List[List[Answer]], ways: Dict[str, Tuple[str, str]]
) -> List[Row]:
    """Return a row for each operation; `real` and `ours` have the answers of each run."""
    groups: Dict[str, List[int]] = {}
    for index, request in enumerate(requests):
        route = real[0][index]["route"] or ours[0][index]["route"]
        is_answered = route and real[0][index]["status"] != 405
        groups.setdefault(f"{request.method} {route}" if is_answered else NO_OPERATION, []).append(index)
    return [_row(name, indexes, requests, real, ours, ways) for name, indexes in groups.items()]


def _row(
    name: str,
    indexes: List[int],
    requests: List[Request],
    real: List[List[Answer]],
    ours: List[List[Answer]],
    ways: Dict[str, Tuple[str, str]],
) -> Row:
    found, unstable = [], 0
    for index in indexes:
        one, is_unstable = difference(requests[index], [run[index] for run in real], [run[index] for run in ours])
        unstable += is_unstable
        found += [one] if one is not None else []
    way, why = ways.get(name, ("", "") if name == NO_OPERATION else ("exact", ""))
    return Row(name, way, why, len(indexes), found, unstable, _time(real, indexes), _time(ours, indexes))


def _time(runs: List[List[Answer]], indexes: List[int]) -> Optional[float]:
    """Return the median microseconds of a request: the best run counts, the machine disturbs each one differently.

    The first call of a request is left out where it was repeated, and answers that end with an exception always.
    """
    medians = []
    for run in runs:
        times = [time for index in indexes if run[index]["error"] is None for time in _later(run[index]["times"])]
        if times:
            medians.append(median(times) * 1e6)
    return round(min(medians), 1) if medians else None


def _later(times: List[float]) -> List[float]:
    return times[1:] if len(times) > 1 else times
