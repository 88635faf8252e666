"""Answering outside of the middleware stack, and going on inside of it when something fails after all.

What leaves as an exception enters the middleware stack in its middle, where it would have met the exception handlers;
and so does the beginning of a response, for they ask about that.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Optional, Tuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fastapi._routing.route import send_response
from fastapi._waiting import call_here

if TYPE_CHECKING:
    from fastapi._routing.runner import Answer, CallAtRoute, Runner

_MIDDLE_STACK = "fastapi_middleware_astack"


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
        return going_on(error, watched.start), watched.send_rest
    return None, send


def going_on(error: Exception, start: Optional[Message] = None) -> ASGIApp:
    """Return an application that raises `error`, after the beginning of a response if there was one.

    The traceback keeps the frames that it came from.
    """

    async def fail(scope: Scope, receive: Receive, send: Send) -> None:
        if start is not None:
            await send(start)
        raise error

    return fail


def in_own_stack(run: Runner) -> Runner:
    """Return a runner with an exit stack of its own, where the request has not come to the one of the middleware.

    What is in it is left when the other would have left it: when something fails, the other takes it over.
    """

    async def run_in_own_stack(answer: Answer, scope: Scope, receive: Receive, send: Send, call: CallAtRoute) -> None:
        if call is call_here:
            await run(answer, scope, receive, send, call)
            return
        async with AsyncExitStack() as stack:
            scope[_MIDDLE_STACK] = stack
            await run(answer, scope, receive, send, _handing_over(stack, call))

    return run_in_own_stack


def _handing_over(stack: AsyncExitStack, call: CallAtRoute) -> CallAtRoute:
    async def call_in_stack(
        inner: ASGIApp, request: Optional[Request], scope: Scope, receive: Receive, send: Send
    ) -> None:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope[_MIDDLE_STACK].push_async_exit(stack.pop_all())
            await inner(scope, receive, send)

        await call(app, request, scope, receive, send)

    return call_in_stack
