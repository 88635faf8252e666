"""One request that this protocol serves by itself, and its response.

It is the `receive` and the `send` of the request. A response whose length is known, and whose body comes in one message
without a pause after its start, leaves in one write. For anything else the request continues in uvicorn's own protocol
(`fastapi/_server/continuation.py`).
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Awaitable, Callable, Optional

from starlette.types import Message, Scope
from uvicorn.protocols.utils import get_client_addr, get_path_with_query_string

from fastapi._rest import Rest
from fastapi._routing.planned.types import CoreAnswer
from fastapi._server.continuation import Continuation
from fastapi._server.head_lines import JSON_END, ResponseHead, read_start

if TYPE_CHECKING:
    from fastapi._server.protocol import Protocol

ACCESS_FORMAT = '%s - "%s %s HTTP/%s" %d'

# No body has this length.
_NO_HEAD = ResponseHead(b"", -1, b"", True)


class SimpleRequest:
    """A request and its response."""

    # PERF: the values with which a request begins are those of the class, which spares its constructor (benchmark
    # `plain`).
    task: Optional[asyncio.Task[None]] = None
    continuation: Optional[Continuation] = None
    is_complete = False
    # Whether the connection was lost before the response was complete.
    is_lost = False
    _has_body = True
    _scope: Optional[Scope] = None
    _start: Optional[Message] = None
    _head: Optional[ResponseHead] = None
    _flush: Optional[asyncio.Handle] = None

    def __init__(self, protocol: Protocol, parts: CoreAnswer, raw: bytes, closes: bool) -> None:
        self._protocol = protocol
        # The answer of the core, and the bytes of the whole request.
        self.parts = parts
        self.raw = raw
        # Whether the client has asked for the end of the connection.
        self.closes = closes
        self.keeps_alive = not closes
        self._state = protocol.app_state.copy()

    @property
    def scope(self) -> Scope:
        """The scope, made when first asked for: many operations never see it."""
        scope = self._scope
        if scope is None:
            scope = self._scope = self._protocol.make_scope(self.parts, self._state)
        return scope

    async def run(self, answer: Callable[[], Awaitable[Optional[Rest]]]) -> None:
        """Answer the request, as the application does when uvicorn calls it."""
        try:
            rest = await answer()
            if rest is not None:
                await self._protocol.outside.go_on(rest, self.scope, self.receive)
        except BaseException as error:
            self._fail(error)
        else:
            if not self.is_complete:
                self._end()

    def _fail(self, error: BaseException) -> None:
        continuation = self.continuation
        if not self._has_answered():
            self._continue().end(error)
            return
        # uvicorn does this before the next request of the connection begins.
        self._protocol.logger.error("Exception in ASGI application\n", exc_info=error)
        self._protocol.transport.close()
        if continuation is not None:
            continuation.end(None)

    def _has_answered(self) -> bool:
        """Whether nothing more can be sent."""
        if self.continuation is not None:
            return self.continuation.is_complete
        return self.is_complete or self.is_lost

    def _end(self) -> None:
        if self.continuation is not None or not self.is_lost:
            self._continue().end(None)

    async def receive(self) -> Message:
        if self.continuation is None:
            if self.is_lost or self.is_complete:
                return {"type": "http.disconnect"}
            if self._has_body:
                self._has_body = False
                return {"type": "http.request", "body": self._body(), "more_body": False}
        return await self._continue().receive()

    def _body(self) -> bytes:
        return self.raw[self.parts[0] :]

    def waiting_body(self) -> Optional[bytes]:
        """Return the body that `receive` would return as a whole; None if it would not."""
        is_first = self._has_body and self.continuation is None and not self.is_lost
        return self._body() if is_first else None

    def take_body(self) -> None:
        """Note that the body was received."""
        self._has_body = False

    def write_json(self, status: int, body: bytes) -> bool:
        """Write a response in one piece, as its two messages would; False if they have to be sent."""
        protocol = self._protocol
        if self.continuation is not None or self.is_lost or protocol.drained is not None:
            return False
        if body.__class__ is not bytes or not self.keeps_alive:
            return False
        head = protocol.service.json_head(status, protocol.server_state.default_headers)
        if head is None:
            return False
        self.is_complete = True
        if protocol.access_log:
            self._log(status)
        protocol.transport.write(b"%b%d%b%b" % (head, len(body), JSON_END, body))
        protocol.finish()
        return True

    async def send(self, message: Message) -> None:
        if self.continuation is None:
            drained = self._protocol.drained
            if drained is not None and not self.is_lost:
                await drained
            if self.is_lost or self.is_complete:
                return self._drop(message)
            if self._begin(message) if self._head is None else self._write(message):
                return
        await self._continue().send(message)

    def _drop(self, message: Message) -> None:
        """Take a message that no client gets. Raises RuntimeError after a complete response, as uvicorn does."""
        if not self.is_lost:
            kind = message["type"]
            raise RuntimeError(f"Unexpected ASGI message '{kind}' sent, after response already completed.")

    def _begin(self, message: Message) -> bool:
        """Keep the start of a response until its body is there, at most until the next turn of the loop.

        False: uvicorn's own protocol has to send it.
        """
        if message["type"] != "http.response.start" or self.continuation is not None:
            return False
        head = read_start(message)
        if head is None or self.scope["method"] == "HEAD":
            # An endpoint may change its scope, and uvicorn then writes no body.
            return False
        self._head = head
        self._start = message
        if not head.is_planned:
            self._flush = self._protocol.loop.call_soon(self._flush_start)
        return True

    def _flush_start(self) -> None:
        """Let the start of a response leave without its body."""
        if not self.is_lost:
            self._continue()

    def _write(self, message: Message) -> bool:
        """Write the response if the message is its whole body. False: uvicorn's own protocol has to send it."""
        body = message.get("body", b"")
        status_line, length, lines, _ = self._head or _NO_HEAD
        if (
            body.__class__ is not bytes
            or len(body) != length
            or message["type"] != "http.response.body"
            or message.get("more_body", False)
            or self.continuation is not None
        ):
            return False
        protocol = self._protocol
        defaults = protocol.service.default_lines(protocol.server_state.default_headers)
        if defaults is None:
            return False
        if self._flush is not None:
            self._flush.cancel()
        self.is_complete = True
        if protocol.access_log:
            assert self._start is not None
            self._log(self._start["status"])
        if self.keeps_alive:
            protocol.transport.write(b"%b%b%b\r\n%b" % (status_line, defaults, lines, body))
        else:
            protocol.transport.write(b"%b%b%b%b\r\n%b" % (status_line, defaults, lines, self._close_line(), body))
            protocol.transport.close()
        protocol.finish()
        return True

    def _close_line(self) -> bytes:
        rules = self._protocol.service.rules
        return rules.close_line if self.closes or rules.announces_shutdown else b""

    def _log(self, status: int) -> None:
        # NOTE: the endpoint may have changed the scope, and uvicorn logs the entries of that moment.
        scope: Any = self.scope
        line = (get_client_addr(scope), scope["method"], get_path_with_query_string(scope), scope["http_version"])
        self._protocol.service.access_logger.info(ACCESS_FORMAT, *line, status)

    def continue_for_next(self, data: bytes) -> None:
        """Let uvicorn's own protocol continue the request, and read `data` behind it."""
        self._continue()
        self._protocol.pass_on(data)

    def _continue(self) -> Continuation:
        """Return the continuation of the request in uvicorn's own protocol, which begins now if it has not yet."""
        if self.continuation is None:
            if self._flush is not None:
                self._flush.cancel()
            assert self.task is not None
            loop, has_body = self._protocol.loop, not self._has_body
            self.continuation = Continuation(loop, self.task, self.scope, self._start, has_body)
            self._protocol.continue_elsewhere(self, self.continuation)
        return self.continuation
