"""Leaves out turns of the event loop in which nothing else than the current task would run.

In such a turn the loop only asks the operating system for events. A task that gives the loop its turn after each piece
of its work leaves it out for at most `_LONGEST` seconds together, so other connections wait no longer than that.
"""

from __future__ import annotations

from asyncio import _get_running_loop as running_loop
from time import monotonic

from fastapi._stand_ins.http.loops import OPEN_KINDS, OpenLoop, shows_its_queues, turn
from fastapi._stand_ins.http.nesting import entries_of_turn
from fastapi._stand_ins.http.scopes import current_task_of

_LONGEST = 0.0002


class Pace:
    """The turns that the tasks which iterate one stream give to their loop.

    pace = Pace()
    async for item in items:
        yield item
        if pace.is_due():
            await pace.turn()
    """

    __slots__ = ("_loop", "_until")

    def __init__(self) -> None:
        loop: OpenLoop = running_loop()
        self._loop = loop if OPEN_KINDS.get(loop.__class__) or shows_its_queues(loop) else None
        self._until = monotonic() + _LONGEST

    def is_due(self) -> bool:
        """Whether the loop must have its turn now."""
        loop = self._loop
        if loop is None or loop._ready or monotonic() > self._until:
            return True
        return entries_of_turn(loop, current_task_of(loop)) != 0

    async def turn(self) -> None:
        """Let the loop go round once."""
        await turn()
        self._until = monotonic() + _LONGEST
