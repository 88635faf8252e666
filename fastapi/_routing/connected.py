"""What answers the requests for guided operations.

With a handler of this package's own, the middleware stack is left out where it has only layers that wait for errors.
What leaves the handler as an exception enters the stack after all, in its middle, where it would have met the exception
handlers; and so does the beginning of a response, for they ask about that. Any other handler is called in its place.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from fastapi._form_reading import accelerate
from fastapi._routing.attributes import own_attributes
from fastapi._routing.guide import GuidedOperation, leave_read
from fastapi._routing.handler import is_plain
from fastapi._routing.outside import Watched, going_on, in_own_stack
from fastapi._routing.route import APIRoute, answer_in_stacks
from fastapi._routing.router import APIRouter
from fastapi._routing.runner import Answer, CallAtRoute, Runner, make_enter
from fastapi._routing.scope import apply_form_limits
from fastapi._waiting import call_here


def make_guided_runner(guided: GuidedOperation, router: APIRouter, handlers: Any, is_whole: bool) -> Runner:
    """Return what answers the requests for one operation.

    `handlers` is what the middleware stack leaves in the scope under "starlette.exception_handlers"; `is_whole` says
    that an answer is only taken whole, which cannot be known of a handler's.
    """
    if _has_own_handler(guided) and not is_whole:
        return _make_connected_runner(guided, router, handlers)
    return _make_standing_runner(guided, router)


def _has_own_handler(guided: GuidedOperation) -> bool:
    """Whether nothing stands between the router and a handler of this package."""
    operation = guided.operation
    return (
        type(guided.route) is APIRoute
        and "handle" not in own_attributes(guided.route)
        and operation.max_body_size is None
        and is_plain(operation)
        and hasattr(operation.app, "handler")
    )


def _make_standing_runner(guided: GuidedOperation, router: APIRouter) -> Runner:
    """Call the route where it stands."""
    enter = make_enter(guided, router)
    route, limits = guided.route, guided.form_limits

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        for each in limits:
            apply_form_limits(scope, each)
        await route.handle(scope, receive, send)

    async def run(answer: Answer, scope: Scope, receive: Receive, send: Send, call: CallAtRoute) -> None:
        enter(scope, answer[1])
        leave_read(guided, answer, scope)
        await call(handle, None, scope, receive, send)

    return run


def _make_connected_runner(guided: GuidedOperation, router: APIRouter, handlers: Any) -> Runner:
    """Call the handler, wherever that is."""
    enter = make_enter(guided, router)
    handler = guided.operation.app.handler
    limits = [each for each in (router.form_limits, *guided.form_limits) if each]

    async def run(answer: Answer, scope: Scope, receive: Receive, send: Send, call: CallAtRoute) -> None:
        enter(scope, answer[1])
        for each in limits:
            apply_form_limits(scope, each)
        leave_read(guided, answer, scope)
        watched = Watched(send)
        request = Request(scope, receive, watched.send)
        # For endpoints and dependencies that take the request and read its form themselves.
        accelerate(request)
        if call is not call_here:
            scope["starlette.exception_handlers"] = handlers
        try:
            await answer_in_stacks(handler, request, scope, receive, watched.send)
            return
        except Exception as error:
            app = going_on(error, watched.start)
        await call(app, request, scope, receive, watched.send_rest)

    return in_own_stack(run)
