"""The plan of an application as a document, for the package `wasm_core/js` in front of the application.

The document has the routes as the core reads them, and the answers of the application to requests that no operation
answers. Each answer is recorded from the code that gives it to a client, so this module knows no status and no text. An
answer is missing where only the application can give it: code of the application sees the request, or makes the
answer.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any, Dict, Iterator, List, Optional, Sequence

from starlette.types import Message

from fastapi import FastAPI
from fastapi._rest import Answering
from fastapi._routing.planned.dispatch import PlacedPlan, PlannedWay
from fastapi._routing.planned.types import CoreAnswer
from fastapi._routing.planning.reading import Reading
from fastapi._routing.planning.rows import ExactReading, PlannedModel, PlanRow
from fastapi._rust import RustExtensionError, why
from fastapi._stand_ins.guards import are_replaced, has_own
from fastapi._version import __rs_version__
from fastapi._wasm import contract

FORMAT = 1
# A body of a refusal; the core writes another one for each request.
_NO_ERRORS = b'{"detail":[]}'
# A part of the document.
JsonObject = Dict[str, Any]


def export_plan(app: FastAPI) -> JsonObject:
    """Return the plan of an application, with the answers that no code of the application sees or makes."""
    way = PlannedWay(app, app.router)
    placed = way.plan_at(way.outside)
    if placed.plan is None:
        raise RustExtensionError(f"the routes are not planned: {why()}")
    refusals = _Refusals(app, placed)
    return {
        "format": FORMAT,
        "release": __rs_version__,
        "contract": contract.CONTRACT_HASH,
        "root_path": app.root_path,
        "plan": b64encode(placed.plan.frame()).decode(),
        "not_found": refusals.not_found(),
        "routes": [_describe(row, index, refusals) for index, row in enumerate(placed.plan.routes)],
    }


def _describe(row: PlanRow, index: int, refusals: _Refusals) -> JsonObject:
    return {
        "route": row.title,
        # One for each value in the answer of the core; None for a route that only the application reads.
        "params": None if row.planned is None else [_describe_param(reading) for reading in row.planned.readings],
        "unread": list(_unread_params(row)),
        "method_not_allowed": refusals.method_not_allowed(row, index),
        "invalid": refusals.invalid(row, index),
    }


def _describe_param(reading: Reading) -> Optional[JsonObject]:
    """Return the place and the name of a parameter; None for a value that is no declared parameter."""
    if reading.field is None:
        return None
    place, name = reading.location
    return {"in": place, "name": name, "converted": not reading.is_raw}


def _unread_params(row: PlanRow) -> Iterator[JsonObject]:
    """Yield the parameters of an endpoint that only the application reads."""
    for completion in () if row.planned is None else row.planned.completions:
        if isinstance(completion, (ExactReading, PlannedModel)):
            yield {"in": completion.reader.loc[0], "name": completion.reader.name}


class _Refusals:
    """The answers of an application that are the same for every request of a kind."""

    def __init__(self, app: FastAPI, placed: PlacedPlan) -> None:
        self._app = app
        self._placed = placed
        is_called_directly = type(app).__call__ is FastAPI.__call__ and not has_own(app, "__call__")
        self._is_known = placed.is_open and is_called_directly and not are_replaced()

    def not_found(self) -> Optional[JsonObject]:
        """Return the answer to a request that no route matches."""
        return self._recorded((contract.OUTCOME_NOT_FOUND,))

    def method_not_allowed(self, row: PlanRow, index: int) -> Optional[JsonObject]:
        """Return the answer to a request whose path a route matches first, and whose method no route matches.

        The header Allow has the order of a set, which is another one in each process if there are several methods.
        """
        if len(row.methods) != 1 or row.selected is None or row.mounted is not None:
            return None
        return self._recorded((contract.OUTCOME_METHOD_NOT_ALLOWED, index))

    def invalid(self, row: PlanRow, index: int) -> Optional[JsonObject]:
        """Return the start of the answer to a request whose errors the core finds; the core writes its body."""
        if row.planned is None or not row.planned.has_plain_errors:
            return None
        answer = self._recorded((contract.OUTCOME_INVALID, index, {}, [], _NO_ERRORS))
        return answer and {"status": answer["status"], "headers": answer["headers"]}

    def _recorded(self, outcome: CoreAnswer) -> Optional[JsonObject]:
        if not self._is_known:
            return None
        messages: List[Message] = []
        scope = {"type": "http", "app": self._app, "method": "GET", "path": "/", "query_string": b"", "headers": []}
        answering = self._placed.refuse(outcome, scope, _receive_nothing, _sending_to(messages))
        is_answered = answering is not None and _finishes(answering)
        return _document_of(messages) if is_answered else None


def _document_of(messages: Sequence[Message]) -> JsonObject:
    start, body = messages
    headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in start["headers"]]
    return {"status": start["status"], "headers": headers, "body": body["body"].decode("ascii")}


def _sending_to(messages: List[Message]) -> Any:
    async def send(message: Message) -> None:
        messages.append(message)

    return send


async def _receive_nothing() -> Message:
    raise AssertionError("a refusal reads no body")


def _finishes(answering: Answering) -> bool:
    """Run an answer that waits for nothing; return whether it is complete, with no rest for the exact way."""
    try:
        next(iter(answering.__await__()))
    except StopIteration as end:
        return end.value is None
    raise AssertionError("a refusal waits for nothing")
