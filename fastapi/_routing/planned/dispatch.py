"""The planned way of a request: scope -> one crossing -> values -> endpoint -> bytes -> two sends.

    place.ask(scope) ──> PlacedPlan.select ──> core ──> runner

The plan decides everything that does not depend on the request. `select` returns None, before reading or sending
anything, when the request must take the exact way.

An exception meets the same handlers as on the exact way. A runner returns it as the rest of the request; the layers
that were skipped are called after all, and the exception is raised below them, where the route would have raised it
(`rejoin`).
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Callable, Dict, Iterable, List, Optional, Tuple

from starlette._utils import get_route_path
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from fastapi import _rust
from fastapi._changes import Version, changes
from fastapi._rest import Answering, Rest
from fastapi._routing.planned.invalid import RefuseInvalid, make_invalid_refusal
from fastapi._routing.planned.match_scope import make_match_writer
from fastapi._routing.planned.method_refusal import RefuseMethod, make_method_refusal
from fastapi._routing.planned.missing import RefuseMissing, make_missing_refusal, make_unmatched_writer
from fastapi._routing.planned.mounted import make_mount_runner
from fastapi._routing.planned.place import AtRouter, BelowLayers, OutsideOfStack, RequestPlace
from fastapi._routing.planned.redirect import redirect, redirects_as_known, toggled
from fastapi._routing.planned.running.guided import make_guided_runner
from fastapi._routing.planned.running.runner import make_runner
from fastapi._routing.planned.stack import entries_of_layers, has_default_not_found, selects_as_its_class
from fastapi._routing.planned.types import CoreAnswer, ReadFields, Runner, Surroundings
from fastapi._routing.planning.plan import follow_router, place_inclusions, plan_router
from fastapi._routing.planning.rows import AppPlan, PlannedOperation, PlanRow
from fastapi._routing.planning.sockets import SocketRoutes
from fastapi._routing.tree.router import APIRouter
from fastapi._scope_keys import HANDLERS_KEY, RECORDER_KEY
from fastapi._stand_ins.guards import are_replaced
from fastapi._wasm import contract
from fastapi.exception_handlers import http_exception_handler, request_validation_exception_handler
from fastapi.exceptions import RequestValidationError
from fastapi.logger import logger

if TYPE_CHECKING:
    from fastapi.applications import FastAPI

# The answer of the core if a route may match the path with its trailing slash toggled.
_MAY_REDIRECT = (contract.OUTCOME_DECLINED, contract.DECLINED_REDIRECT)

_INVALID, _NOT_FOUND = contract.OUTCOME_INVALID, contract.OUTCOME_NOT_FOUND

# Newer releases of Starlette read all Cookie headers, older ones the first.
_TWO_COOKIES = {"type": "http", "headers": [(b"cookie", b"a=1"), (b"cookie", b"b=2")]}
COOKIES_FROM_EVERY_HEADER = len(Request(_TWO_COOKIES).cookies) == 2


class PlannedWay:
    """The compiled plan of one application, at the places where requests are answered by it.

    The first request after a change of anything that the plan has read compiles it again.
    """

    def __init__(self, app: FastAPI, router: APIRouter) -> None:
        self.app = app
        self.router = router
        self.version = changes.follow()
        self._compiled: Optional[CompiledApp] = None
        self._socket_routes: Optional[SocketRoutes] = None
        self.outside = OutsideOfStack(self)
        self.at_router = AtRouter(self)
        # Called once, after the shutdown of the lifespan.
        self.at_end: List[Callable[[], None]] = []

    def end(self) -> None:
        """Tell those that asked for it that the application has shut down."""
        while self.at_end:
            self.at_end.pop()()

    def below(self, layer: object) -> BelowLayers:
        """Return the place below the middleware of the user, where `layer` is the first."""
        return BelowLayers(self, layer)

    def plan_at(self, place: RequestPlace) -> PlacedPlan:
        """Return the plan as it is at one place, compiled again if anything changed."""
        with changes.lock:
            layer = place.first_layer()
            compiled = self._compiled
            if compiled is None or compiled.seen != self.version.count:
                compiled = self._compiled = CompiledApp(self.router, self.version)
            return PlacedPlan(compiled, place, layer)

    def routes_for_socket(self, scope: Scope) -> Iterable[BaseRoute]:
        """Return the routes that a WebSocket asks."""
        if RECORDER_KEY in scope or are_replaced() or not _rust.rust_available():
            return self.router.routes
        known = self._socket_routes
        if known is None or known.seen != self.version.count:
            with changes.lock:
                follow_router(self.router, self.version)
                may_leave_out = selects_as_its_class(self.router)
                known = self._socket_routes = SocketRoutes(self.router.routes, self.version, may_leave_out)
        return known.for_request(scope)

    def __reduce__(self) -> Tuple[object, ...]:
        # A copy belongs to the copied application, and compiles anew.
        return PlannedWay.__new__, (PlannedWay,), (self.app, self.router)

    def __setstate__(self, state: Tuple[FastAPI, APIRouter]) -> None:
        self.__init__(*state)  # type: ignore[misc]


class CompiledApp:
    """The plan of one application at one moment, and the core that has loaded it."""

    def __init__(self, router: APIRouter, version: Version) -> None:
        if _rust.rust_available():
            place_inclusions(router.routes)
        self.version = version
        self.seen = version.count
        self.router = router
        self.plan: Optional[AppPlan] = None
        self.loaded: Optional[_rust.LoadedPlan] = None
        self.local = threading.local()
        self._entered = 0
        if _rust.rust_available() and selects_as_its_class(router):
            try:
                self._load(plan_router(router, COOKIES_FROM_EVERY_HEADER, version))
            except Exception:
                # The exact way answers every request, so this is no reason to fail.
                logger.exception("fastapi-rs: the routes cannot be planned; they are answered on the exact way")

    def _load(self, plan: AppPlan) -> None:
        self.plan = plan
        if any(route.selected for route in plan.routes):
            self.loaded = _rust.LoadedPlan(plan.frame())

    def enter_inclusions(self, end: int) -> None:
        """Note that a request has reached the nodes of included routers before `end`, as on the exact way."""
        assert self.plan is not None
        routes = self.plan.routes[self._entered : end]
        self._entered += len(routes)
        for route in routes:
            for node in () if route.selected is None else route.selected.nodes:
                node.meet()

    def form_reader(self, index: int) -> ReadFields:
        """Return the function that asks this thread's core for the fields of a form of one operation."""
        loaded, local = self.loaded, threading.local()
        assert loaded is not None

        def read(body: bytes, max_fields: int, max_part_size: int) -> Optional[CoreAnswer]:
            try:
                ask = local.ask
            except AttributeError:
                ask = local.ask = loaded.form_reader()
            answer: Optional[CoreAnswer] = ask((index, body, max_fields, max_part_size))
            return answer

        return read


class PlacedPlan:
    """The plan of an application at one place: it selects routes, and makes the runner of each when first needed."""

    def __init__(self, compiled: CompiledApp, place: RequestPlace, first_layer: object) -> None:
        self.seen = compiled.seen
        self.first_layer = first_layer
        # Whether requests are answered here at all.
        self.is_open = compiled.loaded is not None and place.may_skip_layers()
        self._compiled = compiled
        self._place = place
        if not self.is_open:
            return
        assert compiled.loaded is not None and compiled.plan is not None
        self._loaded = compiled.loaded
        self._local = compiled.local
        self._routes = compiled.plan.routes
        self._runners: List[Optional[Runner]] = [None] * len(self._routes)
        self._method_refusals: Dict[int, Optional[RefuseMethod]] = {}
        self._invalid_refusals: Dict[int, Optional[RefuseInvalid]] = {}
        self._refuse_missing: Optional[RefuseMissing] = None
        self._entries = entries_of_layers(first_layer, compiled.router)
        self._write_unmatched = make_unmatched_writer(compiled.router, self._entries, compiled.plan.has_inclusions)
        by_class, by_status = self._entries.get(HANDLERS_KEY, ({}, {}))
        # Whether the refusals of handlers that are skipped are known. All others are raised.
        self._answers_invalid = by_class.get(RequestValidationError) is request_validation_exception_handler
        answers_http_exceptions = by_class.get(HTTPException) is http_exception_handler
        self._answers_method = answers_http_exceptions and 405 not in by_status
        self._redirects = compiled.plan.has_certain_templates and redirects_as_known()
        self._answers_missing = (
            answers_http_exceptions
            and 404 not in by_status
            and not compiled.plan.has_low_priority_routes
            and has_default_not_found(compiled.router)
        )

    @property
    def plan(self) -> Optional[AppPlan]:
        """The rows of all routes; None if the routes are not planned."""
        return self._compiled.plan

    def select(self, scope: Scope, receive: Receive, send: Send) -> Optional[Answering]:
        """Ask the core for the route of a request; return the answer, None for the exact way."""
        path = scope["path"]
        if scope.get("root_path"):
            path = get_route_path(scope)
        try:
            match = self._local.match
        except AttributeError:
            match = self._local.match = self._loaded.matcher()
        answer = match((scope["method"], path, scope.get("query_string", b""), scope["headers"]))
        if answer is None:
            return None
        index = answer[0]
        if index >= 0:
            runner = self._runners[index] or self._make_runner(index)
            return None if runner is None else runner(answer, scope, receive, send)
        return self.refuse(answer, scope, receive, send)

    def match_head(self, data: bytes) -> Optional[CoreAnswer]:
        """Ask the core for the parts and the route of a request that begins with `data`; None if it is not simple."""
        try:
            match = self._local.match_head
        except AttributeError:
            match = self._local.match_head = self._loaded.head_matcher()
        answer: Optional[CoreAnswer] = match(data)
        return answer

    def planned_at(self, index: int) -> Optional[PlannedOperation]:
        """Return the planned operation of a route, None for any other route."""
        return self._routes[index].planned

    def runner_for(self, answer: CoreAnswer) -> Optional[Runner]:
        """Return the runner for an answer of the core: of a planned operation, or of a refusal."""
        index = answer[0]
        if index >= 0:
            return None if self._routes[index].planned is None else self.runner_of(index)
        if index == contract.OUTCOME_INVALID:
            planned = self._routes[answer[1]].planned
            return self._run_refusal if planned is not None and planned.has_plain_errors else None
        if index == contract.OUTCOME_METHOD_NOT_ALLOWED:
            return self._run_refusal if self._method_refusal(answer[1]) is not None else None
        is_known = index == contract.OUTCOME_NOT_FOUND and self._answers_missing
        return self._run_refusal if is_known else None

    def runner_of(self, index: int) -> Optional[Runner]:
        """Return the runner of a route, None when the routes have changed since they were compiled."""
        return self._runners[index] or self._make_runner(index)

    def around(self, index: int) -> Surroundings:
        """Return the parts of the application around a route."""
        return self._around(self._routes[index])

    async def _run_refusal(self, answer: CoreAnswer, scope: Scope, receive: Receive, send: Send) -> Optional[Rest]:
        answering = self.refuse(answer, scope, receive, send)
        assert answering is not None
        return await answering

    def refuse(self, answer: CoreAnswer, scope: Scope, receive: Receive, send: Send) -> Optional[Answering]:
        """Answer a request that no operation answers; None for the exact way."""
        index = answer[0]
        if index == _NOT_FOUND and self._answers_missing:
            refuse_missing = self._refuse_missing or self._make_missing_refusal()
            return refuse_missing(scope, send)
        if index == _INVALID:
            try:
                refuse_invalid = self._invalid_refusals[answer[1]]
            except KeyError:
                if self._routes[answer[1]].guided is not None:
                    return self._refuse_guided(answer[1], answer, scope, receive, send)
                refuse_invalid = self._make_invalid_refusal(answer[1])
            return None if refuse_invalid is None else refuse_invalid(answer, scope, send)
        if index == contract.OUTCOME_METHOD_NOT_ALLOWED and "app" in scope:
            refuse_method = self._method_refusal(answer[1])
            return None if refuse_method is None else refuse_method(scope, send)
        if self._redirects and answer == _MAY_REDIRECT:
            return self._redirect(scope, receive, send)
        return None

    def _redirect(self, scope: Scope, receive: Receive, send: Send) -> Optional[Answering]:
        """Redirect a request to its path with or without a slash at the end."""
        path = toggled(scope)
        if path is None:
            return None
        self._compiled.enter_inclusions(len(self._routes))
        self._write_unmatched(scope)
        return redirect(scope, path, receive, send)

    def _method_refusal(self, index: int) -> Optional[RefuseMethod]:
        """Return the function that refuses the method of a request to an operation; None for the exact way."""
        if not self._answers_method:
            return None
        try:
            return self._method_refusals[index]
        except KeyError:
            return self._make_method_refusal(index)

    def _make_method_refusal(self, index: int) -> Optional[RefuseMethod]:
        compiled = self._compiled
        with changes.lock:
            if compiled.seen != compiled.version.count:
                return None
            # No route matches the method, so the exact way asks all of them.
            compiled.enter_inclusions(len(self._routes))
            assert compiled.plan is not None
            around = self._around(self._routes[index])._replace(follows_inclusion=compiled.plan.has_inclusions)
            refuse_method = self._method_refusals[index] = make_method_refusal(self._routes[index], around)
            return refuse_method

    def _make_runner(self, index: int) -> Optional[Runner]:
        """Return the runner of a route, None when the routes have changed since they were compiled."""
        compiled = self._compiled
        with changes.lock:
            if compiled.seen != compiled.version.count:
                return None
            compiled.enter_inclusions(index + 1)
            route = self._routes[index]
            around = self._around(route)
            if route.guided is not None:
                runner = self._runners[index] = make_guided_runner(route.guided, around)
                return runner
            if route.mounted is not None:
                runner = self._runners[index] = make_mount_runner(route.mounted, around)
                return runner
            planned = _planned(route)
            # In an inclusion, this builds the handler, so a function that is replaced later does not reach this route.
            assert planned.operation.app is not None
            runner = self._runners[index] = make_runner(planned, around, compiled.form_reader(index))
            return runner

    def _around(self, route: PlanRow) -> Surroundings:
        return Surroundings(self._compiled.router, self._place, self._entries, route.follows_inclusion)

    def _refuse_guided(
        self, index: int, answer: CoreAnswer, scope: Scope, receive: Receive, send: Send
    ) -> Optional[Answering]:
        """Answer errors that the core has found; the exact way finds those of the other parameters."""
        runner = self._runners[index] or self._make_runner(index)
        return None if runner is None else runner(answer[1:3], scope, receive, send)

    def _make_invalid_refusal(self, index: int) -> Optional[RefuseInvalid]:
        self._compiled.enter_inclusions(index + 1)
        planned = _planned(self._routes[index])
        write_match = make_match_writer(planned, self._around(self._routes[index]))
        refuse = self._invalid_refusals[index] = make_invalid_refusal(planned, write_match, self._answers_invalid)
        return refuse

    def _make_missing_refusal(self) -> RefuseMissing:
        self._compiled.enter_inclusions(len(self._routes))
        refuse = self._refuse_missing = make_missing_refusal(self._write_unmatched)
        return refuse


def _planned(route: PlanRow) -> PlannedOperation:
    assert route.planned is not None, "the core answered for a route that is not planned"
    return route.planned
