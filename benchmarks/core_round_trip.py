"""The round trip of `items` through the core alone: marshal, write, call, read. No framework around it."""

from __future__ import annotations

import marshal
import time
from typing import Any

from workloads import BY_NAME

LARGE = 10_000


def measure(seconds: float) -> dict[str, Any]:
    """Return microseconds per round trip, and milliseconds of a document of 10,000 objects, as samples."""
    from fastapi import _rust

    request = _request()
    matcher = _rust.LoadedPlan(_plan()).matcher()
    answer = matcher(request)
    if answer is None or answer[0] != 0 or list(answer[2:]) != [42, "foo", 7]:
        raise SystemExit(f"the core answers items with {answer!r}")
    rows = [{"id": i, "name": f"item {i}", "price": i * 1.25, "active": True, "tags": ["a", "b"]} for i in range(LARGE)]
    document = _rust.encode_json(rows)
    if document is None:
        raise SystemExit("the core left the document to Python")
    return {
        "mode": _rust.mode(),
        "round_trip_us": [1e6 * sample for sample in _samples(lambda: matcher(request), seconds)],
        "encode_10k_ms": [1e3 * sample for sample in _samples(lambda: _rust.encode_json(rows), seconds)],
        "encoded_bytes": len(document),
    }


def _request() -> tuple[Any, ...]:
    scope = BY_NAME["items"].scope()
    return scope["method"], scope["path"], scope["query_string"], scope["headers"]


def _plan() -> bytes:
    from fastapi._wasm import contract

    parameters = (
        (contract.KIND_PATH, "item_id", "item_id", contract.SCALAR_INT, contract.FLAG_REQUIRED, None, ()),
        (contract.KIND_QUERY, "q", "q", contract.SCALAR_STR, 0, marshal.dumps(None, 2), ()),
        (contract.KIND_QUERY, "limit", "limit", contract.SCALAR_INT, 0, marshal.dumps(10, 2), ()),
    )
    routes = ((contract.ROUTE_OPERATION, "/items/{item_id}", ("GET",), parameters),)
    return marshal.dumps((contract.PLAN_VERSION, contract.PLAN_FLAG_REDIRECT_SLASHES, routes), 2)


def _samples(call: Any, seconds: float, count: int = 9) -> list[float]:
    started = time.perf_counter()
    call()
    each = max(1, int(seconds / count / (time.perf_counter() - started)))
    found = []
    for _ in range(count):
        started = time.perf_counter()
        for _ in range(each):
            call()
        found.append((time.perf_counter() - started) / each)
    return found
