"""The runners of operations that see nothing of a request but values.

Such an operation needs no scope, no `receive` and no `send` while everything succeeds. A `SimpleRequest` makes them
when they are needed: for an exception, for a response object, or if the response cannot leave in one piece. The request
then continues as with the other runners, for which the protocol has made them before.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Awaitable, Callable, Dict, Optional

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Scope

from fastapi._rest import Rest
from fastapi._routing.exact.early_body import NO_BODY, EarlyBody
from fastapi._routing.planned.handled import answer_error
from fastapi._routing.planned.match_scope import make_match_writer
from fastapi._routing.planned.rejoin import half_sent, send_here
from fastapi._routing.planned.running.arguments import make_bind, make_invoke, make_order
from fastapi._routing.planned.running.completion import make_completion
from fastapi._routing.planned.running.json_body import load_json
from fastapi._routing.planned.running.json_response import JSON_HEADER, make_writer
from fastapi._routing.planned.types import CoreAnswer, Runner, Surroundings, WriteMatch
from fastapi._routing.planning.rows import PlannedOperation
from fastapi.utils import is_body_allowed_for_status_code

if TYPE_CHECKING:
    from fastapi._server.simple_request import SimpleRequest

_loads = json.loads
# The entries of a scope that a validation error shows, by the method of a simple request.
_SHOWN: Dict[str, Scope] = {
    method: {"type": "http", "method": method, "root_path": ""} for method in ("GET", "POST", "PUT", "PATCH", "DELETE")
}


# Answers one request, or returns the rest, as a `Runner` does.
DirectRunner = Callable[[CoreAnswer, "SimpleRequest"], Awaitable[Optional[Rest]]]


def make_direct_runner(planned: PlannedOperation, around: Surroundings, run: Runner) -> Optional[DirectRunner]:
    """Return the direct runner of an operation; None if it needs more. `run` answers requests with unusual bodies."""
    if not _is_direct(planned):
        return None
    write_match = make_match_writer(planned, around)
    return _with_body(planned, write_match, run) if planned.reads_body else _without_body(planned, write_match)


def _is_direct(planned: PlannedOperation) -> bool:
    operation = planned.operation
    needs_more = planned.has_generators or planned.steps or planned.objects or planned.completions or planned.form
    has_path = operation.dependant.path is not None
    has_body = is_body_allowed_for_status_code(operation.status_code or 200)
    is_usual = planned.endpoint.is_coroutine and not operation.is_json_stream and make_order(planned) is None
    return not needs_more and has_path and has_body and is_usual


def _without_body(planned: PlannedOperation, write_match: WriteMatch) -> DirectRunner:
    invoke, write = make_invoke(planned.endpoint), make_writer(planned)
    status = planned.operation.status_code or 200

    async def run(answer: CoreAnswer, request: SimpleRequest) -> Optional[Rest]:
        try:
            content = await invoke(answer)
            body = None if isinstance(content, Response) else write(content, _SHOWN[request.parts[3]])
        except Exception as error:
            write_match(request.scope, answer[1])
            return await answer_error(error, None, request.scope, request.receive, request.send)
        try:
            if body is not None and request.write_json(status, body):
                return None
        except Exception as error:
            write_match(request.scope, answer[1])
            return half_sent(error, _start(status, body or b""), None, request.send)
        write_match(request.scope, answer[1])
        return await _send(request, content if body is None else body, status, NO_BODY)

    return run


def _with_body(planned: PlannedOperation, write_match: WriteMatch, run_exactly: Runner) -> DirectRunner:
    bind, complete, write = make_bind(planned.endpoint), make_completion(planned), make_writer(planned)
    function, status = planned.endpoint.function, planned.operation.status_code or 200
    content_type_slot = planned.content_type_slot
    assert complete is not None

    async def run(answer: CoreAnswer, request: SimpleRequest) -> Optional[Rest]:
        raw, shown = request.waiting_body(), _SHOWN[request.parts[3]]
        early = _read(raw) if raw and answer[content_type_slot] == "application/json" else None
        if early is None:
            return await run_exactly(answer, request.scope, request.receive, request.send)
        request.take_body()
        try:
            arguments = bind(answer)
            complete(answer, arguments, early.body, shown)
            content = await function(**arguments)
            body = None if isinstance(content, Response) else write(content, shown)
        except Exception as error:
            write_match(request.scope, answer[1])
            return await answer_error(error, _made(request, early), request.scope, request.receive, request.send)
        try:
            if body is not None and request.write_json(status, body):
                return None
        except Exception as error:
            write_match(request.scope, answer[1])
            return half_sent(error, _start(status, body or b""), _made(request, early), request.send)
        write_match(request.scope, answer[1])
        return await _send(request, content if body is None else body, status, early)

    return run


def _read(raw: bytes) -> Optional[EarlyBody]:
    """Return the value of a body; None if the usual runner has to read it."""
    if json.loads is not _loads:
        return None
    try:
        return EarlyBody(load_json(raw), raw)
    except Exception:
        return None


async def _send(request: SimpleRequest, content: Any, status: int, early: EarlyBody) -> Optional[Rest]:
    """Send the response or the JSON of an operation in messages, as the other runners do."""
    made = _made(request, early)
    if isinstance(content, Response):
        return await send_here(content, made, request.scope, request.receive, request.send)
    start = _start(status, content)
    try:
        await request.send(start)
        await request.send({"type": "http.response.body", "body": content})
    except Exception as error:
        return half_sent(error, start, made, request.send)
    return None


def _made(request: SimpleRequest, early: EarlyBody) -> Optional[Request]:
    return early.request(request.scope, request.receive, request.send)


def _start(status: int, body: bytes) -> Message:
    headers = [(b"content-length", b"%d" % len(body)), JSON_HEADER]
    return {"type": "http.response.start", "status": status, "headers": headers}
