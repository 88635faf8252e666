"""How a request goes on where its route stands: the `Rest` that the planned way leaves, and how it gets there.

What answers on the planned way returns None when the answer is out, and otherwise the rest: an application that is
called where the route stands. The caller calls it when nothing that could answer once more is on the stack any longer.
A request that has not passed the middleware stack yet carries the rest through the stack to the router.
"""

from __future__ import annotations

from typing import Awaitable, NamedTuple, Optional

from starlette.types import ASGIApp, Scope, Send

# Where a scope holds what waits: from the outermost layer to the router, where it is taken out. Only layers of
# Starlette and of this package are between them, and they do not wait, so no code of a user meets it.
WAITING_KEY = "fastapi_rs.waiting"


class Rest(NamedTuple):
    """What is left to do for a request where its route stands."""

    # It brings its own exception handling, as the application of a route does.
    app: ASGIApp
    # What it sends with: not everything may have to leave again.
    send: Send


# What answers a request, and returns the rest if there is one.
Answering = Awaitable[Optional[Rest]]


def leave_waiting(scope: Scope, app: ASGIApp) -> None:
    """Let `app` be called where the route stands."""
    scope[WAITING_KEY] = app


def leave_to_router(scope: Scope) -> None:
    """Let the router look for the route itself, without asking the core."""
    scope[WAITING_KEY] = None


def take_waiting(scope: Scope) -> Optional[ASGIApp]:
    """Take what waits out of a scope that has `WAITING_KEY`. None: the router looks itself."""
    waiting: Optional[ASGIApp] = scope.pop(WAITING_KEY)
    return waiting
