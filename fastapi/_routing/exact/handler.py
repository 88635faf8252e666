"""From a request to a response: read the body, solve the dependencies, call the endpoint, respond.

`get_request_handler` decides everything that does not depend on the request. Tracing libraries replace steps by
assignments to `fastapi.routing`, which arrive here; so every request looks up `solve_dependencies` and
`run_endpoint_function` in this module.
"""

from __future__ import annotations

import sys
from contextlib import AsyncExitStack
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Awaitable, Callable, Coroutine, Dict, NamedTuple, Optional, Type, Union, cast

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Scope
from typing_extensions import Protocol

from fastapi._body_limit import without_body_limit
from fastapi._compat import ModelField, Undefined, lenient_issubclass
from fastapi._form_limits import _FormLimits
from fastapi._routing.described.attributes import own_attributes
from fastapi._routing.described.description import Description, UserCallable
from fastapi._routing.exact.body import BodyReader, make_body_reader
from fastapi._routing.exact.early_body import UNREAD
from fastapi._routing.exact.endpoint import endpoint_context
from fastapi._routing.exact.response import ResponseOptions, make_response_maker
from fastapi._routing.exact.streaming import make_event_stream, make_json_lines, make_raw_stream
from fastapi._scope_keys import MIDDLEWARE_STACK_KEY, RECORDER_KEY, REQUEST_STACK_KEY
from fastapi._stand_ins.guards import Originals, has_replaced_names, is_wrapped
from fastapi._stand_ins.worker_threads import call_in_thread
from fastapi.datastructures import Default, DefaultPlaceholder
from fastapi.dependencies._solving.begun import Begun
from fastapi.dependencies._solving.solver import solve_rest
from fastapi.dependencies.models import (
    Dependant,
    gives_async_generator,
    gives_awaitable,
    gives_generator,
)
from fastapi.dependencies.utils import SolvedDependency, solve_dependencies
from fastapi.exceptions import EndpointContext, RequestValidationError
from fastapi.sse import EventSourceResponse
from fastapi.types import IncEx

if TYPE_CHECKING:
    from fastapi.telemetry._recorder import Recorder

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def get_request_handler(
    dependant: Dependant,
    body_field: Optional[ModelField] = None,
    status_code: Optional[int] = None,
    response_class: Union[Type[Response], DefaultPlaceholder] = Default(JSONResponse),
    response_field: Optional[ModelField] = None,
    response_model_include: Optional[IncEx] = None,
    response_model_exclude: Optional[IncEx] = None,
    response_model_by_alias: bool = True,
    response_model_exclude_unset: bool = False,
    response_model_exclude_defaults: bool = False,
    response_model_exclude_none: bool = False,
    dependency_overrides_provider: Optional[Any] = None,
    embed_body_fields: bool = False,
    strict_content_type: Union[bool, DefaultPlaceholder] = Default(True),
    stream_item_field: Optional[ModelField] = None,
    is_json_stream: bool = False,
    form_limits: Optional[_FormLimits] = None,
) -> Handler:
    """Build the function that answers the requests for one path operation."""
    described = SimpleNamespace(**locals(), _embed_body_fields=embed_body_fields)
    assert dependant.call is not None, "dependant.call must be a function"
    return _build(cast(Description, described), dependant.call)


def make_handler(operation: Description) -> Handler:
    """Build the same function for an operation, later than its description.

    The operation is frozen, so this is the handler that it would have got then. Its dependant may have a new call.
    """
    return _build(operation, operation.endpoint)


def _build(described: Description, endpoint: UserCallable) -> Handler:
    """Build the handler of an operation, or of an object with the parameters of `get_request_handler` as attributes."""
    dependant = described.dependant
    options = ResponseOptions.of(described, gives_awaitable(endpoint))

    def locate(scope: Scope) -> EndpointContext:
        return endpoint_context(dependant.call, scope, dependant.path)

    steps = _Steps(
        dependant,
        described.dependency_overrides_provider,
        described._embed_body_fields,
        make_body_reader(described.body_field, described.strict_content_type, described.form_limits, locate),
    )
    respond = _make_responder(dependant, endpoint, options, described.stream_item_field, described.is_json_stream)
    return _join(steps, respond, endpoint)


def _join(steps: _Steps, respond: CallAndRespond, endpoint: UserCallable) -> Handler:
    async def app(request: Request) -> Response:
        solved = await _prepare(request, steps, None, UNREAD)
        return await respond(request, solved)

    async def resume(begun: Begun, body: object, request: Request) -> Response:
        """Answer a request that the planned way has begun. `body` is `UNREAD` if it has not read the body."""
        solved = await _prepare(request, steps, begun, body)
        return await respond(request, solved)

    # Errors of pickle name it.
    app.__qualname__ = "get_request_handler.<locals>.app"
    app.endpoint = endpoint  # type: ignore[attr-defined]
    app.resume = resume  # type: ignore[attr-defined]
    return app


async def run_endpoint_function(*, dependant: Dependant, values: Dict[str, Any], is_coroutine: bool) -> Any:
    """Call the endpoint: a coroutine function here, any other in a worker thread."""
    assert dependant.call is not None, "dependant.call must be a function"
    recorder = _current_recorder()
    if recorder is None:
        if is_coroutine:
            return await dependant.call(**values)
        return await call_in_thread(run_in_threadpool, dependant.call, values)
    if is_coroutine:
        with recorder.operation("endpoint", dependant.call):
            return await dependant.call(**values)
    return await run_in_threadpool(recorder.run_sync, dependant.call, values)


get_request_handler.__module__ = run_endpoint_function.__module__ = "fastapi.routing"

# Tracing libraries replace these.
_originals = Originals(globals(), "get_request_handler", "run_endpoint_function", "solve_dependencies")


class PlacedOperation(Protocol):
    """A route, or its context in an inclusion."""

    @property
    def app(self) -> ASGIApp:
        """The application of the route."""
        ...

    @property
    def endpoint(self) -> UserCallable:
        """The function that the route was added with."""
        ...


class OwnHandler(Protocol):
    """A handler that this package has built."""

    endpoint: UserCallable
    # Answers a request whose parameters, dependencies or body were read before the handler is called.
    resume: Callable[[Begun, object, Request], Coroutine[Any, Any, Response]]

    def __call__(self, request: Request) -> Coroutine[Any, Any, Response]:
        """Return the response to a request."""
        ...


def get_own_handler(app: ASGIApp) -> Optional[OwnHandler]:
    """Return the handler below the application of a route and its body limit, None if it is not one of this package."""
    handler: Optional[OwnHandler] = getattr(without_body_limit(app), "handler", None)
    return handler if hasattr(handler, "resume") else None


def has_original_handler(route: PlacedOperation) -> bool:
    """Whether all steps of the handler of `route` are the original ones, when it was built and now.

    `route` is an `APIRoute` or its context in an inclusion.
    """
    if has_replaced_names("fastapi.routing") or not _originals.hold():
        return False
    if "app" not in own_attributes(route):
        # Its handler is built on the first access.
        return True
    app = without_body_limit(route.app)
    handler = getattr(app, "handler", None)
    if is_wrapped(app) or is_wrapped(handler):
        return False
    return getattr(handler, "endpoint", None) is route.endpoint


def _current_recorder() -> Optional[Recorder]:
    """Return the recorder of the current request, None if the request is not recorded."""
    telemetry = sys.modules.get("fastapi.telemetry._api")
    return None if telemetry is None else telemetry._get_recorder()


class _Steps(NamedTuple):
    """The parts of an operation that decide the steps before the call of the endpoint."""

    dependant: Dependant
    dependency_overrides_provider: Optional[object]
    embed_body_fields: bool
    read_body: Optional[BodyReader]


async def _prepare(request: Request, steps: _Steps, begun: Optional[Begun], body: object) -> SolvedDependency:
    """Read the body and solve the dependencies; raise `RequestValidationError` if the request is invalid."""
    scope = request.scope
    recorder: Optional[Recorder] = scope.get(RECORDER_KEY)
    if recorder is not None:
        recorder.data.request = request
    _require_stack(scope, MIDDLEWARE_STACK_KEY)
    if body is UNREAD and steps.read_body is None:
        body = Undefined
    elif body is UNREAD:
        assert steps.read_body is not None
        try:
            body = await steps.read_body(request)
        except RequestValidationError as invalid_json:
            if recorder is not None:
                recorder.data.body = invalid_json.body
                recorder.validation_failed(invalid_json)
            raise
    if recorder is None:
        solved = await _solve(request, steps, begun, body)
    else:
        recorder.data.body = None if body is Undefined else body
        with recorder.operation("dependencies", steps.dependant.call):
            solved = await _solve(request, steps, begun, body)
        recorder.data.values, recorder.data.errors = solved.values, solved.errors
    if not solved.errors:
        return solved
    error = RequestValidationError(
        solved.errors,
        body=None if body is Undefined else body,
        endpoint_ctx=endpoint_context(steps.dependant.call, scope, steps.dependant.path),
    )
    if recorder is not None:
        recorder.validation_failed(error)
    raise error


async def _solve(request: Request, steps: _Steps, begun: Optional[Begun], body: object) -> SolvedDependency:
    stack = _require_stack(request.scope, REQUEST_STACK_KEY)
    if begun is not None and solve_dependencies is _originals.solve_dependencies:
        return await solve_rest(
            begun,
            request=request,
            dependant=steps.dependant,
            body=body,
            dependency_overrides_provider=steps.dependency_overrides_provider,
            embed_body_fields=steps.embed_body_fields,
        )
    return await solve_dependencies(
        request=request,
        dependant=steps.dependant,
        body=body,
        dependency_overrides_provider=steps.dependency_overrides_provider,
        dependency_cache=None if begun is None else begun.solved,
        async_exit_stack=stack,
        embed_body_fields=steps.embed_body_fields,
    )


def _require_stack(scope: Scope, key: str) -> AsyncExitStack:
    stack = scope.get(key)
    assert isinstance(stack, AsyncExitStack), f"{key} not found in request scope"
    return stack


# Calls the endpoint with the solved dependencies, and makes the response.
CallAndRespond = Callable[[Request, SolvedDependency], Awaitable[Response]]


def _make_responder(
    dependant: Dependant,
    call: UserCallable,
    options: ResponseOptions,
    stream_item_field: Optional[ModelField],
    is_json_stream: bool,
) -> CallAndRespond:
    """Return the function that calls the endpoint and makes a response of its result, or streams its items."""
    is_async = gives_async_generator(call)
    if lenient_issubclass(options.actual_response_class, EventSourceResponse):
        stream = make_event_stream(options, stream_item_field, is_async)
    elif is_json_stream:
        stream = make_json_lines(options, stream_item_field, is_async)
    elif is_async or gives_generator(call):
        stream = make_raw_stream(options, is_async)
    else:
        return _make_plain_responder(dependant, options)

    async def call_and_stream(request: Request, solved: SolvedDependency) -> Response:
        assert dependant.call is not None
        items = dependant.call(**solved.values)

        def describe() -> EndpointContext:
            return endpoint_context(dependant.call, request.scope, dependant.path)

        return await stream(items, request, solved, describe)

    return call_and_stream


def _make_plain_responder(dependant: Dependant, options: ResponseOptions) -> CallAndRespond:
    make_response = make_response_maker(options)

    async def call_and_respond(request: Request, solved: SolvedDependency) -> Response:
        content = await run_endpoint_function(
            dependant=dependant, values=solved.values, is_coroutine=options.is_coroutine
        )
        if isinstance(content, Response):
            if content.background is None:
                content.background = solved.background_tasks
            return content

        def describe() -> EndpointContext:
            return endpoint_context(dependant.call, request.scope, dependant.path)

        recorder: Optional[Recorder] = request.scope.get(RECORDER_KEY)
        if recorder is None:
            return await make_response(content, solved, describe)
        with recorder.operation("serialization", dependant.call):
            return await make_response(content, solved, describe)

    return call_and_respond
