"""A body that was read before anybody asked for a request, and what shows it to those who come later."""

from __future__ import annotations

from typing import Any, Optional

from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from fastapi._compat import Undefined


class Received:
    """A body that was read, and what makes a request that has it: for exception handlers, and for the exact way."""

    __slots__ = ("body", "made", "raw")

    # Whether nothing was read here, because only the exact way can go on.
    is_left = False

    def __init__(self, body: Any, raw: Optional[bytes], made: Optional[Request]) -> None:
        self.body = body
        self.raw = raw
        self.made = made

    def request(self, scope: Scope, receive: Receive, send: Send) -> Optional[Request]:
        """Return the request as reading the body left it, None when nothing was read."""
        if self.made is None and self.raw is not None:
            self.made = Request(scope, receive, send)
            self.made._body = self.raw
            if self.body is not Undefined:
                self.made._json = self.body
        return self.made

    def again(self, scope: Scope, receive: Receive) -> Receive:
        """Return a `receive` that gives the body once more."""
        raw = self.raw if self.made is None else getattr(self.made, "_body", None)
        return receive if raw is None else replaying({"type": "http.request", "body": raw}, receive)


NOTHING = Received(None, None, None)


def replaying(message: Message, receive: Receive) -> Receive:
    """Return a `receive` that gives `message` first."""
    pending = [message]

    async def replay() -> Message:
        return pending.pop() if pending else await receive()

    return replay


def failing(error: Exception) -> Receive:
    """Return a `receive` that raises."""

    async def fail() -> Message:
        raise error

    return fail
