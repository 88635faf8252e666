"""Single functions without a request: each subject runs them in its own process, like the requests.

jsonable10k     `jsonable_encoder` of 10,000 objects, against the real package
floats1000      1000 random floats as JSON, against `pydantic_core.to_json` in the same process
threads         the request of `sync` with the stand-in for worker threads, against anyio's own way in the same process
"""

from __future__ import annotations

import asyncio
import gc
import json
import random
from typing import Any, Callable

Samples = dict[str, list[float]]


def measure(names: list[str], seconds: float, now: Callable[[], float]) -> dict[str, Samples]:
    """Return row -> function -> samples in microseconds, without the rows that this subject does not have."""
    return {name: found for name in names if (found := MEASURES[name](seconds, now))}


def _jsonable10k(seconds: float, now: Callable[[], float]) -> Samples:
    from apps import entries

    from fastapi.encoders import jsonable_encoder

    rows = entries(10_000)
    encoded = jsonable_encoder(rows)
    if encoded != rows or encoded[0] is rows[0]:
        raise SystemExit("jsonable_encoder did not copy what is plain")
    return {"call": _samples(lambda: jsonable_encoder(rows), seconds, now)}


def _floats1000(seconds: float, now: Callable[[], float]) -> Samples:
    from pydantic_core import to_json

    try:
        from fastapi import _rust
    except ImportError:  # the real package
        return {}
    source = random.Random(1000)
    numbers = [source.random() for _ in range(1000)]
    if _rust.encode_json(numbers) != json.dumps(numbers, separators=(",", ":")).encode():
        raise SystemExit("the core did not write the floats as json.dumps does")
    return {
        "call": _samples(lambda: _rust.encode_json(numbers), seconds, now),
        "to_json": _samples(lambda: to_json(numbers), seconds, now),
    }


def _threads(seconds: float, now: Callable[[], float]) -> Samples:
    try:
        from fastapi._stand_ins import accelerators
    except ImportError:  # the real package
        return {}
    if not accelerators.WORKER_THREADS.is_on():
        raise SystemExit(f"the stand-in is off: {accelerators.WORKER_THREADS.verdict().why_off}")
    return asyncio.run(_alternate(seconds, now))


async def _alternate(seconds: float, now: Callable[[], float], count: int = 45) -> Samples:
    """Time requests in turn with the stand-in and without it, so that a drift of the machine meets both."""
    import apps
    import workloads
    from playing import requester

    from fastapi._stand_ins import worker_threads

    row = workloads.BY_NAME["sync"]
    request = requester(apps.APPS[row.app](), row)
    await request(100)
    backend = worker_threads._known_backend()
    found: Samples = {"call": [], "anyio": []}
    each = max(1, int(seconds / count / 2 / 60e-6))
    gc.collect()
    gc.freeze()
    for turn in range(2 * count):
        name = "call" if turn % 4 in (0, 3) else "anyio"
        worker_threads.use(backend if name == "call" else None)
        started = now()
        await request(each)
        found[name].append((now() - started) / each * 1e6)
    gc.unfreeze()
    return found


MEASURES: dict[str, Callable[[float, Callable[[], float]], Samples]] = {
    "jsonable10k": _jsonable10k,
    "floats1000": _floats1000,
    "threads": _threads,
}


def _samples(call: Callable[[], Any], seconds: float, now: Callable[[], float], count: int = 9) -> list[float]:
    call()
    started = now()
    call()
    each = max(1, int(seconds / count / max(now() - started, 1e-6)))
    gc.collect()
    gc.freeze()
    found = []
    for _ in range(count):
        started = now()
        for _ in range(each):
            call()
        found.append((now() - started) / each * 1e6)
    gc.unfreeze()
    return found
