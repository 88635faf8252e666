"""The planned way of a request: scope -> one crossing -> values -> endpoint -> bytes -> two sends.

    app(scope) ── direct ──> PlannedWay.select ──> core ──> runner          no middleware asked for anything
    app(scope) ── middleware stack ── router ──> PlannedWay.select ──> ...  somebody did

Nothing is decided here but what only the request knows: whether the core answered, whether the values are right. What is
not answered here returns `None` from `select`, before anything has been read or sent, and takes the exact way.

An exception leaves through the same handlers as on the exact way: the middleware stack is called after all, and the
exception is raised in its middle, where the route would have raised it.
"""

from __future__ import annotations

import sys
import threading
from typing import Any, Awaitable, Callable, Dict, List, Optional, Tuple

from starlette._exception_handler import wrap_app_handling_exceptions
from starlette._utils import get_route_path
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fastapi import _rust
from fastapi._body_limit import AppBodyLimitMiddleware
from fastapi._changes import changes
from fastapi._compat import Undefined
from fastapi._observation import RECORDER_KEY, ExceptionTelemetryMiddleware
from fastapi._routing.body import read_body
from fastapi._routing.endpoint import endpoint_context
from fastapi._routing.plan import Call, PlannedOperation, plan_routes
from fastapi._routing.response import encode_undeclared, serialize_response
from fastapi._routing.router import APIRouter
from fastapi._routing.scope import EFFECTIVE_ROUTE_CONTEXT_KEY, update_scope
from fastapi._wasm import contract
from fastapi.dependencies._params import validate_value
from fastapi.dependencies.utils import request_body_to_args
from fastapi.exceptions import RequestValidationError
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from fastapi.utils import is_body_allowed_for_status_code

Answer = Tuple[Any, ...]
CallAtRoute = Callable[[ASGIApp, Optional[Request], Scope, Receive, Send], Awaitable[None]]
Runner = Callable[[Answer, Scope, Receive, Send, CallAtRoute], Awaitable[None]]
Responder = Callable[[Any, Scope], Awaitable[Tuple[Message, Message]]]

# Where an ASGI application waits until the middleware stack has reached the router, which calls it instead of a route.
WAITING_KEY = "fastapi_rs.waiting"

# The layers of a stack that have nothing to do for a request in which nothing is raised.
PASSIVE_LAYERS = frozenset(
    [
        ServerErrorMiddleware,
        ExceptionTelemetryMiddleware,
        AppBodyLimitMiddleware,
        ExceptionMiddleware,
        AsyncExitStackMiddleware,
    ]
)

# Newer releases of Starlette read all Cookie headers, older ones the first.
_TWO_COOKIES = {"type": "http", "headers": [(b"cookie", b"a=1"), (b"cookie", b"b=2")]}
COOKIES_FROM_EVERY_HEADER = len(Request(_TWO_COOKIES).cookies) == 2

JSON_HEADER = (b"content-type", b"application/json")

_plan_lock = threading.Lock()


class PlannedWay:
    """What is compiled for one application. It is compiled anew, on the next request, when `changes` moved."""

    def __init__(self, app: Any, router: APIRouter) -> None:
        self._app = app
        self._router = router
        self._compiled: Optional[_Compiled] = None

    def direct(self, scope: Scope, receive: Receive, send: Send) -> Optional[Awaitable[None]]:
        """Return what answers a request that no middleware has to see, or None: then the middleware stack is called."""
        # Telemetry records the parts of a request, which only the exact way has.
        if scope["type"] != "http" or scope.get(RECORDER_KEY) is not None:
            return None
        compiled = self._current()
        if compiled.loaded is None or not compiled.is_bare():
            return None
        scope["app"] = self._app
        answer = compiled.select(scope, receive, send, compiled.call_in_stack)
        if answer is None:
            # The core was asked already, and nothing between here and the router changes the request.
            scope[WAITING_KEY] = None
        return answer

    def routed(self, scope: Scope, receive: Receive, send: Send) -> Optional[Awaitable[None]]:
        """Return what answers a request that has passed the middleware stack, or None: then the router looks itself."""
        if WAITING_KEY in scope:
            return call_waiting(scope.pop(WAITING_KEY), scope, receive, send)
        if scope["type"] != "http" or scope.get(RECORDER_KEY) is not None:
            return None
        compiled = self._current()
        if compiled.loaded is None:
            return None
        return compiled.select(scope, receive, send, call_here)

    def _current(self) -> _Compiled:
        compiled = self._compiled
        if compiled is None or compiled.changes != changes.count:
            with _plan_lock:
                compiled = self._compiled
                if compiled is None or compiled.changes != changes.count:
                    compiled = self._compiled = _Compiled(self._app, self._router)
        return compiled


class _Compiled:
    """One application, compiled at one moment."""

    def __init__(self, app: Any, router: APIRouter) -> None:
        self.changes = changes.count
        self.app = app
        self.router = router
        self.bare_stack = bare_stack(app, router)
        self.loaded: Optional[_rust.LoadedPlan] = None
        self._local = threading.local()
        if _rust.rust_available() and _is_untouched(router):
            self.plan = plan_routes(router.routes, router.redirect_slashes, COOKIES_FROM_EVERY_HEADER)
            self.runners = [self._runner(route.planned) for route in self.plan.routes]
            if any(self.runners):
                self.loaded = _rust.LoadedPlan(self.plan.frame())

    def is_bare(self) -> bool:
        """Whether the middleware stack is still the one that holds nothing but what every application has."""
        stack = self.app.middleware_stack
        return stack is not None and stack is self.bare_stack

    def select(self, scope: Scope, receive: Receive, send: Send, call: CallAtRoute) -> Optional[Awaitable[None]]:
        path = scope["path"]
        if scope.get("root_path"):
            path = get_route_path(scope)
        try:
            match = self._local.match
        except AttributeError:
            match = self._local.match = self.loaded.matcher()  # type: ignore[union-attr]
        answer = match((scope["method"], path, scope.get("query_string", b""), scope["headers"]))
        if answer is None:
            return None
        index = answer[0]
        if index >= 0:
            runner = self.runners[index]
            if runner is None or self._is_overridden(index):
                return None
            return runner(answer, scope, receive, send, call)
        if index == contract.OUTCOME_INVALID and self._has_plain_errors(answer[1]):
            return self._invalid(answer, scope, receive, send, call)
        return None

    def _runner(self, planned: Optional[PlannedOperation]) -> Optional[Runner]:
        return None if planned is None else make_runner(planned, self.router)

    def _is_overridden(self, index: int) -> bool:
        overrides = self.app.dependency_overrides
        planned = self.plan.routes[index].planned
        return bool(overrides) and planned is not None and not planned.replaceable.isdisjoint(overrides)

    def _has_plain_errors(self, index: int) -> bool:
        planned = self.plan.routes[index].planned
        return planned is not None and planned.has_plain_errors

    async def _invalid(self, answer: Answer, scope: Scope, receive: Receive, send: Send, call: CallAtRoute) -> None:
        planned = self.plan.routes[answer[1]].planned
        assert planned is not None
        enter(self.router, planned, answer[2], scope)
        context = endpoint_context(planned.endpoint.function, scope)
        error = RequestValidationError(answer[3], body=None, endpoint_ctx=context)
        await call(raising(error), None, scope, receive, send)

    async def call_in_stack(
        self, inner: ASGIApp, request: Optional[Request], scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Call `inner` where the route stands, inside the middleware stack that this request had not passed yet."""
        scope[WAITING_KEY] = (inner, request)
        await self.app.middleware_stack(scope, receive, send)


def bare_stack(app: Any, router: APIRouter) -> Optional[Any]:
    """Return the application's middleware stack when it has only the layers that do nothing for a request in order.

    The stack is built here when the first request has come, as Starlette does. A layer that somebody replaced, patched
    or added (Sentry, OpenTelemetry, a limit, the user) makes this None: then every request passes the stack.
    """
    if app.middleware_stack is None:
        app.middleware_stack = app.build_middleware_stack()
    layer = app.middleware_stack
    if not is_pristine(Starlette, "__call__"):
        return None
    while layer is not router:
        kind = type(layer)
        if kind not in PASSIVE_LAYERS or not is_pristine(kind, "__call__") or "__call__" in vars(layer):
            return None
        if kind is AppBodyLimitMiddleware and app.max_body_size is not None:
            return None
        layer = layer.app
    return app.middleware_stack


def is_pristine(kind: type, name: str) -> bool:
    """Whether a method is still what its module defines: patchers wrap methods with functions of their own modules."""
    function = getattr(kind, name)
    home = vars(sys.modules[kind.__module__])
    return getattr(function, "__globals__", None) is home and not hasattr(function, "__wrapped__")


def _is_untouched(router: APIRouter) -> bool:
    return type(router).app is APIRouter.app and not router._low_priority_routes and not {
        "app", "__call__", "matches", "handle"
    } & set(vars(router))


def enter(router: APIRouter, planned: PlannedOperation, path_params: Dict[str, Any], scope: Scope) -> None:
    """Leave in the scope what matching leaves there."""
    scope.setdefault("router", router)
    scope["path_params"] = {**scope["path_params"], **path_params} if scope.get("path_params") else path_params
    scope["endpoint"] = planned.endpoint.function
    scope["route"] = planned.route
    if planned.context is not None:
        update_scope(scope, {"fastapi": {EFFECTIVE_ROUTE_CONTEXT_KEY: planned.context}})


async def call_here(
    inner: ASGIApp, request: Optional[Request], scope: Scope, receive: Receive, send: Send
) -> None:
    """Call `inner` as a route does: its exceptions go to the handlers found in the scope."""
    conn = Request(scope, receive, send) if request is None else request
    await wrap_app_handling_exceptions(inner, conn)(scope, receive, send)


def call_waiting(waiting: Any, scope: Scope, receive: Receive, send: Send) -> Optional[Awaitable[None]]:
    """The end of `call_in_stack`: the stack has reached the router. None: nothing waits but the exact way."""
    if waiting is None:
        return None
    inner, request = waiting
    return call_here(inner, request, scope, receive, send)


def raising(error: Exception) -> ASGIApp:
    """Return an application that raises `error`; the traceback keeps the frames that it came from."""

    async def raise_it(scope: Scope, receive: Receive, send: Send) -> None:
        raise error

    return raise_it


def make_runner(planned: PlannedOperation, router: APIRouter) -> Runner:
    """Return what answers a request for one operation once the core has read its parameters."""
    endpoint = planned.endpoint
    respond = make_responder(planned)

    async def run(answer: Answer, scope: Scope, receive: Receive, send: Send, call: CallAtRoute) -> None:
        enter(router, planned, answer[1], scope)
        request: Optional[Request] = None
        try:
            values: List[Any] = list(answer)
            body = None
            if planned.reads_body:
                request = Request(scope, receive, send)
                body = await read_body(request, planned.operation)
            if planned.steps:
                await run_steps(planned, values)
            arguments = {name: values[slot] for name, slot in endpoint.arguments}
            if planned.finishes or planned.reads_body:
                await finish(planned, values, arguments, body, scope)
            if endpoint.is_coroutine:
                content = await endpoint.function(**arguments)
            else:
                content = await run_in_threadpool(endpoint.function, **arguments)
            messages = None if isinstance(content, Response) else await respond(content, scope)
        except Exception as error:
            content, messages = raising(error), None
        if messages is None:
            # A response that the endpoint made may do anything, and an exception may be handled by anybody.
            await call(content, request, scope, receive, send)
            return
        start, body_message = messages
        await send(start)
        await send(body_message)

    return run


async def run_steps(planned: PlannedOperation, values: List[Any]) -> None:
    """Run the dependencies in their order; append the result of each to `values`."""
    for slot, field in planned.fills:
        if values[slot] is ...:
            values[slot] = field.get_default()
    for step in planned.steps:
        if step.__class__ is Call:
            arguments = {name: values[slot] for name, slot in step.arguments}
            if step.is_coroutine:
                values.append(await step.function(**arguments))
            else:
                values.append(await run_in_threadpool(step.function, **arguments))
        else:
            values.append(step.finish(values[step.slot]))


async def finish(
    planned: PlannedOperation, values: List[Any], arguments: Dict[str, Any], body: Any, scope: Scope
) -> None:
    """Complete the endpoint's arguments: texts that only Pydantic converts, defaults made anew, the body.

    Raises:
        RequestValidationError: with all errors, in the order of the parameters, the body last.
    """
    errors: List[Dict[str, Any]] = []
    for slot, reading in planned.finishes:
        value = values[slot]
        if value is ...:
            value = Undefined
        value, found = validate_value(reading.field, value, arguments, reading.location)
        errors.extend(found)
        arguments[reading.field.name] = value
    if planned.reads_body:
        body_values, found = await request_body_to_args(
            body_fields=planned.operation.dependant.body_params,
            received_body=body,
            embed_body_fields=planned.operation._embed_body_fields,
        )
        errors.extend(found)
        arguments.update(body_values)
    if errors:
        context = endpoint_context(planned.endpoint.function, scope)
        received = None if body is Undefined else body
        raise RequestValidationError(errors, body=received, endpoint_ctx=context)


def make_responder(planned: PlannedOperation) -> Responder:
    """Return what turns the endpoint's result into the two messages of a response."""
    operation = planned.operation
    status = operation.status_code or 200
    field = operation.response_field
    has_body = is_body_allowed_for_status_code(status)

    async def respond(content: Any, scope: Scope) -> Tuple[Message, Message]:
        if field is None:
            body = encode_undeclared(content)
        else:
            body = await serialize_response(
                field=field,
                response_content=content,
                include=operation.response_model_include,
                exclude=operation.response_model_exclude,
                by_alias=operation.response_model_by_alias,
                exclude_unset=operation.response_model_exclude_unset,
                exclude_defaults=operation.response_model_exclude_defaults,
                exclude_none=operation.response_model_exclude_none,
                is_coroutine=planned.endpoint.is_coroutine,
                endpoint_ctx=endpoint_context(planned.endpoint.function, scope),
                dump_json=True,
            )
        if has_body:
            headers = [(b"content-length", b"%d" % len(body)), JSON_HEADER]
        else:
            body, headers = b"", [JSON_HEADER]
        return (
            {"type": "http.response.start", "status": status, "headers": headers},
            {"type": "http.response.body", "body": body},
        )

    return respond
