"""One request to an application, and its record as a server sees it, without private parts of this package."""

import asyncio
from typing import Any, Dict, List, Optional, Sequence

# The keys that a server writes into a scope.
SERVER_KEYS = frozenset(
    ("type", "asgi", "http_version", "method", "scheme", "path", "raw_path", "query_string", "root_path", "headers")
) | {"client", "server"}
URLENCODED = b"application/x-www-form-urlencoded"


class Transcript:
    """The record of one request."""

    def __init__(self) -> None:
        # For each message of the response its status or its bytes, also for a message that could not be sent.
        self.sent: List[Any] = []
        self.error: Optional[BaseException] = None
        self.scope: Dict[str, Any] = {}
        self.receives = 0

    @property
    def raised(self) -> Optional[str]:
        return None if self.error is None else repr(self.error)

    @property
    def keys(self) -> List[str]:
        return keys_of(self.scope)


def keys_of(scope: Any) -> List[str]:
    """Return the keys that applications, routers and routes have written into a scope."""
    return sorted(key for key in scope if key not in SERVER_KEYS)


def ask(
    app: Any,
    target: str,
    method: str = "GET",
    body: bytes = b"",
    content_type: bytes = b"application/json",
    received: Optional[Sequence[Any]] = None,
    fails_at: Optional[int] = None,
) -> Transcript:
    """Send a request. `receive` returns the messages in `received`, or raises an exception among them. `send` raises
    `OSError` for the message with the index `fails_at`.
    """
    path, _, query = target.partition("?")
    transcript = Transcript()
    transcript.scope.update(
        type="http",
        asgi={"version": "3.0"},
        http_version="1.1",
        method=method,
        scheme="http",
        path=path,
        raw_path=path.encode(),
        query_string=query.encode(),
        root_path="",
        headers=[(b"host", b"test"), (b"content-type", content_type)],
        client=("127.0.0.1", 1),
        server=("test", 80),
    )
    pending = [message(body)] if received is None else list(received)

    async def receive() -> Any:
        transcript.receives += 1
        if not pending:
            raise AssertionError("the channel was read after the body")
        first = pending.pop(0)
        if isinstance(first, Exception):
            raise first
        return first

    async def send(sent: Any) -> None:
        transcript.sent.append(sent.get("status", sent.get("body")))
        if len(transcript.sent) - 1 == fails_at:
            raise OSError("gone")

    async def run() -> None:
        try:
            await app(transcript.scope, receive, send)
        except Exception as error:
            transcript.error = error

    asyncio.run(run())
    return transcript


def message(body: bytes, more_body: bool = False) -> Dict[str, Any]:
    return {"type": "http.request", "body": body, "more_body": more_body}
