"""404: the refusal of a request that no route matches, and the entries that the router has written by then."""

from __future__ import annotations

from typing import Callable, Dict, Optional

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Scope, Send

from fastapi._rest import Answering
from fastapi._routing.described.scope import apply_form_limits, get_fastapi_scope
from fastapi._routing.planned.refusal import send_messages
from fastapi._routing.planned.rejoin import raising_through
from fastapi._routing.planned.running.json_response import JSON_HEADER
from fastapi._routing.tree.router import APIRouter

# Answers one request that no route matches.
RefuseMissing = Callable[[Scope, Send], Answering]

NOT_FOUND_BODY = b'{"detail":"Not Found"}'
_LENGTH_HEADER = (b"content-length", b"%d" % len(NOT_FOUND_BODY))


def make_missing_refusal(write_unmatched: Callable[[Scope], None]) -> RefuseMissing:
    """Return the function that refuses a request that no route matches."""

    def refuse_missing(scope: Scope, send: Send) -> Answering:
        write_unmatched(scope)
        refusal = HTTPException.__new__(HTTPException)

        def raise_missing() -> ASGIApp:
            HTTPException.__init__(refusal, status_code=404)
            return raising_through(refusal)

        start = {"type": "http.response.start", "status": 404, "headers": [_LENGTH_HEADER, JSON_HEADER]}
        return send_messages(send, start, NOT_FOUND_BODY, refusal, raise_missing)

    return refuse_missing


def make_unmatched_writer(
    router: APIRouter, entries: Dict[str, object], has_inclusions: bool
) -> Callable[[Scope], None]:
    """Return the function that writes the entries of the skipped layers and of the router, when no route matches."""
    limits = router.form_limits
    write_inclusions: Optional[Callable[[Scope], object]] = get_fastapi_scope if has_inclusions else None

    def write_unmatched(scope: Scope) -> None:
        scope.setdefault("router", router)
        scope.update(entries)
        if write_inclusions is not None:
            write_inclusions(scope)
        if limits:
            apply_form_limits(scope, limits)

    return write_unmatched
