"""An application that waits until the middleware stack has reached the router, which calls it instead of a route."""

from __future__ import annotations

from functools import partial
from typing import Awaitable, Optional

from starlette._exception_handler import wrap_app_handling_exceptions
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

# Where a scope holds it.
WAITING_KEY = "fastapi_rs.waiting"


def leave_waiting(scope: Scope, inner: ASGIApp, request: Optional[Request]) -> None:
    """Let `inner` be called where the route stands; `request` is the one whose body was read, if there is one."""
    scope[WAITING_KEY] = partial(call_here, inner, request)


def leave_to_router(scope: Scope) -> None:
    """Let the router look for the route itself, without asking the core."""
    scope[WAITING_KEY] = None


def call_waiting(scope: Scope, receive: Receive, send: Send) -> Optional[Awaitable[None]]:
    """Call what waits in a scope that has `WAITING_KEY`. None: the router looks itself."""
    waiting: Optional[ASGIApp] = scope.pop(WAITING_KEY)
    return None if waiting is None else waiting(scope, receive, send)


async def call_here(inner: ASGIApp, request: Optional[Request], scope: Scope, receive: Receive, send: Send) -> None:
    """Call `inner` as a route does: its exceptions go to the handlers found in the scope."""
    conn = Request(scope, receive, send) if request is None else request
    await wrap_app_handling_exceptions(inner, conn)(scope, receive, send)
