"""Answering outside of the middleware stack, and what goes on inside of it when something fails after all.

What leaves as an exception enters the middleware stack in its middle, where it would have met the exception handlers;
and so does the beginning of a response, for they ask about that.

Nothing here calls what goes on. It is returned as the `Rest` of the request, and called where no `try` of the planned
way is around it: an answer leaves once.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Awaitable, Callable, Optional

from starlette._exception_handler import wrap_app_handling_exceptions
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fastapi._rest import Rest
from fastapi._routing.planned.types import CoreAnswer, Runner
from fastapi._routing.tree.asgi import send_response
from fastapi._scope_keys import MIDDLEWARE_STACK_KEY

# A runner that sends with a `Watched`.
WatchedRunner = Callable[[CoreAnswer, Scope, Receive, "Watched"], Awaitable[Optional[Rest]]]


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

    def failed(self, error: Exception, request: Optional[Request]) -> Rest:
        """Return what goes on at the route when `error` was raised there."""
        return Rest(raising(error, request, self.start), self.send_rest)


async def respond_here(
    response: Response, request: Optional[Request], scope: Scope, receive: Receive, send: Send
) -> Optional[Rest]:
    """Send a response that an endpoint made; return what goes on inside of the stack if that fails."""
    watched = Watched(send)
    try:
        await send_response(response, scope, receive, watched.send)
    except Exception as error:
        return watched.failed(error, request)
    return None


def half_sent(error: Exception, start: Message, request: Optional[Request], send: Send) -> Rest:
    """Return what goes on when sending a response failed that begins with `start`."""

    async def send_rest(message: Message) -> None:
        if message is not start:
            await send(message)

    return Rest(raising(error, request, start), send_rest)


def raising(error: Exception, request: Optional[Request], start: Optional[Message] = None) -> ASGIApp:
    """Return the application of a route that raises `error`, after the beginning of a response if there was one.

    Exception handlers get `request`, or a new one if nothing was read.
    """
    return at_route(raising_through(error, start), request)


def at_route(inner: ASGIApp, request: Optional[Request]) -> ASGIApp:
    """Return an application that calls `inner` as a route does: its exceptions go to the handlers in the scope."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        conn = Request(scope, receive, send) if request is None else request
        await wrap_app_handling_exceptions(inner, conn)(scope, receive, send)

    return app


def raising_through(error: Exception, start: Optional[Message] = None) -> ASGIApp:
    """Return an application that raises `error`. The traceback keeps the frames that it came from."""

    async def fail(scope: Scope, receive: Receive, send: Send) -> None:
        if start is not None:
            await send(start)
        raise_as_it_is(error)

    return fail


def raise_as_it_is(error: Exception) -> None:
    """Raise an exception that was raised before: its context is that of the first time."""
    context = error.__context__
    try:
        raise error
    finally:
        error.__context__ = context


def in_own_stack(run: WatchedRunner) -> Runner:
    """Return a runner with an exit stack of its own, for a request that has not come to the one of the middleware.

    What is in it is left when the other would have left it: when something fails, the other takes it over.
    """

    async def run_in_own_stack(answer: CoreAnswer, scope: Scope, receive: Receive, send: Send) -> Optional[Rest]:
        watched = Watched(send)
        try:
            async with AsyncExitStack() as stack:
                scope[MIDDLEWARE_STACK_KEY] = stack
                rest = await run(answer, scope, receive, watched)
                if rest is not None:
                    return Rest(_taking_over(stack.pop_all(), rest.app), rest.send)
        except Exception as error:
            # A file that cannot be closed: by then the answer is out, and the route has been left.
            return Rest(raising_through(error, watched.start), watched.send_rest)
        return None

    return run_in_own_stack


def _taking_over(stack: AsyncExitStack, inner: ASGIApp) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope[MIDDLEWARE_STACK_KEY].push_async_exit(stack)
        await inner(scope, receive, send)

    return app
