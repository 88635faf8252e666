"""The form of an operation, and its fields.

The core cuts and converts an urlencoded form that comes in one message and has only valid fields. The reader of the
exact way reads any other form; it receives the message again, and Pydantic validates the fields. If that reader fails,
its request stays the request of the exception handlers.

The slots have the fields of the core after the values of the parameters. If a dependency takes a field, an invalid
field decides that the dependency is not called; therefore the exact way answers such a form from the start.
"""

from __future__ import annotations

import inspect
from typing import Awaitable, Callable, List, Mapping, Optional, Tuple

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from fastapi._compat import Undefined
from fastapi._form_limits import _FormLimits
from fastapi._rest import Rest
from fastapi._routing.described.scope import read_fastapi_scope
from fastapi._routing.exact.body import make_body_reader
from fastapi._routing.exact.early_body import EarlyBody, ReplayedMessage, UnreadBody, read_exactly
from fastapi._routing.exact.endpoint import endpoint_context
from fastapi._routing.planned.rejoin import Watched, in_own_stack
from fastapi._routing.planned.running.arguments import Arguments, SlotList, Slots
from fastapi._routing.planned.running.completion import list_validations, make_completers
from fastapi._routing.planned.types import CoreAnswer, ReadFields, Runner
from fastapi._routing.planning.rows import PlannedForm, PlannedOperation
from fastapi._scope_keys import FORM_LIMITS_KEY
from fastapi._stand_ins.forms.reading import is_read_here, read_urlencoded
from fastapi.dependencies._solving.body import make_body_readers, read_body_params
from fastapi.dependencies._solving.params import validate_value
from fastapi.exceptions import EndpointContext, RequestValidationError

# (slots, arguments, body, scope): puts into the arguments the values that Pydantic converts.
CompleteFormArguments = Callable[[Slots, Arguments, EarlyBody, Scope], Awaitable[None]]

# The usual spellings. The parser of the exact way reads forms with any other one.
URLENCODED = frozenset(
    [
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded;charset=UTF-8",
        "application/x-www-form-urlencoded; charset=UTF-8",
        "application/x-www-form-urlencoded;charset=utf-8",
        "application/x-www-form-urlencoded; charset=utf-8",
    ]
)

_DEFAULT_LIMITS = {
    name: parameter.default
    for name, parameter in inspect.signature(Request.form).parameters.items()
    if parameter.kind is parameter.KEYWORD_ONLY
}


class FormReader:
    """Reads the form of an operation, and appends the fields of the core to the slots."""

    def __init__(
        self,
        planned: PlannedOperation,
        form: PlannedForm,
        router_limits: _FormLimits,
        read_fields: ReadFields,
    ) -> None:
        operation = planned.operation

        def describe(scope: Scope) -> EndpointContext:
            return endpoint_context(operation.endpoint, scope, operation.dependant.path)

        own_limits: _FormLimits = {**router_limits, **planned.route.form_limits}
        read = make_body_reader(operation.body_field, operation.strict_content_type, own_limits, describe)
        assert read is not None
        self._read = read
        self._limits = _numbers(own_limits)
        # Any other limits in the scope come from applications around this one.
        self._known_limits = router_limits or None
        self._read_fields = read_fields if form.fields else None
        self._content_type_slot = planned.content_type_slot
        self._first_slot = form.first_slot
        self._padding = (None,) * len(form.fields)
        self._validations = list_validations(form.early_completions)
        self._leaves_errors = form.in_dependencies

    async def __call__(self, values: SlotList, scope: Scope, receive: Receive, send: Send) -> EarlyBody:
        if self._read_fields is None or values[self._content_type_slot] not in URLENCODED or not is_read_here():
            return await self._read_exactly(values, None, scope, receive, send)
        message = failure = None
        try:
            message = await receive()
            read = self._read_whole(values, message, scope)
            if read is not None:
                return read
        except Exception as error:
            failure = error
        del values[self._first_slot :]
        replayed = ReplayedMessage(receive, message, failure if message is None else None)
        return await self._read_exactly(values, replayed, scope, receive, send)

    def _read_whole(self, values: SlotList, message: Message, scope: Scope) -> Optional[CoreForm]:
        """Let the core read a form that came in one message, and append its fields. Return None for any other form."""
        if message["type"] != "http.request" or message.get("more_body", False):
            return None
        raw = message.get("body", b"")
        if raw.__class__ is not bytes or read_fastapi_scope(scope, FORM_LIMITS_KEY) != self._known_limits:
            return None
        assert self._read_fields is not None
        found = None if self._limits is None else self._read_fields(raw, *self._limits)
        if found is None:
            return None
        values += found[1:]
        if not self._validations or self._are_valid(values):
            return CoreForm(raw)
        return None

    def _are_valid(self, values: SlotList) -> bool:
        """Validate the fields that dependencies take and only Pydantic converts; return whether all are valid."""
        for slot, field, location in self._validations:
            value = values[slot]
            values[slot], errors = validate_value(field, Undefined if value is ... else value, {}, location)
            if errors:
                return False
        return True

    async def _read_exactly(
        self, values: SlotList, replayed: Optional[ReplayedMessage], scope: Scope, receive: Receive, send: Send
    ) -> EarlyBody:
        if self._leaves_errors:
            return UnreadBody(Request(scope, receive if replayed is None else replayed.receive, send))
        early = await read_exactly(self._read, replayed, scope, receive, send)
        values += self._padding
        return early


class CoreForm(EarlyBody):
    """A form whose fields the core has read."""

    __slots__ = ()

    def __init__(self, raw: bytes) -> None:
        super().__init__(Undefined, raw)

    def form(self) -> FormData:
        """Return the form as a request that has read it keeps it."""
        if self.body is Undefined:
            assert self.raw is not None
            self.body = read_urlencoded(self.raw)
        form: FormData = self.body
        return form

    def for_exact_way(self) -> FormData:
        return self.form()

    def _keep(self, request: Request, raw: bytes) -> None:
        request._form = self.form()


def make_form_completion(planned: PlannedOperation, form: PlannedForm) -> CompleteFormArguments:
    """Return the function that completes the arguments: values that Pydantic converts, and forms that it validates.

    It raises `RequestValidationError` with all errors: those of the parameters in their order, then those of the form.
    """
    parameters, fields = make_completers(planned.completions), make_completers(planned.field_completions)
    dependant = planned.operation.dependant
    readers = make_body_readers(dependant.body_params)
    embedded = planned.operation._embed_body_fields

    async def complete(values: Slots, arguments: Arguments, early: EarlyBody, scope: Scope) -> None:
        errors: List[object] = []
        for complete_parameter in parameters:
            complete_parameter(values, arguments, errors, scope)
        if isinstance(early, CoreForm):
            for complete_field in fields:
                complete_field(values, arguments, errors, scope)
        else:
            await read_body_params(readers, early.body, embedded, arguments, errors)
        if errors:
            body = early.form() if isinstance(early, CoreForm) else early.body
            context = endpoint_context(dependant.call, scope, dependant.path)
            raise RequestValidationError(errors, body=body, endpoint_ctx=context)

    return complete


def with_files(run: Runner, run_with_files: Runner, content_type_slot: int) -> Runner:
    """Return a runner that closes the files of a form when the exact way does, for a request that skips the stack."""

    async def run_watched(answer: CoreAnswer, scope: Scope, receive: Receive, watched: Watched) -> Optional[Rest]:
        return await run_with_files(answer, scope, receive, watched.send)

    run_in_stack = in_own_stack(run_watched)

    async def run_either(answer: CoreAnswer, scope: Scope, receive: Receive, send: Send) -> Optional[Rest]:
        chosen = run if answer[content_type_slot] in URLENCODED else run_in_stack
        return await chosen(answer, scope, receive, send)

    return run_either


def _numbers(own_limits: Mapping[str, object]) -> Optional[Tuple[int, int]]:
    """Return how many fields a form may have, and how large one may be; None when one exceeds 62-bit integers."""
    limits = {**_DEFAULT_LIMITS, **own_limits}
    numbers = limits.get("max_fields"), limits.get("max_part_size")
    if any(type(number) is not int or number.bit_length() > 62 for number in numbers):
        return None
    return numbers  # type: ignore[return-value]
