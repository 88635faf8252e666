"""Helpers of the framework tests: versions, a client, and calls below any client.

Every test in this folder is valid Python 3.8, observes only the surface of an application, and passes with each
supported release of Starlette and Pydantic. The expected values are those of the real package.
"""

import sys
from typing import Any, Dict, List, Tuple

import anyio
from pydantic import VERSION as pydantic_version
from starlette import __version__ as starlette_version

from fastapi import FastAPI
from fastapi.testclient import TestClient


def release(version: str) -> Tuple[int, int]:
    major, minor = version.split(".")[:2]
    return int(major), int(minor)


PYTHON = sys.version_info[:2]
STARLETTE = release(starlette_version)
PYDANTIC = release(pydantic_version)


def client(app: Any, **options: Any) -> TestClient:
    return TestClient(app, **options)


def app_with(*routes: Tuple[str, str, Any], **options: Any) -> FastAPI:
    """Make an application of (method, path, endpoint) rows."""
    app = FastAPI(**options)
    for method, path, endpoint in routes:
        app.add_api_route(path, endpoint, methods=[method])
    return app


def errors_of(response: Any) -> List[Tuple[str, List[Any], str]]:
    """Return type, place and message of each error in a 422 answer."""
    assert response.status_code == 422, response.text
    return [(error["type"], error["loc"], error["msg"]) for error in response.json()["detail"]]


def http_scope(path: str = "/", method: str = "GET", **more: Any) -> Dict[str, Any]:
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [],
        "client": ("127.0.0.1", 1),
        "server": ("test", 80),
    }
    return {**scope, **more}


async def serve(app: Any, scope: Dict[str, Any], *bodies: bytes) -> List[Dict[str, Any]]:
    """Call an application as a server does; the request body arrives in the given pieces."""
    sent: List[Dict[str, Any]] = []
    pieces = list(bodies) or [b""]

    async def receive() -> Dict[str, Any]:
        if not pieces:
            await anyio.sleep_forever()
        body = pieces.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(pieces)}

    async def send(message: Dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


def status_and_body(sent: List[Dict[str, Any]]) -> Tuple[int, bytes]:
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)
