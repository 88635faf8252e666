"""Returning to the place of the route, after a request has skipped layers of the middleware stack.

An exception enters the skipped layers below them all, where the route would have raised it, so that it meets the same
exception handlers. The beginning of a response enters there as well: the handlers ask whether a response has begun.

The functions here call nothing of that. They return it as the `Rest` of the request: it is called where no `try` of
the planned way is around it, so an answer leaves only once.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Awaitable, Callable, NoReturn, Optional

from starlette._exception_handler import wrap_app_handling_exceptions
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fastapi._rest import Rest
from fastapi._routing.described.scope import has_callbacks
from fastapi._routing.planned.types import CoreAnswer, Runner
from fastapi._routing.tree.asgi import send_response
from fastapi._scope_keys import MIDDLEWARE_STACK_KEY

# A runner that sends with a `Watched`.
WatchedRunner = Callable[[CoreAnswer, Scope, Receive, "Watched"], Awaitable[Optional[Rest]]]


class Watched:
    """A `send` that keeps the message that began the response."""

    __slots__ = ("_send", "start")

    def __init__(self, send: Send) -> None:
        self._send = send
        self.start: Optional[Message] = None

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.start = message
        await self._send(message)

    async def send_rest(self, message: Message) -> None:
        """Send a message, unless it is the beginning, which has left already."""
        if message is not self.start:
            await self._send(message)

    def failed(self, error: Exception, request: Optional[Request]) -> Rest:
        """Return the rest that raises `error` at the route."""
        return Rest(raising(error, request, self.start), self.send_rest)


async def send_here(
    response: ASGIApp, request: Optional[Request], scope: Scope, receive: Receive, send: Send
) -> Optional[Rest]:
    """Send a response that an endpoint made; if that fails, return the rest that raises the error at the route."""
    watched = Watched(send)
    try:
        await send_response(response, scope, receive, watched.send)
    except Exception as error:
        return watched.failed(error, request)
    return None


def half_sent(error: Exception, start: Message, request: Optional[Request], send: Send) -> Rest:
    """Return the rest that raises `error`, met on sending a response that begins with `start`."""

    async def send_rest(message: Message) -> None:
        if message is not start:
            await send(message)

    return Rest(raising(error, request, start), send_rest)


def raising(error: Exception, request: Optional[Request], start: Optional[Message] = None) -> ASGIApp:
    """Return a route's application that sends `start`, the beginning of a response, if given, and raises `error`.

    Exception handlers get `request`, or a new request if None.
    """
    return at_route(raising_through(error, start), request)


def at_route(inner: ASGIApp, request: Optional[Request]) -> ASGIApp:
    """Return an application that calls `inner` as a route does: its exceptions go to the handlers in the scope."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        conn = Request(scope, receive, send) if request is None else request
        await wrap_app_handling_exceptions(inner, conn)(scope, receive, send)

    return app


def raising_through(error: BaseException, start: Optional[Message] = None) -> ASGIApp:
    """Return an application that raises `error` once. The traceback keeps the frames of the first time."""
    fail = raising_once(error)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if start is not None:
            await send(start)
        fail()

    return app


def raising_once(error: BaseException) -> Callable[..., NoReturn]:
    """Return a function that raises `error` again, and forgets it."""
    errors = [error]

    def fail(*arguments: object) -> NoReturn:
        raise_as_it_is(errors.pop())

    return fail


def raise_as_it_is(error: BaseException) -> NoReturn:
    """Raise an exception again with the context of the first time.

    Neither this frame nor its caller may refer to the exception afterwards. They are part of its traceback, so they
    would keep each other, and all that the frames of the request refer to, until a garbage collection.
    """
    context = error.__context__
    try:
        raise error
    finally:
        error.__context__ = context
        del error, context


def in_own_stack(run: WatchedRunner) -> Runner:
    """Wrap `run` with an exit stack for requests that have skipped `AsyncExitStackMiddleware`.

    The stack closes when that of the middleware would. If something fails, the stack of the middleware takes over its
    content.
    """

    async def run_in_own_stack(answer: CoreAnswer, scope: Scope, receive: Receive, send: Send) -> Optional[Rest]:
        watched = Watched(send)
        try:
            async with AsyncExitStack() as stack:
                scope[MIDDLEWARE_STACK_KEY] = stack
                rest = await run(answer, scope, receive, watched)
                if rest is not None:
                    return Rest(taking_over(stack.pop_all(), rest.app), rest.send)
        except Exception as error:
            # A file cannot be closed. The answer has left, and the route has been left.
            return Rest(raising_through(error, watched.start), watched.send_rest)
        return None

    return run_in_own_stack


def rest_with_stack(app: ASGIApp, stack: Optional[AsyncExitStack], watched: Watched) -> Rest:
    """Return the rest that calls `app`; the stack of the middleware takes over `stack` before, if it is given."""
    return Rest(app if stack is None else taking_over(stack.pop_all(), app), watched.send_rest)


async def close_stack(stack: AsyncExitStack, watched: Watched) -> Optional[Rest]:
    """Close a stack where the middleware would; return the rest that raises its error."""
    if has_callbacks(stack):
        try:
            await stack.aclose()
        except Exception as failure:
            return Rest(raising_through(failure, watched.start), watched.send_rest)
    return None


def taking_over(stack: AsyncExitStack, inner: ASGIApp) -> ASGIApp:
    """Return an application that calls `inner` after the stack of the middleware has taken over `stack`."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope[MIDDLEWARE_STACK_KEY].push_async_exit(stack)
        await inner(scope, receive, send)

    return app
