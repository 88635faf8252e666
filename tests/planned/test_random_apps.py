"""Random applications and requests: both ways give the same answers, records and scopes.

pytest tests/planned/test_random_apps.py --hypothesis-profile=long
"""

import asyncio
from collections import Counter
from functools import lru_cache
from typing import Any, Dict, List, Sequence, Tuple

import pytest
from hypothesis import given, note

from fastapi import _rust
from tests.planned.asgi import Seen, answered_by_core, exactly, http_scope, run
from tests.planned.fuzzing import examples
from tests.planned.random_apps import PRELUDE, App, sessions

pytestmark = pytest.mark.skipif(not _rust.rust_available(), reason="FASTAPI_RS_MODE=python has no core")

# The keys of the scope that each way uses for itself.
OWN_KEYS = frozenset(
    [
        "fastapi_inner_astack",
        "fastapi_function_astack",
        "fastapi_middleware_astack",
        "starlette.exception_handlers",
        "fastapi",
    ]
)


@lru_cache(maxsize=None)
def prelude() -> Any:
    return compile(PRELUDE, "<prelude>", "exec")


def build(source: str) -> Dict[str, Any]:
    """Run the text of an application; return its names."""
    names: Dict[str, Any] = {"__name__": "random_app"}
    exec(prelude(), names)
    exec(compile(source, "<random app>", "exec"), names)
    return names


def builds(source: str) -> Any:
    """Return the names of an application, or the error of building it, which is not compared."""
    try:
        return build(source)
    except Exception as error:
        return error


def do_all(names: Dict[str, Any], steps: Sequence[Any]) -> List[Any]:
    return asyncio.run(_do_all(names, steps))


async def _do_all(names: Dict[str, Any], steps: Sequence[Any]) -> List[Any]:
    seen: List[Any] = []
    for step in steps:
        if isinstance(step, str):
            seen.append(change(step, names))
            continue
        scope = http_scope(step.path, step.method, step.headers, query_string=step.query, root_path=step.root_path)
        names["mark"].set("")
        result = await run(names["app"], Seen(scope), step.body)
        seen.append(observed(result, names))
    return seen


def change(statement: str, names: Dict[str, Any]) -> Any:
    try:
        exec(statement, names)
    except Exception as error:
        return {"changed": (type(error), str(error)), "endpoint": None}
    return None


def observed(seen: Seen, names: Dict[str, Any]) -> Dict[str, Any]:
    """Return everything that must be equal, without objects that differ between two applications."""
    scope = seen.scope
    route, endpoint = scope.get("route"), scope.get("endpoint")
    found = {
        "messages": seen.messages,
        "error": (type(seen.error).__name__, str(seen.error)),
        "keys": sorted(set(scope) - OWN_KEYS),
        "path_params": repr(scope.get("path_params")),
        "route": getattr(route, "path", None),
        "endpoint": getattr(endpoint, "__name__", None),
        "mark": names["mark"].get(),
        "calls": list(names["calls"]),
        "app": scope.get("app") is names["app"],
        "router": scope.get("router") is names["app"].router,
    }
    names["calls"].clear()
    return found


def test_both_ways_agree() -> None:
    counts: Dict[str, int] = Counter()

    @examples(1.2)
    @given(sessions())
    def check(session: Tuple[App, List[Any]]) -> None:
        compare_ways(*session, counts)

    check()
    # The comparison is worthless unless enough requests take the planned way.
    assert counts["built"] > 0.9 * counts["apps"], counts
    assert counts["core"] > 0.35 * counts["endpoint"], counts


def compare_ways(app: App, steps: List[Any], counts: Dict[str, int]) -> None:
    note(app.source)
    counts["apps"] += 1
    names = builds(app.source)
    if isinstance(names, Exception):
        return
    counts["built"] += 1
    before = answered_by_core()
    planned = do_all(names, steps)
    counts["core"] += answered_by_core() - before
    other = build(app.source)
    exactly(other["app"])
    for step, left, right in zip(steps, planned, do_all(other, steps)):
        if left != right:
            note(f"at {step}")
        assert left == right
        counts["endpoint"] += bool(left and left["endpoint"])
