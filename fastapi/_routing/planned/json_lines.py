"""The runner of an operation whose endpoint is a generator of JSON Lines."""

from __future__ import annotations

from typing import Any, Dict, Optional

from starlette.types import Receive, Scope, Send

from fastapi._rest import Rest
from fastapi._routing.exact.early_body import NO_BODY
from fastapi._routing.exact.endpoint import endpoint_context
from fastapi._routing.exact.response import ResponseOptions
from fastapi._routing.exact.streaming import make_lines_response
from fastapi._routing.planned.handled import answer_error
from fastapi._routing.planned.rejoin import send_here
from fastapi._routing.planned.running.arguments import make_invoke
from fastapi._routing.planned.running.dependency_steps import leave_to_exact_way, make_steps
from fastapi._routing.planned.types import CoreAnswer, Runner, WriteMatch
from fastapi._routing.planning.rows import PlannedOperation
from fastapi.dependencies.models import gives_async_generator
from fastapi.exceptions import EndpointContext


def make_lines_runner(planned: PlannedOperation, write_match: WriteMatch) -> Runner:
    """Return the runner of a stream that no object of the request, and no dependency that yields, has a part in."""
    operation = planned.operation
    dependant = operation.dependant
    options = ResponseOptions.of(operation, False)
    respond = make_lines_response(options, operation.stream_item_field, gives_async_generator(operation.endpoint))
    invoke, run_steps = make_invoke(planned.endpoint), make_steps(planned)
    arguments: Dict[str, Any] = {"status_code": operation.status_code} if operation.status_code else {}

    async def run(answer: CoreAnswer, scope: Scope, receive: Receive, send: Send) -> Optional[Rest]:
        write_match(scope, answer[1])
        values = list(answer)

        def describe() -> EndpointContext:
            return endpoint_context(dependant.call, scope, dependant.path)

        try:
            if run_steps is not None and not await run_steps(values):
                return leave_to_exact_way(planned, values, NO_BODY, scope, receive, send)
            response = respond(invoke(values), arguments, describe)
        except Exception as error:
            return await answer_error(error, None, scope, receive, send)
        return await send_here(response, None, scope, receive, send)

    return run
