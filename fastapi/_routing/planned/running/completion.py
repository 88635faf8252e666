"""Completing the arguments of an endpoint: values that Pydantic converts, defaults of one request, and the body."""

from __future__ import annotations

from typing import Any, Callable, List, Optional, Sequence, Tuple

from starlette.types import Scope

from fastapi._compat import ModelField, Undefined
from fastapi._routing.exact.endpoint import endpoint_context
from fastapi._routing.planned.running.arguments import Arguments, Slots
from fastapi._routing.planned.running.param_model import CompleteOne, complete_exactly, complete_model
from fastapi._routing.planning.rows import AnyCompletion, Completion, ExactReading, PlannedModel, PlannedOperation
from fastapi.dependencies._solving.body import make_body_readers, read_parsed_body
from fastapi.dependencies._solving.params import validate_value
from fastapi.exceptions import RequestValidationError

# (slots, arguments, body, scope): puts into the arguments the values that Pydantic converts, the body among them.
CompleteArguments = Callable[[Slots, Arguments, object, Scope], None]

# The slot of a value, the field that validates it, and the location for errors.
Validation = Tuple[int, ModelField, Tuple[str, str]]


def make_completion(planned: PlannedOperation) -> Optional[CompleteArguments]:
    """Return the function that completes the arguments of the endpoint, None if the core's values are complete.

    It converts texts that the core only extracts, makes defaults for this request, and validates the body. It raises
    `RequestValidationError` with all errors: those of the parameters in their order, then those of the body.
    """
    if planned.form is not None or not (planned.completions or planned.reads_body):
        return None
    complete_parameters = make_completers(planned.completions)
    dependant = planned.operation.dependant
    readers = make_body_readers(dependant.body_params)
    embedded = planned.operation._embed_body_fields

    def invalid(errors: List[object], body: object, scope: Scope) -> RequestValidationError:
        context = endpoint_context(dependant.call, scope, dependant.path)
        return RequestValidationError(errors, body=None if body is Undefined else body, endpoint_ctx=context)

    if not complete_parameters and len(readers) == 1 and not embedded and not readers[0].embeds:
        field, name = readers[0].field, readers[0].name

        def complete_with_body(values: Slots, arguments: Arguments, body: object, scope: Scope) -> None:
            arguments[name], errors = validate_value(field, body, arguments, ("body",))
            if errors:
                raise invalid(errors, body, scope)

        return complete_with_body

    def complete(values: Slots, arguments: Arguments, body: object, scope: Scope) -> None:
        errors: List[object] = []
        for complete_parameter in complete_parameters:
            complete_parameter(values, arguments, errors, scope)
        if readers:
            read_parsed_body(readers, body, embedded, arguments, errors)
        if errors:
            raise invalid(errors, body, scope)

    return complete


def list_validations(completions: Sequence[Completion]) -> List[Validation]:
    """Return the validations of values that Python completes."""
    return [(slot, reading.field, reading.location) for slot, reading in completions if reading.field is not None]


def make_completers(completions: Sequence[AnyCompletion]) -> List[CompleteOne]:
    """Return the functions that complete the parameters, in their order."""
    return [_make_completer(completion) for completion in completions]


def _make_completer(completion: AnyCompletion) -> CompleteOne:
    if isinstance(completion, PlannedModel):
        return complete_model(completion)
    if isinstance(completion, ExactReading):
        return complete_exactly(completion)
    slot, reading = completion
    field, location = reading.field, reading.location
    assert field is not None

    def complete(values: Slots, arguments: Arguments, errors: List[Any], scope: Scope) -> None:
        value = values[slot]
        value, found = validate_value(field, Undefined if value is ... else value, arguments, location)
        errors.extend(found)
        arguments[field.name] = value

    return complete
