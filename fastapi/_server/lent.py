"""uvicorn's own protocol where it has a connection for one request, and gives it back when it is idle.

                         ┌ LentTransport ── uvicorn's own protocol ── task of the request
    transport ── Protocol┤
                         └ while lent, every event of the transport goes to uvicorn's own protocol

The connection comes back with the next bytes from the client, and only if uvicorn's own protocol is between two
requests without a byte of the next one:

- All bytes that it got were one request that ends with its head for every reader (`is_whole`), so its parser keeps
  nothing. A request that `fastapi/_server/continuation.py` continues was read by the core, which knows its end.
- The task that it started for these bytes has ended, and it has not closed the transport, so the response is complete.
- The client reads: there is no flow control to take over.

Then uvicorn's own protocol rests. It is no connection of the server, and for it the transport is closed, so its timer
for idle connections does nothing. It gets the next request that is not simple. Where a condition fails, it keeps the
connection.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any, Optional, Set

# Fields after which a request may continue behind its head, or the connection may have another protocol.
_may_continue = re.compile(rb"content.length|transfer.encoding|upgrade|expect|\Aconnect", re.IGNORECASE).search


def is_whole(data: bytes) -> bool:
    """Return whether bytes are one request that ends with its head, for every parser that accepts them."""
    # Some parsers take a bare CR or LF for the end of a line.
    lines = data.count(b"\r\n")
    return (
        data.find(b"\r\n\r\n") == len(data) - 4
        and data.count(b"\n") == lines == data.count(b"\r")
        and data[:1].isalpha()
        and _may_continue(data) is None
    )


class LentTransport:
    """The transport that uvicorn's own protocol has, closed while that protocol rests."""

    def __init__(self, transport: Any) -> None:
        self._transport = transport
        self.lend()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def lend(self) -> None:
        transport = self._transport
        self.write, self.close, self.is_closing = transport.write, transport.close, transport.is_closing

    def take_back(self) -> None:
        self.write, self.close, self.is_closing = _write_nothing, _do_nothing, _is_closed


def _write_nothing(data: object) -> None:
    pass


def _do_nothing() -> None:
    pass


def _is_closed() -> bool:
    return True


class LentConnection:
    """uvicorn's own protocol, and whether it has the connection or rests."""

    def __init__(self, own: Any, transport: LentTransport, connections: Set[Any]) -> None:
        self.own = own
        self._transport = transport
        self._connections = connections
        self._task: Optional[asyncio.Task[None]] = None
        self.is_paused = False

    def note_tasks(self, tasks: Set[asyncio.Task[None]]) -> None:
        """Note the tasks that the bytes of the request have started: one, or the connection does not come back."""
        self._task = next(iter(tasks)) if len(tasks) == 1 else None

    def pass_on(self, data: bytes) -> None:
        """Let uvicorn's own protocol keep the connection, and read further bytes."""
        self._task = None
        self.own.data_received(data)

    def take_back(self) -> bool:
        """Let uvicorn's own protocol rest if it has nothing more to do. Return whether that is so."""
        task = self._task
        if task is None or not task.done() or self.is_paused or self._transport.is_closing():
            return False
        self._transport.take_back()
        self._connections.discard(self.own)
        return True

    def lend(self) -> None:
        """Give the connection again."""
        self._task = None
        self._transport.lend()
        self._connections.add(self.own)

    def end(self) -> None:
        """End uvicorn's own protocol, which rests."""
        self.own.connection_lost(None)
