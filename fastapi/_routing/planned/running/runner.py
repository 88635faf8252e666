"""The runners of planned operations: each answers a request for one operation, after the core has read its parameters.

The plan decides everything that does not depend on the request. A runner keeps these decisions in its closure.
"""

from __future__ import annotations

from typing import Any, Optional

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from fastapi._rest import Rest
from fastapi._routing.exact.early_body import NO_BODY
from fastapi._routing.planned.handled import answer_error
from fastapi._routing.planned.json_lines import make_lines_runner
from fastapi._routing.planned.match_scope import make_match_writer
from fastapi._routing.planned.rejoin import half_sent, send_here
from fastapi._routing.planned.running.arguments import make_bind, make_invoke, make_order
from fastapi._routing.planned.running.completion import make_completion
from fastapi._routing.planned.running.dependency_steps import leave_to_exact_way, make_steps
from fastapi._routing.planned.running.form import FormReader, make_form_completion, with_files
from fastapi._routing.planned.running.json_body import JSONBodyReader
from fastapi._routing.planned.running.json_response import make_head, make_thread_writer, make_writer
from fastapi._routing.planned.running.request_objects import make_provide
from fastapi._routing.planned.running.with_request import make_runner_with_request
from fastapi._routing.planned.running.yielding import make_yielding_runner
from fastapi._routing.planned.types import (
    CoreAnswer,
    ReadBody,
    ReadFields,
    Runner,
    Surroundings,
    WriteMatch,
)
from fastapi._routing.planning.rows import PlannedOperation
from fastapi._stand_ins.worker_threads import call_in_thread


def make_runner(planned: PlannedOperation, around: Surroundings, read_fields: ReadFields) -> Runner:
    """Return the runner of one operation. `read_fields` asks the core for the fields of a form."""
    place = around.place
    if planned.has_generators:
        return make_yielding_runner(planned, around)
    if planned.slot_of("request") is not None:
        return make_runner_with_request(planned, around)
    write_match = make_match_writer(planned, around)
    if planned.operation.is_json_stream:
        return make_lines_runner(planned, write_match)
    if planned.form is not None:
        read_form = FormReader(planned, planned.form, around.router.form_limits, read_fields)
        run = _make_full_runner(planned, write_match, read_form)
        if place.has_passed_stack:
            return run
        write_match = make_match_writer(planned, around, has_own_stack=True)
        run_with_files = _make_full_runner(planned, write_match, read_form)
        return with_files(run, run_with_files, planned.content_type_slot)
    if _needs_full_runner(planned):
        read_body = JSONBodyReader(planned) if planned.reads_body else None
        return _make_full_runner(planned, write_match, read_body)
    return _make_short_runner(planned, write_match)


def _needs_full_runner(planned: PlannedOperation) -> bool:
    is_plain = planned.endpoint.is_coroutine and not planned.completions
    return not is_plain or bool(planned.steps or planned.objects or planned.reads_body)


def _make_short_runner(planned: PlannedOperation, write_match: WriteMatch) -> Runner:
    """Return the runner of an asynchronous endpoint whose arguments are the values of the core."""
    invoke = make_invoke(planned.endpoint)
    write = make_writer(planned)
    head = make_head(planned)

    async def run(answer: CoreAnswer, scope: Scope, receive: Receive, send: Send) -> Optional[Rest]:
        write_match(scope, answer[1])
        made = None
        try:
            content = await invoke(answer)
            if not isinstance(content, Response):
                made = head(write(content, scope), answer)
        except Exception as error:
            return await answer_error(error, None, scope, receive, send)
        if made is None:
            return await send_here(content, None, scope, receive, send)
        status, body, headers = made
        start = {"type": "http.response.start", "status": status, "headers": headers}
        try:
            await send(start)
            await send({"type": "http.response.body", "body": body})
        except Exception as error:
            return half_sent(error, start, None, send)
        return None

    return run


def _make_full_runner(
    planned: PlannedOperation,
    write_match: WriteMatch,
    read_body: Optional[ReadBody],
) -> Runner:
    """Return a runner with every stage that a planned operation may have."""
    bind, complete = make_bind(planned.endpoint), make_completion(planned)
    function, is_coroutine = planned.endpoint.function, planned.endpoint.is_coroutine
    complete_form = None if planned.form is None else make_form_completion(planned, planned.form)
    invoke = make_invoke(planned.endpoint) if is_coroutine and not complete and not complete_form else None
    write, write_in_thread = make_writer(planned), make_thread_writer(planned)
    head, order = make_head(planned), make_order(planned)
    provide, run_steps, tasks_slot = make_provide(planned), make_steps(planned), planned.slot_of("background_tasks")

    async def run(answer: CoreAnswer, scope: Scope, receive: Receive, send: Send) -> Optional[Rest]:
        write_match(scope, answer[1])
        values = list(answer)
        early = NO_BODY
        if read_body is not None:
            early = await read_body(values, scope, receive, send)
            if early.is_unread:
                return leave_to_exact_way(planned, values, early, scope, receive, send)
            if early.error is not None:
                return await answer_error(early.error, early.request(scope, receive, send), scope, receive, send)
        made = None
        try:
            if provide is not None:
                provide(values, None)
            if run_steps is not None and not await run_steps(values):
                return leave_to_exact_way(planned, values, early, scope, receive, send)
            if invoke is not None:
                content = await invoke(values)
            else:
                arguments = bind(values)
                if complete is not None:
                    complete(values, arguments, early.body, scope)
                if complete_form is not None:
                    await complete_form(values, arguments, early, scope)
                if order is not None:
                    arguments = order(arguments)
                if is_coroutine:
                    content = await function(**arguments)
                else:
                    content = await call_in_thread(run_in_threadpool, function, arguments)
            if isinstance(content, Response):
                pass
            elif is_coroutine:
                made = head(write(content, scope), values)
            else:
                made = head(await write_in_thread(content, scope), values)
        except Exception as error:
            return await answer_error(error, early.request(scope, receive, send), scope, receive, send)
        tasks: Any = None if tasks_slot is None else values[tasks_slot]
        if made is None:
            if content.background is None:
                content.background = tasks
            return await send_here(content, early.request(scope, receive, send), scope, receive, send)
        status, body, headers = made
        start = {"type": "http.response.start", "status": status, "headers": headers}
        try:
            await send(start)
            await send({"type": "http.response.body", "body": body})
            if tasks is not None and tasks.tasks:
                await tasks()
        except Exception as error:
            return half_sent(error, start, early.request(scope, receive, send), send)
        return None

    return run
