"""The task group in which Starlette sends a stream while it waits for the disconnect of the client.

    host   enter ── receive, until the client has left ── cancel ── leave
    task             start, chunk, ..., the last chunk ── cancel

The group has a genuine cancel scope, and its task is registered there as a child. In most cases the last chunk also
wakes the host, which notices that the client may leave: the scope is cancelled and then left in the same turn of the
event loop. `AnswerGroup` leaves it without the steps of a cancellation that reaches nothing. In every other case
a genuine task group takes over: the client leaves early, a task fails or is cancelled, the host does not wake by
itself, a scope around the group is cancelled.
"""

from __future__ import annotations

from asyncio import CancelledError, Future, Task
from asyncio import _get_running_loop as running_loop
from typing import Callable, Coroutine, List, Optional

from fastapi._stand_ins.http.exchange import leave_collapsing
from fastapi._stand_ins.http.loops import OpenLoop, OpenTask, shows_its_queues
from fastapi._stand_ins.http.nesting import entries_of_turn
from fastapi._stand_ins.http.scopes import (
    OpenGroup,
    add_child,
    current_task_of,
    enter,
    forget_child,
    group_of,
    is_cancelled,
    leave,
)


class AnswerGroup:
    """Stands for the group and for its cancel scope, for one task."""

    __slots__ = ("_errors", "_genuine", "_host", "_is_retrying", "_loop", "_scope", "_task", "_waiting")

    async def __aenter__(self) -> AnswerGroup:
        loop: OpenLoop = running_loop()
        self._loop = loop
        self._host: OpenTask = current_task_of(loop)
        self._scope = enter(self._host)
        self._genuine: OpenGroup = None
        self._errors: List[BaseException] = []
        self._waiting: Optional[Future[None]] = None
        # Whether the cancellation of the scope is noted, and not yet delivered.
        self._is_retrying = False
        return self

    @property
    def cancel_scope(self) -> AnswerGroup:
        return self

    # ── The task ──

    def start_soon(self, function: Callable[..., Coroutine[object, None, None]], *arguments: object) -> None:
        """Start the task that sends the stream, in the next turn."""
        name = f"{function.__module__}.{function.__qualname__}"
        # PERF: `create_task` does the same without a task factory and outside of debug mode.
        task: OpenTask = Task(function(*arguments), loop=self._loop, name=name)
        self._task: OpenTask = task
        add_child(self._scope, task)
        task.add_done_callback(self._on_end)

    def _on_end(self, task: Task[None]) -> None:
        """Notice the end of the task. The loop calls this in the turn after."""
        forget_child(task)
        # The task has an exception, which refers to the stream, and the stream is closed when nothing refers to it.
        self._task = None
        group = self._genuine
        errors = self._errors if group is None else group._exceptions
        if group is not None:
            group._tasks.discard(task)
            waiting = group._on_completed_fut
            if waiting is not None and not waiting.done():
                waiting.set_result(None)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            errors.append(error)
        if (error is not None or task.cancelled()) and not self._scope._effectively_cancelled:
            self._scope.cancel()

    # ── The cancellation ──

    def cancel(self) -> None:
        """Cancel the scope. The task calls this after the last chunk, and the host after the disconnect."""
        scope, loop = self._scope, self._loop
        if scope._cancel_called:
            return
        if current_task_of(loop) is self._task and _wakes_by_itself(self._host):
            scope._cancel_called = self._is_retrying = True
            scope._cancel_handle = loop.call_soon(self._deliver)
        else:
            scope.cancel()

    def _deliver(self) -> None:
        """Let the host leave if it waits for the end of the task, which has ended; otherwise cancel the host.

        Anyio cancels the host in any case, at this place in the queue, and the scope catches the cancellation.
        """
        self._is_retrying = False
        waiting, scope = self._waiting, self._scope
        if waiting is None or waiting.done() or self._host._must_cancel or is_cancelled(scope._parent_scope):
            scope._cancel_reason = f"Cancelled via cancel scope {id(scope):x} by {self._task!r}"
            scope._deliver_cancellation(scope)
            return
        scope._cancel_handle = None
        waiting.set_result(None)

    # ── The end of the group ──

    async def __aexit__(self, kind: object, raised: object, traceback: object) -> Optional[bool]:
        if kind is not None or not self._is_retrying or not _has_succeeded(self._task):
            return await leave_collapsing(self._group(), kind, raised, traceback)
        error = None if self._ends_now() else await self._wait_for_end()
        if error is not None:
            if self._scope.__exit__(type(error), error, error.__traceback__):
                return True
            try:
                raise error
            finally:
                # The exception refers to this frame.
                del error
        self._scope._cancel_called = False
        leave(self._scope, self._host)
        return None

    async def _wait_for_end(self) -> Optional[BaseException]:
        """Wait for the turn after the end of the task. Return the exception with which anyio would leave the scope."""
        self._waiting = waiting = self._loop.create_future()
        cancelled = CancelledError(f"Cancelled via cancel scope {id(self._scope):x}")
        try:
            await waiting
        except BaseException as error:
            # The cancellation by the scope would come first if both come in one turn.
            is_second = isinstance(error, CancelledError) and waiting.done() and not waiting.cancelled()
            return cancelled if is_second else error
        # The scope around this one has to know that the host was cancelled.
        return cancelled if is_cancelled(self._scope._parent_scope) else None

    def _ends_now(self) -> bool:
        """Whether only this group has something to do in this turn and in the next one. Then it is done here.

        The rest of this turn is `_deliver` and `_on_end`, which would wake the host for the next one.
        """
        loop = self._loop
        if not shows_its_queues(loop) or is_cancelled(self._scope._parent_scope):
            return False
        rest = list(loop._ready)
        if len(rest) != 2 or any(getattr(each._callback, "__self__", None) is not self for each in rest):
            return False
        loop._ready.clear()
        is_idle = entries_of_turn(loop, self._host) == 0
        # The loop has counted the entries of its turn. It passes over those that were cancelled.
        loop._ready.extend(rest)
        if is_idle:
            for each in rest:
                each.cancel()
            self._scope._cancel_handle = None
            self._on_end(self._task)
        return is_idle

    def _group(self) -> OpenGroup:
        """Return the genuine group, which takes over the scope, the task and its error."""
        group = self._genuine = group_of(self._scope)
        group._exceptions, self._errors = self._errors, []
        if self._task is not None:
            group._tasks.add(self._task)
        return group


def _wakes_by_itself(host: OpenTask) -> bool:
    """Whether the host has waited for something that is there now."""
    waiter = host._fut_waiter
    return isinstance(waiter, Future) and waiter.done()


def _has_succeeded(task: OpenTask) -> bool:
    return task is not None and task.done() and not task.cancelled() and task.exception() is None
