"""Print the tables of a run, and write its file of results."""

from __future__ import annotations

import datetime
import json
import os
import platform
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Any

from figures import Overhead, geometric_mean, median_of, middle, number, overheads, ratios, server_cpu, spread
from judging import OVERHEAD, Verdict
from workloads import BY_NAME, FUNCTIONS, in_mean

ROOT = Path(__file__).resolve().parent.parent
# ---- printing ------------------------------------------------------------------------------------------------------


def show(results: dict[str, Any], verdicts: list[Verdict]) -> None:
    by_row = {verdict.row: verdict for verdict in verdicts}
    if results["requests"]:
        _show_requests(results, by_row, "" if results["clock"] == "wall" else " of CPU time")
        _show_groups(results, by_row)
    if results.get("uvicorn"):
        _show_uvicorn(results["uvicorn"], by_row)
    _show_others(results, by_row)
    for name, difference in results["refused"].items():
        print(f"not timed: {name}: {difference}")
    missed = [verdict.row for verdict in verdicts if verdict.missed]
    slow = [name for name in missed if not name.startswith(OVERHEAD)]
    print(f"\n{len(verdicts)} figures judged, {len(missed)} miss their aim, with the tolerance of 10 %.")
    print(f"Overhead above a sixth: {', '.join(name[len(OVERHEAD) :] for name in missed if name not in slow) or '-'}")
    print(f"Others: {', '.join(slow) or '-'}")


def _show_requests(results: dict[str, Any], verdicts: dict[str, Verdict], clock: str) -> None:
    requests, over = results["requests"], overheads(results)
    others = [name for name in _subjects(requests) if name not in ("real", "ours")]
    print(f"\nIn process, microseconds{clock} per request: median of the processes (lowest-highest)\n")
    head = ["row", "request", "fastapi", "ours", "result", "reach", "", "direct", "overhead", "", *others]
    lines = []
    for name, times in requests.items():
        if "ours" not in times:
            continue
        cells = [name, BY_NAME[name].title]
        cells += [f"{number(middle(times[subject]))} ({spread(times[subject])})" for subject in ("real", "ours")]
        cells += _verdict_cells(verdicts.get(name), middle(times["real"]) / middle(times["ours"]))
        cells += overhead_cells(over.get(name))
        cells += [number(middle(times[other])) if other in times else "" for other in others]
        lines.append(cells)
    print_table(head, lines)


def overhead_cells(overhead: Overhead | None) -> list[str]:
    """Return the cells of the direct work, of both overheads, and of their ratio."""
    if overhead is None:
        return ["", "", ""]
    pair = f"{number(max(overhead.real, 0.0))} / {number(max(overhead.ours, 0.0))}"
    return [number(overhead.direct) if overhead.direct else "", pair, f"{overhead.ratio:.1f} x"]


def _show_groups(results: dict[str, Any], verdicts: dict[str, Verdict]) -> None:
    print("\nGroups of rows\n")
    print_table(["group", "rows", "geometric mean", "worst row", "overhead"], group_lines(results))
    for name, verdict in verdicts.items():
        if name == "geometric mean" or name.startswith("all rows"):
            print(f"{name}: {' '.join(_verdict_cells(verdict, 0))}")


def group_lines(results: dict[str, Any]) -> list[list[str]]:
    """Return a line for each group of rows, and one for the rows of the mean: the means, and the worst row's name."""
    found, over = ratios(results["requests"]), overheads(results)
    groups: dict[str, list[str]] = {}
    for name in found:
        groups.setdefault(BY_NAME[name].group, []).append(name)
    groups["all but sizes"] = [name for name in found if in_mean(name)]
    return [_group_line(group, names, found, over) for group, names in groups.items() if names]


def _group_line(group: str, names: list[str], found: dict[str, float], over: dict[str, Overhead]) -> list[str]:
    worst = min(names, key=lambda name: found[name])
    mean = geometric_mean(found[name] for name in names)
    overhead = f"{geometric_mean(over[name].ratio for name in names):.1f} x" if over else ""
    return [group, str(len(names)), f"{mean:.1f} x", f"{BY_NAME[worst].title}: {found[worst]:.2f} x", overhead]


def _show_uvicorn(rows: dict[str, Any], verdicts: dict[str, Verdict]) -> None:
    others = [name for name in _subjects(rows) if name not in ("real", "ours")]
    print(
        "\nBehind uvicorn, one worker: microseconds of server CPU per request (p50 / p99 latency seen by the client)\n"
    )
    lines = []
    for name, subjects in rows.items():
        cells = [name]
        for subject in ("real", "ours"):
            p50, p99 = (number(median_of(subjects[subject], fact)) for fact in ("p50_us", "p99_us"))
            cells.append(f"{_cpu_text(subjects[subject])} ({p50} / {p99})")
        cells += _verdict_cells(verdicts.get(f"uvicorn:{name}"), 0)
        cells += [_cpu_text(subjects[other]) if other in subjects else "" for other in others]
        lines.append(cells)
    print_table(["row", "fastapi", "ours", "result", "reach", "", *others], lines)


def _show_others(results: dict[str, Any], verdicts: dict[str, Verdict]) -> None:
    lines = []
    for row, task, fact, unit in (
        ("import time", "imports", "ms", "ms"),
        ("import memory", "imports", "mib", "MiB"),
        ("1000 routes: time", "register", "ms", "ms"),
        ("1000 routes: memory", "register", "mib", "MiB"),
        ("1000 routes: first request too", "register", "first_request_ms", "ms more"),
        ("1000 routes: first openapi()", "register", "openapi_ms", "ms"),
    ):
        if row in verdicts:
            shown = [f"{median_of(results[task][subject], fact):.1f} {unit}" for subject in ("real", "ours")]
            lines.append([row, *shown, *_verdict_cells(verdicts[row], 0)])
    for name, calls in results.get("functions", {}).items():
        base = calls["real"]["call"] if "call" in calls["real"] else calls["ours"][FUNCTIONS[name].base]
        shown = [f"{number(middle(samples))} us" for samples in (base, calls["ours"]["call"])]
        lines.append([f"{name}: {FUNCTIONS[name].title}", *shown, *_verdict_cells(verdicts[name], 0)])
    if "core" in verdicts:
        core = verdicts["core"]
        lines.append(["core round trip of items", "", f"{core.value:.2f} us", *_verdict_cells(core, 0)])
    lines += [
        [row, "", f"{verdict.value:.1f}", *_verdict_cells(verdict, 0)]
        for row, verdict in verdicts.items()
        if row.startswith("artifact: ")
    ]
    if lines:
        print("\nOnce per process, and single functions\n")
        print_table(["row", "fastapi or base", "ours", "result", "reach", ""], lines)


def _verdict_cells(verdict: Verdict | None, ratio: float) -> list[str]:
    if verdict is None:
        return [f"{ratio:.1f} x" if ratio else "", "", ""]
    aim = f"{'at most ' if verdict.at_most else ''}{verdict.aim:.3g}"
    return [f"{verdict.value:.1f} {verdict.text}", aim, "MISSED" if verdict.missed else "ok"]


def _cpu_text(records: list[dict[str, Any]]) -> str:
    value = server_cpu(records)
    return "no /proc" if value is None else number(value)


def _subjects(rows: dict[str, Any]) -> list[str]:
    found: dict[str, None] = {}
    for subjects in rows.values():
        found.update(dict.fromkeys(subjects))
    return list(found)


def print_table(head: list[str], lines: list[list[str]]) -> None:
    """Print a Markdown table whose columns also line up in a terminal."""
    rows = [head, *([*line, *[""] * (len(head) - len(line))] for line in lines)]
    widths = [max(3, *(len(row[i]) for row in rows)) for i in range(len(head))]
    for i, row in enumerate(rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")
        if i == 0:
            print("| " + " | ".join("-" * width for width in widths) + " |")


# ---- the file ------------------------------------------------------------------------------------------------------


def default_path() -> Path:
    return Path(__file__).resolve().parent / "results" / f"{datetime.date.today().isoformat()}.json"


def write(path: Path, results: dict[str, Any], verdicts: list[Verdict]) -> None:
    judged = [{**asdict(verdict), "missed": verdict.missed} for verdict in verdicts]
    content = {"date": datetime.date.today().isoformat(), **results, "verdicts": judged}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(_rounded(content), indent=1) + "\n", encoding="utf-8")


def machine() -> dict[str, Any]:
    """Describe the conditions; a figure without them cannot be compared with another."""
    return {
        "system": platform.platform(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "processor": _processor(),
        "load": list(os.getloadavg()) if hasattr(os, "getloadavg") else None,
        "commit": _commit(),
    }


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor()


def _commit() -> str:
    command = ["git", "describe", "--always", "--dirty"]
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout.strip()
    except OSError:
        return ""


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {key: _rounded(entry) for key, entry in value.items()}
    return [_rounded(entry) for entry in value] if isinstance(value, list) else value
