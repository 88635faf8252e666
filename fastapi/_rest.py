"""The rest of a request: the part that the planned way leaves to the place of the route.

A planned answer returns None when all of its messages are out. Otherwise it returns a `Rest`, which holds an ASGI
application to call where the route stands. The caller calls it after the planned answer has returned, so no `try` of
the planned way is around it, and an answer leaves only once.

A request that has skipped layers of the middleware stack carries the application of its rest through these layers in
its scope: `pass_layers` puts it there, and the router takes it out with `take_waiting`.
"""

from __future__ import annotations

from typing import Awaitable, NamedTuple, Optional

from starlette.types import ASGIApp, Receive, Scope, Send

from fastapi._scope_keys import WAITING_KEY


class Rest(NamedTuple):
    """An application to call where the route stands, and the `send` to call it with."""

    # It handles exceptions itself, as the application of a route does.
    app: ASGIApp
    # It drops the messages that have left already.
    send: Send


# A planned answer: awaiting it sends the response, and returns the rest if there is one.
Answering = Awaitable[Optional[Rest]]


def pass_layers(layer: ASGIApp, rest: Rest, scope: Scope, receive: Receive) -> Awaitable[None]:
    """Call `layer`; the router, below it, calls the application of `rest`."""
    scope[WAITING_KEY] = rest.app
    return layer(scope, receive, rest.send)


def leave_to_router(scope: Scope) -> None:
    """Make the router select the route itself, without asking the core again."""
    scope[WAITING_KEY] = None


def take_waiting(scope: Scope) -> Optional[ASGIApp]:
    """Remove `WAITING_KEY` from a scope that has it. Return the application to call, None if the router selects."""
    waiting: Optional[ASGIApp] = scope.pop(WAITING_KEY)
    return waiting
