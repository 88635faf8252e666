"""The planned way of a request: scope -> one crossing -> values -> endpoint -> bytes -> two sends.

    app(scope) ── direct ──> select ──> core ──> runner             no middleware asked for anything
    app(scope) ── functions around requests ── behind ──> select    and nothing below them did (`http/bridge`)
    app(scope) ── middleware stack ── router ── routed ──> select   somebody did

Nothing is decided here but what only the request knows: whether the core answered, whether the values are right. What
is not answered here returns `None` from `select`, before anything has been read or sent, and takes the exact way.

An exception leaves through the same handlers as on the exact way: a runner returns it as the rest of the request, the
middleware stack is called after all, and the exception is raised in its middle, where the route would have raised it
(`outside`).
"""

from __future__ import annotations

import threading
from contextlib import AsyncExitStack
from typing import Any, Callable, Dict, List, Optional, Tuple

from starlette._utils import get_route_path
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Router
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fastapi import _rust
from fastapi._body_limit import MAX_BODY_SIZE_SCOPE_KEY
from fastapi._changes import Version, changes
from fastapi._rest import WAITING_KEY, Answering, Rest, leave_to_router, take_waiting
from fastapi._routing.described.scope import MIDDLE_STACK_KEY, apply_form_limits, get_fastapi_scope
from fastapi._routing.exact.endpoint import endpoint_context
from fastapi._routing.planned.form import ReadFields
from fastapi._routing.planned.guided import make_guided_runner
from fastapi._routing.planned.place import AT_ROUTER, BEHIND, OUTSIDE, Place
from fastapi._routing.planned.rejoin import Refusing, raising, raising_through
from fastapi._routing.planned.runner import (
    JSON_HEADER,
    Answer,
    Enter,
    Runner,
    Surroundings,
    entries_of_stack,
    make_enter,
    make_runner,
)
from fastapi._routing.planned.stack import (
    bare_stack,
    handlers_in_scope,
    is_passive,
    is_pristine,
    routing_is_pristine,
)
from fastapi._routing.planning.plan import place_inclusions, plan_router
from fastapi._routing.planning.rows import AppPlan, PlannedOperation, PlanRow
from fastapi._routing.tree.router import APIRouter
from fastapi._stand_ins.originals import are_replaced
from fastapi._telemetry_probe import RECORDER_KEY, may_be_observed
from fastapi._wasm import contract
from fastapi.exception_handlers import http_exception_handler, request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.logger import logger

NOT_FOUND_BODY = b'{"detail":"Not Found"}'

# Newer releases of Starlette read all Cookie headers, older ones the first.
_TWO_COOKIES = {"type": "http", "headers": [(b"cookie", b"a=1"), (b"cookie", b"b=2")]}
COOKIES_FROM_EVERY_HEADER = len(Request(_TWO_COOKIES).cookies) == 2


class PlannedWay:
    """What is compiled for one application. It is compiled anew, on the next request, when anything it read changed.

    What answers a request returns the rest of it, if there is one: the caller calls that where the route stands.
    """

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

    def direct(self, scope: Scope, receive: Receive, send: Send) -> Optional[Answering]:
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
            # Building the middleware stack may fail, and the scope names the application before.
            scope["app"] = self._app
            compiled = self._compile()
        if compiled.loaded is None or self._app.middleware_stack is not compiled.bare_stack:
            return None
        scope["app"] = self._app
        answer = compiled.select(scope, receive, send, compiled.outside)
        if answer is None:
            # The core was asked already, and nothing between here and the router changes the request.
            leave_to_router(scope)
        return answer

    def routed(self, scope: Scope, receive: Receive, send: Send) -> Optional[Answering]:
        """Return what answers a request that has passed the middleware stack, or None: then the router looks itself."""
        if WAITING_KEY in scope:
            waiting = take_waiting(scope)
            return None if waiting is None else waiting(scope, receive, send)
        if scope["type"] != "http" or scope.get(RECORDER_KEY) is not None or are_replaced():
            return None
        if not isinstance(scope.get(MIDDLE_STACK_KEY), AsyncExitStack):
            # The router was called without the application, and its routes refuse that.
            return None
        compiled = self._compiled
        if compiled is None or compiled.seen != self._version.count:
            compiled = self._compile()
        if compiled.loaded is None:
            return None
        return compiled.select(scope, receive, send, compiled.at_router)

    def behind(self, layer: Any, scope: Scope, receive: Receive, send: Send) -> Optional[Answering]:
        """Return what answers a request that has come to `layer`, or None: then the layers below it are called.

        `send` is called with all messages or none. There is a rest when there is an exception, or a response that the
        endpoint made.
        """
        if scope.get(RECORDER_KEY) is not None or are_replaced():
            return None
        compiled = self._compiled
        if compiled is None or compiled.seen != self._version.count:
            compiled = self._compile()
        if compiled.loaded is None or not compiled.is_last(layer):
            return None
        answer = compiled.select(scope, receive, send, compiled.behind)
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
        self.version = version
        self.seen = version.count
        self.app = app
        self.router = router
        self.loaded: Optional[_rust.LoadedPlan] = None
        self.bare_stack = bare_stack(app, router)
        self._layers: Dict[int, Tuple[bool, Any]] = {}
        self._met = 0
        self._local = threading.local()
        if _rust.rust_available() and _is_untouched(router):
            try:
                self._load(plan_router(router, COOKIES_FROM_EVERY_HEADER, version))
            except Exception:
                # The exact way answers everything, so nobody has to wait for this to be mended.
                logger.exception("fastapi-rs: the routes cannot be planned; they are answered on the exact way")

    def _load(self, plan: AppPlan) -> None:
        self.plan = plan
        self.handlers = by_class, by_status = handlers_in_scope(self.app.middleware_stack)
        self.outside, self.behind, self.at_router = (_At(self, place) for place in (OUTSIDE, BEHIND, AT_ROUTER))
        self.answers_invalid = by_class.get(RequestValidationError) is request_validation_exception_handler
        self._answers_missing = (
            by_class.get(HTTPException) is http_exception_handler
            and 404 not in by_status
            and not plan.has_low_priority_routes
            and has_own_default(self.router)
        )
        if any(route.planned or route.guided for route in plan.routes):
            self.loaded = _rust.LoadedPlan(plan.frame())

    def select(self, scope: Scope, receive: Receive, send: Send, at: _At) -> Optional[Answering]:
        """Ask the core; return what answers the request, None for the exact way."""
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
            runner = at.runners[index] or at.make_runner(index)
            return None if runner is None else runner(answer, scope, receive, send)
        if index == contract.OUTCOME_INVALID:
            if self.plan.routes[answer[1]].guided is None:
                return at.invalid(answer, scope, receive, send)
            # All errors are to be told, and those of the core are not all of them.
            runner = at.runners[answer[1]] or at.make_runner(answer[1])
            return None if runner is None else runner(answer[1:3], scope, receive, send)
        if index == contract.OUTCOME_NOT_FOUND and at.place is not AT_ROUTER and self._answers_missing:
            return at.missing(scope, send)
        return None

    def meet(self, index: int) -> None:
        """Note that a request was selected up to a route: so far, the nodes of included routers were asked."""
        rows = self.plan.routes[self._met : index + 1]
        self._met += len(rows)
        for row in rows:
            described = row.planned or row.guided
            for node in () if described is None else described.nodes:
                node.meet()

    def is_last(self, layer: Any) -> bool:
        """Whether below a layer there are only layers that do nothing for a request in order."""
        known = self._layers.get(id(layer))
        if known is None:
            # The layer is kept with the answer: another object cannot take its identity.
            known = self._layers[id(layer)] = (is_passive(layer.app, self.router), layer)
        return known[0]

    def form_reader(self, index: int) -> ReadFields:
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


class _At:
    """What answers requests at one place."""

    def __init__(self, compiled: _Compiled, place: Place) -> None:
        self.place = place
        self.runners: List[Optional[Runner]] = [None] * len(compiled.plan.routes)
        self._compiled = compiled
        self._enters: Dict[int, Enter] = {}
        self._has_missed = False
        self._entries_of_missing = {} if place is AT_ROUTER else entries_of_stack(compiled.handlers)

    def make_runner(self, index: int) -> Optional[Runner]:
        """Return what answers, or None when the routes have changed since this was compiled."""
        compiled = self._compiled
        with changes.lock:
            if compiled.seen != compiled.version.count:
                return None
            compiled.meet(index)
            route = compiled.plan.routes[index]
            around = self._around(route)
            if route.guided is not None:
                runner = self.runners[index] = make_guided_runner(route.guided, around)
                return runner
            planned = _planned(route)
            # In an inclusion, this builds the handler: a patcher that comes later does not reach what answered already.
            assert planned.operation.app is not None
            runner = self.runners[index] = make_runner(planned, around, compiled.form_reader(index))
            return runner

    def _around(self, route: PlanRow) -> Surroundings:
        return Surroundings(self._compiled.router, self.place, self._compiled.handlers, route.follows_inclusion)

    def invalid(self, answer: Answer, scope: Scope, receive: Receive, send: Send) -> Optional[Answering]:
        """Answer errors that the core has found, if they are all there can be."""
        index = answer[1]
        route = self._compiled.plan.routes[index]
        planned = _planned(route)
        if not planned.has_plain_errors:
            return None
        enter = self._enters.get(index)
        if enter is None:
            self._compiled.meet(index)
            enter = self._enters[index] = make_enter(planned, self._around(route))
        enter(scope, answer[2])

        errors = answer[3]
        refusal = RequestValidationError.__new__(RequestValidationError, errors)

        def raise_invalid() -> ASGIApp:
            context = endpoint_context(planned.endpoint.function, scope)
            RequestValidationError.__init__(refusal, errors, body=None, endpoint_ctx=context)
            return raising(refusal, None)

        if self.place is AT_ROUTER:
            return raise_invalid()(scope, receive, send)
        if self._compiled.answers_invalid:
            # Nothing sees the exception: only its answer leaves.
            body = _rust.encode_json({"detail": errors})
            if body is not None:
                return _refuse(send, 422, body, refusal, raise_invalid)
        return _leave(Rest(raise_invalid(), send))

    def missing(self, scope: Scope, send: Send) -> Answering:
        """Answer that there is no route."""
        router = self._compiled.router
        if not self._has_missed:
            self._has_missed = True
            self._compiled.meet(len(self._compiled.plan.routes))
        scope.setdefault("router", router)
        scope.update(self._entries_of_missing)
        if self._compiled.plan.has_inclusions:
            get_fastapi_scope(scope)
        apply_form_limits(scope, router.form_limits)
        refusal = HTTPException.__new__(HTTPException)

        def raise_missing() -> ASGIApp:
            HTTPException.__init__(refusal, status_code=404)
            return raising_through(refusal)

        return _refuse(send, 404, NOT_FOUND_BODY, refusal, raise_missing)


def _planned(route: PlanRow) -> PlannedOperation:
    assert route.planned is not None, "the core answered for a route that is not planned"
    return route.planned


async def _refuse(
    send: Send, status: int, body: bytes, refusal: Exception, refuse_exactly: Callable[[], ASGIApp]
) -> Optional[Rest]:
    """Send a refusal whose bytes are known; if that fails, return what refuses exactly and meets the same failure.

    The failure has `refusal` as its context, as where a handler of `refusal` sends.

    PERF: `refusal` is raised without the attributes that only a failure shows (benchmark `404`).
    """
    headers = [(b"content-length", b"%d" % len(body)), JSON_HEADER]
    start: Message = {"type": "http.response.start", "status": status, "headers": headers}
    sent = 0
    try:
        raise refusal
    except Exception:
        try:
            await send(start)
            sent = 1
            await send({"type": "http.response.body", "body": body})
        except BaseException as error:
            rest = refuse_exactly()
            if isinstance(error, Exception):
                return Rest(rest, Refusing(send, sent, error).send)
            raise
    return None


async def _leave(rest: Rest) -> Rest:
    return rest


def _is_untouched(router: APIRouter) -> bool:
    """Whether the router selects as its class does."""
    replaced = {"app", "__call__", "matches", "handle"} & set(vars(router))
    stack = getattr(router.middleware_stack, "__func__", None)
    return type(router).app is APIRouter.app is stack and not replaced and routing_is_pristine()


def has_own_default(router: APIRouter) -> bool:
    """Whether what no route answers is answered as every router does."""
    default = getattr(router.default, "__func__", None)
    return default is Router.not_found and is_pristine(Router, "not_found")
