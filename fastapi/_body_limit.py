"""How large a request body may be.

The nearest configured limit counts: route, router, inclusion, enclosing router, application. Each level that has one
wraps its ASGI application with `wrap_app_with_body_limit`. The outermost of them counts the bytes, the others replace
its limit.

A body that is too large leaves as an exception, or, once the refusal has been sent, as another. Both may arrive inside
an exception group, because middleware reads the body in a task group: such a group is unwrapped when there is nothing
else in it, and left alone otherwise.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any, Iterator, Optional

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
    """Raise `ValueError` for anything but `None` and integers from 0."""
    if max_body_size is not None and (type(max_body_size) is not int or max_body_size < 0):
        raise ValueError("max_body_size must be a non-negative integer or None")


def get_body_size_limit(*limits: Optional[int]) -> Optional[int]:
    """Return the first limit that is configured: name the nearest level first."""
    return next((limit for limit in limits if limit is not None), None)


def get_body_limit_error(exc: BaseException) -> Optional[Exception]:
    """Return the body limit error that `exc` is, or that a group of nothing else holds."""
    found: Optional[Exception] = None
    for leaf in _leaves(exc):
        if not isinstance(leaf, (RequestBodyTooLarge, RefusalSent)):
            return None
        # That the answer is out matters more than the reason for it.
        if found is None or isinstance(leaf, RefusalSent):
            found = leaf
    return found


def wrap_app_with_body_limit(app: ASGIApp, max_body_size: Optional[int]) -> ASGIApp:
    """Limit what `app` may receive. Without a limit, that is `app` itself."""
    if max_body_size is None:
        return app
    return RequestBodyLimitMiddleware(BodyLimitErrorMiddleware(app), max_body_size=max_body_size)


def without_body_limit(app: Any) -> Any:
    """Return the application that `wrap_app_with_body_limit` was given, or `app` if it has no limit."""
    if type(app) is RequestBodyLimitMiddleware and type(app.app) is BodyLimitErrorMiddleware:
        return app.app.app
    return app


class BodyLimitErrorMiddleware:
    """Raise body limit errors without the exception groups they were wrapped in on their way out."""

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
    """Apply the limit of an application, and answer for a limit that encloses it.

    An application mounted in another one lies inside the other's limit. A middleware that reads the body there fails
    outside of the handlers for HTTP exceptions, where the error would become a "500 Internal Server Error".
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
                # The responder may still prefer its own answer, and says so by raising.
                with suppress(RefusalSent):
                    await _refusal(error)(scope, receive, send)


def _leaves(exc: BaseException) -> Iterator[BaseException]:
    """Yield the exceptions of a group, however deep, or the one that is no group."""
    # `ExceptionGroup` is known by its attribute: Python before 3.11 has it only from a backport.
    members = getattr(exc, "exceptions", None)
    if not isinstance(members, tuple):
        yield exc
        return
    for member in members:
        yield from _leaves(member)


def _refusal(error: HTTPException) -> JSONResponse:
    return JSONResponse({"detail": error.detail}, status_code=error.status_code)
