"""Completing the parameters of an endpoint that are more than the value of one name."""

from __future__ import annotations

from typing import Any, Callable, Dict, List

from starlette.requests import HTTPConnection
from starlette.types import Scope

from fastapi._routing.planned.running.arguments import Arguments, Slots
from fastapi._routing.planning.rows import ExactReading, PlannedModel
from fastapi.dependencies._solving.params import validate_value

# (slots, arguments, errors, scope): puts one parameter into the arguments, or its errors into the list.
CompleteOne = Callable[[Slots, Arguments, List[Any], Scope], None]


def complete_model(model: PlannedModel) -> CompleteOne:
    """Return the function that validates a parameter model from the slots of its fields."""
    reader, parts = model.reader, model.parts
    field, loc, argument = reader.field, reader.loc, reader.name

    def complete(values: Slots, arguments: Arguments, errors: List[Any], scope: Scope) -> None:
        found: Dict[str, object] = {}
        for slot, name, drops_empty in parts:
            value = values[slot]
            if value is not ... and (value or not drops_empty):
                found[name] = value
        arguments[argument], failures = validate_value(field, found, {}, loc)
        if failures:
            errors.extend(reader.complete_errors(failures, found, _received(loc[0], scope)))

    return complete


def complete_exactly(reading: ExactReading) -> CompleteOne:
    """Return the function that reads a parameter from the scope, as the exact way reads it from the request."""
    read, location = reading

    def complete(values: Slots, arguments: Arguments, errors: List[Any], scope: Scope) -> None:
        read(_received(location, scope), arguments, errors)

    return complete


def _received(location: str, scope: Scope) -> Any:
    """Return the parameters of a location as a request shows them."""
    connection = HTTPConnection(scope)
    if location == "query":
        return connection.query_params
    if location == "header":
        return connection.headers
    return connection.cookies if location == "cookie" else connection.path_params
