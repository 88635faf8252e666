"""A body that was read before anybody asked for a request, and the request that shows it to those who come later.

A request that reads its own body keeps what it has read. Whoever reads the body on the planned way keeps the same, so
that every later reader of the request finds what it would have found: exception handlers, dependencies, the endpoint.
That holds for a body that could not be read or parsed, too.
"""

from __future__ import annotations

from typing import Any, Awaitable, Callable, Optional

from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from fastapi._compat import Undefined

# What a request that was left to the exact way has instead of a body.
UNREAD: Any = object()


class Received:
    """A body that was read, or the error met on reading it; and what makes the request that has it."""

    __slots__ = ("body", "error", "made", "raw")

    # Whether nothing was read here, because only the exact way can go on.
    is_left = False

    def __init__(
        self,
        body: Any,
        raw: Optional[bytes] = None,
        made: Optional[Request] = None,
        error: Optional[Exception] = None,
    ) -> None:
        self.body = body
        self.raw = raw
        self.made = made
        self.error = error

    def request(self, scope: Scope, receive: Receive, send: Send) -> Optional[Request]:
        """Return the request as reading the body left it, None when nothing was read."""
        if self.made is None and self.raw is not None:
            self.made = Request(scope, receive, send)
            self.made._stream_consumed = True
            self._keep(self.made, self.raw)
        return self.made

    def _keep(self, request: Request, raw: bytes) -> None:
        request._body = raw
        if self.body is not Undefined:
            request._json = self.body

    def taken(self) -> Any:
        """Return the body as the exact way reads it; `UNREAD` when that is to read it."""
        return self.body


NOTHING = Received(None)


class Left(Received):
    """A body that the exact way is to read, by a request whose first message may have come already."""

    __slots__ = ()

    is_left = True

    def __init__(self, request: Request) -> None:
        super().__init__(UNREAD, None, request)


class First:
    """A `receive` that gives one message, or raises one error, before it receives further ones."""

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
        if self._error is not None:
            raise self._error
        return self._message  # type: ignore[return-value]


async def read_exactly(
    read: Callable[[Request], Awaitable[Any]], first: Optional[First], scope: Scope, receive: Receive, send: Send
) -> Received:
    """Let a request read its body with `read`. What was received before is given to it first."""
    request = Request(scope, receive if first is None else first.receive, send)
    try:
        return Received(await read(request), None, request)
    except Exception as error:
        return Received(Undefined, None, request, error)
    finally:
        if first is not None and first.is_given:
            request._receive = receive
