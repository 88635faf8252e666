# ruff: noqa: T201
"""Call the application of examples/browser in Pyodide."""

from __future__ import annotations

import asyncio
import json
import sys

sys.path.insert(0, "/project")
from tests.pyodide import loop


async def answers() -> list:
    from examples.browser.asgi import call
    from examples.browser.main import app

    task = json.dumps({"title": "write"}).encode()
    requests = [
        ("GET", "/tasks?limit=5", b""),
        ("POST", "/tasks", task),
        ("GET", "/tasks/2", b""),
        ("GET", "/tasks/x", b""),
        ("GET", "/tasks/99", b""),
        ("GET", "/nothing", b""),
        ("GET", "/docs", b""),
    ]
    kind = [("Content-Type", "application/json")]
    return [(status, body) for status, _, body in [await call(app, m, t, kind, b) for m, t, b in requests]]


EXPECTED = [
    (200, b'[{"title":"open this page","done":false}]'),
    (201, b'{"number":2}'),
    (200, b'{"title":"write","done":false}'),
    (422, None),
    (404, b'{"detail":"no such task"}'),
    (404, b'{"detail":"Not Found"}'),
    (200, None),
]


async def main() -> None:
    from fastapi import _rust
    from fastapi.security import passwords

    assert _rust.mode() == "javascript", _rust.why()
    seen = await answers()
    for (status, body), (wanted_status, wanted) in zip(seen, EXPECTED):
        assert status == wanted_status and wanted in (None, body), (status, body)
    kept = passwords.hash_password("secret")
    assert passwords.verify_password("secret", kept) and not passwords.verify_password("other", kept)
    print("examples/browser answers:", _rust.why(), _rust.counters())


if __name__ == "__main__":
    loop.install()
    asyncio.run(main())
