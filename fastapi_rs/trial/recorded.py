"""Requests from a HAR file (http://www.softwareishard.com/blog/har-12-spec/) or an access log."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Dict, Iterator, List, Tuple
from urllib.parse import urlsplit

from fastapi_rs.errors import CommandError
from fastapi_rs.trial.request import Request

# Common and combined log format, and the lines of uvicorn and gunicorn: all quote the request line.
_REQUEST_LINE = re.compile(r'"(?P<method>[A-Z]+) (?P<target>\S+) HTTP/\d(?:\.\d)?"')
# The test sends its own, or none.
_LEFT_OUT = ("host", "content-length", "connection", "transfer-encoding", "accept-encoding")


def from_har(path: Path) -> List[Request]:
    try:
        entries = json.loads(path.read_text(encoding="utf-8-sig"))["log"]["entries"]
        return [_from_entry(entry["request"]) for entry in entries]
    except (OSError, ValueError, KeyError, TypeError) as error:
        message = f"{path} is not a HAR file ({type(error).__name__}: {error})"
        raise CommandError(message, "save one in the network panel of a browser") from error


def _from_entry(entry: Dict[str, Any]) -> Request:
    parts = urlsplit(entry["url"])
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers: List[Tuple[str, str]] = [
        (header["name"].lower(), header["value"])
        for header in entry.get("headers", [])
        if header["name"].lower() not in _LEFT_OUT and not header["name"].startswith(":")
    ]
    body = entry.get("postData", {}).get("text", "")
    return Request(entry["method"], target, tuple(headers), body.encode())


def from_log(path: Path) -> List[Request]:
    """Return a request for each line; a log has no headers and no bodies."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise CommandError(f"{path} cannot be read ({error.strerror})", "name an access log: --log PATH") from error
    found = list(_lines(text))
    if not found:
        message = f'{path} has no line with a request such as "GET /items?limit=3 HTTP/1.1"'
        raise CommandError(message, "give an access log of uvicorn, gunicorn, nginx or Apache")
    return found


def _lines(text: str) -> Iterator[Request]:
    for match in _REQUEST_LINE.finditer(text):
        target = match["target"]
        if target.startswith("/"):
            yield Request(match["method"], target)
