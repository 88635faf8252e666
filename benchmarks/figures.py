"""Arithmetic on samples: medians, ratios and overheads."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import Any, Iterable

# The smallest overhead that a run can tell from nothing: microseconds, and as a part of the direct work.
RESOLUTION_US, RESOLUTION_PART = 0.5, 0.02
OVERHEAD_REACH, OVERHEAD_MEAN = 6.0, 8.0


def middle(processes: list[list[float]]) -> float:
    """Return the median over processes of the median within each."""
    return statistics.median(statistics.median(samples) for samples in processes)


def spread(processes: list[list[float]]) -> str:
    middles = [statistics.median(samples) for samples in processes]
    return f"{number(min(middles))}-{number(max(middles))}"


def geometric_mean(ratios: Iterable[float]) -> float:
    return math.exp(statistics.fmean(math.log(ratio) for ratio in ratios))


def median_of(records: list[dict[str, Any]], fact: str) -> float:
    return statistics.median(float(record[fact]) for record in records)


def server_cpu(records: list[dict[str, Any]]) -> float | None:
    values = [record["cpu_us"] for record in records if record["cpu_us"] is not None]
    return statistics.median(values) if values else None


def number(value: float) -> str:
    return f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def ratios(requests: dict[str, Any]) -> dict[str, float]:
    """Return row -> the real package's time divided by this project's time."""
    both = {name: times for name, times in requests.items() if "real" in times and "ours" in times}
    return {name: middle(times["real"]) / middle(times["ours"]) for name, times in both.items()}


@dataclass(frozen=True)
class Overhead:
    """Microseconds of a request beyond the direct work, of both packages."""

    direct: float
    real: float
    ours: float

    @property
    def ratio(self) -> float:
        """Return how many times this project's overhead fits into the real package's.

        An overhead below the resolution counts as the resolution, or as the aimed part of the real package's overhead
        if that is less.
        """
        resolution = max(RESOLUTION_US, RESOLUTION_PART * self.direct)
        real = max(self.real, resolution)
        return real / max(self.ours, min(resolution, real / OVERHEAD_MEAN))


def overheads(results: dict[str, Any]) -> dict[str, Overhead]:
    """Return the overhead of each row; a row without direct work is overhead as a whole."""
    if "direct" not in results:
        return {}
    return {
        name: _overhead(results["requests"][name], results["direct"].get(name)) for name in ratios(results["requests"])
    }


def _overhead(times: dict[str, Any], direct: dict[str, Any] | None) -> Overhead:
    real, ours = middle(times["real"]), middle(times["ours"])
    if not direct:
        return Overhead(0.0, real, ours)
    # Each process times both, so the direct work of a process belongs to its requests.
    by_real, by_ours = middle(direct["real"]), middle(direct["ours"])
    return Overhead(min(by_real, by_ours), real - by_real, ours - by_ours)
