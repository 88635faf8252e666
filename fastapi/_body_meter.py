"""A meter for the bytes of a request body, for releases of Starlette before 1.6, which has one.

The outermost limit of a request creates a meter; each inner limit sets the meter to its own size. A body that is too
large is refused when the application reads it. If the Content-Length is too large and the application does not read the
body, it is refused when the response starts.
"""

from __future__ import annotations

from typing import Optional

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fastapi._scope_keys import BODY_METER_KEY, MAX_BODY_SIZE_SCOPE_KEY

REFUSAL = "Content Too Large"


class _RequestBodyTooLarge(HTTPException):
    """The body is larger than it may be."""

    def __init__(self) -> None:
        super().__init__(status_code=413, detail=REFUSAL)


class _RequestBodyLimitResponseSent(Exception):
    """The meter has sent the response, so the application cannot send its own."""


# The classes have Starlette's names, which appear in logs and tests.
RequestBodyTooLarge = _RequestBodyTooLarge
RefusalSent = _RequestBodyLimitResponseSent


class RequestBodyLimitMiddleware:
    """Limit the size of the request bodies that an application may receive."""

    def __init__(self, app: ASGIApp, max_body_size: int) -> None:
        self.app = app
        self.max_body_size = max_body_size

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        meter = scope.get(BODY_METER_KEY)
        if meter is None:
            await self._serve_metered(scope, receive, send)
            return
        scope[MAX_BODY_SIZE_SCOPE_KEY] = self.max_body_size
        meter.set_limit(self.max_body_size)
        await self.app(scope, receive, send)

    async def _serve_metered(self, scope: Scope, receive: Receive, send: Send) -> None:
        meter = BodyMeter(self.max_body_size, scope, receive, send)
        inherited = {key: scope[key] for key in (MAX_BODY_SIZE_SCOPE_KEY,) if key in scope}
        scope[MAX_BODY_SIZE_SCOPE_KEY] = self.max_body_size
        scope[BODY_METER_KEY] = meter
        try:
            await self.app(scope, meter.receive, meter.send)
        except RequestBodyTooLarge:
            if meter.response_started:
                raise
            await meter.refuse()
        except RefusalSent:
            pass
        finally:
            scope.pop(BODY_METER_KEY, None)
            scope.pop(MAX_BODY_SIZE_SCOPE_KEY, None)
            scope.update(inherited)


class BodyMeter:
    """Counts the bytes of one request body and raises when they exceed the limit."""

    def __init__(self, limit: int, scope: Scope, receive: Receive, send: Send) -> None:
        self.limit = limit
        self.received = 0
        self.declared = _content_length(scope)
        self.response_started = False
        self._scope, self._receive, self._send = scope, receive, send

    def set_limit(self, limit: int) -> None:
        """Replace the limit, and check the bytes received so far against it."""
        self.limit = limit
        self._check(self.received)

    async def receive(self) -> Message:
        self._check(self.declared)
        message = await self._receive()
        if message["type"] == "http.request":
            self.received += len(message.get("body", b""))
            self._check(self.received)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.response_started = True
            if self.declared is not None and self.declared > self.limit:
                await self.refuse()
                raise RefusalSent
        await self._send(message)

    async def refuse(self) -> None:
        """Send the response to a body that is too large."""
        response = PlainTextResponse(REFUSAL, status_code=413)
        await response(self._scope, self._receive, self._send)

    def _check(self, size: Optional[int]) -> None:
        if size is not None and size > self.limit:
            raise RequestBodyTooLarge


def _content_length(scope: Scope) -> Optional[int]:
    """Return the declared length, or None without one that is a number."""
    try:
        return int(Headers(scope=scope).get("content-length", ""))
    except ValueError:
        return None
