"""The runners of guided operations: the core selects the route and reads parameters, the exact way does the rest.

If the handler is one of this package, a runner calls it without the layers of the middleware stack that only wait for
errors, and gives it the values of the core. The scope holds none of them. An exception goes back to the place of the
route (`rejoin`). Any other handler is called at the place of the route from the start.
"""

from __future__ import annotations

from functools import partial
from typing import Awaitable, Callable, Optional

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from fastapi._body_limit import wrap_app_with_body_limit
from fastapi._rest import Rest
from fastapi._routing.described.attributes import own_attributes
from fastapi._routing.exact.early_body import UNREAD
from fastapi._routing.exact.handler import get_own_handler, has_original_handler
from fastapi._routing.planned.match_scope import make_match_writer
from fastapi._routing.planned.rejoin import Watched, in_own_stack
from fastapi._routing.planned.types import CoreAnswer, Runner, Surroundings
from fastapi._routing.planning.guided_reads import GuidedOperation, read_parameters
from fastapi._routing.tree.asgi import answer_in_stacks, answer_request
from fastapi._routing.tree.route import APIRoute
from fastapi._stand_ins.forms.reading import accelerate
from fastapi.dependencies._solving.begun import Begun

HandleRequest = Callable[[Request], Awaitable[Response]]


def make_guided_runner(guided: GuidedOperation, around: Surroundings) -> Runner:
    """Return the runner of one guided operation."""
    if not _has_own_handler(guided):
        return _make_route_caller(guided, around)
    if guided.operation.max_body_size is not None:
        # A limit needs the application around the handler.
        return _make_handler_caller(guided, around)
    return _make_runner_here(guided, around)


def _has_own_handler(guided: GuidedOperation) -> bool:
    """Whether the route leads to a handler of this package, with at most a body limit around it."""
    operation = guided.operation
    return (
        type(guided.route) is APIRoute
        and "handle" not in own_attributes(guided.route)
        and has_original_handler(operation)
        and get_own_handler(operation.app) is not None
    )


def _make_route_caller(guided: GuidedOperation, around: Surroundings) -> Runner:
    """Return a runner that leaves the request to `route.handle`."""
    write_match = make_match_writer(guided, around)
    route = guided.route

    async def run(answer: CoreAnswer, scope: Scope, receive: Receive, send: Send) -> Optional[Rest]:
        write_match(scope, answer[1])
        return Rest(route.handle, send)

    return run


def _make_handler_caller(guided: GuidedOperation, around: Surroundings) -> Runner:
    """Return a runner that leaves the request to the handler, at the place of the route."""
    write_match = make_match_writer(guided, around)
    bind_handler = _make_handler_binder(guided)
    max_body_size = guided.operation.max_body_size

    async def run(answer: CoreAnswer, scope: Scope, receive: Receive, send: Send) -> Optional[Rest]:
        write_match(scope, answer[1])
        return Rest(wrap_app_with_body_limit(answer_request(bind_handler(answer)), max_body_size), send)

    return run


def _make_runner_here(guided: GuidedOperation, around: Surroundings) -> Runner:
    """Return a runner that calls the handler, and leaves only its exception to the route."""
    write_match = make_match_writer(guided, around, has_own_stack=True)
    bind_handler = _make_handler_binder(guided)

    async def run_watched(answer: CoreAnswer, scope: Scope, receive: Receive, watched: Watched) -> Optional[Rest]:
        write_match(scope, answer[1])
        request = Request(scope, receive, watched.send)
        # For endpoints and dependencies that read the form of the request themselves.
        accelerate(request)
        try:
            await answer_in_stacks(bind_handler(answer), request, scope, receive, watched.send)
        except Exception as error:
            return watched.failed(error, request)
        return None

    if not around.place.has_passed_stack:
        return in_own_stack(run_watched)

    async def run(answer: CoreAnswer, scope: Scope, receive: Receive, send: Send) -> Optional[Rest]:
        return await run_watched(answer, scope, receive, Watched(send))

    return run


def _make_handler_binder(guided: GuidedOperation) -> Callable[[CoreAnswer], HandleRequest]:
    """Return the function that binds the handler to the values in an answer of the core."""
    handler = get_own_handler(guided.operation.app)
    assert handler is not None
    resume = handler.resume

    def bind_handler(answer: CoreAnswer) -> HandleRequest:
        read = read_parameters(guided, answer)
        if read is None:
            return handler
        return partial(resume, Begun(read), UNREAD)

    return bind_handler
