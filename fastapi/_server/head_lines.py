"""The bytes of a response's head, for heads that every server writes alike."""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Tuple

from starlette.types import Message

from fastapi._routing.planned.running.json_response import JSON_HEADER

# The statuses whose responses have a body.
STATUS_LINES: Dict[int, bytes] = {
    status.value: b"HTTP/1.1 %d %s\r\n" % (status.value, status.phrase.encode())
    for status in HTTPStatus
    if status.value >= 200 and status.value not in (204, 205, 304)
}

# A name in lower case (RFC 9110 section 5.1: token), and a value without white space around it.
_is_name = re.compile(rb"[0-9a-z!#$%&'*+.^_`|~-]+\Z").match
_is_value = re.compile(rb"[!-~](?:[ -~]*[!-~])?\Z").match
_is_length = re.compile(rb"(0|[1-9][0-9]{0,9})\Z").match
# Servers rewrite fields about the message and the connection.
_REWRITTEN = frozenset([b"content-length", b"transfer-encoding", b"connection", b"upgrade", b"keep-alive", b"trailer"])
_JSON_LINE = b"\r\ncontent-type: application/json\r\n"
# Ends the head of a response with JSON, after the length.
JSON_END = _JSON_LINE + b"\r\n"


def lines_of(headers: Iterable[Tuple[bytes, bytes]]) -> Optional[bytes]:
    """Return the lines of header fields; None if a server could write them in another way or refuse them."""
    lines: List[bytes] = []
    for pair in headers:
        name, value = pair
        if name.__class__ is not bytes or value.__class__ is not bytes:
            return None
        if name in _REWRITTEN or not _is_name(name) or not _is_value(value):
            return None
        lines += (name, b": ", value, b"\r\n")
    return b"".join(lines)


class ResponseHead(NamedTuple):
    """The start of a response whose length is known."""

    status_line: bytes
    length: int
    lines: bytes
    # Whether it is that of a planned answer, whose body follows without a pause.
    is_planned: bool


def read_start(message: Message) -> Optional[ResponseHead]:
    """Return the head of a response; None if its length is not known, or if only a server can write it."""
    status_line = STATUS_LINES.get(message.get("status", 0))
    headers: Any = message.get("headers")
    if status_line is None or headers.__class__ is not list:
        return None
    if len(headers) == 2 and headers[1] is JSON_HEADER and headers[0][0] == b"content-length":
        # PERF: the two fields of a planned answer (benchmark `plain`).
        length = headers[0][1]
        return ResponseHead(status_line, int(length), b"content-length: " + length + _JSON_LINE, True)
    if set(message) - {"type", "status", "headers"}:
        return None
    return _read_any_start(status_line, headers)


def _read_any_start(status_line: bytes, headers: List[Tuple[bytes, bytes]]) -> Optional[ResponseHead]:
    lengths = [pair[1] for pair in headers if pair[0] == b"content-length"]
    if len(lengths) != 1 or lengths[0].__class__ is not bytes or not _is_length(lengths[0]):
        return None
    before = [pair[0] for pair in headers].index(b"content-length")
    first, second = lines_of(headers[:before]), lines_of(headers[before + 1 :])
    if first is None or second is None:
        return None
    lines = first + b"content-length: " + lengths[0] + b"\r\n" + second
    return ResponseHead(status_line, int(lengths[0]), lines, False)
