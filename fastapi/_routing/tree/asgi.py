"""The ASGI applications around the handlers of routes: they own the exit stacks of a request or connection."""

from __future__ import annotations

import functools
from contextlib import AsyncExitStack
from typing import Awaitable, Callable, Optional, Tuple, Union, cast

from starlette import __version__ as starlette_version
from starlette._exception_handler import wrap_app_handling_exceptions
from starlette._utils import is_async_callable
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from fastapi._scope_keys import FUNCTION_STACK_KEY, REQUEST_STACK_KEY
from fastapi._stand_ins.forms.reading import accelerate
from fastapi.exceptions import FastAPIError

# The exit stack of a request, and that of its function.
Stacks = Tuple[AsyncExitStack, AsyncExitStack]


def request_response(
    func: Callable[[Request], Union[Awaitable[Response], Response]],
) -> ASGIApp:
    """Turn `func(request) -> response` into an ASGI application that owns the exit stacks of the request.

    The function stack closes between the endpoint and the response, the request stack after the response, its
    background tasks included. Exceptions meet the handlers only after both.
    """
    call = cast(
        Callable[[Request], Awaitable[Response]],
        func if is_async_callable(func) else functools.partial(run_in_threadpool, func),  # type: ignore[call-arg]
    )

    app = answer_request(call)
    app.__qualname__ = "request_response.<locals>.app"
    app.handler = func  # type: ignore[attr-defined]
    return app


def answer_request(call: Callable[[Request], Awaitable[Response]], made: Optional[Request] = None) -> ASGIApp:
    """Return an ASGI application that lets `call` make the response to a request: `made`, or a new one."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send) if made is None else made
        # For endpoints and dependencies that take the request and read its form themselves.
        accelerate(request)

        respond = functools.partial(answer_in_stacks, call, request)
        await wrap_app_handling_exceptions(respond, request)(scope, receive, send)

    return app


async def answer_in_stacks(
    call: Callable[[Request], Awaitable[ASGIApp]],
    request: Request,
    scope: Scope,
    receive: Receive,
    send: Send,
    stacks: Optional[Stacks] = None,
) -> None:
    """Let `call` make the response, and send it; dependencies are left before the sending or after it.

    `stacks` are the stacks of the request, and of the function, if the request has them already.
    """
    response_awaited = False
    open_request_stack, open_function_stack = stacks or (AsyncExitStack(), AsyncExitStack())
    async with open_request_stack as request_stack:
        scope[REQUEST_STACK_KEY] = request_stack
        async with open_function_stack as function_stack:
            scope[FUNCTION_STACK_KEY] = function_stack
            response = await call(request)
        await send_response(response, scope, receive, send)
        response_awaited = True
    if not response_awaited:
        # A dependency swallowed the exception: there is nothing to send.
        raise FastAPIError(_RESPONSE_NOT_AWAITED)


# Starlette before 0.46 runs a stream in a task group and lets its error out inside of an exception group.
STREAMS_RAISE_GROUPS = starlette_version.startswith(("0.44.", "0.45."))


async def send_response(response: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Send a response; the error of a stream is raised as later releases of Starlette do, without a group around it."""
    if not (STREAMS_RAISE_GROUPS and isinstance(response, StreamingResponse)):
        await response(scope, receive, send)
        return
    from starlette._utils import collapse_excgroups  # type: ignore[attr-defined, unused-ignore]

    with collapse_excgroups():
        await response(scope, receive, send)


_RESPONSE_NOT_AWAITED = (
    "Response not awaited. There's a high chance that the application code is raising an exception and a dependency "
    "with yield has a block with a bare except, or a block with except Exception, and is not raising the exception "
    "again. Read more about it in the docs: "
    "https://fastapi.tiangolo.com/tutorial/dependencies/dependencies-with-yield/#dependencies-with-yield-and-except"
)


def websocket_session(func: Callable[[WebSocket], Awaitable[None]]) -> ASGIApp:
    """Turn `func(websocket)` into an ASGI application that owns the exit stacks of the connection."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        websocket = WebSocket(scope, receive=receive, send=send)
        serve = functools.partial(_serve_in_stacks, func, websocket)
        await wrap_app_handling_exceptions(serve, websocket)(scope, receive, send)

    return app


async def _serve_in_stacks(
    serve: Callable[[WebSocket], Awaitable[None]], websocket: WebSocket, scope: Scope, receive: Receive, send: Send
) -> None:
    """Serve a connection. Its dependencies exit when it ends, those of the function before those of the request."""
    async with AsyncExitStack() as request_stack, AsyncExitStack() as function_stack:
        scope.update({REQUEST_STACK_KEY: request_stack, FUNCTION_STACK_KEY: function_stack})
        await serve(websocket)


request_response.__module__ = websocket_session.__module__ = "fastapi.routing"
