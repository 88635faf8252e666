"""What answers the requests for guided operations.

With a handler of this package's own, the middleware stack is left out where it has only layers that wait for errors.
What leaves the handler as an exception enters the stack after all, in its middle, where it would have met the exception
handlers; and so does the beginning of a response, for they ask about that. Any other handler is called in its place.

A handler of this package's own is given what the core has read. Nothing of that is in the scope, where others look.
"""

from __future__ import annotations

from functools import partial
from typing import Any, Awaitable, Callable, Optional

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from fastapi._body_limit import without_body_limit, wrap_app_with_body_limit
from fastapi._rest import Rest
from fastapi._routing.described.attributes import own_attributes
from fastapi._routing.exact.early_body import UNREAD
from fastapi._routing.exact.handler import is_plain
from fastapi._routing.planned.match_scope import make_match_writer
from fastapi._routing.planned.rejoin import Watched, in_own_stack
from fastapi._routing.planned.types import CoreAnswer, Runner, Surroundings
from fastapi._routing.planning.guided_reads import GuidedOperation, read_parameters
from fastapi._routing.tree.asgi import answer_in_stacks, answer_request
from fastapi._routing.tree.route import APIRoute
from fastapi._stand_ins.forms.reading import accelerate
from fastapi.dependencies._begun import Begun

Handler = Callable[[Request], Awaitable[Response]]


def make_guided_runner(guided: GuidedOperation, around: Surroundings) -> Runner:
    """Return what answers the requests for one operation.

    Where an answer is only taken whole, the handler is called where the route stands: nothing tells what it answers.
    """
    if not _has_own_handler(guided):
        return _make_standing_runner(guided, around)
    if around.place.takes_whole_answers or guided.operation.max_body_size is not None:
        return _make_own_standing_runner(guided, around)
    return _make_connected_runner(guided, around)


def _has_own_handler(guided: GuidedOperation) -> bool:
    """Whether nothing but a limit for the body stands between the router and a handler of this package."""
    operation = guided.operation
    return (
        type(guided.route) is APIRoute
        and "handle" not in own_attributes(guided.route)
        and is_plain(operation)
        and hasattr(without_body_limit(operation.app), "handler")
    )


def _make_standing_runner(guided: GuidedOperation, around: Surroundings) -> Runner:
    """Call the route where it stands."""
    write_match = make_match_writer(guided, around)
    route = guided.route

    async def run(answer: CoreAnswer, scope: Scope, receive: Receive, send: Send) -> Optional[Rest]:
        write_match(scope, answer[1])
        return Rest(route.handle, send)

    return run


def _make_own_standing_runner(guided: GuidedOperation, around: Surroundings) -> Runner:
    """Call the handler where the route stands."""
    write_match = make_match_writer(guided, around)
    choose = _make_choose(guided)
    max_body_size = guided.operation.max_body_size

    async def run(answer: CoreAnswer, scope: Scope, receive: Receive, send: Send) -> Optional[Rest]:
        write_match(scope, answer[1])
        return Rest(wrap_app_with_body_limit(answer_request(choose(answer)), max_body_size), send)

    return run


def _make_connected_runner(guided: GuidedOperation, around: Surroundings) -> Runner:
    """Call the handler, wherever that is."""
    write_match = make_match_writer(guided, around, has_own_stack=True)
    choose = _make_choose(guided)

    async def run_watched(answer: CoreAnswer, scope: Scope, receive: Receive, watched: Watched) -> Optional[Rest]:
        write_match(scope, answer[1])
        request = Request(scope, receive, watched.send)
        # For endpoints and dependencies that take the request and read its form themselves.
        accelerate(request)
        try:
            await answer_in_stacks(choose(answer), request, scope, receive, watched.send)
        except Exception as error:
            return watched.failed(error, request)
        return None

    if not around.place.has_passed_stack:
        return in_own_stack(run_watched)

    async def run(answer: CoreAnswer, scope: Scope, receive: Receive, send: Send) -> Optional[Rest]:
        return await run_watched(answer, scope, receive, Watched(send))

    return run


def _make_choose(guided: GuidedOperation) -> Callable[[CoreAnswer], Handler]:
    """Return what gives the handler for an answer of the core."""
    handler: Any = without_body_limit(guided.operation.app).handler

    def choose(answer: CoreAnswer) -> Handler:
        read = read_parameters(guided, answer)
        if read is None:
            plain: Handler = handler
            return plain
        return partial(handler.resume, Begun(read), UNREAD)

    return choose
