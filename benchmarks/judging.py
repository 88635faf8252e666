"""Compare the figures with their aims."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Any

from figures import OVERHEAD_MEAN, OVERHEAD_REACH, geometric_mean, median_of, middle, overheads, ratios, server_cpu
from workloads import BY_NAME, FUNCTIONS, GEOMETRIC_MEAN, GEOMETRIC_ROWS, ROWS, SERVER_REACH, WHOLE_MEAN, in_mean

TOLERANCE = 0.10
CORE_LIMIT_US = 2.0
IMPORT_REACH = 1 / 0.75
IMPORT_MEMORY_MIB = 15.0
# The size of all modules together; compilation and loading are judged per module.
ARTIFACT_KB, COMPILE_MS, LOAD_MS = 600.0, 250.0, 10.0
REGISTER_REACH, REGISTER_MEMORY_REACH = 3.0, 2.0
OVERHEAD = "overhead: "


@dataclass(frozen=True)
class Verdict:
    """One judged row. `value` is judged against `aim`: at least that much, or at most when `at_most`.

    A `strict` aim has no tolerance.
    """

    row: str
    value: float
    aim: float
    at_most: bool
    text: str
    strict: bool = False

    @property
    def missed(self) -> bool:
        tolerance = 0.0 if self.strict else TOLERANCE
        if self.at_most:
            return self.value > self.aim * (1 + tolerance)
        return self.value < self.aim * (1 - tolerance)


def judge(results: dict[str, Any]) -> list[Verdict]:
    verdicts = [verdict for name in results["requests"] for verdict in _judge_request(name, results["requests"])]
    verdicts += _judge_overheads(results)
    verdicts += _judge_means(results)
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


def _judge_overheads(results: dict[str, Any]) -> list[Verdict]:
    found = overheads(results)
    return [Verdict(OVERHEAD + name, each.ratio, OVERHEAD_REACH, False, "x") for name, each in found.items()]


def _judge_means(results: dict[str, Any]) -> list[Verdict]:
    """Judge the means and the worst row, if all rows were timed."""
    found = ratios(results["requests"])
    verdicts = []
    if all(name in found for name in GEOMETRIC_ROWS):
        mean = geometric_mean(found[name] for name in GEOMETRIC_ROWS)
        verdicts.append(Verdict("geometric mean", mean, GEOMETRIC_MEAN, False, "x, plain to many"))
    if all(row.name in found for row in ROWS):
        verdicts += _judge_whole(found, {name: each.ratio for name, each in overheads(results).items()})
    return verdicts


def _judge_whole(found: dict[str, float], over: dict[str, float]) -> list[Verdict]:
    worst = min(found, key=lambda name: found[name])
    mean, mean_over = (geometric_mean(each[name] for name in each if in_mean(name)) for each in (found, over))
    return [
        Verdict("all rows: geometric mean", mean, WHOLE_MEAN, False, "x, without the group sizes"),
        Verdict("all rows: worst", found[worst], 1.0, False, f"x, {worst}", strict=True),
        Verdict("all rows: overhead, geometric mean", mean_over, OVERHEAD_MEAN, False, "x, without the group sizes"),
    ]


def _judge_function(name: str, calls: dict[str, Any]) -> Verdict:
    aims, ours = FUNCTIONS[name], calls["ours"]
    if aims.reach is not None:
        return Verdict(name, middle(calls["real"]["call"]) / middle(ours["call"]), aims.reach, False, "x")
    assert aims.times_base is not None
    return Verdict(name, middle(ours["call"]) / middle(ours[aims.base]), aims.times_base, True, f"x {aims.base}")


def _judge_imports(imports: dict[str, Any] | None) -> list[Verdict]:
    if not imports:
        return []
    ratio = median_of(imports["real"], "ms") / median_of(imports["ours"], "ms")
    more = median_of(imports["ours"], "mib") - median_of(imports["real"], "mib")
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
    size = sum(median_of(records, f"{name}_kb") for name in names)
    found = [Verdict("artifact: all modules", size, ARTIFACT_KB, True, "KB")]
    for name in names:
        for fact, limit, event in (("compile", COMPILE_MS, "first compilation"), ("load", LOAD_MS, "loading")):
            value = median_of(records, f"{name}_{fact}_ms")
            found.append(Verdict(f"artifact: {name}.wasm, {event}", value, limit, True, "ms"))
    return found


def _ratio(real: list[dict[str, Any]], ours: list[dict[str, Any]], fact: str) -> float:
    return median_of(real, fact) / max(median_of(ours, fact), 1e-9)
