"""Runners of operations whose functions get the request.

The functions find three open exit stacks in its scope, and may push on them. Most do not: then the runner answers
without ever closing the stacks. Otherwise, the place of the route continues with them.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import partial
from typing import Optional, Union

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from fastapi._rest import Rest
from fastapi._routing.described.scope import make_ended_stack
from fastapi._routing.exact.early_body import NO_BODY
from fastapi._routing.planned.handled import answer_error
from fastapi._routing.planned.match_scope import make_match_writer
from fastapi._routing.planned.rejoin import Watched, at_route, raising_through, taking_over
from fastapi._routing.planned.running.dependency_steps import bind_resume, make_all_steps
from fastapi._routing.planned.running.endpoint import make_endpoint_call
from fastapi._routing.planned.running.json_body import JSONBodyReader
from fastapi._routing.planned.running.prepared import (
    MakeApp,
    Prepared,
    make_prepare,
    raising_call,
    returning_call,
    send_watched,
    sent,
)
from fastapi._routing.planned.running.request_objects import make_provide, make_request
from fastapi._routing.planned.types import CoreAnswer, Runner, Surroundings
from fastapi._routing.planning.rows import PlannedOperation
from fastapi._routing.tree.asgi import answer_in_stacks
from fastapi._scope_keys import FUNCTION_STACK_KEY, MIDDLEWARE_STACK_KEY, REQUEST_STACK_KEY


def make_runner_with_request(planned: PlannedOperation, around: Surroundings) -> Runner:
    """Return the runner of an operation whose functions get the request, and none of which yields."""
    write_match = make_match_writer(planned, around, has_own_stack=True)
    read_body = JSONBodyReader(planned) if planned.reads_body else None
    provide, run_steps = make_provide(planned), make_all_steps(planned)
    call_endpoint, prepare = make_endpoint_call(planned), make_prepare(planned)
    brings_stack = not around.place.has_passed_stack
    assert provide is not None

    async def run(answer: CoreAnswer, scope: Scope, receive: Receive, send: Send) -> Optional[Rest]:
        write_match(scope, answer[1])
        opened = _OpenStacks(scope, brings_stack)
        values, watched = list(answer), Watched(send)
        early = NO_BODY
        if read_body is not None:
            early = await read_body(values, scope, receive, watched.send)
        request = make_request(early, scope, receive, watched.send)
        if early.error is not None:
            opened.end(scope)
            return await answer_error(early.error, request, scope, receive, send)
        try:
            provide(values, request)
            if run_steps is not None and not await run_steps(values, None, request):
                return opened.rest(bind_resume(planned, values, early), request, watched)
            response = prepare(await call_endpoint(values, early, scope), values)
        except BaseException as error:
            if opened.have_callbacks():
                return opened.rest(raising_call(error), request, watched)
            if not isinstance(error, Exception):
                raise
            if watched.start is not None:
                return watched.failed(error, request)
            opened.end(scope)
            return await answer_error(error, request, scope, receive, send)
        return await _send(response, opened, request, scope, receive, send, watched)

    return run


async def _send(
    response: Union[Prepared, Response],
    opened: _OpenStacks,
    request: Request,
    scope: Scope,
    receive: Receive,
    send: Send,
    watched: Watched,
) -> Optional[Rest]:
    """Send a response, and leave to the place of the route as soon as a stack has to be closed."""
    if opened.have_callbacks():
        return opened.rest(returning_call(response), request, watched)
    try:
        await send_watched(response, scope, receive, send, watched)
    except BaseException as error:
        if opened.have_callbacks():
            return opened.rest(returning_call(raising_through(error, watched.start)), request, watched)
        if not isinstance(error, Exception):
            raise
        return watched.failed(error, request)
    if opened.have_callbacks():
        return opened.rest(returning_call(sent(watched.start)), request, watched)
    return None


class _OpenStacks:
    """The exit stacks of one request. The stack of the middleware is one of them for a request that has skipped it."""

    __slots__ = ("_function", "_middleware", "_request")

    def __init__(self, scope: Scope, brings_stack: bool) -> None:
        self._request = scope[REQUEST_STACK_KEY] = AsyncExitStack()
        self._function = scope[FUNCTION_STACK_KEY] = AsyncExitStack()
        self._middleware: Optional[AsyncExitStack] = None
        if brings_stack:
            self._middleware = scope[MIDDLEWARE_STACK_KEY] = AsyncExitStack()

    def have_callbacks(self) -> bool:
        """Whether a function has pushed something on one of the stacks."""
        # PERF: two looks at three attributes for each request (benchmark `injected`).
        return bool(
            self._request._exit_callbacks  # type: ignore[attr-defined]
            or self._function._exit_callbacks  # type: ignore[attr-defined]
            or (self._middleware is not None and self._middleware._exit_callbacks)  # type: ignore[attr-defined]
        )

    def end(self, scope: Scope) -> None:
        """Take the stack of the middleware, on which nothing was pushed, out of the scope: a handler brings its own."""
        if self._middleware is not None:
            scope[MIDDLEWARE_STACK_KEY] = make_ended_stack()

    def rest(self, call: MakeApp, request: Request, watched: Watched) -> Rest:
        """Return the rest that lets `call` make the response, and closes the stacks, at the place of the route."""
        stacks = self._request, self._function
        app = at_route(partial(answer_in_stacks, call, request, stacks=stacks), request)
        return Rest(app if self._middleware is None else taking_over(self._middleware, app), watched.send_rest)
