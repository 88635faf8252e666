"""Tests of the machine without the real package: programs, comparison, shrinking, the runner, wanted differences."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.differential import families, run, wanted
from tests.differential.compare import every_difference, first_difference, part_of
from tests.differential.draw import Draw
from tests.differential.program import Program, imports_of
from tests.differential.shrink import shrink
from tests.differential.standalone import whole_text
from tests.differential.summary import Summary

ROOT = Path(__file__).resolve().parents[2]
RUNNER = Path(__file__).parent / "runner.py"
APPLICATION = """
app = FastAPI()
@app.get("/{i}")
async def endpoint(i: int):
    await on("endpoint")
    return i
"""
TOLD = {"made": [], "after": [], "requests": [{"events": [["note", "a"]], "ended": ["returned"], "scope": {}}]}


@pytest.fixture
def runner() -> ModuleType:
    spec = importlib.util.spec_from_file_location("differential_runner_under_test", RUNNER)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def program(body: str = APPLICATION, *requests: dict[str, Any], family: str = "test") -> Program:
    return Program(family, "0-test-0", body, requests)


def observed(runner: ModuleType, body: str, *requests: dict[str, Any], backend: str = "asyncio") -> dict[str, Any]:
    return dict(runner.run_source(program(body, *requests).source, list(requests), backend))


@pytest.mark.parametrize("family", families.ALL)
def test_every_family_draws_the_same_program_from_the_same_seed(family: str) -> None:
    for i in range(3):
        first, second = (families.draw(family, f"1-{family}-{i}", "asyncio") for _ in range(2))
        assert first == second
        assert first.requests
        compile(first.source, "drawn", "exec")


def test_a_program_imports_the_names_in_its_text() -> None:
    assert imports_of("x: Optional[UUID] = copy.copy(StarletteHTTPException)") == (
        "import copy\n"
        "from starlette.exceptions import HTTPException as StarletteHTTPException\n"
        "from typing import Optional\n"
        "from uuid import UUID\n"
    )


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_request_is_observed(runner: ModuleType, backend: str) -> None:
    told = observed(runner, APPLICATION, {"path": "/1"}, {"path": "/x"}, backend=backend)
    events = told["requests"][0]["events"]
    assert events[0] == ["note", "endpoint"]
    assert [event[1].get("status") for event in events if event[0] == "sent"] == [200, None]
    assert told["requests"][0]["ended"] == ["returned"]
    assert told["requests"][1]["events"][0][1]["status"] == 422


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_request_runs_its_text_at_a_point(runner: ModuleType, backend: str) -> None:
    raised, cancelled, away = (
        {"path": "/1", "at": {"endpoint": text}}
        for text in ("raise KeyError('k')", "await cancel()", "await anyio.sleep_forever()")
    )
    told = observed(runner, "import anyio\n" + APPLICATION, raised, cancelled, away, {"path": "/2"}, backend=backend)
    assert [each["ended"][0] for each in told["requests"]] == [
        "raised",
        "raised",
        "stalled, then cancelled",
        "returned",
    ]
    assert told["requests"][0]["ended"][1]["exception"] == "builtins.KeyError"
    assert "Cancelled" in told["requests"][1]["ended"][1]["exception"]


def test_an_exception_is_recorded_with_notes_members_and_cause(runner: ModuleType) -> None:
    try:
        try:
            raise KeyError("inner")
        except KeyError as inner:
            error = ExceptionGroup("group", [ValueError("v")])  # noqa: F821
            error.add_note("note")
            raise error from inner
    except ExceptionGroup as caught:  # noqa: F821
        assert runner.exception_of(caught) == {
            "exception": "builtins.ExceptionGroup",
            "args": ["group"],
            "notes": ["note"],
            "members": [{"exception": "builtins.ValueError", "args": ["v"]}],
            "cause": {"exception": "builtins.KeyError", "args": ["inner"]},
            "context suppressed": True,
        }


def test_tracebacks_are_recorded_without_frames_of_the_packages(runner: ModuleType) -> None:
    text = (
        "Traceback (most recent call last):\n"
        '  File "/x/site-packages/starlette/routing.py", line 1, in lifespan\n    await receive()\n'
        '  File "/x/site-packages/fastapi/telemetry/_runtime.py", line 2, in wrapped_receive\n    x = 1\n    ^^^^\n'
        '  File "/y/fastapi/applications.py", line 3, in __call__\n'
        '  File "/y/application.py", line 4, in receive\n    fail()\nKeyError: 1\n'
    )
    assert runner.text_of(text) == (
        "Traceback (most recent call last):\n"
        '  File "site-packages/starlette/routing.py", line 1, in lifespan\n    await receive()\n'
        '  File "/y/application.py", line 4, in receive\n    fail()\nKeyError: 1\n'
    )


def test_a_difference_has_a_place_and_a_signature() -> None:
    other = {**TOLD, "requests": [{"events": [["sent", {"type": "t"}]], "ended": ["returned"], "scope": {}}]}
    found = first_difference(TOLD, other)
    assert found is not None
    assert found.place == ("requests", 0, "events", 0)
    assert found.signature == "requests.events: [note a] -> [sent t]"
    assert first_difference(TOLD, TOLD) is None


def test_events_of_generators_in_threads_may_come_at_any_time() -> None:
    orders = [
        [["note", "stream1 start in a thread"], ["note", "layer"], ["note", "stream1 0 in a thread"]],
        [["note", "layer"], ["note", "stream1 start in a thread"], ["note", "stream1 0 in a thread"]],
        [["note", "stream1 0 in a thread"], ["note", "layer"], ["note", "stream1 start in a thread"]],
    ]
    real, late, wrong = ({**TOLD, "requests": [{**TOLD["requests"][0], "events": each}]} for each in orders)
    assert every_difference(real, late) == []
    assert [each.place for each in every_difference(real, wrong)] == [("requests", 0, "events", 1, 1)]


def test_generators_in_threads_may_end_at_any_time() -> None:
    end = ["note", "stream1 finally in a thread"]
    during = {**TOLD, "requests": [{**TOLD["requests"][0], "events": [*TOLD["requests"][0]["events"], end]}]}
    later = {**TOLD, "after": [*TOLD["after"], end]}
    assert every_difference(during, later) == every_difference(TOLD, during) == []


def test_a_request_and_its_scope_have_a_difference_each() -> None:
    other = {**TOLD, "requests": [{"events": [], "ended": ["returned"], "scope": {"key": 1}}]}
    assert [part_of(each) for each in every_difference(TOLD, other)] == [
        ("requests", 0, False),
        ("requests", 0, True),
    ]


def test_shrinking_keeps_only_the_lines_of_a_planted_difference() -> None:
    body = "def a(x, y=1):\n    note(x)\n    planted(x)\n    return 1\nclass B:\n    z = 1\n" + APPLICATION
    requests = tuple({"path": f"/{i}", "headers": [["a", "b"]], "at": {"p": "q"}} for i in range(9))
    small = shrink(program(body, *requests), lambda each: "planted" in each.body and len(each.requests) > 0, 20)
    assert small.body.split() == "def a(): planted()".split()
    assert len(small.requests) == 1
    assert set(small.requests[0]) == {"path"}


def test_a_found_program_is_a_file_that_compiles() -> None:
    difference = first_difference(TOLD, {**TOLD, "made": [["note", "b"]]})
    assert difference is not None
    text = whole_text(program(APPLICATION, {"path": "/1"}), difference)
    compile(text, "found", "exec")
    assert text.index("app = FastAPI()") < text.index("REQUESTS = ") < text.index("def run_by_itself")


def test_the_summary_counts_outcomes() -> None:
    summary = Summary()
    summary.add(program(APPLICATION, {"path": "/1", "at": {"p": "raise ValueError('v')"}}), TOLD)
    assert summary.requests == 1
    assert summary.outcomes == {"nothing sent": 1}
    assert summary.events["raise ValueError at p"] == 1


def test_the_summary_has_the_shares_of_successes_and_failures() -> None:
    summary = Summary()
    summary.outcomes.update({"200": 5, "201": 1, "404": 2, "200, raised": 1, "307": 1})
    assert summary.shares() == "shares: 50.0 % answered with 200, 60.0 % with 200 to 203, 30.0 % failed"


def test_the_documentation_lists_the_wanted_differences() -> None:
    table = (ROOT / "docs" / "differences.md").read_text(encoding="utf-8")
    names = [row.strip("| ").split(" | ")[0] for row in re.findall(r"^\| .*", table, re.MULTILINE)[2:]]
    assert names == [row.name for row in wanted.load()]


def test_wanted_events_are_removed() -> None:
    rows = wanted.load()
    line = ["log", "fastapi", "INFO", "fastapi-rs: mode fast (the first)", None]
    transcript = {"made": [line], "after": [], "requests": [{"events": [line, ["note", 1]], "ended": ["returned"]}]}
    kept = wanted.without_wanted_events(transcript, rows)
    assert kept["made"] == []
    assert kept["requests"][0]["events"] == [["note", 1]]


def test_a_seed_names_its_family_and_loop() -> None:
    drawn = Draw("7-layers-1")
    assert drawn.number(1, 6) == Draw("7-layers-1").number(1, 6)
    assert run.program_of("7-layers-1", ["asyncio", "trio"]).family == "layers"
