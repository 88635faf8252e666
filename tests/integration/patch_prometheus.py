"""prometheus-fastapi-instrumentator: the samples in its registry, and the endpoint that exposes them."""

from __future__ import annotations

from typing import Any, List, Tuple

from prometheus_client import CollectorRegistry
from prometheus_fastapi_instrumentator import Instrumentator

# Times, and the number of requests below a time.
VOLATILE_ENDS = ("_created", "_seconds_sum", "_seconds_bucket")


class Patcher:
    distributions = ("prometheus-fastapi-instrumentator",)

    def __init__(self, **options: Any) -> None:
        self._options = options
        self._registry = CollectorRegistry()
        self._notes: List[str] = []

    def instrument(self, app: Any) -> None:
        instrumentator = Instrumentator(registry=self._registry, **self._options)
        instrumentator.instrument(app).expose(app)

    def note(self, text: str) -> None:
        self._notes.append(text)

    def observations(self) -> Any:
        return {"samples": sorted(self._samples()), "notes": self._notes}

    def _samples(self) -> List[Tuple[str, Any, float]]:
        return [
            (sample.name, sorted(sample.labels.items()), sample.value)
            for metric in self._registry.collect()
            for sample in metric.samples
            if not sample.name.endswith(VOLATILE_ENDS)
        ]
