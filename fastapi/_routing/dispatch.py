"""The planned way of a request: scope -> one crossing -> values -> endpoint -> bytes -> two sends.

    app(scope) ── direct ──> PlannedWay.select ──> core ──> runner          no middleware asked for anything
    app(scope) ── middleware stack ── router ──> PlannedWay.select ──> ...  somebody did

Nothing is decided here but what only the request knows: whether the core answered, whether the values are right. What
is not answered here returns `None` from `select`, before anything has been read or sent, and takes the exact way.

An exception leaves through the same handlers as on the exact way: the middleware stack is called after all, and the
exception is raised in its middle, where the route would have raised it.
"""

from __future__ import annotations

import threading
from typing import Any, Awaitable, Dict, List, Optional, Tuple

from starlette._exception_handler import wrap_app_handling_exceptions
from starlette._utils import get_route_path
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from fastapi import _rust
from fastapi._body_limit import MAX_BODY_SIZE_SCOPE_KEY
from fastapi._changes import changes
from fastapi._http_bridge import WAITING_KEY
from fastapi._observation import RECORDER_KEY, may_be_observed
from fastapi._routing.bare_stack import bare_stack, exception_handlers, is_passive, routing_is_pristine
from fastapi._routing.endpoint import endpoint_context
from fastapi._routing.plan import AppPlan, PlannedOperation, plan_router
from fastapi._routing.router import APIRouter
from fastapi._routing.runner import JSON_HEADER, Answer, CallAtRoute, Enter, Runner, make_enter, make_runner, raising
from fastapi._wasm import contract
from fastapi.exception_handlers import http_exception_handler, request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.logger import logger

NOT_FOUND_BODY = b'{"detail":"Not Found"}'

# Newer releases of Starlette read all Cookie headers, older ones the first.
_TWO_COOKIES = {"type": "http", "headers": [(b"cookie", b"a=1"), (b"cookie", b"b=2")]}
COOKIES_FROM_EVERY_HEADER = len(Request(_TWO_COOKIES).cookies) == 2


class PlannedWay:
    """What is compiled for one application. It is compiled anew, on the next request, when `changes` moved."""

    def __init__(self, app: Any, router: APIRouter) -> None:
        self._app = app
        self._router = router
        self._compiled: Optional[_Compiled] = None

    def direct(self, scope: Scope, receive: Receive, send: Send) -> Optional[Awaitable[None]]:
        """Return what answers a request that no middleware has to see, or None: then the middleware stack is called."""
        # Telemetry records the parts of a request, which only the exact way has.
        if scope["type"] != "http" or RECORDER_KEY in scope or may_be_observed(self._app._expects_provider):
            return None
        if MAX_BODY_SIZE_SCOPE_KEY in scope:
            # An application around this one limits bodies; the stack has a layer for what that raises.
            return None
        compiled = self._compiled
        if compiled is None or compiled.changes != changes.count:
            compiled = self._compile()
        if compiled.loaded is None or self._app.middleware_stack is not compiled.bare_stack:
            return None
        scope["app"] = self._app
        answer = compiled.select(scope, receive, send, compiled.call_in_stack, True)
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
        compiled = self._compiled
        if compiled is None or compiled.changes != changes.count:
            compiled = self._compile()
        if compiled.loaded is None:
            return None
        return compiled.select(scope, receive, send, call_here, False)

    def behind(
        self, layer: Any, scope: Scope, receive: Receive, send: Send, call: CallAtRoute
    ) -> Optional[Awaitable[None]]:
        """Return what answers a request that has come to `layer`, or None: then the layers below it are called.

        `call` calls these, too, when there is an exception, or a response that the endpoint made.
        """
        if scope.get(RECORDER_KEY) is not None:
            return None
        compiled = self._compiled
        if compiled is None or compiled.changes != changes.count:
            compiled = self._compile()
        if compiled.loaded is None or not compiled.is_last(layer):
            return None
        answer = compiled.select(scope, receive, send, call, True)
        if answer is None:
            scope[WAITING_KEY] = None
        return answer

    def _compile(self) -> _Compiled:
        with changes.lock:
            compiled = self._compiled
            if compiled is None or compiled.changes != changes.count:
                compiled = self._compiled = _Compiled(self._app, self._router)
            return compiled


class _Compiled:
    """One application, compiled at one moment. What concerns one operation alone is made when it is first asked for."""

    def __init__(self, app: Any, router: APIRouter) -> None:
        self.changes = changes.count
        self.app = app
        self.router = router
        self.loaded: Optional[_rust.LoadedPlan] = None
        self.bare_stack = bare_stack(app, router)
        self._layers: Dict[int, Tuple[bool, Any]] = {}
        self._local = threading.local()
        if _rust.rust_available() and _is_untouched(router):
            try:
                self._load(plan_router(router, COOKIES_FROM_EVERY_HEADER))
            except Exception:
                # The exact way answers everything, so nobody has to wait for this to be mended.
                logger.exception("fastapi-rs: the routes cannot be planned; they are answered on the exact way")

    def _load(self, plan: AppPlan) -> None:
        self.plan = plan
        self._runners: List[Optional[Runner]] = [None] * len(plan.routes)
        self._enters: Dict[int, Enter] = {}
        handlers = exception_handlers(self.app.middleware_stack)
        self._answers_invalid = handlers.get(RequestValidationError) is request_validation_exception_handler
        self._answers_missing = (
            handlers.get(HTTPException) is http_exception_handler
            and 404 not in handlers
            and not plan.has_low_priority_routes
            and has_own_default(self.router)
        )
        if any(route.planned for route in plan.routes):
            self.loaded = _rust.LoadedPlan(plan.frame())

    def select(
        self, scope: Scope, receive: Receive, send: Send, call: CallAtRoute, is_direct: bool
    ) -> Optional[Awaitable[None]]:
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
            if self.app.dependency_overrides and self._is_overridden(index):
                return None
            runner = self._runners[index] or self._make_runner(index)
            return None if runner is None else runner(answer, scope, receive, send, call)
        if index == contract.OUTCOME_INVALID:
            return self._invalid(answer, scope, receive, send, call, is_direct)
        if index == contract.OUTCOME_NOT_FOUND and is_direct and self._answers_missing:
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

    def _make_runner(self, index: int) -> Optional[Runner]:
        """Return what answers, or None when the routes have changed since this was compiled."""
        with changes.lock:
            if self.changes != changes.count:
                return None
            planned = self._planned(index)
            # In an inclusion, this builds the handler: a patcher that comes later does not reach what answered already.
            assert planned.operation.app is not None
            runner = self._runners[index] = make_runner(planned, self.router)
            return runner

    def _is_overridden(self, index: int) -> bool:
        return not self._planned(index).replaceable.isdisjoint(self.app.dependency_overrides)

    def _invalid(
        self, answer: Answer, scope: Scope, receive: Receive, send: Send, call: CallAtRoute, is_direct: bool
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
        if is_direct and self._answers_invalid:
            # Nobody is there to see the exception: only its answer leaves.
            body = _rust.encode_json({"detail": answer[3]})
            if body is not None:
                return _send_json(send, 422, body)
        context = endpoint_context(planned.endpoint.function, scope)
        error = RequestValidationError(answer[3], body=None, endpoint_ctx=context)
        return call(raising(error), None, scope, receive, send)

    async def call_in_stack(
        self, inner: ASGIApp, request: Optional[Request], scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Call `inner` where the route stands, inside the middleware stack that this request had not passed yet."""
        scope[WAITING_KEY] = (inner, request)
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


async def call_here(inner: ASGIApp, request: Optional[Request], scope: Scope, receive: Receive, send: Send) -> None:
    """Call `inner` as a route does: its exceptions go to the handlers found in the scope."""
    conn = Request(scope, receive, send) if request is None else request
    await wrap_app_handling_exceptions(inner, conn)(scope, receive, send)


def call_waiting(waiting: Any, scope: Scope, receive: Receive, send: Send) -> Optional[Awaitable[None]]:
    """The end of `call_in_stack`: the stack has reached the router. None: nothing waits but the exact way."""
    if waiting is None:
        return None
    inner, request = waiting
    return call_here(inner, request, scope, receive, send)
