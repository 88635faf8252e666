"""Answering outside of the middleware stack, and going on inside of it when something fails after all.

What leaves as an exception enters the middleware stack in its middle, where it would have met the exception handlers;
and so does the beginning of a response, for they ask about that.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Any, Optional, Tuple

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fastapi._routing.route import send_response

MIDDLE_STACK = "fastapi_middleware_astack"


class Watched:
    """Keeps the message that began the response."""

    __slots__ = ("_send", "start")

    def __init__(self, send: Send) -> None:
        self._send = send
        self.start: Optional[Message] = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
        await self._send(message)

    async def send_rest(self, message: Message) -> None:
        """Send what has not been sent."""
        if message is not self.start:
            await self._send(message)


async def send_outside(
    response: Response, scope: Scope, receive: Receive, send: Send
) -> Tuple[Optional[ASGIApp], Send]:
    """Send a response. If that fails: return what goes on inside of the stack, and what sends the rest."""
    watched = Watched(send)
    try:
        await send_response(response, scope, receive, watched.send)
    except Exception as error:
        return going_on(error, watched.start, None), watched.send_rest
    return None, send


def going_on(error: Exception, start: Optional[Message], unfinished: Optional[AsyncExitStack]) -> ASGIApp:
    """Return an application that goes on where another has failed: what had begun there has begun here."""

    async def fail(scope: Scope, receive: Receive, send: Send) -> None:
        if unfinished is not None:
            outer: Any = scope[MIDDLE_STACK]
            outer.push_async_exit(unfinished)
        if start is not None:
            await send(start)
        raise error

    return fail
