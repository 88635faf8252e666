"""Limits for the size of a request body.

The nearest configured limit applies: that of the route, the router, the inclusion, the enclosing router, the
application. Each level with a limit wraps its ASGI application with `wrap_app_with_body_limit`. The outermost wrapper
counts the bytes, and the others replace its limit.

A body that is too large raises `RequestBodyTooLarge`, or `RefusalSent` once the refusal was sent. Middleware may read
the body in a task group, which raises an exception group. A group of these two exceptions alone is unwrapped.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Iterator, Optional

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

try:
    from starlette.middleware.body_limit import MAX_BODY_SIZE_SCOPE_KEY as MAX_BODY_SIZE_SCOPE_KEY
    from starlette.middleware.body_limit import RequestBodyLimitMiddleware
    from starlette.middleware.body_limit import _RequestBodyLimitResponseSent as RefusalSent
    from starlette.middleware.body_limit import _RequestBodyTooLarge as RequestBodyTooLarge
except ImportError:
    from fastapi._body_meter import (  # type: ignore[assignment]
        RefusalSent,
        RequestBodyLimitMiddleware,
        RequestBodyTooLarge,
    )
    from fastapi._scope_keys import MAX_BODY_SIZE_SCOPE_KEY as MAX_BODY_SIZE_SCOPE_KEY


def validate_max_body_size(max_body_size: Optional[int]) -> None:
    """Raise `ValueError` unless the limit is None or a non-negative integer."""
    if max_body_size is not None and (type(max_body_size) is not int or max_body_size < 0):
        raise ValueError("max_body_size must be a non-negative integer or None")


def get_body_size_limit(*limits: Optional[int]) -> Optional[int]:
    """Return the first limit that is not None. The caller passes the nearest level first."""
    return next((limit for limit in limits if limit is not None), None)


def get_body_limit_error(exc: BaseException) -> Optional[Exception]:
    """Return the error of a body limit in `exc`: itself, or a member of a group of such errors alone. Else None."""
    found: Optional[Exception] = None
    for leaf in _leaves(exc):
        if not isinstance(leaf, (RequestBodyTooLarge, RefusalSent)):
            return None
        # A response that was sent matters more than the reason for it.
        if found is None or isinstance(leaf, RefusalSent):
            found = leaf
    return found


def wrap_app_with_body_limit(app: ASGIApp, max_body_size: Optional[int]) -> ASGIApp:
    """Return an ASGI application that limits the body for `app`; `app` itself without a limit."""
    if max_body_size is None:
        return app
    return RequestBodyLimitMiddleware(BodyLimitErrorMiddleware(app), max_body_size=max_body_size)


def without_body_limit(app: object) -> object:
    """Return the application inside the wrapper of `wrap_app_with_body_limit`, or `app` if it has no limit."""
    inner = app.app if type(app) is RequestBodyLimitMiddleware else None
    return inner.app if isinstance(inner, BodyLimitErrorMiddleware) else app


class BodyLimitErrorMiddleware:
    """Raise the errors of body limits without the exception groups around them."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self.app(scope, receive, send)
        except Exception as exc:
            error = get_body_limit_error(exc)
            if error is None or error is exc:
                raise
            raise error from exc


class AppBodyLimitMiddleware:
    """Apply the limit of an application, and answer for the limit of an application that encloses it.

    A mounted application lies inside the limit of the outer one. If its middleware reads a body that is too large, the
    error is raised outside of its handlers for HTTP exceptions, and would become a "500 Internal Server Error".
    """

    def __init__(self, app: ASGIApp, max_body_size: Optional[int]) -> None:
        self.app = wrap_app_with_body_limit(app, max_body_size)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if MAX_BODY_SIZE_SCOPE_KEY not in scope:
            await self.app(scope, receive, send)
            return
        response_started = False

        async def watched_send(message: Message) -> None:
            nonlocal response_started
            response_started = response_started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched_send)
        except Exception as exc:
            error = get_body_limit_error(exc)
            if error is None or (response_started and not isinstance(error, RefusalSent)):
                raise
            if isinstance(error, HTTPException):
                # The outer limit may send its own response; then it raises `RefusalSent`.
                with suppress(RefusalSent):
                    await _make_refusal_response(error)(scope, receive, send)


def _leaves(exc: BaseException) -> Iterator[BaseException]:
    """Yield the exceptions in a group, at any depth, or `exc` itself if it is not a group."""
    # The attribute marks an `ExceptionGroup`, which Python before 3.11 has only from a backport.
    members = getattr(exc, "exceptions", None)
    if not isinstance(members, tuple):
        yield exc
        return
    for member in members:
        yield from _leaves(member)


def _make_refusal_response(error: HTTPException) -> JSONResponse:
    return JSONResponse({"detail": error.detail}, status_code=error.status_code)
