"""The task group around one message that the application below a function around requests receives.

Starlette's code starts a task in it that waits until the response is out, receives the message beside that task, and
cancels the group when either is done. Where the message is there at once and the loop has nothing else to run, that
task would begin and end in turns of the loop that can be left out. Everywhere else the task exists: an entry in the
queue of the loop starts it in the turn in which it begins.
"""

from __future__ import annotations

from asyncio import Handle
from asyncio import _get_running_loop as running_loop
from asyncio.tasks import _enter_task as enter_task
from asyncio.tasks import _leave_task as leave_task
from sys import exc_info
from typing import Any, Callable, Optional

from fastapi._stand_ins.http.loops import OpenLoop, OpenTask, shows_its_queues
from fastapi._stand_ins.http.nesting import entries_of_turn
from fastapi._stand_ins.http.scopes import current_task_of, enter, group_of, leave


class ReceiveGroup:
    """Stands for the task group, and for its cancel scope until the task exists."""

    __slots__ = ("_group", "_host", "_loop", "_marker", "_task", "_scope")

    async def __aenter__(self) -> ReceiveGroup:
        loop: OpenLoop = running_loop()
        self._loop = loop
        self._host: OpenTask = current_task_of(loop)
        self._scope = enter(self._host)
        self._group: Any = None
        self._marker: Optional[Handle] = None
        return self

    def start_soon(self, function: Callable[..., object], *arguments: object) -> None:
        """Start the task that waits until the response is out, in the next turn."""
        self._task: Any = (function, *arguments)
        # While the task handles an exception, the cancellation of the genuine group changes the contexts of later
        # exceptions. So the group is genuine then.
        if (
            exc_info()[1] is None
            and shows_its_queues(self._loop)
            and all(_is_of_group(entry, self._host) for entry in self._loop._ready)
        ):
            self._marker = self._loop.call_soon(self._begin)
        else:
            self._start()

    def _start(self) -> None:
        self._group = group_of(self._scope)
        self._group.start_soon(*self._task)

    def _begin(self) -> None:
        """Start the task, and run its first step: this is the turn of it."""
        # Anyio asks for the current task, and a callback of the loop runs in no task.
        enter_task(self._loop, self._host)
        try:
            self._start()
        finally:
            leave_task(self._loop, self._host)
        self._loop._ready.pop()._run()

    @property
    def cancel_scope(self) -> Any:
        return self if self._group is None else self._scope

    def cancel(self) -> None:
        """Note that the message is there at once: `__aexit__` decides whether the task begins at all."""

    async def __aexit__(self, kind: object, error: object, traceback: object) -> Optional[bool]:
        try:
            if self._group is None:
                if kind is None and self._is_alone():
                    self._loop._ready.remove(self._marker)
                    leave(self._scope, self._host)
                    return None
                self._start_at_marker()
                if kind is None:
                    self._scope.cancel()
            group: Any = self._group
            left: Optional[bool] = await group.__aexit__(kind, error, traceback)
            return left
        finally:
            # The traceback of an exception, which the host may end with, has this frame. The function refers to this
            # object.
            del error, traceback
            self._host = self._task = self._marker = None

    def _start_at_marker(self) -> None:
        """Start the task, which begins where the entry of the queue would have started it."""
        self._start()
        ready = self._loop._ready
        step = ready.pop()
        ready[ready.index(self._marker)] = step

    def _is_alone(self) -> bool:
        """Whether the loop has nothing else to run than the tasks of this group and of the groups around it."""
        ready = self._loop._ready
        entries = list(ready)
        if not all(_is_of_group(entry, self._host) for entry in entries):
            return False
        ready.clear()
        is_alone = entries_of_turn(self._loop, self._host) == 0
        ready.extend(entries)
        return is_alone


def _is_of_group(entry: Handle, host: OpenTask) -> bool:
    """Whether an entry of the queue of a loop begins the task of a group that `host` is in."""
    group = getattr(entry._callback, "__self__", None)  # type: ignore[attr-defined]
    return group.__class__ is ReceiveGroup and group._host is host
