"""The stream between the task below a function around requests and its host, the task of the function.

It has no buffer, as the stream of anyio that Starlette makes: a message leaves when the host takes it. Both ends take
the same turns of the event loop as with anyio:

    send       a turn; then the host gets the message if it waits, else the sender waits until the host takes it
    receive    a turn; then the first sender that waits hands over its message, else the host waits

A turn that has only steps of tasks below layers is taken inside of the current task (`nesting`).
"""

from __future__ import annotations

from asyncio import CancelledError, Future, Handle
from types import coroutine
from typing import Any, Awaitable, Callable, Generator, Optional, Tuple

import anyio
from starlette.types import Message

from fastapi._stand_ins import anyio_names as _anyio_names
from fastapi._stand_ins.http.loops import OpenLoop, OpenTask, past_first_turn, turn
from fastapi._stand_ins.http.nesting import TurnHost, entries_of_turn, lone_step_of, run_next, take_turn
from fastapi._stand_ins.http.scopes import current_task_of, forget_cancellation, is_in_cancelled_scope

# Why an end that has waited continues.
DONE, WITHDRAWN, GENUINE = "done", "withdrawn", "genuine"


class Waiting:
    """A task that waits for a message."""

    __slots__ = ("future", "item", "task")

    # Set when the message is there.
    item: Message

    def __init__(self, future: Future[str]) -> None:
        self.future = future
        self.task = _anyio_names.get_current_task()


# An `AttributeError` of the missing message, which is the context of `EndOfStream`, names it.
Waiting.__name__ = "_MemoryObjectItemReceiver"


@coroutine
def _offer(channel: Channel, task: OpenTask, message: Message) -> Generator[None, None, bool]:
    """Take a turn of the loop. Return whether the host has taken the message in it.

    The task would have begun to wait in this turn, and the host would have woken it.
    """
    if channel.offered is not None:
        del task
        yield
        return False
    offer = channel.offered = task, message
    try:
        yield
    except CancelledError as cancelled:
        if channel.offered is offer:
            raise
        if not is_in_cancelled_scope(task):
            # The task would have waited, where a stream has found no receiver.
            cancelled.__context__ = _anyio_names.WouldBlock()
            raise
        forget_cancellation(task)
    finally:
        is_taken = channel.offered is not offer
        if not is_taken:
            channel.offered = None
    return is_taken


class Channel:
    """The sending end of the stream, and the state of both ends.

    PERF: the attributes are those of the class until they change (benchmark `mw`).
    """

    # Whether the loop shows its queues.
    is_open: bool
    loop: OpenLoop
    # Set while the host waits for a message and runs the task below inside of its own step.
    host: Optional[TurnHost] = None
    # The message that the host gets when it continues.
    box: Optional[Message] = None
    # A task that takes its turn before it looks whether the host waits, and its message.
    offered: Optional[Tuple[OpenTask, Message]] = None
    senders: Tuple[Tuple[Future[str], Message], ...] = ()
    receivers: Tuple[Waiting, ...] = ()
    is_sender_closed = is_receiver_closed = False
    # The ends of a genuine stream if several tasks below send.
    streams: Any = None
    # The task below, and the result of `lone_step_of` for it.
    task: OpenTask = None
    step: Optional[Handle] = None

    # ── Sending ──

    async def send(self, message: Message) -> None:
        if self.streams is not None:
            await self.streams[0].send(message)
            return
        # No frame here refers to a task when an exception leaves it: the task may end with that exception, whose
        # traceback has the frame.
        current = current_task_of
        entries = entries_of_turn(self.loop, current(self.loop), self.host is not None) if self.is_open else -1
        if entries < 0:
            if await _offer(self, current(self.loop), message):
                return
        else:
            left = take_turn(self.loop, current(self.loop)) if entries else None
            if left is not None:
                await left
            elif self.host is not None and not self.host.is_busy and not self.is_sender_closed:
                # In the turn that was left out, the host has begun to wait.
                self.host.wake(self.loop)
                self.box = message
                return
        if self.streams is not None:
            await past_first_turn(self.streams[0].send(message))
            return
        if self.is_sender_closed:
            raise _anyio_names.ClosedResourceError
        if self.is_receiver_closed:
            raise anyio.BrokenResourceError
        if not self._wake_receiver(message):
            await self._wait_until_taken(message)

    def _wake_receiver(self, message: Message) -> bool:
        while self.receivers:
            waiting, *others = self.receivers
            self.receivers = tuple(others)
            if not waiting.task.has_pending_cancellation():
                waiting.item = message
                _wake(waiting.future, DONE)
                return True
        return False

    async def _wait_until_taken(self, message: Message) -> None:
        try:
            # A stream waits where it finds that no one receives, so that is the context of errors.
            raise _anyio_names.WouldBlock
        except _anyio_names.WouldBlock:
            sender = (self.loop.create_future(), message)
            self.senders += (sender,)
            try:
                outcome = await sender[0]
            finally:
                is_left = any(each is sender for each in self.senders)
                self.senders = tuple(each for each in self.senders if each is not sender)
            if outcome is GENUINE:
                await past_first_turn(self.genuine_streams()[0].send(message))
            elif outcome is WITHDRAWN:
                raise _anyio_names.ClosedResourceError from None
            elif is_left:
                raise anyio.BrokenResourceError from None

    # PERF: called without a frame. Starlette's code leaves the value.
    __enter__: Callable[[], object] = bool

    def __exit__(self, *error: object) -> None:
        if not self.is_sender_closed:
            self.close()

    def close(self) -> None:
        """Close the sending end: there are no more messages."""
        if self.is_sender_closed:
            return
        self.is_sender_closed = True
        if self.streams is not None:
            self.streams[0].close()
        host = self.host
        if host is not None and not host.is_busy:
            host.wake(self.loop)
        if self.senders or self.receivers:
            self._wake_all(WITHDRAWN)

    # ── Receiving ──

    async def receive(self) -> Message:
        if self.streams is not None:
            found: Message = await self.streams[1].receive()
            return found
        entries = entries_of_turn(self.loop, current_task_of(self.loop), False, self.step) if self.is_open else -1
        message = None
        if entries < 0:
            await turn()
        elif entries:
            offer = self.offered
            if offer is not None and self.may_take(offer):
                self.offered = None
                return offer[1]
            is_busy = bool(self.senders or self.is_sender_closed or self.is_receiver_closed)
            host: Any = TurnHost(current_task_of(self.loop), is_busy)
            left = self._let_others_run(host)
            self.step = lone_step_of(self.loop, self.task) if left is None else None
            message, self.box = self.box, None
            has_waited = host.has_waited()
            del host, offer
            if left is not None:
                await self._take_turn(left, message, has_waited)
            if message is None and has_waited and self.is_sender_closed and self.streams is None:
                return self._end_after_waiting()
        if message is None:
            message = self._take()
        return await self._wait_for_message() if message is None else message

    def may_take(self, offer: Tuple[OpenTask, Message]) -> bool:
        """Whether the only task in the queue, which offers a message, would begin to wait until the host takes it."""
        return not (offer[0]._must_cancel or self.senders or self.is_receiver_closed) and self.streams is None

    def _let_others_run(self, host: TurnHost) -> Optional[Awaitable[None]]:
        """Run the only entry of a turn inside of the host. Return the turn that the host has to take after all."""
        if host.is_busy:
            return run_next(self.loop, host)
        self.host = host
        try:
            return run_next(self.loop, host)
        finally:
            self.host = None

    async def _take_turn(self, left: Awaitable[None], message: Optional[Message], has_waited: bool) -> None:
        """Take a turn in which the host is cancelled, in most cases."""
        try:
            if not has_waited:
                await left
                return
            # After its first turn, the host has waited for the message.
            try:
                raise _anyio_names.WouldBlock
            except _anyio_names.WouldBlock:
                await left
        except CancelledError:
            # A scope does not cancel a task that has been woken. It tries again in the next turn.
            if message is None or not is_in_cancelled_scope(current_task_of(self.loop)):
                raise

    def _take(self) -> Optional[Message]:
        """Return the message of the first task that waits to send, None if there is none."""
        if self.streams is not None:
            return None
        if self.is_receiver_closed:
            raise _anyio_names.ClosedResourceError
        if self.senders:
            (future, message), *others = self.senders
            self.senders = tuple(others)
            _wake(future, DONE)
            return message
        if self.is_sender_closed:
            raise _anyio_names.EndOfStream
        return None

    async def _wait_for_message(self) -> Message:
        message: Message
        if self.streams is not None:
            message = await past_first_turn(self.streams[1].receive())
            return message
        waiting = Waiting(self.loop.create_future())
        self.receivers += (waiting,)
        try:
            # A stream waits where it has found nothing, so that is the context of a cancellation.
            raise _anyio_names.WouldBlock
        except _anyio_names.WouldBlock:
            try:
                outcome = await waiting.future
            finally:
                self.receivers = tuple(each for each in self.receivers if each is not waiting)
            if outcome is GENUINE:
                message = await past_first_turn(self.genuine_streams()[1].receive())
                return message
            return self._item_of(waiting)

    def _item_of(self, waiting: Waiting) -> Message:
        try:
            return waiting.item
        except AttributeError:
            if self.is_receiver_closed:
                raise _anyio_names.ClosedResourceError from None
            raise _anyio_names.EndOfStream from None

    def _end_after_waiting(self) -> Message:
        """Raise the end of the stream with the context that it has for a host that has waited for a message."""
        try:
            raise _anyio_names.WouldBlock
        except _anyio_names.WouldBlock:
            return self._item_of(Waiting(self.loop.create_future()))

    def close_receiver(self) -> None:
        """Close the receiving end: messages that are sent from now on are refused."""
        if self.is_receiver_closed:
            return
        self.is_receiver_closed = True
        if self.streams is not None:
            self.streams[1].close()
        for future, _ in self.senders:
            # It finds its message left.
            _wake(future, DONE)
        receivers, self.receivers = self.receivers, ()
        for waiting in receivers:
            _wake(waiting.future, WITHDRAWN)

    # ── The genuine stream ──

    def genuine_streams(self) -> Any:
        """Return the genuine ends of a stream, sender first. From now on all messages go through it."""
        streams = self.streams
        if streams is None:
            streams = self.streams = _anyio_names.create_memory_object_stream()
            end: Any
            for end, is_closed in zip(streams, (self.is_sender_closed, self.is_receiver_closed)):
                if is_closed:
                    end.close()
            self._wake_all(GENUINE)
        return streams

    def _wake_all(self, outcome: str) -> None:
        senders, self.senders = self.senders, ()
        receivers, self.receivers = self.receivers, ()
        for waiting in receivers:
            _wake(waiting.future, outcome)
        for future, _ in senders:
            _wake(future, outcome)


class Receiver:
    """The receiving end of a channel."""

    __slots__ = ("_channel", "receive")

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self.receive = channel.receive

    def close(self) -> None:
        channel = self._channel
        # PERF: no other end waits in most cases.
        if channel.streams is None and not channel.senders and not channel.receivers:
            channel.is_receiver_closed = True
        else:
            channel.close_receiver()

    __enter__: Callable[[], object] = bool

    def __exit__(self, *error: object) -> None:
        if not self._channel.is_receiver_closed:
            self.close()

    def __aiter__(self) -> Receiver:
        return self

    async def __anext__(self) -> Message:
        channel = self._channel
        offer = channel.offered
        # PERF: the usual body, as `receive` takes it.
        if (
            offer is not None
            and channel.is_open
            and entries_of_turn(channel.loop, current_task_of(channel.loop), False, channel.step) == 1
            and channel.may_take(offer)
        ):
            channel.offered = None
            return offer[1]
        try:
            return await channel.receive()
        except _anyio_names.EndOfStream:
            raise StopAsyncIteration from None


def _wake(future: Future[str], outcome: str) -> None:
    if not future.done():
        future.set_result(outcome)
