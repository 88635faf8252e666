"""Count programs, requests and outcomes, to show that both successes and failures are frequent."""

from __future__ import annotations

from collections import Counter

from tests.differential.process import Transcript
from tests.differential.program import Program


class Summary:
    def __init__(self) -> None:
        self.programs = self.requests = self.failed = 0
        self.unstable: Counter[str] = Counter()
        self.wanted: Counter[str] = Counter()
        self.families: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self.events: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()

    def add(self, program: Program, real: Transcript) -> None:
        self.programs += 1
        self.families[f"{program.family}, {program.backend}"] += 1
        self.kinds.update(set(program.counted))
        if "failed" in real:
            self.outcomes["program raises when it is made"] += 1
        for request, told in zip(program.requests, real["requests"]):
            self.requests += 1
            self.outcomes[outcome_of(told)] += 1
            self.events.update(events_of(request))

    def table(self) -> str:
        lines = []
        for title, counts in (
            ("programs", self.families),
            ("kinds (programs that have them)", self.kinds),
            ("events (requests that have them)", self.events),
            ("outcomes of requests, in the real package", self.outcomes),
            ("wanted differences", self.wanted),
            ("not counted, because a side does not repeat itself", self.unstable),
        ):
            if counts:
                lines.append(f"{title}:")
                lines += [f"    {count:>8}  {share(count, counts)}{name}" for name, count in counts.most_common(60)]
        return "\n".join([*lines, self.shares()])

    def shares(self) -> str:
        """Return the shares of successes and failures. The rest is redirects, sockets, 204 and expressions."""
        successes = sum(count for name, count in self.outcomes.items() if name in ("200", "201", "202", "203"))
        failures = sum(count for name, count in self.outcomes.items() if is_failure(name))
        of_all = max(1, self.outcomes.total())
        plain, good, bad = (100 * count / of_all for count in (self.outcomes["200"], successes, failures))
        return f"shares: {plain:.1f} % answered with 200, {good:.1f} % with 200 to 203, {bad:.1f} % failed"


def is_failure(outcome: str) -> bool:
    """Return whether a request was refused, raised, was cancelled or did not end by itself."""
    return "," in outcome or outcome[:1] in ("4", "5")


def share(count: int, counts: Counter[str]) -> str:
    return f"{100 * count / max(1, counts.total()):5.1f} %  "


def outcome_of(told: dict[str, object]) -> str:
    """Return the status that was sent, and how the request ended if it did not return."""
    status = "nothing sent"
    for event in told["events"]:  # type: ignore[attr-defined]
        if event[0] == "sent" and "status" in event[1]:
            status = str(event[1]["status"])
        elif event[0] == "sent" and status == "nothing sent":
            status = event[1]["type"]
        elif event[0] == "answer":
            status = str(event[1])
    ended = told["ended"]
    if ended[0] == "answer":  # type: ignore[index]
        status = str(ended[1])  # type: ignore[index]
    if ended[0] in ("returned", "answer", "value"):  # type: ignore[index]
        return "value of an expression" if ended[0] == "value" else status  # type: ignore[index]
    if ended[0] == "raised":  # type: ignore[index]
        kind = "cancelled" if "ancelled" in ended[1]["exception"] else "raised"  # type: ignore[index]
        return f"{status}, {kind}"
    return f"{status}, {ended[0]}"  # type: ignore[index]


def events_of(request: dict[str, object]) -> list[str]:
    found = [f"way: {request.get('way', 'asgi')}"]
    for point, text in request.get("at", {}).items():  # type: ignore[attr-defined]
        place = point.rstrip("0123456789")
        action = text.partition("(")[0].partition("=")[0].strip()[:40]
        found.append(f"{action} at {place}")
    found += [key for key in ("pace", "leaves", "before", "lifespan", "cancelled_by") if key in request]
    return found
