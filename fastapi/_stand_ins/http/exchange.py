"""One request between a function around requests and the application below it.

Starlette's `BaseHTTPMiddleware.__call__` runs here as it is installed. Three of the objects that it makes are made
anew, and each turns into the genuine one as soon as it matters:

    the task group    has a cancel scope of anyio's that is entered and left as always (`scopes`). The task below
                      is registered in it as a child. When it fails, or does not end together with the request, there
                      is a genuine group with this scope, and it adopts the task.
    the stream        hands a message from the task below to its host (`channel`). With a second task below,
                      everything goes through a genuine stream.
    the event         a flag, and a future for each task that waits.

Both tasks take as many turns of the event loop as with Starlette. A turn is left out only when the loop has nothing
else to run (`nesting`).
"""

from __future__ import annotations

from asyncio import Future, Task, tasks
from asyncio.tasks import _enter_task as enter_task
from asyncio.tasks import _leave_task as leave_task
from contextlib import asynccontextmanager
from types import FunctionType, SimpleNamespace
from typing import Any, Awaitable, Callable, Coroutine, List, Optional, Tuple

from starlette.middleware import base
from starlette.middleware.base import BaseHTTPMiddleware

from fastapi._stand_ins.http.channel import Channel
from fastapi._stand_ins.http.loops import OpenLoop, OpenTask, interrupted, past_first_turn, turn
from fastapi._stand_ins.http.nesting import TASK_NAME, TurnHost, entries_of_turn, lone_step_of, run_next, take_turn
from fastapi._stand_ins.http.scopes import (
    OpenGroup,
    OpenScope,
    add_child,
    backend,
    current_task_of,
    enter,
    forget_child,
    group_of,
    leave,
    leave_group_within,
    waits_in_scope,
)


class Exchange(Channel):
    """Stands for the layer as `self` of Starlette's `__call__`, and for the objects of one request.

    PERF: it is the task group, the event and the sending end of the stream in one (benchmark `mw`).
    """

    # The cancel scope of the group, and the genuine group if there is one.
    scope: OpenScope = None
    _group: OpenGroup = None
    # Whether the task runs and anyio has not adopted it.
    is_light = False
    is_over = False
    # The host waits for this when the task below is to end.
    ended: Optional[Future[None]] = None
    # The callbacks of the group for the end of the task.
    _notices: Tuple[Tuple[Callable[..., object], Tuple[Any, ...]], ...] = ()
    is_sent = False
    _waiters: Tuple[Future[None], ...] = ()

    def __init__(self, layer: BaseHTTPMiddleware, loop: OpenLoop, is_open: bool) -> None:
        self.loop, self.is_open = loop, is_open
        self.layer = layer
        # PERF: not found by `__getattr__`.
        self.app = layer.app
        self.dispatch_func = layer.dispatch_func

    def __getattr__(self, name: str) -> Any:
        # Other attributes that a release of Starlette may look up in the layer.
        return getattr(self.layer, name)

    # ── The task below ──

    def _start(self, function: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Start the task below, as a child of the group that anyio does not know yet."""
        self.is_light = True
        if self.is_open:
            # PERF: `create_task` does the same without a task factory and outside of debug mode.
            task: Task[None] = tasks.Task(function(), loop=self.loop, name=TASK_NAME)
        else:
            task = self.loop.create_task(function(), name=TASK_NAME)
        self.task = task
        if self.is_open:
            self.step = lone_step_of(self.loop, task)
        add_child(self.scope, task)
        task.add_done_callback(self._on_end)

    def adopt(self) -> None:
        """Let the group run the task as one that it has started itself."""
        self.is_light = False
        task, scope, states = self.task, self.scope, backend()._task_states
        task.remove_done_callback(self._on_end)
        state, is_direct = states[task], task in scope._tasks
        left: List[Any] = []

        def start() -> Coroutine[Any, Any, None]:
            left.append(_nothing())
            found: Coroutine[Any, Any, None] = left[0]
            return found

        def find(loop: Any, coro: Any, **options: Any) -> Any:
            left.append(coro)
            return task

        def notice_later(callback: Callable[..., object], *arguments: Any, **options: Any) -> None:
            self._notices += ((callback, arguments),)

        self.loop.set_task_factory(find)
        if task.done():
            # The group is to notice this when `_on_end` is called.
            self.loop.call_soon = notice_later
        try:
            self.group().start_soon(start, name=TASK_NAME)
        finally:
            if task.done():
                del self.loop.call_soon
            self.loop.set_task_factory(None)
            for coro in reversed(left):
                coro.close()
            # The task may have entered a scope of its own.
            states[task] = state
            if not is_direct:
                scope._tasks.discard(task)

    def _on_end(self, task: Task[None]) -> None:
        """Notice the end of the task. The loop calls this in the turn after."""
        if self.is_light:
            if self.ended is not None and not self.ended.done():
                self.ended.set_result(None)
            if task.cancelled() or task.exception() is not None:
                # Anyio asks for the current task, and a callback of the loop runs in no task.
                host = self.scope._host_task
                enter_task(self.loop, host)
                try:
                    self.adopt()
                finally:
                    leave_task(self.loop, host)
            else:
                self.is_light = False
                forget_child(task)
        for callback, arguments in self._notices:
            callback(*arguments)
        self._notices = ()

    # ── The task group ──

    def group(self) -> OpenGroup:
        """Return the genuine task group."""
        group = self._group
        if group is None:
            group = self._group = group_of(self.scope)
        return group

    async def __aenter__(self) -> Exchange:
        self.scope = enter(current_task_of(self.loop))
        return self

    def start_soon(self, function: Any, *arguments: Any, name: Any = None) -> None:
        if self.task is None and not self.is_over and not arguments and name is None:
            self._start(function)
            return
        if self.is_light:
            self.adopt()
        # A task that waits in this channel waits in the genuine stream before the second task begins.
        self.genuine_streams()
        self.group().start_soon(function, *arguments, name=name)

    async def __aexit__(self, kind: object, error: object, traceback: object) -> Optional[bool]:
        self.is_over = True
        task, loop = self.task, self.loop
        interruption: Optional[BaseException] = None
        host: OpenTask = None
        try:
            if kind is None and self.is_light:
                host = current_task_of(loop)
                wait_scope: OpenScope = None
                try:
                    if self.is_open and not task.done() and entries_of_turn(loop, host, False, self.step) == 1:
                        # The task below ends in this turn, in most cases.
                        left = self._run_last_step(host)
                        if left is not None:
                            await left
                    if self.is_light:
                        ended: Future[None] = loop.create_future()
                        self.ended = ended
                        wait_scope = enter(host) if waits_in_scope() else None
                        await ended
                except BaseException as raised:
                    interruption = raised
                if interruption is not None:
                    return await self._leave_interrupted(interruption, wait_scope)
                if wait_scope is not None:
                    leave(wait_scope, host)
                if self._group is None:
                    leave(self.scope, host)
                    return None
                if self.ended is not None and not self._group._tasks:
                    # The group would have waited until the task failed, and it has waited here.
                    await past_first_turn(leave_collapsing(self._group, None, None, None))
                    return None
            if self.is_light:
                self.adopt()
            return await leave_collapsing(self.group(), kind, error, traceback)
        finally:
            # The traceback of the exception that leaves, which both tasks may end with, has this frame.
            self.task = self.step = None
            del task, host, error, traceback, interruption

    async def _leave_interrupted(self, error: BaseException, wait_scope: OpenScope) -> Optional[bool]:
        """Leave the group as one that gets `error` where it waits for the task below."""
        if self.is_light:
            self.adopt()
        group = self.group()
        waiting = leave_collapsing(group, None, None, None, wait_scope)
        # The task below may have ended after the host was woken, and before it got the error.
        others = set(group._tasks)
        group._tasks.add(self.task)
        waiting.send(None)
        group._tasks.intersection_update(others)
        left = interrupted(waiting, error)
        # The traceback has this frame.
        del error
        result: Optional[bool] = await left
        return result

    def _run_last_step(self, host: OpenTask) -> Optional[Awaitable[None]]:
        """Run the next step of the task below inside of its host; forget the task if it ends with it.

        Return the turn that the host has to take, None if it continues.
        """
        task, loop = self.task, self.loop
        # PERF: the loop does not have to be told (benchmark `mw`).
        task.remove_done_callback(self._on_end)
        left = run_next(loop, TurnHost(host, waits=True))
        if not task.done():
            task.add_done_callback(self._on_end)
        elif left is not None or not self._is_over_now(host):
            loop.call_soon(self._on_end, task)
        return left

    def _is_over_now(self, host: OpenTask) -> bool:
        """Forget the task below, which has ended, if the loop would have nothing else to do before its host goes on."""
        if self.task.cancelled() or self.task.exception() is not None or entries_of_turn(self.loop, host) != 0:
            return False
        self.is_light = False
        forget_child(self.task)
        return True

    # ── The event that the response is out ──

    def set(self) -> None:
        self.is_sent = True
        for future in self._waiters:
            if not future.done():
                future.set_result(None)

    def is_set(self) -> bool:
        return self.is_sent

    async def wait(self) -> None:
        if self.is_sent:
            entries = entries_of_turn(self.loop, current_task_of(self.loop)) if self.is_open else -1
            left = turn() if entries < 0 else take_turn(self.loop, current_task_of(self.loop)) if entries else None
            if left is not None:
                await left
            return
        future = self.loop.create_future()
        self._waiters += (future,)
        try:
            await future
        finally:
            self._waiters = tuple(each for each in self._waiters if each is not future)


async def _nothing() -> None:
    pass


async def leave_collapsing(
    group: Any, kind: Any, error: Any, traceback: Any, wait_scope: OpenScope = None
) -> Optional[bool]:
    """Leave a group that is open as Starlette's own function leaves it. It waits in `wait_scope`, if given."""

    genuine: Any = base.create_collapsing_task_group.__wrapped__  # type: ignore[attr-defined]
    names = {**genuine.__globals__, "anyio": SimpleNamespace(create_task_group=lambda: _Entered(group, wait_scope))}
    manager = asynccontextmanager(FunctionType(genuine.__code__, names))()
    await manager.__aenter__()
    left = manager.__aexit__(kind, error, traceback)
    # The traceback has this frame.
    del error, traceback
    return await left


class _Entered:
    """A group that is open already. It waits in `wait_scope`, if given."""

    __slots__ = ("_group", "_wait_scope")

    def __init__(self, group: OpenGroup, wait_scope: OpenScope) -> None:
        self._group, self._wait_scope = group, wait_scope

    async def __aenter__(self) -> OpenGroup:
        return self._group

    async def __aexit__(self, *error: object) -> object:
        leave_group = type(self._group).__aexit__ if self._wait_scope is None else leave_group_within(self._wait_scope)
        left = leave_group(self._group, *error)
        # The traceback has this frame.
        del error
        return await left
