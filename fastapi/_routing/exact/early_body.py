"""A body that is read before there is a request, and the request that shows it to later readers.

A request that reads its own body keeps it. The planned way reads the body first, and gives the request that it makes
later the same body, or the same error. So every later reader of that request (an exception handler, a dependency, the
endpoint) finds the same as on the exact way.
"""

from __future__ import annotations

from typing import Any, Awaitable, Callable, Optional

from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from fastapi._compat import Undefined

# Stands for a body that the exact way has to read.
UNREAD: object = object()


class EarlyBody:
    """A body, or the error met on reading it, and the request that has it."""

    __slots__ = ("_made", "body", "error", "raw")

    # Whether the exact way has to read the body.
    is_unread = False

    def __init__(
        self,
        body: Any,
        raw: Optional[bytes] = None,
        made: Optional[Request] = None,
        error: Optional[Exception] = None,
    ) -> None:
        self.body = body
        self.raw = raw
        self.error = error
        # The request that has read the body, if one has.
        self._made = made

    def request(self, scope: Scope, receive: Receive, send: Send) -> Optional[Request]:
        """Return the request as reading the body left it, None when nothing was read."""
        if self._made is None and self.raw is not None:
            self._made = Request(scope, receive, send)
            self._made._stream_consumed = True
            self._keep(self._made, self.raw)
        return self._made

    def _keep(self, request: Request, raw: bytes) -> None:
        request._body = raw
        if self.body is not Undefined:
            request._json = self.body

    def for_exact_way(self) -> object:
        """Return the body as the exact way reads it; `UNREAD` if the exact way has to read it."""
        return self.body


# For operations without a body.
NO_BODY = EarlyBody(None)


class UnreadBody(EarlyBody):
    """A body that `request` reads on the exact way. Its first message may have come already."""

    __slots__ = ()

    is_unread = True

    def __init__(self, request: Request) -> None:
        super().__init__(UNREAD, None, request)


class ReplayedMessage:
    """A `receive` that returns one message again, or raises one error again, before it receives further ones."""

    __slots__ = ("_error", "_message", "_receive", "is_given")

    def __init__(self, receive: Receive, message: Optional[Message], error: Optional[Exception]) -> None:
        self._receive = receive
        self._message = message
        self._error = error
        self.is_given = False

    async def receive(self) -> Message:
        if self.is_given:
            return await self._receive()
        self.is_given = True
        error, self._error = self._error, None
        if error is not None:
            try:
                raise error
            finally:
                # The traceback has this frame.
                del error
        return self._message  # type: ignore[return-value]


async def read_exactly(
    read: Callable[[Request], Awaitable[object]],
    replayed: Optional[ReplayedMessage],
    scope: Scope,
    receive: Receive,
    send: Send,
) -> EarlyBody:
    """Read the body with `read` and a new request, which receives the replayed message first."""
    request = Request(scope, receive if replayed is None else replayed.receive, send)
    try:
        return EarlyBody(await read(request), None, request)
    except Exception as error:
        return EarlyBody(Undefined, None, request, error)
    finally:
        if replayed is not None and replayed.is_given:
            request._receive = receive
