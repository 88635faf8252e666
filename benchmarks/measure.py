"""Run the processes of the benchmark in their order and collect their output, without arithmetic."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
from dataclasses import dataclass
from typing import Any, Iterator

import load
from environments import CACHE, Environments, say
from workloads import BY_NAME

CONTROLS = ["starlette", "raw", "ours-python"]
PEERS = ["blacksheep", "falcon", "litestar"]
CONTROL_REPETITIONS = 3
SERVER_START_LIMIT = 60  # seconds


@dataclass(frozen=True)
class Plan:
    repetitions: int
    seconds: float
    requests: int
    connections: int
    controls: bool
    peers: bool


def alternating(repetitions: int) -> Iterator[str]:
    """Yield the two subjects as A-B-B-A-A-B-B-A..., so a drift of the machine affects both."""
    for i in range(repetitions):
        yield from (("real", "ours") if i % 2 == 0 else ("ours", "real"))


# ---- answers -------------------------------------------------------------------------------------------------------


def refuse_different_answers(environments: Environments, rows: list[str], peers: bool) -> dict[str, str]:
    """Return the rows that must not be timed, with the difference."""
    if not rows:
        return {}
    say("comparing the answers")
    real = environments.ask("real", "answers", "--rows", ",".join(rows))
    refused: dict[str, str] = {}
    for subject in ["ours", "ours-python", "starlette", "raw"]:
        answers = environments.ask(subject, "answers", "--rows", ",".join(rows))
        for name, answer in answers.items():
            if answer != real[name]:
                refused[name] = f"{subject} answers {_short(answer)}, the real package {_short(real[name])}"
    for name, difference in refused.items():
        say(f"refusing to time {name}: {difference}")
    if peers:
        _refuse_peers(environments, rows, real)
    return refused


def _refuse_peers(environments: Environments, rows: list[str], real: dict[str, Any]) -> None:
    """Stop if a peer answers with another status or body. Its headers, and the text of some errors, are its own."""
    for peer in PEERS:
        for name, answers in environments.ask(peer, "answers", "--rows", ",".join(rows)).items():
            for answer, expected in zip(answers, real[name]):  # type: ignore[call-overload]
                own_words = name in ("404", "service") and expected["status"] >= 400
                compared = ("status",) if own_words else ("status", "body")
                if any(answer[key] != expected[key] for key in compared):
                    raise SystemExit(f"{peer} answers {name} with {_short([answer])} instead of {_short([expected])}")


def _short(answers: Any) -> str:
    answer = answers[0]
    return f"{answer['status']} {answer['headers']} {answer['start'][:200]!r}"


# ---- in process ----------------------------------------------------------------------------------------------------


Times = dict[str, dict[str, list[list[float]]]]


def in_process(environments: Environments, rows: list[str], plan: Plan) -> tuple[Times, Times]:
    """Return row -> subject -> the samples of each process, in microseconds: of requests, and of the direct work."""
    found: Times = {name: {} for name in rows}
    direct: Times = {}
    if not rows:
        return found, direct
    order = list(alternating(plan.repetitions))
    order += (CONTROLS if plan.controls else []) * min(CONTROL_REPETITIONS, plan.repetitions)
    order += (PEERS if plan.peers else []) * min(CONTROL_REPETITIONS, plan.repetitions)
    for number, subject in enumerate(order, 1):
        say(f"requests in process: {subject} ({number} of {len(order)})")
        arguments = ["--rows", ",".join(rows), "--seconds", str(plan.seconds)]
        for name, samples in environments.ask(subject, "time", *arguments).items():
            found[name].setdefault(subject, []).append(samples["request"])  # type: ignore[index]
            if "direct" in samples:  # type: ignore[operator]
                direct.setdefault(name, {}).setdefault(subject, []).append(samples["direct"])  # type: ignore[index]
    return found, direct


def functions(environments: Environments, names: list[str], plan: Plan) -> dict[str, dict[str, dict[str, list[Any]]]]:
    """Return row -> subject -> function -> the samples of each process, in microseconds."""
    found: dict[str, dict[str, dict[str, list[Any]]]] = {name: {"real": {}, "ours": {}} for name in names}
    say(f"functions: {plan.repetitions} processes each")
    for subject in alternating(plan.repetitions):
        arguments = ["--rows", ",".join(names), "--seconds", str(plan.seconds)]
        for name, calls in environments.ask(subject, "functions", *arguments).items():
            for called, samples in calls.items():  # type: ignore[attr-defined]
                found[name][subject].setdefault(called, []).append(samples)
    return found


def small_processes(environments: Environments, task: str, repetitions: int) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = {"real": [], "ours": []}
    say(f"{task}: {repetitions} processes each")
    for subject in ("real", "ours"):
        environments.ask(subject, task)  # From here on, byte code and the compiled core are in their caches.
    for subject in alternating(repetitions):
        found[subject].append(environments.ask(subject, task))
    return found


# ---- behind uvicorn ------------------------------------------------------------------------------------------------


def behind_uvicorn(environments: Environments, rows: list[str], plan: Plan) -> dict[str, dict[str, list[Any]]]:
    """Return row -> subject -> one record per process; the first is {"skipped": reason} where /proc is missing."""
    found: dict[str, dict[str, list[Any]]] = {}
    for name in rows:
        subjects: dict[str, list[Any]] = {}
        expected: dict[str, object] = {}
        order = list(alternating(plan.repetitions)) + ([*CONTROLS, "ours-protocol"] if plan.controls else [])
        say(f"behind uvicorn: {name}, {len(order)} servers one after the other")
        for subject in order:
            answer, record = _serve_and_load(environments, subject, name, plan)
            expected = expected or answer
            if answer != expected:
                raise SystemExit(f"{subject} answers {name} behind uvicorn with {answer}, not {expected}")
            subjects.setdefault(subject, []).append(record)
        found[name] = subjects
    return found


def _serve_and_load(
    environments: Environments, subject: str, name: str, plan: Plan
) -> tuple[dict[str, object], dict[str, Any]]:
    command = environments.command(subject, "serve", "--rows", name)
    variables = environments.variables(subject)
    server = subprocess.Popen(command, env=variables, cwd=CACHE, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        started = json.loads(server.stdout.readline() or "{}")
        if "port" not in started:
            raise SystemExit(f"the server of {subject} did not start: {' '.join(command)}")
        _pin(server.pid)
        return asyncio.run(_load(started, name, plan))
    finally:
        server.terminate()
        server.wait(timeout=SERVER_START_LIMIT)


async def _load(started: dict[str, Any], name: str, plan: Plan) -> tuple[dict[str, object], dict[str, Any]]:
    row = BY_NAME[name]
    answer = await _first_answer(started["port"], row)
    measured = await load.measure(started["port"], started["pid"], row, plan.requests, plan.connections)
    record = {**measured.__dict__, "parser": started["parser"]}
    return {**answer, "body": str(answer["body"])}, record


async def _first_answer(port: int, row: Any) -> dict[str, object]:
    for _ in range(SERVER_START_LIMIT * 20):
        try:
            return await load.one_answer(port, row)
        except ConnectionError:
            await asyncio.sleep(0.05)
    raise SystemExit("the server does not answer")


def _pin(pid: int) -> None:
    """Give the server its own processor if the machine has more than one."""
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) > 1:
            os.sched_setaffinity(pid, {cores[-1]})
