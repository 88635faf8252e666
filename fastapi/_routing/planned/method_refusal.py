"""405: the refusal of a request that matches the path of an operation with another method.

The first operation with the path answers, with its own methods in the header Allow.
"""

from __future__ import annotations

from typing import Callable, Dict, NamedTuple, Optional, Tuple

from starlette._utils import get_route_path
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Scope, Send

from fastapi._rest import Answering
from fastapi._routing.described.attributes import description_of, own_attributes
from fastapi._routing.described.description import Description
from fastapi._routing.planned.match_scope import make_match_writer
from fastapi._routing.planned.refusal import send_messages
from fastapi._routing.planned.rejoin import raising_through
from fastapi._routing.planned.running.json_response import JSON_HEADER
from fastapi._routing.planned.types import Surroundings
from fastapi._routing.planning.rows import PlanRow
from fastapi._routing.tree.route import APIRoute

# Answers one request with the refusal of one operation.
RefuseMethod = Callable[[Scope, Send], Answering]

METHOD_BODY = b'{"detail":"Method Not Allowed"}'
_LENGTH_HEADER = (b"content-length", b"%d" % len(METHOD_BODY))


class Allow(NamedTuple):
    """The methods of an operation, in the order of their set, as text and as a header."""

    text: str
    header: Tuple[bytes, bytes]


def make_method_refusal(row: PlanRow, around: Surroundings) -> Optional[RefuseMethod]:
    """Return the function that refuses the method of a request to one operation, None if the exact way has to."""
    matched = row.planned or row.guided
    if matched is None or type(matched.route) is not APIRoute or "handle" in own_attributes(matched.route):
        return None
    operation: Description = description_of(matched.operation)
    allow = _allow_of(operation)
    if allow is None:
        return None
    text, allow_header = allow
    write_match = make_match_writer(matched, around, is_refused=True)
    match_path = operation.path_regex.match if operation.param_convertors else None

    def refuse_method(scope: Scope, send: Send) -> Answering:
        # The convertors of the core's operations return the text itself.
        match = match_path and match_path(get_route_path(scope))
        path_params: Dict[str, object] = dict(match.groupdict()) if match else {}
        write_match(scope, path_params)
        refusal = HTTPException.__new__(HTTPException)

        def raise_refusal() -> ASGIApp:
            HTTPException.__init__(refusal, status_code=405, headers={"Allow": text})
            return raising_through(refusal)

        headers = [allow_header, _LENGTH_HEADER, JSON_HEADER]
        start = {"type": "http.response.start", "status": 405, "headers": headers}
        return send_messages(send, start, METHOD_BODY, refusal, raise_refusal)

    return refuse_method


def _allow_of(operation: Description) -> Optional[Allow]:
    try:
        text = ", ".join(operation.methods)
        return Allow(text, (b"allow", text.encode("latin-1")))
    except (TypeError, UnicodeEncodeError):
        # The exact way raises this error.
        return None
