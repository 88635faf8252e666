"""Hands items from one task to another as a memory stream of anyio with room for one item does, in the same turns.

send      a turn, then: the item goes to a task that waits, into the room, or waits for room
receive   a turn, then: the item of the room (and a waiting one takes its place), the end, or a wait
"""

from __future__ import annotations

from asyncio import AbstractEventLoop, Future, TimerHandle
from math import inf
from types import coroutine
from typing import Any, Generator, Optional

from fastapi._stand_ins.anyio_names import BrokenResourceError, WouldBlock

# The steps of a task that waits, and their result. The event loop gets futures, and sends None.
Steps = Generator[Any, Any, Any]

# Stand for an item: the sender has left; the time is over; the room is empty.
END, TIME_IS_OVER, _NOTHING = object(), object(), object()


class Pipe:
    """The way from one task to one other."""

    __slots__ = (
        "_deadline",
        "_has_receiver",
        "_has_sender",
        "_loop",
        "_offered",
        "_receiver",
        "_room",
        "_sender",
        "_timer",
    )

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._has_sender = self._has_receiver = True
        self._room = _NOTHING
        # An item that waits for room, and the future that its sender waits for.
        self._offered: object = None
        self._sender: Optional[Future[None]] = None
        self._receiver: Optional[Future[object]] = None
        self._deadline = 0.0
        self._timer: Optional[TimerHandle] = None

    @coroutine
    def send(self, item: object) -> Generator[object, None, None]:
        """Send an item.

        Raises:
            BrokenResourceError: the receiver has left.
        """
        yield None
        if not self._has_receiver:
            raise BrokenResourceError
        receiver = self._receiver
        if receiver is not None and not receiver.done():
            self._receiver = None
            receiver.set_result(item)
        elif self._room is _NOTHING:
            self._room = item
        else:
            yield from self._wait_for_room(item)

    def _wait_for_room(self, item: object) -> Generator[object, None, None]:
        sender = self._sender = self._loop.create_future()
        self._offered = item
        try:
            # A stream waits where it has found no room, so that is the context of a cancellation.
            raise WouldBlock
        except WouldBlock:
            try:
                yield from sender
            finally:
                is_offered = self._sender is sender
                if is_offered:
                    self._sender = None
            if is_offered:
                raise BrokenResourceError from None

    @coroutine
    def receive(self) -> Steps:
        """Return the next item, or `END`."""
        yield
        item = self._take()
        if item is _NOTHING:
            item = yield from self._wait_for_item()
        return item

    @coroutine
    def receive_within(self, seconds: Optional[float]) -> Steps:
        """Return the next item, `END`, or `TIME_IS_OVER`. Without time, an item that is there waits."""
        deadline = inf if seconds is None else self._loop.time() + seconds
        yield
        item = TIME_IS_OVER if seconds is not None and seconds <= 0 else self._take()
        if item is _NOTHING:
            self._deadline = deadline
            self._set_timer()
            item = yield from self._wait_for_item()
        return item

    def _take(self) -> Any:
        item, sender = self._room, self._sender
        if sender is not None:
            self._sender = None
            self._room = self._offered
            if not sender.done():
                sender.set_result(None)
        elif item is not _NOTHING:
            self._room = _NOTHING
        elif not self._has_sender:
            return END
        return item

    def _wait_for_item(self) -> Steps:
        receiver = self._receiver = self._loop.create_future()
        try:
            # A stream waits where it has found nothing.
            raise WouldBlock
        except WouldBlock:
            try:
                return (yield from receiver)
            finally:
                if self._receiver is receiver:
                    self._receiver = None

    # ── The time ──

    def _set_timer(self) -> None:
        """Let a timer end at the deadline, or before it: then it is set again."""
        timer = self._timer
        if timer is not None:
            if timer.when() <= self._deadline:
                return
            timer.cancel()
        if self._deadline == inf:
            self._timer = None
            return
        self._timer = self._loop.call_at(self._deadline, self._notice_time)

    def _notice_time(self) -> None:
        self._timer = None
        receiver = self._receiver
        if receiver is None or receiver.done():
            return
        if self._loop.time() < self._deadline:
            self._set_timer()
            return
        self._receiver = None
        receiver.set_result(TIME_IS_OVER)

    # ── The ends ──

    def end(self) -> None:
        """Note that the sender has left: a task that waits for an item receives `END`."""
        self._has_sender = False
        receiver = self._receiver
        if receiver is not None and not receiver.done():
            self._receiver = None
            receiver.set_result(END)

    def leave(self) -> None:
        """Note that the receiver has left: sending fails."""
        self._has_receiver = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        sender = self._sender
        if sender is not None and not sender.done():
            sender.set_result(None)
