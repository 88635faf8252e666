"""One row of the benchmark: the application that answers, the request, and the aim."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, List, Tuple

Headers = List[Tuple[bytes, bytes]]
UPLOAD_CHUNK = 65536  # The largest body of one message from uvicorn.


@dataclass(frozen=True)
class Row:
    """One workload: the application that answers, the request, and the aim.

    `reach` is the aimed factor: the real package's time divided by this project's time. A row with `base` is judged
    against another row of this project instead: at most `times_base` times its time, or at most `added` microseconds
    more. `texts` makes the request a WebSocket that sends them. A row with `steps` sends all of them in turn; its time
    is that of the mean step. `listens` says that the application asks for the client's disconnect while it answers.
    """

    name: str
    title: str
    app: str = ""
    method: str = "GET"
    path: str = "/"
    query: bytes = b""
    headers: Headers = field(default_factory=list)
    body: bytes = b""
    reach: float | None = None
    base: str = ""
    times_base: float | None = None
    added: float | None = None
    group: str = "requests"
    texts: Tuple[str, ...] = ()
    steps: Tuple[Row, ...] = ()
    listens: bool = False

    def scope(self) -> dict[str, Any]:
        """Build the scope as uvicorn does."""
        headers = [(b"host", b"127.0.0.1:8000"), (b"accept", b"*/*"), (b"user-agent", b"bench"), *self.headers]
        if self.body:
            headers.append((b"content-length", str(len(self.body)).encode()))
        shared: dict[str, Any] = {
            "http_version": "1.1",
            "server": ("127.0.0.1", 8000),
            "client": ("127.0.0.1", 50000),
            "root_path": "",
            "path": self.path,
            "raw_path": self.path.encode(),
            "query_string": self.query,
            "headers": headers,
            "state": {},
        }
        if self.texts:
            return {"type": "websocket", "asgi": _asgi("2.4"), "scheme": "ws", "subprotocols": [], **shared}
        return {"type": "http", "asgi": _asgi("2.3"), "scheme": "http", "method": self.method, **shared}

    def messages(self) -> list[dict[str, Any]]:
        """Return the client's messages, its body cut as a server does."""
        if self.texts:
            sent = [{"type": "websocket.receive", "text": text} for text in self.texts]
            return [{"type": "websocket.connect"}, *sent]
        parts = [self.body[i : i + UPLOAD_CHUNK] for i in range(0, len(self.body), UPLOAD_CHUNK)] or [b""]
        last = len(parts) - 1
        return [{"type": "http.request", "body": part, "more_body": i < last} for i, part in enumerate(parts)]


def _asgi(spec_version: str) -> dict[str, str]:
    return {"version": "3.0", "spec_version": spec_version}


def grouped(group: str, reach: float | None, *rows: Row) -> list[Row]:
    """Return the rows with their group, and with the reach where a row has none of its own."""
    return [
        dataclasses.replace(row, group=group, reach=reach if row.reach is None and not row.base else row.reach)
        for row in rows
    ]
