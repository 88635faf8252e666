"""One change, with the sentence that announces it."""

from __future__ import annotations

from typing import Callable, List, NamedTuple

from fastapi_rs.move.stage import Stage


class Step(NamedTuple):
    text: str
    run: Callable[[Stage], None]


def perform(steps: List[Step], stage: Stage) -> None:
    for step in steps:
        step.run(stage)
