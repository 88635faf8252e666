"""Print the answers of an application to requests, as JSON: `python record.py NAME < requests.json`.

The first `fastapi` on the path answers: this package or the real one. A request arrives as the ASGI scope that uvicorn
makes of it. With this package, the output also has the exported plan.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any, Dict, List, Tuple
from urllib.parse import unquote

sys.path.insert(0, str(Path(__file__).parent))

from applications import APPLICATIONS

import fastapi


def main() -> None:
    name, requests = sys.argv[1], json.load(sys.stdin)
    found: Dict[str, Any] = {"answers": asyncio.run(answers(name, requests))}
    if hasattr(fastapi, "__rs_version__"):
        from fastapi._plan_export import export_plan

        found["plan"] = export_plan(APPLICATIONS[name]())
    json.dump(found, sys.stdout)


async def answers(name: str, requests: List[Dict[str, Any]]) -> List[Any]:
    app = APPLICATIONS[name]()
    return [await answer(app, scope_of(**request)) for request in requests]


def scope_of(method: str, target: str, headers: List[Tuple[str, str]]) -> Dict[str, Any]:
    path, _, query = target.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1234),
        "root_path": "",
        "path": unquote(path),
        "raw_path": path.encode("utf-8"),
        "query_string": query.encode("utf-8"),
        "headers": [(key.lower().encode("latin-1"), value.encode("latin-1")) for key, value in headers],
    }


async def answer(app: Any, scope: Dict[str, Any]) -> Dict[str, Any]:
    """Return the status, the headers and the body of an answer, both as latin-1."""
    messages: List[Dict[str, Any]] = []

    async def receive() -> Dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: Dict[str, Any]) -> None:
        messages.append(message)

    await app(scope, receive, send)
    start = messages[0]
    return {
        "status": start["status"],
        "headers": [[name.decode("latin-1"), value.decode("latin-1")] for name, value in start["headers"]],
        "body": b"".join(message.get("body", b"") for message in messages[1:]).decode("latin-1"),
    }


if __name__ == "__main__":
    main()
