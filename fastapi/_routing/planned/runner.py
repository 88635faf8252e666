"""What answers a request once the core has read its parameters: body, dependencies, endpoint, response.

What is known before the request is decided here when the plan is compiled, and left in closures.
"""

from __future__ import annotations

import json
from functools import partial
from operator import itemgetter
from types import FunctionType
from typing import Any, Awaitable, Callable, Dict, List, Optional, Sequence, Tuple, Union

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from fastapi._compat import Undefined
from fastapi._rest import Rest
from fastapi._routing.exact.body import make_body_reader
from fastapi._routing.exact.early_body import NOTHING, First, Received, read_exactly
from fastapi._routing.exact.endpoint import endpoint_context
from fastapi._routing.exact.response import encode_undeclared, serialize_response
from fastapi._routing.planned.form import FormSource, make_form_completion, with_files, without_files
from fastapi._routing.planned.match_scope import make_match_writer
from fastapi._routing.planned.refusal import JSON_HEADER
from fastapi._routing.planned.rejoin import at_route, half_sent, raising, respond_here
from fastapi._routing.planned.types import (
    CoreAnswer,
    ReadBody,
    ReadFields,
    Runner,
    SendResponse,
    Surroundings,
    WriteMatch,
)
from fastapi._routing.planning.rows import Call, PlannedOperation, SecurityStep
from fastapi._routing.planning.security import CHANGED
from fastapi._routing.tree.asgi import answer_request
from fastapi._stand_ins.worker_threads import call_in_thread
from fastapi.dependencies._begun import Begun
from fastapi.dependencies._body import make_body_readers, read_parsed_body
from fastapi.dependencies._params import fresh_default, validate_value
from fastapi.exceptions import RequestValidationError, ResponseValidationError
from fastapi.utils import is_body_allowed_for_status_code

Invoke = Callable[[Sequence[Any]], Any]


def make_runner(planned: PlannedOperation, around: Surroundings, read_fields: ReadFields) -> Runner:
    """Return what answers the requests for one operation. `read_fields` asks the core about a form.

    Where an answer is only taken whole, responses that the endpoint made are sent where the route stands.
    """
    place = around.place
    respond = _respond_at_route if place.takes_whole_answers else respond_here
    write_match = make_match_writer(planned, around)
    if planned.form is not None:
        source = FormSource(planned, planned.form, around.router.form_limits, read_fields)
        run = _make_full_runner(planned, write_match, source, respond)
        if place.takes_whole_answers:
            return without_files(run, planned, write_match)
        if place.has_passed_stack:
            return run
        write_match = make_match_writer(planned, around, has_own_stack=True)
        return with_files(run, _make_full_runner(planned, write_match, source, respond), planned.content_type_slot)
    if planned.steps or planned.finishes or planned.reads_body or not planned.endpoint.is_coroutine:
        return _make_full_runner(planned, write_match, BodySource(planned) if planned.reads_body else None, respond)
    return _make_short_runner(planned, write_match, respond)


async def _respond_at_route(
    response: Response, request: Optional[Request], scope: Scope, receive: Receive, send: Send
) -> Optional[Rest]:
    """Leave the sending of a response to the route."""
    return Rest(at_route(response, request), send)


def _make_short_runner(planned: PlannedOperation, write_match: WriteMatch, respond: SendResponse) -> Runner:
    """An asynchronous endpoint whose arguments are what the core answered."""
    invoke = make_invoke(planned.endpoint)
    write = make_writer(planned)
    status, headers_for = make_head(planned)

    async def run(answer: CoreAnswer, scope: Scope, receive: Receive, send: Send) -> Optional[Rest]:
        write_match(scope, answer[1])
        body = None
        try:
            content = await invoke(answer)
            if not isinstance(content, Response):
                body = write(content, scope)
        except Exception as error:
            return Rest(raising(error, None), send)
        if body is None:
            return await respond(content, None, scope, receive, send)
        body, headers = headers_for(body)
        start = {"type": "http.response.start", "status": status, "headers": headers}
        try:
            await send(start)
            await send({"type": "http.response.body", "body": body})
        except Exception as error:
            return half_sent(error, start, None, send)
        return None

    return run


def _make_full_runner(
    planned: PlannedOperation, write_match: WriteMatch, receive_body: Optional[ReadBody], respond: SendResponse
) -> Runner:
    """Everything that an operation on the planned way may have."""
    bind, finish = make_bind(planned.endpoint), make_finish(planned)
    function, is_coroutine = planned.endpoint.function, planned.endpoint.is_coroutine
    complete = None if planned.form is None else make_form_completion(planned, planned.form)
    invoke = make_invoke(planned.endpoint) if is_coroutine and not finish and not complete else None
    write, write_in_thread = make_writer(planned), make_thread_writer(planned)
    status, headers_for = make_head(planned)
    steps = make_steps(planned)

    async def run(answer: CoreAnswer, scope: Scope, receive: Receive, send: Send) -> Optional[Rest]:
        write_match(scope, answer[1])
        values = list(answer)
        received = NOTHING
        if receive_body is not None:
            received = await receive_body(values, scope, receive, send)
            if received.is_left:
                return leave_to_exact_way(planned, values, received, scope, receive, send)
            if received.error is not None:
                return Rest(raising(received.error, received.made), send)
        body = None
        try:
            if steps is not None and not await steps(values):
                return leave_to_exact_way(planned, values, received, scope, receive, send)
            if invoke is not None:
                content = await invoke(values)
            else:
                arguments = bind(values)
                if finish is not None:
                    finish(values, arguments, received.body, scope)
                if complete is not None:
                    await complete(values, arguments, received, scope)
                if is_coroutine:
                    content = await function(**arguments)
                else:
                    content = await call_in_thread(run_in_threadpool, function, arguments)
            if isinstance(content, Response):
                pass
            elif is_coroutine:
                body = write(content, scope)
            else:
                body = await write_in_thread(content, scope)
        except Exception as error:
            return Rest(raising(error, received.request(scope, receive, send)), send)
        if body is None:
            return await respond(content, received.request(scope, receive, send), scope, receive, send)
        body, headers = headers_for(body)
        start = {"type": "http.response.start", "status": status, "headers": headers}
        try:
            await send(start)
            await send({"type": "http.response.body", "body": body})
        except Exception as error:
            return half_sent(error, start, received.request(scope, receive, send), send)
        return None

    return run


# ── Arguments ──


def make_bind(call: Call) -> Callable[[Sequence[Any]], Dict[str, Any]]:
    """Return what takes the arguments of a call out of the slots."""
    names = tuple(name for name, _ in call.arguments)
    if not names:
        return lambda values: {}
    pick = _make_pick([slot for _, slot in call.arguments])
    return lambda values: dict(zip(names, pick(values)))


def make_invoke(call: Call) -> Invoke:
    """Return what makes a call with arguments from slots.

    PERF: a plain function is called by position, which spares a dictionary (benchmark `items`). Anything else could
    tell the difference.
    """
    function = call.function
    if not call.arguments:
        return lambda values: function()
    names = tuple(name for name, _ in call.arguments)
    pick = _make_pick([slot for _, slot in call.arguments])
    if not _takes_in_order(function, names):
        return lambda values: function(**dict(zip(names, pick(values))))
    slots = [slot for _, slot in call.arguments]
    if slots == list(range(slots[0], slots[0] + len(slots))):
        first, end = slots[0], slots[0] + len(slots)
        return lambda values: function(*values[first:end])
    return lambda values: function(*pick(values))


def _make_pick(slots: List[int]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    if not slots:
        return lambda values: ()
    if len(slots) == 1:
        only = slots[0]
        return lambda values: (values[only],)
    return itemgetter(*slots)


def _takes_in_order(function: Any, names: Tuple[str, ...]) -> bool:
    """Whether `function(*values)` is `function(**dict(zip(names, values)))`, for whoever looks from inside."""
    if type(function) is not FunctionType or hasattr(function, "__wrapped__"):
        return False
    code = function.__code__
    has_stars = code.co_flags & (_CO_VARARGS | _CO_VARKEYWORDS)
    return not has_stars and code.co_varnames[: len(names)] == names and code.co_argcount >= len(names)


_CO_VARARGS, _CO_VARKEYWORDS = 0x04, 0x08


# ── Dependencies ──


def make_steps(planned: PlannedOperation) -> Optional[Callable[[List[Any]], Awaitable[bool]]]:
    """Return what runs the dependencies in their order and appends the result of each to the slots.

    It returns False when one is replaced (`dependency_overrides`) or is a security scheme that changed after planning:
    the exact way goes on there, with the dependencies that have not run yet and those that are asked for again. What is
    replaced is asked at the start, and again when a dependency has run: that may have replaced another.
    """
    if not planned.steps:
        return None
    fills, replaceable = planned.fills, planned.replaceable
    provider: Any = planned.operation.dependency_overrides_provider
    steps = _make_steps(planned.steps)
    is_asked_at_end = planned.ends_with_repetition and isinstance(planned.steps[-1], Call)

    def is_replaced() -> bool:
        overrides = provider.dependency_overrides
        # A mapping of another type may answer for what is no key of it.
        return bool(overrides) and (overrides.__class__ is not dict or not overrides.keys().isdisjoint(replaceable))

    async def run_steps(values: List[Any]) -> bool:
        for slot, field in fills:
            if values[slot] is ...:
                values[slot] = fresh_default(field)
        for run, source, is_asked in steps:
            if is_asked and provider.dependency_overrides and is_replaced():
                return False
            if source is None:
                values.append(await run(values))
            elif source.__class__ is int:
                value = run(values[source])
                if value is CHANGED:
                    return False
                values.append(value)
            else:
                values.append(await call_in_thread(run_in_threadpool, run, source(values)))
        return not (is_asked_at_end and is_replaced())

    return run_steps


def _make_steps(steps: Sequence[Union[Call, SecurityStep]]) -> List[Tuple[Callable[..., Any], Any, bool]]:
    """Return for each step what is called; in which slot or by which function it finds its values, None if it does so
    itself; and whether a function of the user's has run since the last step.
    """
    made: List[Tuple[Callable[..., Any], Any, bool]] = []
    is_asked = True
    for step in steps:
        if isinstance(step, SecurityStep):
            made.append((step.finish, step.slot, is_asked))
        elif step.is_coroutine:
            made.append((make_invoke(step), None, is_asked))
        else:
            made.append((step.function, make_bind(step), is_asked))
        is_asked = isinstance(step, Call)
    return made


def leave_to_exact_way(
    planned: PlannedOperation, values: List[Any], received: Received, scope: Scope, receive: Receive, send: Send
) -> Rest:
    """Return what goes on exactly, with the dependencies that have run and the body that was read."""
    results = values[planned.first_step_slot :]
    begun = Begun(None, dict(zip(planned.step_keys, results)), planned.completed[len(results)])
    app: Any = planned.operation.app
    resume = partial(app.handler.resume, begun, received.taken())
    return Rest(answer_request(resume, received.request(scope, receive, send)), send)


# ── Body ──


class BodySource:
    """Reads the JSON body of an operation.

    A body that comes in one message and says that it is JSON is read here. Any other is left to the reader of the exact
    way, which is given the message again.
    """

    def __init__(self, planned: PlannedOperation) -> None:
        operation = planned.operation
        self._content_type_slot = planned.content_type_slot

        def describe(scope: Scope) -> Any:
            return endpoint_context(operation.endpoint, scope, operation.dependant.path)

        read = make_body_reader(operation.body_field, operation.strict_content_type, None, describe)
        assert read is not None
        self._read = read

    async def __call__(self, values: List[Any], scope: Scope, receive: Receive, send: Send) -> Received:
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
                return Received(load_json(raw) if raw else Undefined, raw)
        except Exception as error:
            failure = error
        # What is wrong with the body is found again where a request can be asked about it.
        first = First(receive, message, failure if message is None else None)
        return await read_exactly(self._read, first, scope, receive, send)


def load_json(raw: bytes) -> Any:
    """Return what `json.loads(raw)` returns, raise what it raises, as long as nobody replaced it.

    PERF: an object or array in UTF-8 that ends where its text ends is read without asking for the encoding and for
    white space around it (benchmark `body`).
    """
    # A zero byte beside the first one is how `json` knows other encodings.
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


Finish = Callable[[Sequence[Any], Dict[str, Any], Any, Scope], None]


def make_finish(planned: PlannedOperation) -> Optional[Finish]:
    """Return what completes the endpoint's arguments: opaque texts, defaults made anew, the body.

    It raises `RequestValidationError` with all errors, in the order of the parameters, the body last.
    """
    if planned.form is not None or not (planned.finishes or planned.reads_body):
        return None
    finishes = [(slot, reading.field, reading.location) for slot, reading in planned.finishes if reading.field]
    dependant = planned.operation.dependant
    readers = make_body_readers(dependant.body_params)
    embedded = planned.operation._embed_body_fields

    def invalid(errors: List[Any], body: Any, scope: Scope) -> RequestValidationError:
        context = endpoint_context(dependant.call, scope, dependant.path)
        return RequestValidationError(errors, body=None if body is Undefined else body, endpoint_ctx=context)

    if not finishes and len(readers) == 1 and not embedded and not readers[0].embeds:
        field, name = readers[0].field, readers[0].name

        def finish_with_whole_body(values: Sequence[Any], arguments: Dict[str, Any], body: Any, scope: Scope) -> None:
            arguments[name], errors = validate_value(field, body, arguments, ("body",))
            if errors:
                raise invalid(errors, body, scope)

        return finish_with_whole_body

    def finish(values: Sequence[Any], arguments: Dict[str, Any], body: Any, scope: Scope) -> None:
        errors: List[Any] = []
        for slot, field, location in finishes:
            value = values[slot]
            value, found = validate_value(field, Undefined if value is ... else value, arguments, location)
            errors.extend(found)
            arguments[field.name] = value
        if readers:
            read_parsed_body(readers, body, embedded, arguments, errors)
        if errors:
            raise invalid(errors, body, scope)

    return finish


# ── Response ──


def make_head(planned: PlannedOperation) -> Tuple[int, Callable[[bytes], Tuple[bytes, List[Tuple[bytes, bytes]]]]]:
    """Return the status, and what makes body and headers of the JSON that was written."""
    status = planned.operation.status_code or 200
    if is_body_allowed_for_status_code(status):
        return status, lambda body: (body, [(b"content-length", b"%d" % len(body)), JSON_HEADER])
    return status, lambda body: (b"", [JSON_HEADER])


def make_writer(planned: PlannedOperation) -> Callable[[Any, Scope], bytes]:
    """Return what turns the endpoint's result into JSON, validated when a response model is declared."""
    operation = planned.operation
    field = operation.response_field
    if field is None:
        return lambda content, scope: encode_undeclared(content)
    options = _serialization(operation)

    def write(content: Any, scope: Scope) -> bytes:
        value, errors = field.validate(content, {}, loc=("response",))
        if errors:
            context = endpoint_context(operation.dependant.call, scope, operation.dependant.path)
            raise ResponseValidationError(errors=errors, body=content, endpoint_ctx=context)
        body: bytes = field.serialize_json(value, **options)
        return body

    return write


def make_thread_writer(planned: PlannedOperation) -> Callable[[Any, Scope], Awaitable[bytes]]:
    """The same for an endpoint that ran in a worker thread: its result is validated in one, too."""
    operation = planned.operation
    field = operation.response_field
    options = _serialization(operation)

    async def write(content: Any, scope: Scope) -> bytes:
        if field is None:
            return encode_undeclared(content)
        context = endpoint_context(operation.dependant.call, scope, operation.dependant.path)
        body: bytes = await serialize_response(
            field=field,
            response_content=content,
            is_coroutine=False,
            endpoint_ctx=context,
            dump_json=True,
            **options,
        )
        return body

    return write


def _serialization(operation: Any) -> Dict[str, Any]:
    return {
        "include": operation.response_model_include,
        "exclude": operation.response_model_exclude,
        "by_alias": operation.response_model_by_alias,
        "exclude_unset": operation.response_model_exclude_unset,
        "exclude_defaults": operation.response_model_exclude_defaults,
        "exclude_none": operation.response_model_exclude_none,
    }
