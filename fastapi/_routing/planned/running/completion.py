"""Completing the arguments of an endpoint: values that Pydantic converts, defaults of one request, and the body."""

from __future__ import annotations

from typing import Callable, List, Optional, Sequence, Tuple

from starlette.types import Scope

from fastapi._compat import ModelField, Undefined
from fastapi._routing.exact.endpoint import endpoint_context
from fastapi._routing.planned.running.arguments import Arguments, Slots
from fastapi._routing.planned.running.param_model import ReadModel, make_read_model
from fastapi._routing.planning.rows import Completion, PlannedOperation
from fastapi.dependencies._solving.body import make_body_readers, read_parsed_body
from fastapi.dependencies._solving.params import validate_value
from fastapi.exceptions import RequestValidationError

# (slots, arguments, body, scope): puts into the arguments the values that Pydantic converts, the body among them.
CompleteArguments = Callable[[Slots, Arguments, object, Scope], None]

# The slot of a value, the field that validates it, and the location for errors; or the function that validates a
# parameter model.
Validation = Tuple[int, ModelField, Tuple[str, ...], Optional[ReadModel]]


def make_completion(planned: PlannedOperation) -> Optional[CompleteArguments]:
    """Return the function that completes the arguments of the endpoint, None if the core's values are complete.

    It converts texts that the core only extracts, makes defaults for this request, and validates the body. It raises
    `RequestValidationError` with all errors: those of the parameters in their order, then those of the body.
    """
    if planned.form is not None or not (planned.completions or planned.reads_body):
        return None
    validations = list_validations(planned.completions)
    dependant = planned.operation.dependant
    readers = make_body_readers(dependant.body_params)
    embedded = planned.operation._embed_body_fields

    def invalid(errors: List[object], body: object, scope: Scope) -> RequestValidationError:
        context = endpoint_context(dependant.call, scope, dependant.path)
        return RequestValidationError(errors, body=None if body is Undefined else body, endpoint_ctx=context)

    if not validations and len(readers) == 1 and not embedded and not readers[0].embeds:
        field, name = readers[0].field, readers[0].name

        def complete_with_body(values: Slots, arguments: Arguments, body: object, scope: Scope) -> None:
            arguments[name], errors = validate_value(field, body, arguments, ("body",))
            if errors:
                raise invalid(errors, body, scope)

        return complete_with_body

    def complete(values: Slots, arguments: Arguments, body: object, scope: Scope) -> None:
        errors: List[object] = []
        validate_slots(validations, values, arguments, errors, scope)
        if readers:
            read_parsed_body(readers, body, embedded, arguments, errors)
        if errors:
            raise invalid(errors, body, scope)

    return complete


def list_validations(completions: Sequence[Completion]) -> List[Validation]:
    """Return the validations of parameters that Python completes."""
    return [validation for validation in map(_validation_of, completions) if validation is not None]


def _validation_of(completion: Completion) -> Optional[Validation]:
    slot, reading, model = completion
    if model is not None:
        return slot, model.reader.field, model.reader.loc, make_read_model(model)
    return None if reading.field is None else (slot, reading.field, reading.location, None)


def validate_slots(
    validations: List[Validation], values: Slots, arguments: Arguments, errors: List[object], scope: Scope
) -> None:
    """Validate values of the slots; add them to the arguments, and their errors to `errors`."""
    for slot, field, location, read_model in validations:
        if read_model is None:
            value = values[slot]
            value, found = validate_value(field, Undefined if value is ... else value, arguments, location)
        else:
            value, found = read_model(values, scope)
        errors.extend(found)
        arguments[field.name] = value
