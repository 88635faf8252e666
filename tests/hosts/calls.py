"""Call the application without a server: `python -m tests.hosts.calls [THREADS [ROUNDS [WORKER_THREADS]]]`.

It prints a line with the rung, the number of right answers, and the number of threads. The first wrong answer or
exception ends the program with an error. With 0 WORKER_THREADS no request needs a worker thread: such a thread takes
address space.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from typing import Any, Dict, List, Tuple
from urllib.parse import unquote

from tests.hosts.application import ROWS, Row, app, simplified

Answer = Tuple[int, Any]


async def send(row: Row) -> Answer:
    """Return status and simplified body of the answer to one request."""
    messages: List[Dict[str, Any]] = []
    is_read = False

    async def receive() -> Dict[str, Any]:
        nonlocal is_read
        if is_read:
            await asyncio.sleep(3600)
        is_read = True
        return {"type": "http.request", "body": row.body, "more_body": False}

    async def keep(message: Dict[str, Any]) -> None:
        messages.append(message)

    await app(scope_of(row), receive, keep)
    start, *rest = messages
    headers = {name.lower(): value for name, value in start["headers"]}
    body = b"".join(message.get("body", b"") for message in rest)
    return start["status"], simplified(start["status"], headers.get(b"content-type", b"").decode(), body)


def scope_of(row: Row) -> Dict[str, Any]:
    raw_path, _, query = row.target.partition("?")
    headers = [(name.encode(), value.encode()) for name, value in row.headers.items()]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": row.method,
        "scheme": "http",
        "path": unquote(raw_path),
        "raw_path": raw_path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [*headers, (b"host", b"test"), (b"content-length", str(len(row.body)).encode())],
        "client": ("127.0.0.1", 1),
        "server": ("test", 80),
    }


async def answer_all(rounds: int = 1) -> int:
    """Return the number of right answers; raise AssertionError at the first wrong one."""
    for _ in range(rounds):
        for row in ROWS:
            answer = await send(row)
            assert answer == (row.status, row.answer), f"{row.method} {row.target}: {str(answer)[:500]}"
    return rounds * len(ROWS)


def in_threads(threads: int, rounds: int) -> Tuple[int, int]:
    """Return the number of right answers and of threads that could start. Each thread has an event loop of its own."""
    right: List[int] = []
    wrong: List[BaseException] = []

    go = threading.Event()

    def work() -> None:
        go.wait()
        try:
            right.append(asyncio.run(answer_all(rounds)))
        except BaseException as error:
            wrong.append(error)

    begun = []
    for thread in [threading.Thread(target=work) for _ in range(threads)]:
        try:
            thread.start()
        except RuntimeError:  # The system has no room for another stack.
            break
        begun.append(thread)
    go.set()
    for thread in begun:
        thread.join()
    for error in wrong:
        raise error
    return sum(right), len(begun)


def main(threads: int = 1, rounds: int = 2, worker_threads: int = 1) -> None:
    from fastapi import _rust

    if not worker_threads:
        ROWS[:] = [row for row in ROWS if not row.target.startswith("/worker")]
    answers, begun = in_threads(threads, rounds)
    sys.stdout.write(f"{_rust.mode()} {answers} {begun}\n")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
