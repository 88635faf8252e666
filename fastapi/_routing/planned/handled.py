"""Answering an exception of an operation where it was raised, if the layers around it would only call its handler.

Starlette looks for a handler at the route, and calls it there. The handlers are in the scope, so the planned way finds
the same one. Only an exception without a handler, and an exception of the handler itself, continue to the layers.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from types import FunctionType
from typing import Any, Awaitable, Callable, List, Mapping, Optional, Tuple

from starlette._exception_handler import _lookup_exception_handler, wrap_app_handling_exceptions
from starlette._utils import is_async_callable
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Message, Receive, Scope, Send

from fastapi import _rust
from fastapi._rest import Rest
from fastapi._routing.described.scope import has_callbacks, is_ended_stack
from fastapi._routing.planned.refusal import send_messages
from fastapi._routing.planned.rejoin import (
    Watched,
    close_stack,
    raising,
    raising_through,
    rest_with_stack,
)
from fastapi._routing.planned.running.json_response import JSON_HEADER
from fastapi._scope_keys import HANDLERS_KEY, MIDDLEWARE_STACK_KEY
from fastapi._stand_ins.worker_threads import call_in_thread
from fastapi.exception_handlers import http_exception_handler
from fastapi.utils import is_body_allowed_for_status_code

# Answers an exception that an operation has raised before its response began.
AnswerError = Callable[[Exception, Optional[Request], Scope, Receive, Send], Awaitable[Optional[Rest]]]


# The handler of an exception, of any class.
HandleError = Callable[[Request, Any], Any]


async def answer_error(
    error: Exception, request: Optional[Request], scope: Scope, receive: Receive, send: Send
) -> Optional[Rest]:
    """Answer with the handler of an error, or return the rest that raises it at the route."""
    handler = _find_handler(error, scope)
    if handler is None:
        return Rest(raising(error, request), send)
    if handler is http_exception_handler:
        rendered = _render(error)
        if rendered is not None:
            return await _send(error, request, rendered, send)
    return await _call_handler(handler, error, request, scope, receive, Watched(send))


def _find_handler(error: Exception, scope: Scope) -> Optional[HandleError]:
    by_class, by_status = scope.get(HANDLERS_KEY, ({}, {}))
    handler: Optional[HandleError] = None
    if by_status and isinstance(error, HTTPException):
        handler = by_status.get(error.status_code)
    return _lookup_exception_handler(by_class, error) if handler is None else handler  # type: ignore[return-value]


# Status, headers and body.
_Rendered = Tuple[int, List[Tuple[bytes, bytes]], bytes]


def _render(error: Any) -> Optional[_Rendered]:
    """Return the default answer; None where calling the handler meets an error."""
    try:
        status, headers = error.status_code, getattr(error, "headers", None)
        if headers is None and is_body_allowed_for_status_code(status) and status.__class__ is int:
            body = _rust.encode_json({"detail": error.detail})
            if body is not None:
                return status, [(b"content-length", b"%d" % len(body)), JSON_HEADER], body
        response = _respond(status, headers, error)
    except Exception:
        return None
    return response.status_code, response.raw_headers, bytes(response.body)


def _respond(status: int, headers: Optional[Mapping[str, str]], error: HTTPException) -> Response:
    """Return the response of the default handler."""
    if is_body_allowed_for_status_code(status):
        return JSONResponse({"detail": error.detail}, status_code=status, headers=headers)
    return Response(status_code=status, headers=headers)


async def _send(error: Exception, request: Optional[Request], rendered: _Rendered, send: Send) -> Optional[Rest]:
    status, headers, body = rendered
    start: Message = {"type": "http.response.start", "status": status, "headers": headers}
    rest = await send_messages(send, start, body, error, lambda: raising(error, request))
    if rest is None and _forgets_tracebacks:
        error.__traceback__ = None
    return rest


async def _call_handler(
    handler: HandleError,
    error: Exception,
    request: Optional[Request],
    scope: Scope,
    receive: Receive,
    watched: Watched,
) -> Optional[Rest]:
    """Answer with a handler, as the application of a route does. An exception of the handler leaves that place."""
    if request is None:
        request = Request(scope, receive, watched.send)
    # The handler may push on the stack of a middleware that the request has skipped.
    stack = AsyncExitStack() if is_ended_stack(scope[MIDDLEWARE_STACK_KEY]) else None
    if stack is not None:
        scope[MIDDLEWARE_STACK_KEY] = stack
    try:
        try:
            raise error
        except Exception:
            if _is_coroutine_function(handler):
                response = await handler(request, error)
            else:
                response = await call_in_thread(run_in_threadpool, _bound(handler, request, error), {})
            if response is not None:
                await response(scope, receive, watched.send)
    except BaseException as failure:
        # This frame is part of the traceback of both.
        del error
        if not isinstance(failure, Exception) and (stack is None or not has_callbacks(stack)):
            raise
        return rest_with_stack(raising_through(failure, watched.start), stack, watched)
    if _forgets_tracebacks:
        error.__traceback__ = None
    return None if stack is None else await close_stack(stack, watched)


def _is_coroutine_function(handler: HandleError) -> bool:
    # PERF: a coroutine function is recognised by its flag.
    if type(handler) is FunctionType and handler.__code__.co_flags & _CO_COROUTINE:
        return True
    return is_async_callable(handler)


_CO_COROUTINE = 0x80


def _bound(handler: HandleError, request: Request, error: Exception) -> Callable[[], object]:
    return lambda: handler(request, error)


def _forgets() -> bool:
    """Whether the installed Starlette takes the traceback of an exception away when its handler has answered."""

    async def fail(scope: Scope, receive: Receive, send: Send) -> None:
        raise error

    async def handle(request: Request, error: Exception) -> None:
        return None

    error = Exception()
    request = Request({"type": "http", HANDLERS_KEY: ({Exception: handle}, {})})
    try:
        wrap_app_handling_exceptions(fail, request)(request.scope, request.receive, request._send).send(None)  # type: ignore[attr-defined]
    except StopIteration:
        return error.__traceback__ is None
    except Exception:
        pass
    return False


_forgets_tracebacks = _forgets()
