"""The files in `recorded/`, one for each variant. Cases with equal observations share an entry.

    {"versions": {...}, "runs": [{"cases": ["before-testclient", ...], "seen": {...}}, ...]}

Each observation has a line of its own, so that a difference between two recordings is readable.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List

from cases import Case

RECORDED = Path(__file__).resolve().parent / "recorded"
# The keys of a report that tests compare. They do not compare "complaints" and "answered_by_core".
COMPARED = ("refused", "first", "answers", "observed")


def compared(report: Dict[str, Any]) -> Dict[str, Any]:
    return {key: report[key] for key in COMPARED if key in report}


def read(case: Case) -> Dict[str, Any]:
    """Return {"versions": ..., "seen": ...}.

    Raises:
        LookupError: the case was not recorded.
    """
    variant, order, driver = case
    recording = json.loads((RECORDED / f"{variant}.json").read_text(encoding="utf-8"))
    for run in recording["runs"]:
        if f"{order}-{driver}" in run["cases"]:
            return {"versions": recording["versions"], "seen": run["seen"]}
    raise LookupError(f"{case} was not recorded")


def write(variant: str, reports: Dict[Case, Dict[str, Any]]) -> None:
    runs: List[Dict[str, Any]] = []
    versions: Dict[str, str] = {}
    for (_, order, driver), report in reports.items():
        versions, seen = report["versions"], compared(report)
        same = [run for run in runs if run["seen"] == seen]
        if same:
            same[0]["cases"].append(f"{order}-{driver}")
        else:
            runs.append({"cases": [f"{order}-{driver}"], "seen": seen})
    RECORDED.mkdir(exist_ok=True)
    text = _lines({"versions": versions, "runs": runs}, 0)
    (RECORDED / f"{variant}.json").write_text(text + "\n", encoding="utf-8")


def _lines(value: Any, depth: int) -> str:
    """Return JSON that has line breaks only in the outer containers."""
    flat = json.dumps(value, sort_keys=True, ensure_ascii=False)
    if len(flat) < 100 or depth > 5 or not isinstance(value, (dict, list)) or _is_observation(value):
        return flat
    if isinstance(value, dict):
        items = [f"{json.dumps(key)}: {_lines(item, depth + 1)}" for key, item in value.items()]
        return "{\n" + ",\n".join(items) + "\n}"
    return "[\n" + ",\n".join(_lines(item, depth + 1) for item in value) + "\n]"


def _is_observation(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and isinstance(value[0], str)
    return "name" in value or "trace" in value
