"""The decisions about one configuration of uvicorn that all of its connections share."""

from __future__ import annotations

import asyncio
import atexit
import contextvars
import logging
import sys
from typing import Any, Coroutine, Dict, List, Optional, Tuple
from weakref import WeakKeyDictionary

from uvicorn.config import Config
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.server import ServerState

from fastapi._routing.planned.dispatch import PlacedPlan
from fastapi._server.direct import DirectRunner, make_direct_runner
from fastapi._server.head_lines import STATUS_LINES, lines_of
from fastapi._server.rules import OwnRules, known_rules, own_protocol
from fastapi._stand_ins.accelerators import SERVER_PROTOCOL
from fastapi.applications import FastAPI

# uvicorn's level for messages about connections.
_TRACE = 5

_COUNTED = (
    "fastapi-rs: server protocol: %d requests, %d of them simple; connections given to uvicorn's own protocol: %d"
)

_logger = logging.getLogger("fastapi")
_original_call, _original_build = FastAPI.__call__, FastAPI.build_middleware_stack


class Service:
    """One application behind one configuration, and the constants of its connections."""

    def __init__(self, config: Config, rules: OwnRules, app: FastAPI, has_proxy_layer: bool) -> None:
        self.rules = rules
        self.app = app
        # Whether fields of a proxy may change the client of a request.
        self.has_proxy_layer = has_proxy_layer
        self.logger = logging.getLogger("uvicorn.error")
        self.access_logger = logging.getLogger("uvicorn.access")
        self.limit_concurrency: Optional[int] = config.limit_concurrency
        self.timeout_keep_alive: float = config.timeout_keep_alive
        self.resets_context = rules.resets_context or bool(getattr(config, "reset_contextvars", False))
        # Requests that were answered here, and how often uvicorn's own protocol has got a connection.
        self.simple = 0
        self.handed_over = 0
        # The requests that both protocols have answered.
        self.server_state: Optional[ServerState] = None
        self._has_logged = False
        self._default_headers: Optional[List[Tuple[bytes, bytes]]] = None
        self._default_lines: Optional[bytes] = b""
        # Those of one plan, by the index of the route.
        self._plan: Optional[PlacedPlan] = None
        self._direct_runners: Dict[int, Optional[DirectRunner]] = {}
        # By status, with these default headers.
        self._json_heads: Dict[int, bytes] = {}

    def log_counters(self) -> None:
        """Log the counters, once."""
        if self._has_logged:
            return
        self._has_logged = True
        total = self.simple if self.server_state is None else self.server_state.total_requests
        if total:
            _logger.info(_COUNTED, total, self.simple, self.handed_over)

    def is_callable(self) -> bool:
        """Whether calling the application still means calling the method that this protocol goes around."""
        app = self.app
        return type(app).__call__ is _original_call and not app.root_path and app._planned_way.app is app

    def has_built_stack(self) -> bool:
        """Build the stack of an application without middleware, as its first request does; whether it was built now."""
        app = self.app
        if app.middleware_stack is not None or app.user_middleware:
            return False
        if type(app).build_middleware_stack is not _original_build:
            return False
        app.middleware_stack = app.build_middleware_stack()
        return True

    def default_lines(self, headers: List[Tuple[bytes, bytes]]) -> Optional[bytes]:
        """Return the header lines that uvicorn adds to each response; None if only uvicorn can write them."""
        if headers is not self._default_headers:
            # uvicorn makes a new list once a second.
            self._default_headers = headers
            self._default_lines = lines_of(headers)
            self._json_heads.clear()
        return self._default_lines

    def json_head(self, status: int, headers: List[Tuple[bytes, bytes]]) -> Optional[bytes]:
        """Return the head of a planned response with JSON, up to its length; None if only uvicorn can write it."""
        if headers is self._default_headers:
            head = self._json_heads.get(status)
            if head is not None:
                return head
        status_line, lines = STATUS_LINES.get(status), self.default_lines(headers)
        if status_line is None or lines is None:
            return None
        head = self._json_heads[status] = status_line + lines + b"content-length: "
        return head

    def direct_runner(self, plan: PlacedPlan, index: int) -> Optional[DirectRunner]:
        """Return the direct runner of an operation, None if it needs more or if there is none of this index."""
        if plan is not self._plan:
            self._plan, self._direct_runners = plan, {}
        try:
            return self._direct_runners[index]
        except KeyError:
            return self._make_direct_runner(plan, index)

    def _make_direct_runner(self, plan: PlacedPlan, index: int) -> Optional[DirectRunner]:
        planned = plan.planned_at(index) if index >= 0 else None
        runner = None if planned is None else plan.runner_of(index)
        made = None
        if planned is not None and runner is not None:
            made = make_direct_runner(planned, plan.around(index), runner)
        self._direct_runners[index] = made
        return made

    def start_task(self, loop: asyncio.AbstractEventLoop, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start the task of a request in the context that uvicorn gives it."""
        if not self.resets_context:
            return loop.create_task(work)
        if sys.version_info >= (3, 11):
            return loop.create_task(work, context=contextvars.Context())
        return contextvars.Context().run(loop.create_task, work)


_services: WeakKeyDictionary[Config, Dict[str, Optional[Service]]] = WeakKeyDictionary()


def request_counters() -> Dict[str, int]:
    """Return the numbers of responses written by this protocol, and of loans of connections to uvicorn's own one."""
    services = [service for each in _services.values() for service in each.values() if service is not None]
    return {
        "simple": sum(service.simple for service in services),
        "handed_over": sum(service.handed_over for service in services),
    }


@atexit.register
def log_all_counters() -> None:
    """Log the counters of the services whose applications had no lifespan."""
    for each in list(_services.values()):
        for service in each.values():
            if service is not None:
                service.log_counters()


def service_for(config: Config, http: str) -> Optional[Service]:
    """Return the service of a configuration; None if uvicorn's own protocol has to serve all of its connections."""
    try:
        return _services[config][http]
    except KeyError:
        service = _make_service(config, http)
        keep_service(config, http, service)
        return service


def keep_service(config: Config, http: str, service: Optional[Service]) -> None:
    """Use `service` for a configuration; None for uvicorn's own protocol."""
    _services.setdefault(config, {})[http] = service


def forget_service(config: Config) -> None:
    """Forget the service of a configuration that serves no more."""
    _services.pop(config, None)


def _make_service(config: Config, http: str) -> Optional[Service]:
    if not _may_be_used() or logging.getLogger("uvicorn.error").isEnabledFor(_TRACE):
        return None
    rules = known_rules.get(own_protocol(http))
    app, has_proxy_layer = _unwrap(config.loaded_app)
    is_known = isinstance(app, FastAPI) and type(app).__call__ is _original_call
    if rules is None or not is_known or config.root_path or app.root_path or config.interface != "asgi3":
        return None
    service = Service(config, rules, app, has_proxy_layer)
    app._planned_way.at_end.append(service.log_counters)
    return service


def _may_be_used() -> bool:
    """Whether the protocol is on; it says so if not, because a configuration asks for it."""
    verdict = SERVER_PROTOCOL.verdict()
    if not verdict.is_on and verdict.is_expected:
        # The check has logged any other reason.
        _logger.warning("fastapi-rs: uvicorn's own protocol serves all requests: %s", verdict.why_off)
    return verdict.is_on


def _unwrap(app: Any) -> Tuple[Any, bool]:
    """Return the application below uvicorn's layer for proxies, and whether there is this layer."""
    if type(app) is ProxyHeadersMiddleware:
        return app.app, True
    return app, False
