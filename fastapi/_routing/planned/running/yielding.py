"""Runners of operations with dependencies that yield."""

from __future__ import annotations

from functools import partial
from typing import Optional, Tuple, Union

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from fastapi._rest import Rest
from fastapi._routing.exact.early_body import NO_BODY
from fastapi._routing.planned.handled import answer_error
from fastapi._routing.planned.match_scope import make_match_writer
from fastapi._routing.planned.rejoin import Watched, WatchedRunner, at_route, in_own_stack, raising_through
from fastapi._routing.planned.running.dependency_steps import RunAllSteps, bind_resume, make_all_steps
from fastapi._routing.planned.running.endpoint import CallEndpoint, make_endpoint_call
from fastapi._routing.planned.running.entered import Entered, InStacks
from fastapi._routing.planned.running.json_body import JSONBodyReader
from fastapi._routing.planned.running.prepared import (
    MakeApp,
    Prepare,
    Prepared,
    make_prepare,
    raising_call,
    returning_call,
    send_watched,
    sent,
)
from fastapi._routing.planned.running.request_objects import Provide, make_provide, make_request
from fastapi._routing.planned.types import CoreAnswer, ReadBody, Runner, Surroundings
from fastapi._routing.planning.rows import PlannedOperation
from fastapi._routing.tree.asgi import answer_in_stacks
from fastapi._stand_ins.http.scopes import have_tried_scopes, try_scopes


def make_yielding_runner(planned: PlannedOperation, around: Surroundings) -> Runner:
    """Return the runner of an operation with a dependency that yields."""
    place = around.place
    if planned.slot_of("request") is None:
        return _make_short_runner(planned, around)
    run_watched = _make_runner_in_stacks(planned, around)
    if not place.has_passed_stack:
        return in_own_stack(run_watched)

    async def run(answer: CoreAnswer, scope: Scope, receive: Receive, send: Send) -> Optional[Rest]:
        return await run_watched(answer, scope, receive, Watched(send))

    return run


def _make_short_runner(planned: PlannedOperation, around: Surroundings) -> Runner:
    """Return a runner that has exit stacks only for an exception. No function of the operation sees the scope."""
    write_match = make_match_writer(planned, around)
    read_body, provide, run_steps, call_endpoint, prepare = _make_stages(planned)

    async def run(answer: CoreAnswer, scope: Scope, receive: Receive, send: Send) -> Optional[Rest]:
        write_match(scope, answer[1])
        values, early = list(answer), NO_BODY
        if read_body is not None:
            early = await read_body(values, scope, receive, send)
            if early.error is not None:
                return await answer_error(early.error, early.request(scope, receive, send), scope, receive, send)
        if not have_tried_scopes():
            await try_scopes()
        entered, watched = Entered(scope), Watched(send)
        try:
            if provide is not None:
                provide(values, None)
            if not await run_steps(values, entered, None):
                request = make_request(early, scope, receive, watched.send)
                return _leave_to_route(bind_resume(planned, values, early), entered, request, watched)
            response = prepare(await call_endpoint(values, early, scope), values)
        except BaseException as error:
            if not isinstance(error, Exception) and not entered.are_some():
                raise
            go_on: Optional[MakeApp] = raising_call(error)
        else:
            go_on = await _send_and_leave(response, entered, scope, receive, send, watched)
        if go_on is None:
            return None
        return await _unwind(go_on, entered, make_request(early, scope, receive, watched.send), receive, watched)

    return run


_Stages = Tuple[Optional[ReadBody], Optional[Provide], RunAllSteps, CallEndpoint, Prepare]


def _make_stages(planned: PlannedOperation) -> _Stages:
    read_body = JSONBodyReader(planned) if planned.reads_body else None
    run_steps = make_all_steps(planned)
    assert run_steps is not None
    return read_body, make_provide(planned), run_steps, make_endpoint_call(planned), make_prepare(planned)


async def _send_and_leave(
    response: Union[Prepared, Response], entered: Entered, scope: Scope, receive: Receive, send: Send, watched: Watched
) -> Optional[MakeApp]:
    """Send the response, before and after which dependencies are left.

    Return None, or after an exception the function that continues with the response, for `answer_in_stacks`.
    """
    try:
        if entered.early:
            await entered.leave(entered.early)
    except BaseException:
        return returning_call(response)
    try:
        await send_watched(response, scope, receive, send, watched)
    except BaseException as error:
        return returning_call(raising_through(error))
    try:
        if entered.late:
            await entered.leave(entered.late)
    except BaseException:
        return returning_call(sent(None))
    return None


async def _unwind(
    go_on: MakeApp, entered: Entered, request: Request, receive: Receive, watched: Watched
) -> Optional[Rest]:
    """Let exit stacks take over after an exception, and answer the exception with which they are left.

    No `except` is around this call, as none is on the exact way.
    """
    call = _handing_over(entered, go_on)
    try:
        await answer_in_stacks(call, request, request.scope, receive, watched.send)
    except Exception as error:
        return await _answer(error, request, receive, watched)
    return None


async def _answer(error: Exception, request: Request, receive: Receive, watched: Watched) -> Optional[Rest]:
    if watched.start is not None:
        return watched.failed(error, request)
    return await answer_error(error, request, request.scope, receive, watched.send)


def _handing_over(entered: Entered, go_on: MakeApp) -> MakeApp:
    async def call(request: Request) -> ASGIApp:
        await entered.hand_over()
        return await go_on(request)

    return call


def _leave_to_route(go_on: MakeApp, entered: Entered, request: Request, watched: Watched) -> Rest:
    app = partial(answer_in_stacks, _handing_over(entered, go_on), request)
    return Rest(at_route(app, request), watched.send)


def _make_runner_in_stacks(planned: PlannedOperation, around: Surroundings) -> WatchedRunner:
    """Return a runner with exit stacks from the start: functions of the operation may push on them."""
    write_match = make_match_writer(planned, around, has_own_stack=True)
    read_body, provide, run_steps, call_endpoint, prepare = _make_stages(planned)

    async def run(answer: CoreAnswer, scope: Scope, receive: Receive, watched: Watched) -> Optional[Rest]:
        write_match(scope, answer[1])
        values, early = list(answer), NO_BODY
        if read_body is not None:
            early = await read_body(values, scope, receive, watched.send)

        async def make_response(request: Request) -> ASGIApp:
            if early.error is not None:
                raise early.error
            if provide is not None:
                provide(values, request)
            if not await run_steps(values, InStacks(request), request):
                return await bind_resume(planned, values, early)(request)
            return prepare(await call_endpoint(values, early, scope), values)

        request = make_request(early, scope, receive, watched.send)
        try:
            await answer_in_stacks(make_response, request, scope, receive, watched.send)
        except Exception as error:
            return await _answer(error, request, receive, watched)
        return None

    return run
