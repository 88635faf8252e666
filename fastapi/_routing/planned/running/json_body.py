"""Reading the JSON body of an operation."""

from __future__ import annotations

import json

from starlette.types import Receive, Scope, Send

from fastapi._compat import Undefined
from fastapi._routing.exact.body import make_body_reader
from fastapi._routing.exact.early_body import EarlyBody, ReplayedMessage, read_exactly
from fastapi._routing.exact.endpoint import endpoint_context
from fastapi._routing.planned.running.arguments import SlotList
from fastapi._routing.planning.rows import PlannedOperation
from fastapi.exceptions import EndpointContext


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


def load_json(raw: bytes) -> object:
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
