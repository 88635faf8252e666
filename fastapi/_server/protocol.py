"""The protocol: one connection of uvicorn.

    connection_made ── data_received ── the core: head, route, parameters ── task ── runner ── one write
                            │
                            └ not simple ──> uvicorn's own protocol, with all bytes from the first of this request on

A request is simple if the core says so (`wasm_core/src/http/head.rs`), a planned operation answers it, its body has
arrived with it or follows without anything else, and nothing follows it before the response is complete. A connection
comes back from uvicorn's own protocol after one request if that protocol is idle (`fastapi/_server/lent.py`).
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Dict, Optional, Set

from starlette.types import Scope
from uvicorn.protocols.utils import get_local_addr, get_remote_addr, is_ssl

from fastapi._routing.planned.dispatch import PlacedPlan
from fastapi._routing.planned.types import CoreAnswer
from fastapi._server.continuation import Continuation
from fastapi._server.lent import LentConnection, LentTransport, is_whole
from fastapi._server.rules import own_protocol
from fastapi._server.service import Service, service_for
from fastapi._server.simple_request import SimpleRequest
from fastapi._wasm import contract

Loop = asyncio.AbstractEventLoop

# The longest head and the longest request, in bytes.
MAX_HEAD = 8 << 10
MAX_REQUEST = 64 << 10
# A loan costs as much as some simple requests save, so a connection pays each loan with simple requests. A connection
# without credit is given to uvicorn's own protocol for good.
FIRST_CREDIT, MAX_CREDIT, PRICE = 6, 30, 3


class Protocol(asyncio.Protocol):
    """Serves simple requests of one connection, and gives the connection to uvicorn's own protocol for others.

    Its constructor returns an instance of a class of uvicorn where no request could be simple.
    """

    # The protocol that takes over, as a name for uvicorn's option `--http`.
    http = "auto"

    def __new__(
        cls,
        config: Any,
        server_state: Any,
        app_state: Dict[str, Any],
        _loop: Optional[asyncio.AbstractEventLoop] = None,
    ) -> Any:
        if not config.loaded:
            config.load()
        service = service_for(config, cls.http)
        if service is not None:
            return super().__new__(cls)
        return own_protocol(cls.http)(config=config, server_state=server_state, app_state=app_state, _loop=_loop)

    def __init__(
        self,
        config: Any,
        server_state: Any,
        app_state: Dict[str, Any],
        _loop: Optional[asyncio.AbstractEventLoop] = None,
    ) -> None:
        service = service_for(config, self.http)
        assert service is not None
        self.service: Service = service
        self.config = config
        self.loop = _loop or asyncio.get_event_loop()
        self.server_state = service.server_state = server_state
        self.app_state = app_state
        self.connections: Set[Any] = server_state.connections
        self.tasks: Set[asyncio.Task[None]] = server_state.tasks
        self.logger = service.logger
        self.access_log = service.access_logger.hasHandlers()
        self.outside = service.app._planned_way.outside
        self.transport: Any = None
        self.server: Any = None
        self.client: Any = None
        self.scheme = "http"
        # The request without a complete response, and the bytes of a request whose body is incomplete.
        self.request: Optional[SimpleRequest] = None
        self._early = b""
        self._has_served = False
        self._credit = FIRST_CREDIT
        # uvicorn's own protocol while it has the connection for one request, and while it rests afterwards.
        self._lent: Optional[LentConnection] = None
        self._resting: Optional[LentConnection] = None
        # Done when the client has read enough; None while it reads.
        self.drained: Optional[asyncio.Future[None]] = None
        # When an idle connection ends, and the timer that looks at it. PERF: one timer serves many requests.
        self._deadline: Optional[float] = None
        self._timer: Optional[asyncio.TimerHandle] = None

    # ── Called by the transport ──

    def connection_made(self, transport: Any) -> None:
        self.connections.add(self)
        self.transport = transport
        self.server, self.client = get_local_addr(transport), get_remote_addr(transport)
        self.scheme = "https" if is_ssl(transport) else "http"

    def data_received(self, data: bytes) -> None:
        self._deadline = None
        if self._lent is not None and not self._takes_back():
            self.pass_on(data)
            return
        if self.request is not None:
            # A client that does not wait for the response: uvicorn has the rules for it.
            self.request.continue_for_next(data)
            return
        if self._early:
            data = self._early + data
            self._early = b""
        if not self._serve(data):
            self.hand_over(data)

    def eof_received(self) -> None:
        if self._lent is not None:
            self._lent.own.eof_received()
        self._hand_over_early()

    def connection_lost(self, exc: Optional[Exception]) -> None:
        if self._lent is not None:
            self._lent.own.connection_lost(exc)
            return
        if self._early:
            self._hand_over_early().connection_lost(exc)
            return
        self.connections.discard(self)
        self._end_resting()
        if self.request is not None:
            self.request.is_lost = True
        self.resume_writing()
        if exc is None:
            self.transport.close()
            self._stop_timer()

    def pause_writing(self) -> None:
        if self._lent is not None:
            self._lent.is_paused = True
            self._lent.own.pause_writing()
        elif self.drained is None:
            self.drained = self.loop.create_future()

    def resume_writing(self) -> None:
        if self._lent is not None:
            self._lent.is_paused = False
            self._lent.own.resume_writing()
            return
        drained, self.drained = self.drained, None
        if drained is not None and not drained.done():
            drained.set_result(None)

    # ── Called by the server ──

    def shutdown(self) -> None:
        """Close the connection, after the response if a request has none yet."""
        if self._early:
            self._hand_over_early().shutdown()
        elif self.request is None:
            self.transport.close()
        else:
            self.request.keeps_alive = False

    # ── Requests ──

    def _serve(self, data: bytes) -> bool:
        """Begin to serve a simple request. False: it is not simple, and nothing has happened."""
        service = self.service
        if not service.is_callable() or (service.limit_concurrency is not None and self._is_crowded()):
            return False
        plan = self.outside.plan_before_scope()
        if plan is None and service.has_built_stack():
            plan = self.outside.plan_before_scope()
        if plan is None:
            return False
        answer = plan.match_head(data if len(data) <= MAX_HEAD else data[:MAX_HEAD])
        if answer is None:
            return False
        end, length, flags, matched = answer[0], answer[1], answer[2], answer[8]
        if flags & contract.HEAD_FLAG_FORWARDED and service.has_proxy_layer:
            return False
        missing = end + length - len(data) if length > 0 else end - len(data)
        if missing:
            return self._wait(plan, data, end + length, missing, matched)
        request = SimpleRequest(self, answer, data, bool(flags & contract.HEAD_FLAG_CLOSE))
        direct = service.direct_runner(plan, matched[0])
        if direct is not None:
            work = request.run(partial(direct, matched, request))
        else:
            runner = plan.runner_for(matched)
            if runner is None:
                return False
            # The task makes the scope.
            work = request.run(lambda: runner(matched, request.scope, request.receive, request.send))
        self.request = request
        task = request.task = service.start_task(self.loop, work)
        task.add_done_callback(self.tasks.discard)
        self.tasks.add(task)
        return True

    def make_scope(self, parts: CoreAnswer, state: Dict[str, Any]) -> Scope:
        """Return the scope of a request, as uvicorn's own protocol makes it, with the application in it."""
        rules = self.service.rules
        scope = rules.scope.copy()
        scope["asgi"] = rules.asgi.copy()
        scope["server"], scope["client"], scope["scheme"] = self.server, self.client, self.scheme
        _, _, _, scope["method"], scope["path"], scope["raw_path"], scope["query_string"], scope["headers"], _ = parts
        scope["state"] = state
        scope["app"] = self.service.app
        return scope

    def _is_crowded(self) -> bool:
        """Whether uvicorn would refuse a request because of too many connections or tasks."""
        limit = self.service.limit_concurrency
        return limit is not None and (len(self.connections) >= limit or len(self.tasks) >= limit)

    def _wait(self, plan: PlacedPlan, data: bytes, whole: int, missing: int, matched: CoreAnswer) -> bool:
        """Wait for the rest of a body, if the operation does nothing before it has the body."""
        if missing < 0 or whole > MAX_REQUEST or matched[0] < 0 or self.service.limit_concurrency is not None:
            return False
        planned = plan.planned_at(matched[0])
        if planned is None or not planned.reads_body or planned.form is not None:
            return False
        self._early = data
        return True

    def finish(self) -> None:
        """Note that a response is complete."""
        self.request = None
        self._has_served = True
        self._credit += 1
        self.service.simple += 1
        self.server_state.total_requests += 1
        if not self.transport.is_closing():
            timeout = self.service.timeout_keep_alive
            self._deadline = self.loop.time() + timeout
            if self._timer is None:
                self._timer = self.loop.call_later(timeout, self._close_idle)

    def _close_idle(self) -> None:
        self._timer = None
        if self._deadline is None or self.transport.is_closing():
            return
        rest = self._deadline - self.loop.time()
        if rest > 0:
            self._timer = self.loop.call_later(rest, self._close_idle)
        else:
            self.transport.close()

    def _stop_timer(self) -> None:
        self._deadline = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # ── Handing over ──

    def hand_over(self, data: bytes) -> Any:
        """Give the connection to uvicorn's own protocol, which reads `data` first. Return that protocol."""
        own = self._lend() if is_whole(data) and self._may_lend() else self._give()
        before = set(self.tasks)
        own.data_received(data)
        if self._lent is not None:
            self._lent.note_tasks(self.tasks - before)
        return own

    def pass_on(self, data: bytes) -> None:
        """Let uvicorn's own protocol, which has the connection, read further bytes."""
        assert self._lent is not None
        self._lent.pass_on(data)

    def continue_elsewhere(self, request: SimpleRequest, continuation: Continuation) -> None:
        """Give the connection to uvicorn's own protocol, which continues the request."""
        own = self._lend()
        self.tasks.discard(request.task)
        app, own.app, own.limit_concurrency = own.app, continuation.app, None
        before = set(self.tasks)
        own.data_received(request.raw)
        started = self.tasks - before
        for task in started:
            task.add_done_callback(lambda _: self._abandon(request, continuation))
        assert self._lent is not None
        self._lent.note_tasks(started)
        own.app, own.limit_concurrency = app, self.service.limit_concurrency
        if not request.keeps_alive and not request.closes:
            own.shutdown()

    def _abandon(self, request: SimpleRequest, continuation: Continuation) -> None:
        """Close the connection if uvicorn's own task was cancelled before its first turn: nothing can be sent."""
        if continuation.is_abandoned():
            assert request.task is not None
            request.task.cancel()
            self.transport.close()

    def _hand_over_early(self) -> Any:
        """Hand over if a request waits for the rest of its body."""
        data, self._early = self._early, b""
        return self.hand_over(data) if data else None

    def _may_lend(self) -> bool:
        """Whether the next request of the connection may be simple."""
        self._credit = min(self._credit, MAX_CREDIT) - PRICE
        return self._credit >= 0 and self.outside.plan_before_scope() is not None

    def _lend(self) -> Any:
        """Give the connection to uvicorn's own protocol for one request. Return that protocol."""
        lent = self._resting
        if lent is None:
            transport = LentTransport(self.transport)
            lent = LentConnection(self._make_own(transport), transport, self.connections)
        else:
            self._leave()
            lent.lend()
        lent.is_paused = self._pass_flow_control_to(lent.own)
        self._lent, self._resting = lent, None
        return lent.own

    def _give(self) -> Any:
        """Give the connection to uvicorn's own protocol for good. Return that protocol."""
        self._end_resting()
        own = self._make_own(self.transport)
        self.transport.set_protocol(own)
        self._pass_flow_control_to(own)
        return own

    def _takes_back(self) -> bool:
        """Whether the connection comes back from uvicorn's own protocol."""
        lent = self._lent
        if lent is None or not lent.take_back():
            return False
        self._resting, self._lent, self.request = lent, None, None
        self._has_served = True
        self.connections.add(self)
        return True

    def _end_resting(self) -> None:
        if self._resting is not None:
            self._resting.end()
            self._resting = None

    def _leave(self) -> None:
        self.service.handed_over += 1
        self._stop_timer()
        self.connections.discard(self)

    def _make_own(self, transport: Any) -> Any:
        self._leave()
        own = self.service.rules.protocol_class(
            config=self.config, server_state=self.server_state, app_state=self.app_state, _loop=self.loop
        )
        own.connection_made(transport)
        own.client, own.server = self.client, self.server
        if self._has_served and hasattr(own, "conn"):
            # h11 words an error for the version of the last request.
            own.conn.their_http_version = b"1.1"
        own.logger, own.access_log = self.logger, self.access_log
        return own

    def _pass_flow_control_to(self, own: Any) -> bool:
        """Tell uvicorn's own protocol if the client does not read. Return whether that is so."""
        if self.drained is None:
            return False
        own.pause_writing()
        self.resume_writing()
        return True
