"""One request between a function around requests and the application below it.

Starlette's `BaseHTTPMiddleware.__call__` runs here as it is installed. Three of the objects that it makes are made
anew, and each turns into the genuine one as soon as it matters:

    the task group    has a cancel scope of anyio's that is entered and left as always (`scopes`). The task below
                      is registered in it as a child. When that task waits for anything but its messages, or something
                      fails, there is a genuine group with this scope, and it adopts the task.
    the stream        keeps the two messages of a planned answer. Everything else goes through a genuine stream.
    the event         a flag, and a genuine event for tasks that wait.

A planned answer is a beginning and one body, with no code of the user's between them. So its task may put both messages
down and wait until the receiver takes the body. Before it ends, it may leave dependencies and run background tasks: if
one of these waits, anyio adopts the task. The task of the middleware takes as many turns of the event loop as with
Starlette. A turn is left out only when the loop has nothing else to run.
"""

from __future__ import annotations

import threading
from asyncio import AbstractEventLoop, Future, Task, tasks
from asyncio.tasks import _enter_task as enter_task
from asyncio.tasks import _leave_task as leave_task
from contextlib import asynccontextmanager
from types import FunctionType, SimpleNamespace
from typing import Any, Awaitable, Callable, Coroutine, List, Optional

import anyio
from starlette.middleware import base
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.types import Message, Receive, Scope, Send
from typing_extensions import Protocol

from fastapi._rest import Answering, Rest
from fastapi._stand_ins.http.loops import past_first_turn, turn
from fastapi._stand_ins.http.scopes import add_child, backend, current_task_of, enter, forget_child, group_of, leave


class Shortcut(Protocol):
    """The planned answers to requests that have passed one layer. An answer sends all messages, or none and a rest."""

    def ask(self, scope: Scope, receive: Receive, send: Send) -> Optional[Answering]:
        """Return the answer to a request, None if the layers below have to be called."""

    def go_on(self, rest: Rest, scope: Scope, receive: Receive) -> Awaitable[None]:
        """Call the layers below with the rest of a request."""
        ...


TASK_NAME = f"{base.__name__}.{BaseHTTPMiddleware.__qualname__}.__call__.<locals>.call_next.<locals>.coro"


class _Beginning(threading.local):
    # The exchange whose task begins inside of the task that has started it, which would be in the queue of the loop.
    exchange: Any = None


_beginning = _Beginning()


# Why a sender that has put down all messages continues: the receiver took them, it is closed, or they are sent again.
TAKEN, BROKEN, GENUINE = "taken", "broken", "genuine"


class Exchange:
    """Stands for the layer as `self` of Starlette's `__call__`, and for the objects of one request.

    PERF: it is the task group, the event and the sending end of the stream in one (benchmark `mw`).
    """

    __slots__ = (
        "_group",
        "_sent",
        "dispatch_func",
        "ended",
        "is_handed_over",
        "is_light",
        "is_open",
        "is_over",
        "is_receiver_closed",
        "is_sender_closed",
        "is_sent",
        "layer",
        "loop",
        "mailbox",
        "parked",
        "scope",
        "shortcut",
        "starts",
        "streams",
        "task",
        "waiting",
    )

    def __init__(
        self, layer: BaseHTTPMiddleware, shortcut: Optional[Shortcut], loop: AbstractEventLoop, is_open: bool
    ) -> None:
        self.layer = layer
        # PERF: not found by `__getattr__`.
        self.dispatch_func = layer.dispatch_func
        self.shortcut = shortcut
        self.loop: Any = loop
        # Whether the loop shows its queues.
        self.is_open = is_open
        # The cancel scope of the group, and the genuine group if there is one.
        self.scope: Any = None
        self._group: Any = None
        # The genuine event if there is one.
        self._sent: Any = None
        self.streams: Any = None
        self.task: Optional[Task[None]] = None
        self.mailbox: List[Message] = []
        # The task waits for this when it has put its last message into the mailbox.
        self.parked: Optional[Future[str]] = None
        self.waiting: Any = None
        self.ended: Optional[Future[None]] = None
        # is_light: whether the task runs and anyio has not adopted it.
        # starts: whether the task has been made and the one that made it has not waited yet.
        self.is_light = self.starts = self.is_over = self.is_sent = False
        self.is_sender_closed = self.is_receiver_closed = False
        # Set to False where the loop has other things to run, so that the receiver waits to be woken by the sender.
        self.is_handed_over = True

    def __getattr__(self, name: str) -> Any:
        # Other attributes that a release of Starlette may look up in the layer.
        return getattr(self.layer, name)

    def app(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Return the answer of the application below."""
        if self.is_light:
            shortcut = self.shortcut
            if shortcut is not None:
                answer = shortcut.ask(scope, receive, send)
                if answer is not None:
                    return self._answer(shortcut, answer, scope, receive)
            self.adopt()
        below: Awaitable[None] = self.layer.app(scope, receive, send)
        return below

    async def _answer(self, shortcut: Shortcut, answer: Answering, scope: Scope, receive: Receive) -> None:
        """Give a planned answer, and call the layers below with its rest."""
        rest = await answer
        if rest is None:
            return
        if self.is_light:
            self.adopt()
        await shortcut.go_on(rest, scope, receive)

    # ── The task below ──

    def start(self, function: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Start the task below, as a child of the group that anyio does not know yet."""
        self.starts = self.is_light = True
        if self.is_open:
            # PERF: `create_task` does the same without a task factory and outside of debug mode.
            task: Task[None] = tasks.Task(function(), loop=self.loop, name=TASK_NAME)
        else:
            task = self.loop.create_task(function(), name=TASK_NAME)
        self.task = task
        add_child(self.scope, task)
        task.add_done_callback(self._on_end)

    def is_settled(self) -> bool:
        """Whether the task below has put down all of its messages."""
        return self.is_light and self.parked is not None and not self.task.done()  # type: ignore[union-attr]

    def adopt(self) -> None:
        """Let the group run the task as one that it has started itself."""
        self.is_light = False
        task, scope, states = self.task, self.scope, backend()._task_states
        assert task is not None
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

        self.loop.set_task_factory(find)
        try:
            self.group().start_soon(start, name=TASK_NAME)
        finally:
            self.loop.set_task_factory(None)
            for coro in reversed(left):
                coro.close()
            # The task may have entered a scope of its own.
            states[task] = state
            if not is_direct:
                scope._tasks.discard(task)

    def _on_end(self, task: Task[None]) -> None:
        """Notice the end of the task. The loop calls this in the turn after."""
        if not self.is_light:
            return
        if self.ended is None or has_failed(task):
            # Anyio asks for the current task, and there is none in a callback.
            host = self.scope._host_task
            enter_task(self.loop, host)
            try:
                self.adopt()
            finally:
                leave_task(self.loop, host)
        else:
            self.is_light = False
            forget_child(task)
        if self.ended is not None and not self.ended.done():
            self.ended.set_result(None)

    def _end_now(self, host: Any) -> bool:
        """Let the task below end in this turn. Return whether it has ended well and is forgotten."""
        task = self.task
        assert task is not None
        task.remove_done_callback(self._on_end)
        self.run_next(host)
        if not task.done() or has_failed(task):
            self.adopt()
            return False
        self.is_light = False
        forget_child(task)
        return True

    async def _wait_for_end(self) -> bool:
        """Wait until the task below has ended, or anyio has adopted it. Return whether it is forgotten."""
        ended: Future[None] = self.loop.create_future()
        self.ended = ended
        await ended
        return not self.is_light and self._group is None

    # ── The task group ──

    def group(self) -> Any:
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
            self.start(function)
            return
        if self.is_light:
            self.adopt()
        parked = self.parked
        if parked is not None and not parked.done():
            # The first task waits in the genuine stream before the second one begins.
            parked.set_result(GENUINE)
        self.group().start_soon(function, *arguments, name=name)

    async def __aexit__(self, kind: Any, error: Any, traceback: Any) -> Optional[bool]:
        self.is_over = True
        if kind is None and self.is_settled():
            host = current_task_of(self.loop)
            try:
                if self.is_idle(host, 1):
                    has_ended = self._end_now(host)
                    if has_ended and not self.is_idle(host):
                        await turn()
                else:
                    has_ended = await self._wait_for_end()
            except BaseException as cancelled:
                if self.is_light:
                    self.adopt()
                await _leave_collapsing(self.group(), type(cancelled), cancelled, cancelled.__traceback__)
                raise
            if has_ended:
                leave(self.scope, host)
                return None
        if self.is_light:
            self.adopt()
        return await _leave_collapsing(self.group(), kind, error, traceback)

    # ── The event that the response is out ──

    def set(self) -> None:
        self.is_sent = True
        if self._sent is not None:
            self._sent.set()

    def is_set(self) -> bool:
        return self.is_sent

    async def wait(self) -> None:
        if self.is_sent and self.is_light and self.is_idle(self.task):
            return
        genuine = self._sent
        if genuine is None:
            genuine = self._sent = anyio.Event()
            if self.is_sent:
                genuine.set()
        await genuine.wait()

    # ── The end of the stream that messages are sent to ──

    def __enter__(self) -> Exchange:
        return self

    def __exit__(self, *error: Any) -> None:
        # PERF: as `close`.
        self.is_sender_closed = True
        if self.streams is not None:
            self.streams[0].close()

    def close(self) -> None:
        self.is_sender_closed = True
        if self.streams is not None:
            self.streams[0].close()

    async def send(self, message: Message) -> None:
        if not self.is_light:
            await self.genuine_streams()[0].send(message)
            return
        # This is the first step of the task. Code of the user's comes only after the receiver has taken the body.
        mailbox = self.mailbox
        mailbox.append(message)
        if message["type"] == "http.response.start":
            return
        parked = self.parked = Future(loop=self.loop)
        try:
            if not self.is_idle(self.task):
                await self._hand_over()
            has_waited = not parked.done()
            outcome = await parked
        except BaseException:
            mailbox.clear()
            raise
        if outcome is GENUINE:
            messages, mailbox[:] = mailbox[:], []
            for each in messages:
                await past_first_turn(self.genuine_streams()[0].send(each))
        elif outcome is BROKEN:
            is_all_left = len(mailbox) > 1
            mailbox.clear()
            if is_all_left and has_waited and not self.is_idle(self.task):
                # The first message was refused before the second one, which takes a turn of its own.
                await turn()
            raise anyio.BrokenResourceError

    async def _hand_over(self) -> None:
        """Wake the receiver of the first message after a turn, and take another before the second, as a stream does."""
        self.is_handed_over = False
        await turn()
        waiting = self.waiting
        if waiting is not None and not waiting[0].done() and not waiting[1].has_pending_cancellation():
            waiting[0].set_result(None)
        await turn()

    # ── Turns ──

    def is_idle(self, task: Any, own: int = 0) -> bool:
        """Whether a turn of `task`, the current one, runs only `own` entries of this exchange.

        A loop that hides its queues may have anything to run.
        """
        loop = self.loop
        return (
            self.is_open
            and not task._must_cancel
            and _beginning.exchange in (None, self)
            and len(loop._ready) == own
            and not loop._stopping
            and (not loop._scheduled or loop._scheduled[0]._when >= loop.time() + loop._clock_resolution)
        )

    def run_next(self, host: Any) -> None:
        """Run now, inside of the current task, the step of the task below that the loop runs next.

        PERF: a turn of the loop asks the operating system for events (benchmark `mw`).
        """
        loop = self.loop
        handle = loop._ready.popleft()
        before, _beginning.exchange = _beginning.exchange, self
        leave_task(loop, host)
        try:
            handle._run()
        finally:
            enter_task(loop, host)
            _beginning.exchange = before

    def genuine_streams(self) -> Any:
        """Return the genuine ends of a stream, sender first."""
        streams = self.streams
        if streams is None:
            streams = self.streams = anyio.create_memory_object_stream()
            end: Any
            for end, is_closed in zip(streams, (self.is_sender_closed, self.is_receiver_closed)):
                if is_closed:
                    end.close()
        return streams


def has_failed(task: Task[None]) -> bool:
    return task.cancelled() or task.exception() is not None


async def _nothing() -> None:
    pass


async def _leave_collapsing(group: Any, kind: Any, error: Any, traceback: Any) -> Optional[bool]:
    """Leave a group that is open as Starlette's own function leaves it."""

    class Entered:
        async def __aenter__(self) -> Any:
            return group

        async def __aexit__(self, *error: Any) -> Any:
            return await group.__aexit__(*error)

    genuine: Any = base.create_collapsing_task_group.__wrapped__  # type: ignore[attr-defined]
    names = {**genuine.__globals__, "anyio": SimpleNamespace(create_task_group=Entered)}
    manager = asynccontextmanager(FunctionType(genuine.__code__, names))()
    await manager.__aenter__()
    return await manager.__aexit__(kind, error, traceback)
