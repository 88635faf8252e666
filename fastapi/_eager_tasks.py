"""Tasks that begin at once, and need the event loop only when they have to wait.

Python 3.12 has them. Before, they are made of the task that asyncio has in Python, which does step by step what its
task in C does; those Python versions get no new features, so it stays what it is.
"""

from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING, Any, Coroutine


def start_task(coro: Coroutine[Any, Any, None], loop: asyncio.AbstractEventLoop, name: str) -> asyncio.Task[None]:
    """Run `coro` in a task of its own, with a copy of the context, until it waits for the first time.

    Where the loop makes its tasks in its own way, this one is made so, too, and begins in the next turn.
    """
    if loop.get_task_factory() is not None:
        return loop.create_task(coro, name=name)
    return _EagerTask(coro, loop, name)


if TYPE_CHECKING or sys.version_info >= (3, 12):

    def _EagerTask(coro: Coroutine[Any, Any, None], loop: asyncio.AbstractEventLoop, name: str) -> asyncio.Task[None]:
        return asyncio.Task(coro, loop=loop, name=name, eager_start=True)  # type: ignore[call-arg,unused-ignore]

else:
    from asyncio.tasks import _enter_task, _leave_task, _PyTask

    class _NotYet:
        """In the place of a loop, while the task is made: nothing is to be scheduled."""

        def call_soon(self, *args: Any, **options: Any) -> None:
            pass

        def get_debug(self) -> bool:
            return False

    _NOT_YET = _NotYet()

    class _EagerTask(_PyTask):
        # Whoever asks for a task by its class is not to see how this one is made.
        __class__ = property(lambda self: asyncio.Task)

        def __init__(self, coro: Any, loop: Any, name: str) -> None:
            super().__init__(coro, loop=_NOT_YET, name=name)
            self._loop = loop
            current = asyncio.current_task(loop)
            _leave_task(loop, current)
            try:
                self._context.run(self._Task__step)
            finally:
                _enter_task(loop, current)
