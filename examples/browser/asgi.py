"""Call an ASGI application with a request of the page, and return its response."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Tuple
from urllib.parse import unquote

import anyio
import anyio.lowlevel
import anyio.to_thread


def go_without_threads() -> None:
    """Let functions for worker threads (`def` endpoints, files) run in this thread: a browser has no other."""

    async def run_sync(function: Callable[..., Any], *arguments: Any, **_: Any) -> Any:
        await anyio.lowlevel.checkpoint()
        return function(*arguments)

    anyio.to_thread.run_sync = run_sync  # type: ignore[assignment]


async def call(
    app: Any, method: str, target: str, headers: List[Tuple[str, str]], body: bytes, root: str = ""
) -> Tuple[int, List[Tuple[str, str]], bytes]:
    """Return status, headers and body of the response to a request for a target such as `/tasks?done=true`.

    `root` is the path of the page below which the application is, for example `/app`.
    """
    path, _, query = target.partition("?")
    sent: List[Dict[str, Any]] = []
    pieces = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Dict[str, Any]:
        if not pieces:
            # The page stays: a disconnect would end a response that streams.
            await anyio.sleep_forever()
        return pieces.pop()

    async def send(message: Dict[str, Any]) -> None:
        sent.append(message)

    await app(
        {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "https",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "root_path": root,
            "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
            "client": ("127.0.0.1", 0),
            "server": ("browser", 443),
        },
        receive,
        send,
    )
    start = sent[0]
    answer = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in start["headers"]]
    return start["status"], answer, b"".join(message.get("body", b"") for message in sent[1:])
