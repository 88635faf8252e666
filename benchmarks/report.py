"""From samples to a table: medians, spread, the ratio of each row against its reach, and the file of results."""

from __future__ import annotations

import datetime
import json
import math
import os
import platform
import statistics
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from workloads import BY_NAME, FUNCTIONS, GEOMETRIC_MEAN, GEOMETRIC_ROWS, SERVER_REACH

ROOT = Path(__file__).resolve().parent.parent
TOLERANCE = 0.10
CORE_LIMIT_US = 2.0
IMPORT_REACH = 1 / 0.75
IMPORT_MEMORY_MIB = 15.0
# The size of all modules together; compilation and loading are judged per module.
ARTIFACT_KB, COMPILE_MS, LOAD_MS = 600.0, 250.0, 10.0
REGISTER_REACH, REGISTER_MEMORY_REACH = 3.0, 2.0


@dataclass(frozen=True)
class Verdict:
    """One judged row. `value` is judged against `aim`: at least that much, or at most when `at_most`."""

    row: str
    value: float
    aim: float
    at_most: bool
    text: str

    @property
    def missed(self) -> bool:
        if self.at_most:
            return self.value > self.aim * (1 + TOLERANCE)
        return self.value < self.aim * (1 - TOLERANCE)


def middle(processes: list[list[float]]) -> float:
    """Return the median over processes of the median within each."""
    return statistics.median(statistics.median(samples) for samples in processes)


def spread(processes: list[list[float]]) -> str:
    middles = [statistics.median(samples) for samples in processes]
    return f"{number(min(middles))}-{number(max(middles))}"


# ---- judging -------------------------------------------------------------------------------------------------------


def judge(results: dict[str, Any]) -> list[Verdict]:
    verdicts = [verdict for name in results["requests"] for verdict in _judge_request(name, results["requests"])]
    verdicts += _judge_mean(results["requests"])
    verdicts += _judge_imports(results.get("imports"))
    verdicts += _judge_registration(results.get("register"))
    verdicts += [_judge_function(name, calls) for name, calls in results.get("functions", {}).items()]
    if results.get("core"):
        value = statistics.median(results["core"]["round_trip_us"])
        verdicts.append(Verdict("core", value, CORE_LIMIT_US, True, "us for one round trip of items"))
    verdicts += _judge_artifact(results.get("artifact"))
    for name, subjects in results.get("uvicorn", {}).items():
        cpu = {subject: server_cpu(records) for subject, records in subjects.items()}
        if cpu["real"] is not None and cpu["ours"] is not None:
            ratio = cpu["real"] / cpu["ours"]
            verdicts.append(Verdict(f"uvicorn:{name}", ratio, SERVER_REACH[name], False, "x, server CPU"))
    return verdicts


def _judge_request(name: str, requests: dict[str, Any]) -> list[Verdict]:
    row, times = BY_NAME[name], requests[name]
    if "ours" not in times:
        return []
    ours = middle(times["ours"])
    if row.reach is not None:
        return [Verdict(name, middle(times["real"]) / ours, row.reach, False, "x")]
    if row.base not in requests:
        return []
    base = middle(requests[row.base]["ours"])
    if row.times_base is not None:
        return [Verdict(name, ours / base, row.times_base, True, f"x our own {row.base}")]
    if row.added is not None:
        return [Verdict(name, ours - base, row.added, True, f"us more than our own {row.base}")]
    return []


def _judge_function(name: str, calls: dict[str, Any]) -> Verdict:
    aims, ours = FUNCTIONS[name], calls["ours"]
    if aims.reach is not None:
        return Verdict(name, middle(calls["real"]["call"]) / middle(ours["call"]), aims.reach, False, "x")
    assert aims.times_base is not None
    return Verdict(name, middle(ours["call"]) / middle(ours[aims.base]), aims.times_base, True, f"x {aims.base}")


def _judge_mean(requests: dict[str, Any]) -> list[Verdict]:
    if not all(name in requests for name in GEOMETRIC_ROWS):
        return []
    ratios = [middle(requests[name]["real"]) / middle(requests[name]["ours"]) for name in GEOMETRIC_ROWS]
    mean = math.exp(statistics.fmean(math.log(ratio) for ratio in ratios))
    return [Verdict("geometric mean", mean, GEOMETRIC_MEAN, False, "x, plain to many")]


def _judge_imports(imports: dict[str, Any] | None) -> list[Verdict]:
    if not imports:
        return []
    ratio = _median_of(imports["real"], "ms") / _median_of(imports["ours"], "ms")
    more = _median_of(imports["ours"], "mib") - _median_of(imports["real"], "mib")
    return [
        Verdict("import time", ratio, IMPORT_REACH, False, "x"),
        Verdict("import memory", more, IMPORT_MEMORY_MIB, True, "MiB more"),
    ]


def _judge_registration(register: dict[str, Any] | None) -> list[Verdict]:
    if not register:
        return []
    real, ours = register["real"], register["ours"]
    found = [
        Verdict("1000 routes: time", _ratio(real, ours, "ms"), REGISTER_REACH, False, "x"),
        Verdict("1000 routes: memory", _ratio(real, ours, "mib"), REGISTER_MEMORY_REACH, False, "x less"),
    ]
    # A cost that only moves to the first request or to the first openapi() is not saved.
    whole = [[{"ms": record["ms"] + record["first_request_ms"]} for record in records] for records in (real, ours)]
    found.append(Verdict("1000 routes: first request too", _ratio(*whole, "ms"), REGISTER_REACH, False, "x"))
    found.append(Verdict("1000 routes: first openapi()", _ratio(real, ours, "openapi_ms"), 1.0, False, "x"))
    return found


def _judge_artifact(records: list[dict[str, Any]] | None) -> list[Verdict]:
    if not records:
        return []
    names = [fact[: -len("_kb")] for fact in records[0] if fact.endswith("_kb")]
    size = sum(_median_of(records, f"{name}_kb") for name in names)
    found = [Verdict("artifact: all modules", size, ARTIFACT_KB, True, "KB")]
    for name in names:
        for fact, limit, what in (("compile", COMPILE_MS, "first compilation"), ("load", LOAD_MS, "loading")):
            value = _median_of(records, f"{name}_{fact}_ms")
            found.append(Verdict(f"artifact: {name}.wasm, {what}", value, limit, True, "ms"))
    return found


def _ratio(real: list[dict[str, Any]], ours: list[dict[str, Any]], fact: str) -> float:
    return _median_of(real, fact) / max(_median_of(ours, fact), 1e-9)


def _median_of(records: list[dict[str, Any]], fact: str) -> float:
    return statistics.median(float(record[fact]) for record in records)


def server_cpu(records: list[dict[str, Any]]) -> float | None:
    values = [record["cpu_us"] for record in records if record["cpu_us"] is not None]
    return statistics.median(values) if values else None


# ---- printing ------------------------------------------------------------------------------------------------------


def show(results: dict[str, Any], verdicts: list[Verdict]) -> None:
    by_row = {verdict.row: verdict for verdict in verdicts}
    if results["requests"]:
        _show_requests(results["requests"], by_row, "" if results["clock"] == "wall" else " of CPU time")
    if results.get("uvicorn"):
        _show_uvicorn(results["uvicorn"], by_row)
    _show_others(results, by_row)
    for name, difference in results["refused"].items():
        print(f"not timed: {name}: {difference}")
    missed = [verdict.row for verdict in verdicts if verdict.missed]
    print(
        f"\n{len(verdicts)} rows judged, {len(missed)} below their reach by more than 10 %: {', '.join(missed) or '-'}"
    )


def _show_requests(requests: dict[str, Any], verdicts: dict[str, Verdict], clock: str) -> None:
    others = [name for name in _subjects(requests) if name not in ("real", "ours")]
    print(f"\nIn process, microseconds{clock} per request: median of the processes (lowest-highest)\n")
    head = ["row", "request", "fastapi", "ours", "result", "reach", "", *others]
    lines = []
    for name, times in requests.items():
        if "ours" not in times:
            continue
        cells = [name, BY_NAME[name].title]
        cells += [f"{number(middle(times[subject]))} ({spread(times[subject])})" for subject in ("real", "ours")]
        cells += _verdict_cells(verdicts.get(name), middle(times["real"]) / middle(times["ours"]))
        cells += [number(middle(times[other])) if other in times else "" for other in others]
        lines.append(cells)
    if "geometric mean" in verdicts:
        lines.append(["geometric mean", "plain to many", "", "", *_verdict_cells(verdicts["geometric mean"], 0)])
    _print_table(head, lines)


def _show_uvicorn(rows: dict[str, Any], verdicts: dict[str, Verdict]) -> None:
    others = [name for name in _subjects(rows) if name not in ("real", "ours")]
    print(
        "\nBehind uvicorn, one worker: microseconds of server CPU per request (p50 / p99 latency seen by the client)\n"
    )
    lines = []
    for name, subjects in rows.items():
        cells = [name]
        for subject in ("real", "ours"):
            p50, p99 = (number(_median_of(subjects[subject], fact)) for fact in ("p50_us", "p99_us"))
            cells.append(f"{_cpu_text(subjects[subject])} ({p50} / {p99})")
        cells += _verdict_cells(verdicts.get(f"uvicorn:{name}"), 0)
        cells += [_cpu_text(subjects[other]) if other in subjects else "" for other in others]
        lines.append(cells)
    _print_table(["row", "fastapi", "ours", "result", "reach", "", *others], lines)


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
            shown = [f"{_median_of(results[task][subject], fact):.1f} {unit}" for subject in ("real", "ours")]
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
        _print_table(["row", "fastapi or base", "ours", "result", "reach", ""], lines)


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


def number(value: float) -> str:
    return f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def _print_table(head: list[str], lines: list[list[str]]) -> None:
    """Print a Markdown table whose columns also line up in a terminal."""
    rows = [head, *([*line, *[""] * (len(head) - len(line))] for line in lines)]
    widths = [max(3, *(len(row[i]) for row in rows)) for i in range(len(head))]
    for number, row in enumerate(rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")
        if number == 0:
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
