"""422: the refusal of a request whose errors the core has found."""

from __future__ import annotations

from typing import Callable, Optional

from starlette.types import ASGIApp, Scope, Send

from fastapi._rest import Answering, Rest
from fastapi._routing.exact.endpoint import endpoint_context
from fastapi._routing.planned.refusal import send_messages
from fastapi._routing.planned.rejoin import raising
from fastapi._routing.planned.running.json_response import JSON_HEADER
from fastapi._routing.planned.types import CoreAnswer, WriteMatch
from fastapi._routing.planning.rows import PlannedOperation
from fastapi.exceptions import RequestValidationError

# Answers one request to one operation with the errors in an answer of the core.
RefuseInvalid = Callable[[CoreAnswer, Scope, Send], Answering]


def make_invalid_refusal(
    planned: PlannedOperation, write_match: WriteMatch, has_default_handler: bool
) -> Optional[RefuseInvalid]:
    """Return the function that refuses requests to one operation; None if the core does not find all errors."""
    if not planned.has_plain_errors:
        return None
    function = planned.endpoint.function

    def refuse_invalid(answer: CoreAnswer, scope: Scope, send: Send) -> Answering:
        write_match(scope, answer[2])
        errors = answer[3]
        refusal = RequestValidationError.__new__(RequestValidationError, errors)

        def raise_invalid() -> ASGIApp:
            context = endpoint_context(function, scope)
            RequestValidationError.__init__(refusal, errors, body=None, endpoint_ctx=context)
            return raising(refusal, None)

        body = answer[4] if has_default_handler else None
        if body is None:
            return _leave(Rest(raise_invalid(), send))
        headers = [(b"content-length", b"%d" % len(body)), JSON_HEADER]
        start = {"type": "http.response.start", "status": 422, "headers": headers}
        return send_messages(send, start, body, refusal, raise_invalid)

    return refuse_invalid


async def _leave(rest: Rest) -> Rest:
    return rest
