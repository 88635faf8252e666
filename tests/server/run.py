"""Draws conversations until they hold a number of requests, and prints each one that differs. Status 1: one differs."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from random import Random
from typing import List

from fastapi._server.service import request_counters
from tests.server.conversation import PAIRS, Server, Step, Transcript
from tests.server.drawing import draw_conversation


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--minutes", type=float, default=600.0, help="end earlier, after this time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--http", choices=sorted(PAIRS), default=sorted(PAIRS)[-1])
    options = parser.parse_args()
    random, loop = Random(options.seed), asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    own, ours = Server(options.http, False), Server(options.http, True)
    requests = different = 0
    begin = time.monotonic()
    end = begin + 60 * options.minutes
    progress = Progress(options.requests, begin)
    while requests < options.requests and time.monotonic() < end:
        steps = draw_conversation(random)
        requests += max(1, sum(step.what.count(b"HTTP/") for step in steps if isinstance(step.what, bytes)))
        expected, found = own.converse(steps, loop), ours.converse(steps, loop)
        if found != expected:
            different += 1
            show(steps, expected, found)
        progress.show(requests, different)
    say(
        f"{options.http}: {requests} requests, {different} conversations differ, {request_counters()}, "
        f"seed {options.seed}, {time.monotonic() - begin:.0f} s"
    )
    return int(different > 0)


class Progress:
    """Prints a line for each twentieth of the requests."""

    def __init__(self, wanted: int, begin: float) -> None:
        self._step = max(1, wanted // 20)
        self._next = self._step
        self._begin = begin

    def show(self, requests: int, different: int) -> None:
        if requests >= self._next:
            self._next = requests - requests % self._step + self._step
            rate = requests / max(time.monotonic() - self._begin, 1e-9)
            say(f"{requests} requests, {rate:.0f} per second, {different} conversations differ")
            sys.stdout.flush()


def show(steps: List[Step], expected: Transcript, found: Transcript) -> None:
    say("different:", *map(str, steps))
    for name, a, b in zip(Transcript._fields, expected, found):
        if a != b:
            say(f"  {name}", f"uvicorn {a!r}", f"ours    {b!r}")


def say(*lines: str) -> None:
    sys.stdout.write("\n    ".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main())
