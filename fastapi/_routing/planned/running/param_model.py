"""Validating a parameter model from the texts of its fields."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Tuple

from starlette.requests import HTTPConnection
from starlette.types import Scope

from fastapi._routing.planned.running.arguments import Slots
from fastapi._routing.planning.rows import PlannedModel
from fastapi.dependencies._solving.params import validate_value

# Returns the model and no errors, or the errors.
ReadModel = Callable[[Slots, Scope], Tuple[object, List[Any]]]


def make_read_model(model: PlannedModel) -> ReadModel:
    """Return the function that validates a parameter model from the slots of its fields."""
    reader, parts = model.reader, model.parts
    field, loc = reader.field, reader.loc

    def read(values: Slots, scope: Scope) -> Tuple[object, List[Any]]:
        found: Dict[str, object] = {}
        for slot, name, drops_empty in parts:
            value = values[slot]
            if value is not ... and (value or not drops_empty):
                found[name] = value
        value, errors = validate_value(field, found, {}, loc)
        return value, reader.complete_errors(errors, found, _received(loc[0], scope)) if errors else errors

    return read


def _received(location: str, scope: Scope) -> Any:
    """Return the parameters of a location as a request shows them."""
    connection = HTTPConnection(scope)
    if location == "query":
        return connection.query_params
    return connection.headers if location == "header" else connection.cookies
