"""The planned way of a request: scope -> one crossing -> values -> endpoint -> bytes -> two sends.

    app(scope) ── direct ──> select ──> core ──> runner             no middleware asked for anything
    app(scope) ── functions around requests ── behind ──> select    and nothing below them did (`_http_bridge`)
    app(scope) ── middleware stack ── router ── routed ──> select   somebody did

Nothing is decided here but what only the request knows: whether the core answered, whether the values are right. What
is not answered here returns `None` from `select`, before anything has been read or sent, and takes the exact way.

An exception leaves through the same handlers as on the exact way: the middleware stack is called after all, and the
exception is raised in its middle, where the route would have raised it (`outside`).
"""

from __future__ import annotations

import enum
import threading
from typing import Any, Awaitable, Dict, List, Optional, Tuple

from starlette._utils import get_route_path
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from fastapi import _rust
from fastapi._body_limit import MAX_BODY_SIZE_SCOPE_KEY
from fastapi._changes import Version, changes
from fastapi._observation import RECORDER_KEY, may_be_observed
from fastapi._originals import are_replaced
from fastapi._routing.bare_stack import (
    bare_stack,
    handlers_in_scope,
    is_passive,
    routing_is_pristine,
)
from fastapi._routing.connected import make_guided_runner
from fastapi._routing.endpoint import endpoint_context
from fastapi._routing.form_source import ReadFields
from fastapi._routing.outside import going_on
from fastapi._routing.plan import AppPlan, PlannedOperation, place_inclusions, plan_router
from fastapi._routing.router import APIRouter
from fastapi._routing.runner import (
    JSON_HEADER,
    Answer,
    CallAtRoute,
    Enter,
    Runner,
    make_enter,
    make_runner,
)
from fastapi._waiting import WAITING_KEY, call_here, call_waiting, leave_to_router, leave_waiting
from fastapi._wasm import contract
from fastapi.exception_handlers import http_exception_handler, request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.logger import logger

NOT_FOUND_BODY = b'{"detail":"Not Found"}'

# Newer releases of Starlette read all Cookie headers, older ones the first.
_TWO_COOKIES = {"type": "http", "headers": [(b"cookie", b"a=1"), (b"cookie", b"b=2")]}
COOKIES_FROM_EVERY_HEADER = len(Request(_TWO_COOKIES).cookies) == 2


class Place(enum.Enum):
    """Where a request is when the core is asked about it."""

    # No layer of the middleware stack has seen it.
    OUTSIDE = enum.auto()
    # It has passed a function around requests, which takes all messages of the answer at once or none.
    BEHIND = enum.auto()
    # It has passed the whole stack.
    AT_ROUTER = enum.auto()


# PERF: a global is found faster than an attribute of an enumeration.
OUTSIDE, BEHIND, AT_ROUTER = Place

Runners = List[Optional[Runner]]


class PlannedWay:
    """What is compiled for one application. It is compiled anew, on the next request, when anything it read changed."""

    def __init__(self, app: Any, router: APIRouter) -> None:
        self._app = app
        self._router = router
        self._version = changes.follow()
        self._compiled: Optional[_Compiled] = None

    @property
    def app(self) -> Any:
        """The application whose requests are answered."""
        return self._app

    @property
    def router(self) -> APIRouter:
        """The router whose routes are planned."""
        return self._router

    def __reduce__(self) -> Tuple[Any, ...]:
        # A copy belongs to the copied application, and compiles anew.
        return PlannedWay.__new__, (PlannedWay,), (self._app, self._router)

    def __setstate__(self, state: Tuple[Any, APIRouter]) -> None:
        self.__init__(*state)  # type: ignore[misc]

    def direct(self, scope: Scope, receive: Receive, send: Send) -> Optional[Awaitable[None]]:
        """Return what answers a request that no middleware has to see, or None: then the middleware stack is called."""
        # Telemetry records the parts of a request, which only the exact way has.
        if scope["type"] != "http" or RECORDER_KEY in scope or may_be_observed(self._app._expects_provider):
            return None
        if MAX_BODY_SIZE_SCOPE_KEY in scope:
            # An application around this one limits bodies; the stack has a layer for what that raises.
            return None
        if are_replaced():
            return None
        compiled = self._compiled
        if compiled is None or compiled.seen != self._version.count:
            compiled = self._compile()
        if compiled.loaded is None or self._app.middleware_stack is not compiled.bare_stack:
            return None
        scope["app"] = self._app
        answer = compiled.select(scope, receive, send, compiled.call_in_stack, OUTSIDE)
        if answer is None:
            # The core was asked already, and nothing between here and the router changes the request.
            leave_to_router(scope)
        return answer

    def routed(self, scope: Scope, receive: Receive, send: Send) -> Optional[Awaitable[None]]:
        """Return what answers a request that has passed the middleware stack, or None: then the router looks itself."""
        if WAITING_KEY in scope:
            return call_waiting(scope, receive, send)
        if scope["type"] != "http" or scope.get(RECORDER_KEY) is not None or are_replaced():
            return None
        compiled = self._compiled
        if compiled is None or compiled.seen != self._version.count:
            compiled = self._compile()
        if compiled.loaded is None:
            return None
        return compiled.select(scope, receive, send, call_here, AT_ROUTER)

    def behind(
        self, layer: Any, scope: Scope, receive: Receive, send: Send, call: CallAtRoute
    ) -> Optional[Awaitable[None]]:
        """Return what answers a request that has come to `layer`, or None: then the layers below it are called.

        `call` calls these, too, when there is an exception, or a response that the endpoint made.
        """
        if scope.get(RECORDER_KEY) is not None or are_replaced():
            return None
        compiled = self._compiled
        if compiled is None or compiled.seen != self._version.count:
            compiled = self._compile()
        if compiled.loaded is None or not compiled.is_last(layer):
            return None
        answer = compiled.select(scope, receive, send, call, BEHIND)
        if answer is None:
            leave_to_router(scope)
        return answer

    def _compile(self) -> _Compiled:
        with changes.lock:
            compiled = self._compiled
            if compiled is None or compiled.seen != self._version.count:
                compiled = self._compiled = _Compiled(self._app, self._router, self._version)
            return compiled


class _Compiled:
    """One application, compiled at one moment. What concerns one operation alone is made when it is first asked for."""

    def __init__(self, app: Any, router: APIRouter, version: Version) -> None:
        if _rust.rust_available():
            place_inclusions(router.routes)
        self._version = version
        self.seen = version.count
        self.app = app
        self.router = router
        self.loaded: Optional[_rust.LoadedPlan] = None
        self.bare_stack = bare_stack(app, router)
        self._layers: Dict[int, Tuple[bool, Any]] = {}
        self._local = threading.local()
        if _rust.rust_available() and _is_untouched(router):
            try:
                self._load(plan_router(router, COOKIES_FROM_EVERY_HEADER, version))
            except Exception:
                # The exact way answers everything, so nobody has to wait for this to be mended.
                logger.exception("fastapi-rs: the routes cannot be planned; they are answered on the exact way")

    def _load(self, plan: AppPlan) -> None:
        self.plan = plan
        self._runners: Runners = [None] * len(plan.routes)
        # For who takes an answer only whole.
        self._whole_runners: Runners = [None] * len(plan.routes)
        self._enters: Dict[int, Enter] = {}
        self._handlers = by_class, by_status = handlers_in_scope(self.app.middleware_stack)
        self._answers_invalid = by_class.get(RequestValidationError) is request_validation_exception_handler
        self._answers_missing = (
            by_class.get(HTTPException) is http_exception_handler
            and 404 not in by_status
            and not plan.has_low_priority_routes
            and has_own_default(self.router)
        )
        if any(route.planned or route.guided for route in plan.routes):
            self.loaded = _rust.LoadedPlan(plan.frame())

    def select(
        self, scope: Scope, receive: Receive, send: Send, call: CallAtRoute, place: Place
    ) -> Optional[Awaitable[None]]:
        """Ask the core; return what answers the request, None for the exact way."""
        runners = self._whole_runners if place is BEHIND else self._runners
        path = scope["path"]
        if scope.get("root_path"):
            path = get_route_path(scope)
        try:
            match = self._local.match
        except AttributeError:
            assert self.loaded is not None
            match = self._local.match = self.loaded.matcher()
        answer = match((scope["method"], path, scope.get("query_string", b""), scope["headers"]))
        if answer is None:
            return None
        index = answer[0]
        if index >= 0:
            runner = runners[index] or self._make_runner(runners, index)
            return None if runner is None else runner(answer, scope, receive, send, call)
        if index == contract.OUTCOME_INVALID:
            if self.plan.routes[answer[1]].guided is None:
                return self._invalid(answer, scope, receive, send, call, place)
            # All errors are to be told, and those of the core are not all of them.
            runner = runners[answer[1]] or self._make_runner(runners, answer[1])
            return None if runner is None else runner(answer[1:3], scope, receive, send, call)
        if index == contract.OUTCOME_NOT_FOUND and place is not AT_ROUTER and self._answers_missing:
            scope["router"] = self.router
            return _send_json(send, 404, NOT_FOUND_BODY)
        return None

    def is_last(self, layer: Any) -> bool:
        """Whether below a layer there are only layers that do nothing for a request in order."""
        known = self._layers.get(id(layer))
        if known is None:
            # The layer is kept with the answer: another object cannot take its identity.
            known = self._layers[id(layer)] = (is_passive(layer.app, self.router), layer)
        return known[0]

    def _planned(self, index: int) -> PlannedOperation:
        planned = self.plan.routes[index].planned
        assert planned is not None, "the core answered for a route that is not planned"
        return planned

    def _make_runner(self, runners: Runners, index: int) -> Optional[Runner]:
        """Return what answers, or None when the routes have changed since this was compiled."""
        with changes.lock:
            if self.seen != self._version.count:
                return None
            is_whole = runners is self._whole_runners
            guided = self.plan.routes[index].guided
            if guided is not None:
                made = runners[index] = make_guided_runner(guided, self.router, self._handlers, is_whole)
                return made
            planned = self._planned(index)
            # In an inclusion, this builds the handler: a patcher that comes later does not reach what answered already.
            assert planned.operation.app is not None
            runner = runners[index] = make_runner(planned, self.router, self._form_reader(index), is_whole)
            return runner

    def _form_reader(self, index: int) -> ReadFields:
        """Return what asks this thread's core for the fields of a form of one operation."""
        loaded, local = self.loaded, threading.local()
        assert loaded is not None

        def read(body: bytes, max_fields: int, max_part_size: int) -> Optional[Answer]:
            try:
                ask = local.ask
            except AttributeError:
                ask = local.ask = loaded.form_reader()
            answer: Optional[Answer] = ask((index, body, max_fields, max_part_size))
            return answer

        return read

    def _invalid(
        self, answer: Answer, scope: Scope, receive: Receive, send: Send, call: CallAtRoute, place: Place
    ) -> Optional[Awaitable[None]]:
        """Answer errors that the core has found, if they are all there can be."""
        index = answer[1]
        planned = self._planned(index)
        if not planned.has_plain_errors:
            return None
        enter = self._enters.get(index)
        if enter is None:
            enter = self._enters[index] = make_enter(planned, self.router)
        enter(scope, answer[2])
        if place is not AT_ROUTER and self._answers_invalid:
            # Nobody is there to see the exception: only its answer leaves.
            body = _rust.encode_json({"detail": answer[3]})
            if body is not None:
                return _send_json(send, 422, body)
        context = endpoint_context(planned.endpoint.function, scope)
        error = RequestValidationError(answer[3], body=None, endpoint_ctx=context)
        return call(going_on(error), None, scope, receive, send)

    async def call_in_stack(
        self, inner: ASGIApp, request: Optional[Request], scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Call `inner` where the route stands, inside the middleware stack that this request had not passed yet."""
        leave_waiting(scope, inner, request)
        await self.app.middleware_stack(scope, receive, send)


async def _send_json(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-length", b"%d" % len(body)), JSON_HEADER]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _is_untouched(router: APIRouter) -> bool:
    """Whether the router selects as its class does."""
    replaced = {"app", "__call__", "matches", "handle"} & set(vars(router))
    stack = getattr(router.middleware_stack, "__func__", None)
    return type(router).app is APIRouter.app is stack and not replaced and routing_is_pristine()


def has_own_default(router: APIRouter) -> bool:
    """Whether what no route answers is answered as every router does."""
    default = getattr(router.default, "__func__", None)
    return default is Router.not_found
