"""The JSON body of an operation: reading it, and validating it together with the parameters that Pydantic converts."""

from __future__ import annotations

import json
from typing import Any, Callable, List, Optional

from starlette.types import Receive, Scope, Send

from fastapi._compat import Undefined
from fastapi._routing.exact.body import make_body_reader
from fastapi._routing.exact.early_body import EarlyBody, ReplayedMessage, read_exactly
from fastapi._routing.exact.endpoint import endpoint_context
from fastapi._routing.planned.arguments import Arguments, SlotList, Slots
from fastapi._routing.planning.rows import PlannedOperation
from fastapi.dependencies._body import make_body_readers, read_parsed_body
from fastapi.dependencies._params import validate_value
from fastapi.exceptions import EndpointContext, RequestValidationError

# (slots, arguments, body, scope): puts into the arguments the values that Pydantic converts, the body among them.
CompleteArguments = Callable[[Slots, Arguments, Any, Scope], None]


class JSONBodyReader:
    """Reads the JSON body of an operation.

    It reads a body that comes in one message and whose Content-Type is exactly `application/json`. The reader of the
    exact way reads any other body; it receives the first message again.
    """

    def __init__(self, planned: PlannedOperation) -> None:
        operation = planned.operation
        self._content_type_slot = planned.content_type_slot

        def describe(scope: Scope) -> EndpointContext:
            return endpoint_context(operation.endpoint, scope, operation.dependant.path)

        read = make_body_reader(operation.body_field, operation.strict_content_type, None, describe)
        assert read is not None
        self._read = read

    async def __call__(self, values: SlotList, scope: Scope, receive: Receive, send: Send) -> EarlyBody:
        message = failure = None
        try:
            message = await receive()
            raw = message.get("body", b"")
            if (
                values[self._content_type_slot] == "application/json"
                and message["type"] == "http.request"
                and not message.get("more_body", False)
                and raw.__class__ is bytes
                and json.loads is _loads
            ):
                return EarlyBody(load_json(raw) if raw else Undefined, raw)
        except Exception as error:
            failure = error
        # The reader of the exact way meets the same error, with a request that exception handlers can ask.
        replayed = ReplayedMessage(receive, message, failure if message is None else None)
        return await read_exactly(self._read, replayed, scope, receive, send)


def load_json(raw: bytes) -> Any:
    """Return the value of the original `json.loads(raw)`, raise the errors that it raises.

    PERF: an object or array in UTF-8 without white space around it is read without detecting the encoding (benchmark
    `body`).
    """
    # `json` recognises other encodings by a zero byte beside the first one.
    if raw[:1] in _OPENING and raw[1:2] != b"\0":
        text = raw.decode("utf-8", "surrogatepass")
        try:
            value, end = _read_json(text)
        except ValueError:
            return _loads(raw)
        if end == len(text):
            return value
    return _loads(raw)


_OPENING = (b"{", b"[")
_loads, _read_json = json.loads, json.JSONDecoder().raw_decode


def make_completion(planned: PlannedOperation) -> Optional[CompleteArguments]:
    """Return the function that completes the arguments of the endpoint, None if the core's values are complete.

    It converts texts that the core only extracts, makes defaults for this request, and validates the body. It raises
    `RequestValidationError` with all errors: those of the parameters in their order, then those of the body.
    """
    if planned.form is not None or not (planned.completions or planned.reads_body):
        return None
    unfinished = [(slot, reading.field, reading.location) for slot, reading in planned.completions if reading.field]
    dependant = planned.operation.dependant
    readers = make_body_readers(dependant.body_params)
    embedded = planned.operation._embed_body_fields

    def invalid(errors: List[Any], body: Any, scope: Scope) -> RequestValidationError:
        context = endpoint_context(dependant.call, scope, dependant.path)
        return RequestValidationError(errors, body=None if body is Undefined else body, endpoint_ctx=context)

    if not unfinished and len(readers) == 1 and not embedded and not readers[0].embeds:
        field, name = readers[0].field, readers[0].name

        def complete_with_body(values: Slots, arguments: Arguments, body: Any, scope: Scope) -> None:
            arguments[name], errors = validate_value(field, body, arguments, ("body",))
            if errors:
                raise invalid(errors, body, scope)

        return complete_with_body

    def complete(values: Slots, arguments: Arguments, body: Any, scope: Scope) -> None:
        errors: List[Any] = []
        for slot, field, location in unfinished:
            value = values[slot]
            value, found = validate_value(field, Undefined if value is ... else value, arguments, location)
            errors.extend(found)
            arguments[field.name] = value
        if readers:
            read_parsed_body(readers, body, embedded, arguments, errors)
        if errors:
            raise invalid(errors, body, scope)

    return complete
