"""The three places where a request may be answered by the plan, and everything that differs between them.

    FastAPI.__call__           OutsideOfStack   no layer of the middleware stack has seen the request
      middleware stack
        ExceptionMiddleware    BelowLayers      the request has passed the middleware of the user
          APIRouter.app        AtRouter         the request has passed the whole stack

A place asks the core only if the request may skip all layers between the place and the router, because they do nothing
for a request that succeeds (`stack.may_skip_layers`). The other conditions of skipping are about the scope, in `ask`.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from functools import partial
from typing import TYPE_CHECKING, Any, Awaitable, Optional, Tuple

from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import Receive, Scope, Send

from fastapi._body_limit import MAX_BODY_SIZE_SCOPE_KEY
from fastapi._rest import Answering, Rest, leave_to_router, pass_layers, take_waiting
from fastapi._routing.planned.stack import may_skip_layers, may_skip_stack
from fastapi._scope_keys import MIDDLEWARE_STACK_KEY, RECORDER_KEY, WAITING_KEY
from fastapi._stand_ins.guards import are_replaced
from fastapi._telemetry_probe import may_be_observed

if TYPE_CHECKING:
    from fastapi._routing.planned.dispatch import PlacedPlan, PlannedWay


class RequestPlace:
    """A place of one application. The class attributes say how answers are built for it.

    The methods `ask` and `go_on` are those of a request: the caller awaits the answer that `ask` returns, and then
    `go_on` with the rest if there is one.
    """

    # Whether the layers of the stack have written their entries into the scope, an open exit stack among them. If not,
    # runners bring an exit stack of their own where something is pushed on it.
    has_passed_stack = False

    def __init__(self, way: PlannedWay) -> None:
        self._way = way
        self._version = way.version
        # Made for the first request, and again for the next request after a change.
        self._plan: Optional[PlacedPlan] = None

    def ask(self, scope: Scope, receive: Receive, send: Send) -> Optional[Answering]:
        """Return the planned answer to a request, or None: then the request takes the exact way from here on."""
        raise NotImplementedError

    def go_on(self, rest: Rest, scope: Scope, receive: Receive) -> Awaitable[None]:
        """Bring the rest of a request to the place of its route."""
        raise NotImplementedError

    def first_layer(self) -> object:
        """Return the outermost of the layers that a planned request skips; the router if there are none."""
        raise NotImplementedError

    def may_skip_layers(self) -> bool:
        """Whether a request may skip the layers between here and the router."""
        return may_skip_layers(self.first_layer(), self._way.router)

    def __reduce__(self) -> Tuple[object, ...]:
        # A copy belongs to the copied application, and has a plan of its own.
        return type(self).__new__, (type(self),), (self._way,)

    def __setstate__(self, parts: Tuple[PlannedWay]) -> None:
        self.__init__(*parts)  # type: ignore[misc]


class OutsideOfStack(RequestPlace):
    """No layer of the middleware stack has seen the request."""

    def __init__(self, way: PlannedWay) -> None:
        super().__init__(way)
        self._app = way.app

    def ask(self, scope: Scope, receive: Receive, send: Send) -> Optional[Answering]:
        plan = self._plan
        if plan is not None and not plan.is_open and plan.seen == self._version.count:
            # PERF: the request asks again further in.
            return None
        # Telemetry records the parts of a request, which only the exact way has. The stack has a layer for the errors
        # of a body limit that an application around this one has put into the scope.
        if (
            scope["type"] != "http"
            or RECORDER_KEY in scope
            or MAX_BODY_SIZE_SCOPE_KEY in scope
            or may_be_observed(self._app._expects_provider)
            or are_replaced()
        ):
            return None
        if plan is None or plan.seen != self._version.count:
            # Building the middleware stack may fail, and the scope names the application before.
            scope["app"] = self._app
            plan = self._plan = self._way.plan_at(self)
        if not plan.is_open or self._app.middleware_stack is not plan.first_layer:
            return None
        scope["app"] = self._app
        answer = plan.select(scope, receive, send)
        if answer is None:
            leave_to_router(scope)
        return answer

    def plan_before_scope(self) -> Optional[PlacedPlan]:
        """Return the plan for a request that has no scope yet, under the conditions of `ask`; None if they fail.

        Building the stack is left to `ask`.
        """
        stack = self._app.middleware_stack
        if stack is None or may_be_observed(self._app._expects_provider) or are_replaced():
            return None
        plan = self._plan
        if plan is None or plan.seen != self._version.count:
            plan = self._plan = self._way.plan_at(self)
        return plan if plan.is_open and stack is plan.first_layer else None

    def go_on(self, rest: Rest, scope: Scope, receive: Receive) -> Awaitable[None]:
        stack = self._app.middleware_stack
        assert stack is not None
        return pass_layers(stack, rest, scope, receive)

    def first_layer(self) -> object:
        """Return the middleware stack. It is built when the first request has come, as Starlette does."""
        if self._app.middleware_stack is None:
            self._app.middleware_stack = self._app.build_middleware_stack()
        return self._app.middleware_stack

    def may_skip_layers(self) -> bool:
        return may_skip_stack(self._app, self._way.router)


class BelowLayers(RequestPlace):
    """The request has passed the layers of the user. `layer`, an `ExceptionMiddleware`, is the first below them.

    The layer for body limits of other applications is further out.
    """

    def __init__(self, way: PlannedWay, layer: Any) -> None:
        super().__init__(way)
        self._layer = layer
        self._router = way.router

    def ask(self, scope: Scope, receive: Receive, send: Send) -> Optional[Answering]:
        if scope.get(RECORDER_KEY) is not None or are_replaced():
            return None
        plan = self._plan
        if plan is None or plan.seen != self._version.count:
            plan = self._plan = self._way.plan_at(self)
        if not plan.is_open or self._layer.app.app is not self._router:
            return None
        try:
            answer = plan.select(scope, receive, send)
        except Exception:
            # A layer has broken the scope. The exact way raises this below the exception handlers.
            answer = None
        if answer is None:
            leave_to_router(scope)
        return answer

    def go_on(self, rest: Rest, scope: Scope, receive: Receive) -> Awaitable[None]:
        return pass_layers(partial(ExceptionMiddleware.__call__, self._layer), rest, scope, receive)

    def first_layer(self) -> object:
        return self._layer


class AtRouter(RequestPlace):
    """The request has passed the whole stack, perhaps with the rest that another place has left."""

    has_passed_stack = True

    def ask(self, scope: Scope, receive: Receive, send: Send) -> Optional[Answering]:
        if WAITING_KEY in scope:
            waiting = take_waiting(scope)
            return None if waiting is None else waiting(scope, receive, send)
        if scope["type"] != "http" or scope.get(RECORDER_KEY) is not None or are_replaced():
            return None
        if not isinstance(scope.get(MIDDLEWARE_STACK_KEY), AsyncExitStack):
            # The router was called without the application, and its routes refuse that.
            return None
        plan = self._plan
        if plan is None or plan.seen != self._version.count:
            plan = self._plan = self._way.plan_at(self)
        if not plan.is_open:
            return None
        return plan.select(scope, receive, send)

    def go_on(self, rest: Rest, scope: Scope, receive: Receive) -> Awaitable[None]:
        return rest.app(scope, receive, rest.send)

    def first_layer(self) -> object:
        return self._way.router
