"""A conversation with a server of one connection, and everything that can be observed of it."""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Callable, Dict, List, NamedTuple, Sequence, Tuple

from uvicorn import Config
from uvicorn.server import ServerState

from fastapi_rs import uvicorn as door
from tests.server.application import make_app
from tests.server.transport import MemoryTransport

# Our protocols, with the classes of uvicorn that they stand for.
PAIRS: Dict[str, Any] = {"h11": door.ProtocolOverH11}
try:
    from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol as _httptools  # noqa: F401

    PAIRS["httptools"] = door.Protocol
except ImportError:
    pass

# Events of a conversation beside bytes that arrive.
END, LOST, SHUTDOWN, PAUSE, RESUME, CANCEL = "end", "lost", "shutdown", "pause", "resume", "cancel"


class Step(NamedTuple):
    """Bytes or an event, and how many turns of the loop pass before the next step."""

    what: Any
    turns: int = 40


class Transcript(NamedTuple):
    """The effects of a conversation."""

    sent: bytes
    is_closed: bool
    is_reading: bool
    effects: List[Any]
    log: List[Tuple[Any, ...]]
    total_requests: int
    connections: int
    tasks: int


class Server:
    """A configuration that serves many conversations, by uvicorn's own protocol or by ours."""

    make_transport: Callable[[asyncio.AbstractEventLoop], MemoryTransport] = MemoryTransport

    def __init__(self, http: str, is_ours: bool, **options: Any) -> None:
        self.effects: List[Any] = []
        app = make_app(self.effects)
        own = http if http != "httptools" else "auto"
        self.config = Config(app, log_config=None, lifespan="off", http=PAIRS[http] if is_ours else own, **options)
        self.config.load()

    def converse(self, steps: Sequence[Step], loop: asyncio.AbstractEventLoop) -> Transcript:
        self.effects.clear()
        return loop.run_until_complete(self._converse(steps, loop))

    async def _converse(self, steps: Sequence[Step], loop: asyncio.AbstractEventLoop) -> Transcript:
        state = ServerState()
        state.default_headers = [(b"server", b"uvicorn"), *self.config.encoded_headers[1:]]
        transport = type(self).make_transport(loop)
        with Recorder() as recorder:
            make: Any = self.config.http_protocol_class
            transport.attach(make(config=self.config, server_state=state, app_state={}, _loop=loop))
            for step in steps:
                apply(step.what, transport, state)
                await turn(step.turns)
            await turn(60)
            is_closed = transport.is_closing()
            transcript = (b"".join(transport.written), is_closed, is_closed or transport.is_reading)
            connections = len(state.connections)
            transport.close()
            await turn(60)
            # A request whose body has not arrived has a task only in uvicorn's own protocols.
            tasks = len(state.tasks)
        return Transcript(*transcript, list(self.effects), recorder.lines, state.total_requests, connections, tasks)


def apply(what: Any, transport: MemoryTransport, state: ServerState) -> None:
    if what == END:
        transport.feed_end()
    elif what == LOST:
        transport.close(ConnectionResetError())
    elif what == SHUTDOWN:
        for connection in list(state.connections):
            connection.shutdown()
    elif what == CANCEL:
        # As after the limit of a graceful shutdown.
        for task in list(state.tasks):
            task.cancel()
    elif what == PAUSE:
        transport.get_protocol().pause_writing()
    elif what == RESUME:
        transport.get_protocol().resume_writing()
    else:
        transport.feed(what)


async def turn(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


class Recorder(logging.Handler):
    """Keeps the lines that uvicorn logs."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: List[Tuple[Any, ...]] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self.lines.append((record.name, record.levelname, record.msg, record.args, repr(error)))

    def __enter__(self) -> Recorder:
        for name in ("uvicorn.error", "uvicorn.access"):
            logger = logging.getLogger(name)
            logger.addHandler(self)
            logger.propagate = False
            logger.setLevel(logging.INFO)
        return self

    def __exit__(self, *_: object) -> None:
        for name in ("uvicorn.error", "uvicorn.access"):
            logger = logging.getLogger(name)
            logger.removeHandler(self)
            logger.propagate = True
