"""Requests as data, for the runner. The keys of a request:

path, method, headers, messages   the request; a body has any number of messages
type           http (default), websocket, lifespan
way            asgi (default), httpx, httpx_quiet, testclient, testclient_quiet, or text: evaluate the expression `text`
at             {point: text that runs there}; every request has the points receive0, receive1, ..., send0, send1, ...
before         statements that run before the request
pace           turns of the loop that each `receive` takes; send_pace: the same for `send`
leaves         the client leaves after the message of the response with this number
waits          False: the client leaves after its own last message
cancelled_by   task (default), timeout, scope: the thing that `await cancel()` cancels
scope          more keys of the scope
lifespan       True: the TestClient also runs the lifespan
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from tests.differential.bricks.events import Point, events
from tests.differential.draw import Draw
from tests.differential.program import Request

SEND = [Point(f"send{n}") for n in (0, 0, 1, 1, 2, 3, 4)]
RECEIVE = [Point(f"receive{n}") for n in (0, 0, 1, 2)]
SEND_TEXTS = (
    "raise OSError('connection lost')",
    "await cancel()",
    "await gone()",
    "await turns(2)",
    "raise Own('send')",
)
RECEIVE_TEXTS = ("await turns(2)", "await cancel()", "raise OSError('connection lost')", "raise Own('receive')")
OTHER_METHODS = ("HEAD", "OPTIONS", "PUT", "DELETE", "POST", "GET", "BREW", "get")
JSON = [("content-type", "application/json")]
FORM = [("content-type", "application/x-www-form-urlencoded")]


def with_body(body: str, headers: Sequence[tuple[str, str]] = (), **more: Any) -> Request:
    return {
        "method": "POST",
        **more,
        "headers": [list(each) for each in headers],
        "messages": [{"type": "http.request", "body": body, "more_body": False}],
    }


def with_json(value: Any, **more: Any) -> Request:
    return with_body(json.dumps(value), JSON, **more)


def with_form(fields: dict[str, str], **more: Any) -> Request:
    return with_body("&".join(f"{quote(key)}={quote(value)}" for key, value in fields.items()), FORM, **more)


def with_parts(parts: Sequence[tuple[str, str | None, str]], **more: Any) -> Request:
    """Return a multipart request of parts (name, file name or None, content)."""
    body = ""
    for name, file, content in parts:
        body += f'--B\r\nContent-Disposition: form-data; name="{name}"'
        body += f'; filename="{file}"\r\nContent-Type: text/plain' if file is not None else ""
        body += f"\r\n\r\n{content}\r\n"
    return with_body(body + "--B--\r\n", [("content-type", "multipart/form-data; boundary=B")], **more)


def bare(**more: Any) -> Request:
    return {"messages": [{"type": "http.request", "body": "", "more_body": False}], **more}


def varied(draw: Draw, request: Request, points: list[Point], eventful: float = 0.62) -> Request:
    """Draw the way in which a request reaches the application, and the events on this way."""
    request = astray(draw, dict(request))
    way = draw.one(("asgi",) * 12 + ("httpx", "httpx_quiet", "testclient", "testclient_quiet"))
    if way != "asgi":
        request["way"] = way
    at = events(draw, points) if draw.chance(eventful) else {}
    if draw.chance(0.12):
        at[draw.one(SEND).name] = draw.one(SEND_TEXTS)
    if draw.chance(0.08):
        at[draw.one(RECEIVE).name] = draw.one(RECEIVE_TEXTS)
    if way not in ("asgi", "httpx", "httpx_quiet"):
        at = {
            point: text
            for point, text in at.items()
            if "cancel()" not in text and "gone()" not in text and "_cancel" not in text
        }
        at = {point: text for point, text in at.items() if "SystemExit" not in text and "Interrupt" not in text}
    if at:
        request["at"] = at
    if way == "asgi":
        paced(draw, request)
    elif way.startswith("testclient") and draw.chance(0.2):
        request["lifespan"] = True
    return request


def astray(draw: Draw, request: Request) -> Request:
    """Give a few requests a method that their route does not have, or a path that leads to a slash redirect."""
    if request.get("type", "http") != "http":
        return request
    if draw.chance(0.015):
        draw.kind("another method")
        request["method"] = draw.one(OTHER_METHODS)
    if draw.chance(0.015):
        draw.kind("a slash at the end")
        path, mark, query = request.get("path", "/").partition("?")
        request["path"] = (path.rstrip("/") if path.endswith("/") else path + draw.one(("/", "/", "//"))) + mark + query
    return request


def paced(draw: Draw, request: Request) -> None:
    if draw.chance(0.25):
        request["pace"] = draw.one((1, 1, 2, 5))
    if draw.chance(0.1):
        request["send_pace"] = draw.one((1, 2))
    if draw.chance(0.1):
        request["leaves"] = draw.one((0, 0, 1, 2))
    if draw.chance(0.15):
        request["waits"] = False
    if draw.chance(0.3):
        request["cancelled_by"] = draw.one(("timeout", "scope"))
    if draw.chance(0.2):
        request["messages"] = in_pieces(draw, request.get("messages", []))
    if draw.chance(0.015):
        request["messages"] = request.get("messages", [])[:-1]  # the client never sends its last message
    if draw.chance(0.03):
        length = str(draw.one((0, 1, 5, 100000)))
        request["headers"] = [*request.get("headers", []), ["content-length", length]]
    if draw.chance(0.03):
        request["scope"] = draw.one(
            ({"root_path": "/root"}, {"http_version": "1.0"}, {"scheme": "https"}, {"state": {"s": 1}})
        )


def in_pieces(draw: Draw, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the same body in two to four messages, some of which may be empty."""
    body = "".join(message.get("body", "") for message in messages)
    if any(message["type"] != "http.request" for message in messages):
        return messages
    ends = sorted(draw.number(0, len(body)) for _ in range(draw.number(1, 3)))
    pieces = [body[start:end] for start, end in zip([0, *ends], [*ends, len(body)])]
    return [{"type": "http.request", "body": piece, "more_body": i < len(pieces) - 1} for i, piece in enumerate(pieces)]
