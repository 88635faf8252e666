"""A transport without a socket, which keeps the bytes that a protocol writes."""

from __future__ import annotations

import asyncio
from typing import Any, List, Optional


class MemoryTransport(asyncio.Transport):
    """Calls the protocol as the transports of event loops do: its end comes in a later turn."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__({"peername": ("192.0.2.1", 5000), "sockname": ("192.0.2.2", 80)})
        self._loop = loop
        self._protocol: Any = None
        self._closing = False
        self.is_reading = True
        self.written: List[bytes] = []

    def attach(self, protocol: Any) -> None:
        self._protocol = protocol
        protocol.connection_made(self)

    def set_protocol(self, protocol: Any) -> None:
        self._protocol = protocol

    def get_protocol(self) -> Any:
        return self._protocol

    def write(self, data: Any) -> None:
        if not self._closing and data:
            self.written.append(bytes(data))

    def is_closing(self) -> bool:
        return self._closing

    def close(self, error: Optional[Exception] = None) -> None:
        if not self._closing:
            self._closing = True
            self._loop.call_soon(lambda: self._protocol.connection_lost(error))

    abort = close

    def feed(self, data: bytes) -> None:
        if not self._closing:
            try:
                self._protocol.data_received(data)
            except Exception as error:
                # Event loops close the connection.
                self.close(error)

    def feed_end(self) -> None:
        """The client has closed its side."""
        if not self._closing and not self._protocol.eof_received():
            self.close()

    def pause_reading(self) -> None:
        self.is_reading = False

    def resume_reading(self) -> None:
        self.is_reading = True
