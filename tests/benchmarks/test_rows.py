"""Each row of the benchmark has an application that answers it, and direct work with the same result."""

from __future__ import annotations

import asyncio
import inspect
import sys
from pathlib import Path
from typing import Any, Dict, Iterator, List

import pytest

ROOT = Path(__file__).resolve().parents[2]

# The benchmarks need a Python that the real package supports.
pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="the benchmarks are for CPython 3.11 and newer")

# Pydantic alone writes a time of UTC with Z.
OTHER_TEXT = {"typed100", "typed-result"}
# Rows that say something about an unusual answer.
STATUSES = {
    "422": 422,
    "raise": 404,
    "raise-dependency": 403,
    "raise-headers": 401,
    "raise-own": 409,
    "behind-raise": 404,
}
KINDS = {"404": 404, "405": 405, "head": 405, "options": 405, "redirect": 307}


@pytest.fixture(scope="module")
def bench() -> Iterator[Any]:
    """The modules of the benchmark, imported as its processes import them."""
    before, path = set(sys.modules), list(sys.path)
    sys.path.insert(0, str(ROOT / "benchmarks"))
    import apps
    import playing
    import workloads

    yield type("Bench", (), {"apps": apps, "playing": playing, "workloads": workloads})
    sys.path[:] = path
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(ROOT / "benchmarks")):
            del sys.modules[name]


def rows_of(bench: Any, group: str) -> List[Any]:
    return [row for row in bench.workloads.ROWS if (row.group == "sizes") == (group == "sizes")]


def expected_status(name: str) -> Any:
    if name in STATUSES:
        return STATUSES[name]
    kind = name.split("-")[0]
    return 404 if name.endswith("404") else KINDS.get(kind, 200)


@pytest.mark.parametrize("group", ["features", "sizes"])
def test_each_row_is_answered_as_its_name_says(bench: Any, group: str) -> None:
    built: Dict[str, Any] = {}
    for row in rows_of(bench, group):
        if row.app not in built:
            built = {row.app: bench.apps.APPS[row.app]()}
        answers = asyncio.run(bench.playing.answers(built[row.app], row))
        if row.texts:
            found = answers[0]["status"].split(", ")
            assert found == (["websocket.close"] if row.name.endswith("404") else list(WEBSOCKET)), row.name
        elif not row.steps:
            assert answers[0]["status"] == expected_status(row.name), (row.name, answers)
        same_result(bench, row, answers[0])


WEBSOCKET = ("websocket.accept", "websocket.send", "websocket.close")


def same_result(bench: Any, row: Any, answer: Dict[str, Any]) -> None:
    work = bench.apps.DIRECT.get(row.name)
    if work is None or row.steps:
        return
    result = asyncio.run(finished(work))
    if isinstance(result, bytes) and row.name not in OTHER_TEXT:
        assert result[:300].decode("latin-1") == answer["start"], row.name


async def finished(work: Any) -> Any:
    result = work()
    return await result if inspect.isawaitable(result) else result


def test_the_service_answers_its_mix(bench: Any) -> None:
    from collections import Counter

    row = bench.workloads.BY_NAME["service"]
    app = bench.apps.APPS["service"]()
    first = [answer["status"] for answer in asyncio.run(bench.playing.answers(app, row))]
    again = [answer["status"] for answer in asyncio.run(bench.playing.answers(app, row))]
    # 38 get, 25 list, 8 search, 6 patch, 4 replace; 8 create; 4 delete; 4 missing; 2 invalid; 1 unauthorised.
    assert Counter(first) == {200: 81, 201: 8, 204: 4, 404: 4, 422: 2, 401: 1}
    assert again == first


def test_a_mix_comes_from_weights_or_from_a_file(bench: Any, tmp_path: Path) -> None:
    from service import mix

    assert [row.name for row in mix.steps("get=2")] == ["get", "get"]
    assert {row.path for row in mix.steps("get=2")} == {"/items/1", "/items/2"}
    file = tmp_path / "mine.toml"
    file.write_text('[mix]\nhealth = 1\n[request.health]\nmethod = "POST"\npath = "/health?full=1"\njson = {a = 1}\n')
    (row,) = mix.steps(str(file))
    assert (row.method, row.path, row.query, row.body) == ("POST", "/health", b"full=1", b'{"a": 1}')
    with pytest.raises(SystemExit, match="no request unknown"):
        mix.steps("unknown=1")


def test_an_overhead_below_the_resolution_counts_as_the_resolution(bench: Any) -> None:
    import figures

    assert figures.Overhead(direct=0.0, real=40.0, ours=5.0).ratio == 8.0
    # The resolution is 2 us of 100 us of direct work, but at most an eighth of the real package's overhead.
    assert figures.Overhead(direct=100.0, real=40.0, ours=-3.0).ratio == 20.0
    assert figures.Overhead(direct=100.0, real=8.0, ours=-3.0).ratio == 8.0
    assert figures.Overhead(direct=100.0, real=8.0, ours=4.0).ratio == 2.0
