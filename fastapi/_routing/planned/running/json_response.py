"""The response to a planned operation: status, headers, and the endpoint's result as JSON."""

from __future__ import annotations

from typing import Any, Awaitable, Callable, List, Optional, Tuple

from starlette.types import Scope

from fastapi._routing.exact.endpoint import endpoint_context
from fastapi._routing.exact.response import ResponseOptions, choose_status, encode_undeclared, serialize_response
from fastapi._routing.planned.running.arguments import Slots
from fastapi._routing.planning.rows import PlannedOperation
from fastapi.exceptions import ResponseValidationError
from fastapi.utils import is_body_allowed_for_status_code

Headers = List[Tuple[bytes, bytes]]
# (JSON that was written, slots) -> (status, body, headers).
MakeHead = Callable[[bytes, Slots], Tuple[int, bytes, Headers]]

JSON_HEADER = (b"content-type", b"application/json")
# RFC 9110 section 8.6.
_WITHOUT_LENGTH = (204, 304)


def make_head(planned: PlannedOperation) -> MakeHead:
    """Return the function that makes the status, the body and the headers of the JSON that was written."""
    status = planned.operation.status_code or 200
    slot = planned.slot_of("response")
    if slot is not None:
        return _make_injected_head(planned.operation.status_code, slot)
    if is_body_allowed_for_status_code(status):
        return lambda body, values: (status, body, [(b"content-length", b"%d" % len(body)), JSON_HEADER])
    return lambda body, values: (status, b"", [JSON_HEADER])


def _make_injected_head(declared: Optional[int], slot: int) -> MakeHead:
    """Return the function for an operation whose functions may set the status and headers of a response."""

    def make(body: bytes, values: Slots) -> Tuple[int, bytes, Headers]:
        injected: Any = values[slot]
        chosen = choose_status(injected.status_code, declared)
        status = 200 if chosen is None else chosen
        if status < 200 or status in _WITHOUT_LENGTH:
            return status, b"", [JSON_HEADER, *injected.raw_headers]
        headers = [(b"content-length", b"%d" % len(body)), JSON_HEADER, *injected.raw_headers]
        return status, body if is_body_allowed_for_status_code(status) else b"", headers

    return make


def make_writer(planned: PlannedOperation) -> Callable[[object, Scope], bytes]:
    """Return the function that writes the endpoint's result as JSON, validated if there is a response model."""
    operation = planned.operation
    field = operation.response_field
    if field is None:
        return lambda content, scope: encode_undeclared(content)
    options = ResponseOptions.of(operation, True).serialization()

    def write(content: object, scope: Scope) -> bytes:
        value, errors = field.validate(content, {}, loc=("response",))
        if errors:
            context = endpoint_context(operation.dependant.call, scope, operation.dependant.path)
            raise ResponseValidationError(errors=errors, body=content, endpoint_ctx=context)
        body: bytes = field.serialize_json(value, **options)
        return body

    return write


def make_thread_writer(planned: PlannedOperation) -> Callable[[object, Scope], Awaitable[bytes]]:
    """Return the same for an endpoint that ran in a worker thread: its result is validated in a worker thread."""
    operation = planned.operation
    field = operation.response_field
    options = ResponseOptions.of(operation, False).serialization()

    async def write(content: object, scope: Scope) -> bytes:
        if field is None:
            return encode_undeclared(content)
        context = endpoint_context(operation.dependant.call, scope, operation.dependant.path)
        body: bytes = await serialize_response(
            field=field,
            response_content=content,
            is_coroutine=False,
            endpoint_ctx=context,
            dump_json=True,
            **options,
        )
        return body

    return write
