"""An exit stack around each request."""

from __future__ import annotations

from contextlib import AsyncExitStack

from starlette.types import ASGIApp, Receive, Scope, Send

from fastapi._scope_keys import MIDDLEWARE_STACK_KEY


class AsyncExitStackMiddleware:
    """Put an exit stack into the scope, and close it when the application has returned.

    It closes the files of a form, after the response was sent and the dependencies have ended.
    """

    def __init__(self, app: ASGIApp, context_name: str = MIDDLEWARE_STACK_KEY) -> None:
        self.app = app
        self.context_name = context_name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with AsyncExitStack() as stack:
            scope[self.context_name] = stack
            await self.app(scope, receive, send)
