"""Compare requests that the gateway answers or matches with the same requests through a gateway that only forwards."""

from __future__ import annotations

import http.client
import time
from pathlib import Path
from typing import Dict, List, NamedTuple, Tuple

COUNT = 1000
# Name -> method, target. Both gateways forward the first, so that their code is warm; one refuses the others.
REQUESTS = {
    "200, forwarded": ("GET", "/items?limit=3"),
    "404": ("GET", "/nothing"),
    "405": ("DELETE", "/items"),
    "422": ("GET", "/items?limit=many"),
}


class Gateway(NamedTuple):
    """A gateway that runs."""

    port: int
    process_id: int


class Cost(NamedTuple):
    """Seconds for some requests: on the clock, and of the processors in the gateway and in the application."""

    clock: float
    gateway: float
    application: float


def measure(application: int, gateway: Gateway, forwarding: Gateway) -> None:
    """Print, for each kind of request, the times of one request through both gateways, and the ratio."""
    for name, (method, target) in REQUESTS.items():
        costs: Dict[Gateway, List[Cost]] = {gateway: [], forwarding: []}
        for each in (gateway, forwarding, forwarding, gateway) * 6:
            costs[each].append(cost_of(application, each, method, target))
        ours, theirs = (Cost(*map(min, zip(*costs[each]))) for each in (gateway, forwarding))
        print(f"{name}: with the plan {in_words(ours)}; without {in_words(theirs)}; ratio {ratios(theirs, ours)}")


def cost_of(application: int, gateway: Gateway, method: str, target: str) -> Cost:
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port)
    before = times(application, gateway)
    for _ in range(COUNT):
        connection.request(method, target)
        connection.getresponse().read()
    after = times(application, gateway)
    connection.close()
    return Cost(*(end - start for start, end in zip(before, after)))


def times(application: int, gateway: Gateway) -> Tuple[float, float, float]:
    return time.perf_counter(), processor_time(gateway.process_id), processor_time(application)


def processor_time(process_id: int) -> float:
    """Return the seconds that all threads of a process have used a processor; Linux only."""
    tasks = Path(f"/proc/{process_id}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def in_words(cost: Cost) -> str:
    clock, gateway, application = (seconds / COUNT * 1e6 for seconds in cost)
    return f"{clock:.0f} us (processor: gateway {gateway:.0f}, application {application:.0f})"


def ratios(theirs: Cost, ours: Cost) -> str:
    processors = (theirs.gateway + theirs.application) / (ours.gateway + ours.application)
    return f"{theirs.clock / ours.clock:.1f} (processor {processors:.1f})"
