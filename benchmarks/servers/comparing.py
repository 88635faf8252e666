"""Compare servers: all servers of a row run at the same time on one processor, and each works in its turn.

The turns alternate (A-B-C-C-B-A), so that a drift of the machine affects all. A row is measured only if the answers are
equal.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import statistics
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Iterator, Sequence

from environments import CACHE, Environments, say
from figures import number
from judging import Verdict
from load import request_bytes
from report import print_table
from workloads import BY_NAME

from .client import Client, Slice, keep_processor_free
from .subjects import AIMS, PEERS, SUBJECTS, Subject

_PROCESS = Path(__file__).resolve().parent / "process.py"
_END_LIMIT = 3  # seconds
Found = dict[str, dict[str, list[Slice]]]


@dataclass(frozen=True)
class Load:
    """How much the servers have to do."""

    rounds: int
    requests: int
    connections: int
    access_log: bool


def compare(environments: Environments, rows: Sequence[str], load: Load) -> Found:
    """Return row -> subject -> the figures of its slices."""
    keep_processor_free()
    return {row: _compare_row(environments, row, load) for row in rows}


def _compare_row(environments: Environments, row: str, load: Load) -> dict[str, list[Slice]]:
    names = [name for name, subject in SUBJECTS.items() if _has(environments, name, subject, row)]
    say(f"servers: {row}, {load.rounds} rounds of {', '.join(names)}")
    found: dict[str, list[Slice]] = {name: [] for name in names}
    # A request of the service takes several times as long as another one.
    requests = load.requests // (5 if row == "service" else 1)
    with contextlib.ExitStack() as stack:
        clients = {name: stack.enter_context(_served(environments, SUBJECTS[name], row, load)) for name in names}
        _refuse_differences(clients, payloads(row))
        for client in clients.values():
            client.send(max(200, requests // 4))
        for number_of_round in range(load.rounds):
            for name in names if number_of_round % 2 == 0 else reversed(names):
                found[name].append(clients[name].measure(requests))
    say(", ".join(f"{name} {number(cpu(slices))} us" for name, slices in found.items()))
    return found


def _has(environments: Environments, name: str, subject: Subject, row: str) -> bool:
    if row in ("service", "mixed"):
        return name in ("real", "ours", "protocol")
    if name == "floor":
        return row == "plain"
    return name not in PEERS or environments.servers is not None


def payloads(row: str) -> list[bytes]:
    if row == "mixed":
        plain = request_bytes(BY_NAME["plain"])
        return [plain] * 9 + [plain.replace(b"GET ", b"GET http://127.0.0.1:8000", 1)]
    return [request_bytes(step) for step in BY_NAME[row].steps or (BY_NAME[row],)]


@contextlib.contextmanager
def _served(environments: Environments, subject: Subject, row: str, load: Load) -> Iterator[Client]:
    command = [str(environments.python(subject.interpreter)), str(_PROCESS), subject.server]
    command += ["--application", subject.application, "--row", row, "--http", subject.http]
    command += ["--access-log"] if load.access_log else []
    variables = environments.variables(subject.application)
    # A session of its own: some servers leave processes behind when their first one ends.
    server = subprocess.Popen(
        command, env=variables, cwd=CACHE, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        assert server.stdout is not None
        started = json.loads(server.stdout.readline() or "{}")
        if "port" not in started:
            raise SystemExit(f"the server did not start: {' '.join(command)}")
        yield Client(started["port"], started["pid"], payloads(row), load.connections)
    finally:
        server.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(_END_LIMIT)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGKILL)


def _refuse_differences(clients: dict[str, Client], requests: Sequence[bytes]) -> None:
    """Stop if a server answers in another way: with other bytes; another server only with another status or body."""
    for request in requests:
        # Each server gets each request once, so that all of them stay in the same state.
        answers = {name: _parts(client.answer(request)) for name, client in clients.items()}
        expected = answers["real"]
        for name, found in answers.items():
            is_peer = name in PEERS
            if found != expected and not (is_peer and (found[0], found[2]) == (expected[0], expected[2])):
                raise SystemExit(f"{name} answers {request!r} with {found}, not {expected}")


def _parts(answer: bytes) -> tuple[bytes, list[bytes], Any]:
    """Return the status, the header fields without the date, and the body."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    fields = [line for line in lines[1:] if not line.lower().startswith((b"date:", b"x-process-time"))]
    return lines[0].split(b" ")[1], fields, body


# ---- figures -------------------------------------------------------------------------------------------------------


def cpu(slices: Sequence[Slice]) -> float:
    return statistics.median(each.cpu_us for each in slices)


def judge(found: Found) -> list[Verdict]:
    """Compare the figures of the protocol with its aims."""
    verdicts: list[Verdict] = []
    for row, subjects in found.items():
        aim, ours = AIMS[row], cpu(subjects["protocol"])
        if aim.times_real is not None:
            times = cpu(subjects["real"]) / ours
            verdicts.append(Verdict(f"{row}: FastAPI", times, aim.times_real, False, "x, server CPU"))
        for other, part in (("raw", aim.part_of_raw), ("ours", aim.part_of_ours)):
            if part is not None:
                text = f"x the CPU of {SUBJECTS[other].title}"
                verdicts.append(Verdict(f"{row}: {other}", ours / cpu(subjects[other]), part, True, text))
    return verdicts


def show(found: Found, verdicts: Sequence[Verdict], access_log: bool) -> None:
    """Print the figures as a table, and the aims."""
    log = "with the access log" if access_log else "without an access log"
    print(f"\nServers on one processor, {log}: microseconds of server CPU per request, requests per second\n")
    lines = []
    for row, subjects in found.items():
        base = cpu(subjects["protocol"])
        for name, slices in subjects.items():
            rate = statistics.median(each.requests_per_second for each in slices)
            spread = f"{number(min(each.cpu_us for each in slices))}-{number(max(each.cpu_us for each in slices))}"
            ratio = cpu(slices) / base
            lines.append([row, SUBJECTS[name].title, number(cpu(slices)), spread, f"{rate:,.0f}", f"{ratio:.2f}"])
    print_table(["row", "subject", "CPU us", "lowest-highest", "requests/s", "CPU / protocol"], lines)
    if not access_log:
        print()
        for each in verdicts:
            aim = f"{'at most' if each.at_most else 'at least'} {each.aim:.3g}"
            print(f"{each.row}: {each.value:.2f} {each.text}, aim {aim}: {'MISSED' if each.missed else 'ok'}")
