"""The end of the stream that the middleware receives messages from."""

from __future__ import annotations

from asyncio import Future
from typing import Any, Awaitable, Callable, Optional

from starlette.types import Message

from fastapi._stand_ins import anyio_names as _anyio_names
from fastapi._stand_ins.http.exchange import BROKEN, TAKEN, Exchange
from fastapi._stand_ins.http.loops import past_first_turn, turn, turn_before_others
from fastapi._stand_ins.http.scopes import current_task_of


class Receiver:
    """The end of the stream that messages are received from."""

    __slots__ = ("_exchange",)

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def __enter__(self) -> Receiver:
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()

    def close(self) -> None:
        exchange = self._exchange
        exchange.is_receiver_closed = True
        if exchange.streams is not None:
            exchange.streams[1].close()
        parked = exchange.parked
        if parked is not None and not parked.done():
            parked.set_result(BROKEN)

    def __aiter__(self) -> Receiver:
        return self

    async def __anext__(self) -> Message:
        exchange = self._exchange
        if exchange.mailbox and not exchange.starts and exchange.is_idle(current_task_of(exchange.loop)):
            # PERF: the usual second message, as `receive` takes it.
            message = self._take(exchange)
            if message is not None:
                return message
        try:
            return await self.receive()
        except _anyio_names.EndOfStream:
            raise StopAsyncIteration from None

    async def receive(self) -> Message:
        exchange = self._exchange
        if exchange.starts:
            exchange.starts = False
            host: Any = current_task_of(exchange.loop)
            interrupt = None
            is_idle = exchange.is_idle(host, 1)
            if is_idle:
                try:
                    exchange.run_next(host)
                except (KeyboardInterrupt, SystemExit) as error:
                    interrupt = error
            if not is_idle or interrupt is not None or host._must_cancel:
                await self._let_start(exchange, turn if not is_idle or interrupt else turn_before_others, interrupt)
            elif exchange.is_light and not exchange.is_settled():
                exchange.adopt()
            if exchange.is_handed_over is False:
                await self._wait_for_first(exchange)
        elif exchange.mailbox:
            if not exchange.is_idle(current_task_of(exchange.loop)):
                await turn()
        else:
            found: Message = await exchange.genuine_streams()[1].receive()
            return found
        message = self._take(exchange)
        if message is None:
            message = await past_first_turn(exchange.genuine_streams()[1].receive())
        return message

    @staticmethod
    def _take(exchange: Exchange) -> Optional[Message]:
        """Take the next message of a planned answer."""
        mailbox, parked = exchange.mailbox, exchange.parked
        if parked is None or not mailbox or exchange.is_receiver_closed:
            return None
        message = mailbox.pop(0)
        if not mailbox and not parked.done():
            parked.set_result(TAKEN)
        return message

    async def _let_start(
        self, exchange: Exchange, take_turn: Callable[[Any], Awaitable[None]], interrupt: Optional[BaseException]
    ) -> None:
        """Take the turn in which the task below begins, or has begun."""
        try:
            if interrupt is not None:
                # It leaves the loop, which may be started again.
                exchange.loop.call_soon(_raise, interrupt)
            await take_turn(exchange.loop)
        finally:
            if exchange.is_light and not exchange.is_settled():
                exchange.adopt()

    async def _wait_for_first(self, exchange: Exchange) -> None:
        woken: Future[None] = exchange.loop.create_future()
        exchange.waiting = woken, _anyio_names.get_current_task()
        try:
            # A stream waits where it has found nothing, so that is the context of a cancellation.
            raise _anyio_names.WouldBlock
        except _anyio_names.WouldBlock:
            try:
                await woken
            except BaseException:
                if woken.done() and not woken.cancelled():
                    # As in a stream, the message is lost.
                    exchange.mailbox.pop(0)
                raise


def _raise(error: BaseException) -> None:
    raise error
