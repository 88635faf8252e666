"""Find the differences between two transcripts, and name each so that equal-looking ones form a group."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

MISSING = "<nothing>"


@dataclass(frozen=True)
class Difference:
    """A difference. `place` is the path to the first value that differs; `signature` names the group."""

    place: tuple[str | int, ...]
    real: Any
    ours: Any
    ended: str = ""  # how the request ended on both sides, if they ended differently

    @property
    def request(self) -> int | None:
        return self.place[1] if len(self.place) > 1 and self.place[0] == "requests" else None  # type: ignore[return-value]

    @property
    def signature(self) -> str:
        place = ".".join(str(step) for step in self.place if isinstance(step, str))
        if self.place[-1:] == ("status",):
            return f"{place}: {self.real} -> {self.ours}{self.ended}"
        return f"{place}: {brief(self.real)} -> {brief(self.ours)}{self.ended}"


def first_difference(real: Any, ours: Any, place: tuple[str | int, ...] = ()) -> Difference | None:
    if type(real) is not type(ours):
        return Difference(place, real, ours)
    if isinstance(real, dict):
        return _of_dicts(real, ours, place)
    if isinstance(real, list):
        return _of_lists(real, ours, place)
    return None if real == ours else Difference(place, real, ours)


def _of_dicts(real: dict[str, Any], ours: dict[str, Any], place: tuple[str | int, ...]) -> Difference | None:
    for key in [*real, *(key for key in ours if key not in real)]:
        if key not in real or key not in ours:
            return Difference((*place, key), real.get(key, MISSING), ours.get(key, MISSING))
        if found := first_difference(real[key], ours[key], (*place, key)):
            return found
    return None


def _of_lists(real: list[Any], ours: list[Any], place: tuple[str | int, ...]) -> Difference | None:
    for i in range(max(len(real), len(ours))):
        if i >= len(real) or i >= len(ours):
            return Difference((*place, i), _at(real, i), _at(ours, i))
        if _is_event(real[i]) and _is_event(ours[i]) and real[i][0] != ours[i][0]:
            return Difference((*place, i), real[i], ours[i])
        if found := first_difference(real[i], ours[i], (*place, i)):
            return found
    return None


def _at(values: list[Any], i: int) -> Any:
    return values[i] if i < len(values) else MISSING


def _is_event(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], str)


def part_of(difference: Difference) -> tuple[object, ...]:
    """Return the part of a transcript that a difference is in: one of those that `every_difference` compares."""
    return (*difference.place[:2], "scope" in difference.place[2:3]) if difference.request is not None else ("whole",)


def every_difference(real: dict[str, Any], ours: dict[str, Any]) -> list[Difference]:
    """Return one difference for each part of the transcripts that differs."""
    whole = ({**side, "requests": [], "after": _without_ends(side.get("after", []))} for side in (real, ours))
    parts = [first_difference(*whole)]
    for i, (theirs, own) in enumerate(
        zip(map(_with_threads_last, real["requests"]), map(_with_threads_last, ours["requests"]))
    ):
        found = first_difference({**theirs, "scope": None}, {**own, "scope": None}, ("requests", i))
        ended = theirs["ended"][0], own["ended"][0]
        if found and ended[0] != ended[1] and found.place[2:3] != ("ended",):
            found = replace(found, ended=f", {ended[0]} -> {ended[1]}")
        parts += [found, first_difference(theirs.get("scope"), own.get("scope"), ("requests", i, "scope"))]
    return [part for part in parts if part is not None]


def _with_threads_last(request: dict[str, Any]) -> dict[str, Any]:
    """Return the transcript with the events of generators in worker threads last.

    Such a generator races with the task that sends its items, and with the tasks around that one. So the order of these
    events varies between runs of the real package.
    """
    return {**request, "events": sorted(_without_ends(request["events"]), key=_is_in_thread)}


def _without_ends(events: list[Any]) -> list[Any]:
    """Return the events without the ends of generators in worker threads.

    A worker thread may hold the last reference to such a generator. The generator then ends in that thread or in the
    garbage collector: during the request, after it, or when the process ends.
    """
    return [event for event in events if not (_is_in_thread(event) and " finally in a thread" in str(event[1]))]


def _is_in_thread(event: list[Any]) -> bool:
    return event[0] == "note" and str(event[1:2]).endswith(" in a thread']")


def brief(value: Any) -> str:
    """Return a short description of a value, without the parts that depend on the program."""
    if isinstance(value, dict):
        if "exception" in value:
            return str(value["exception"])
        if "type" in value:
            return f"{value['type']} {value.get('status', '')}".strip()
        return "{" + ",".join(sorted(value)[:4]) + "}"
    if isinstance(value, list):
        return "[" + " ".join(brief(each) for each in value[:3]) + "]"
    return (
        brief_text(value)
        if isinstance(value, str)
        else type(value).__name__
        if value not in (None, True)
        else str(value)
    )


def brief_text(text: str) -> str:
    if re.match(r"[a-z_]+(\.\w+)+ ", text):  # the type and the repr of an object
        text = text.partition(" ")[0]
    return re.sub(r"\d+", "0", " ".join(text.split()))[:60]
