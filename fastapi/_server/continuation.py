"""The continuation of a request in uvicorn's own protocol.

uvicorn's protocol gets all bytes of the request again. The application that it calls is not that of the user: it only
waits until the task of the request ends, and lends that task its `receive` and `send`. So uvicorn itself writes the
response, its log lines and its errors.

    task of the request     endpoint ── send ──┐                      ┌── ends
    uvicorn's own task      Continuation.app ──┴ lends receive, send ─┴── returns or raises the same
"""

from __future__ import annotations

import asyncio
from typing import Optional, Tuple

from starlette.types import Message, Receive, Scope, Send


class Continuation:
    """Lends uvicorn's own channel to the task of a request."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        task: asyncio.Task[None],
        scope: Scope,
        start: Optional[Message],
        has_body: bool,
    ) -> None:
        self._task = task
        # The scope that the endpoint has and may change, and the one that uvicorn's own protocol reads.
        self._scope = scope
        self._own_scope: Scope = {}
        # The beginning of a response that has not left yet, and whether the request has received its body.
        self._start = start
        self._has_body = has_body
        self._channel: asyncio.Future[Tuple[Receive, Send]] = loop.create_future()
        self._ended: asyncio.Future[None] = loop.create_future()
        self._error: Optional[BaseException] = None
        # Whether the whole response has gone to uvicorn's own protocol.
        self.is_complete = False

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Lend the channel until the task of the request has ended, then end as the task has."""
        self._own_scope = scope
        try:
            if self._start is not None:
                scope.update(self._scope)
                await send(self._start)
            self._channel.set_result((receive, send))
        except asyncio.CancelledError:
            self._task.cancel()
        except Exception as error:
            # The next message of the request meets it.
            self._channel.set_exception(error)
            self._channel.exception()
        while not self._ended.done():
            try:
                await asyncio.shield(self._ended)
            except asyncio.CancelledError:
                # The server has cancelled this task, and means the request.
                self._task.cancel()
        failure, self._error = self._error, None
        if failure is not None:
            try:
                raise failure
            finally:
                # The traceback has this frame.
                del failure

    def is_abandoned(self) -> bool:
        """Whether the task that lends the channel has ended before it ran."""
        return not self._channel.done() and not self._ended.done()

    def end(self, error: Optional[BaseException]) -> None:
        """Note that the task of the request ends, with an exception if `error` is one."""
        self._error = error
        self._ended.set_result(None)

    async def receive(self) -> Message:
        receive, _ = await asyncio.shield(self._channel)
        message = await receive()
        if self._has_body and message["type"] == "http.request":
            self._has_body = False
            return await receive()
        return message

    async def send(self, message: Message) -> None:
        _, send = await asyncio.shield(self._channel)
        self._own_scope.update(self._scope)
        await send(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self.is_complete = True
