"""The lines of a response head that the protocol writes itself, and those that it leaves to uvicorn."""

from __future__ import annotations

from typing import Any, List, Optional, Tuple

import pytest

pytest.importorskip("uvicorn")

from fastapi._server.head_lines import lines_of, read_start


@pytest.mark.parametrize(
    "headers, lines",
    [
        ([], b""),
        ([(b"x-a", b"1"), (b"x-b", b"two words")], b"x-a: 1\r\nx-b: two words\r\n"),
        ([("x-a", b"1")], None),
        ([(b"x-a", bytearray(b"1"))], None),
        ([(b"X-A", b"1")], None),
        ([(b"x a", b"1")], None),
        ([(b"x-a", b" 1")], None),
        ([(b"x-a", b"")], None),
        ([(b"x-a", b"1\r\n")], None),
        ([(b"connection", b"close")], None),
        ([(b"transfer-encoding", b"chunked")], None),
    ],
)
def test_lines(headers: List[Tuple[Any, Any]], lines: Optional[bytes]) -> None:
    assert lines_of(headers) == lines


START = {"type": "http.response.start", "status": 200}
LENGTH = (b"content-length", b"2")


@pytest.mark.parametrize(
    "message",
    [
        {**START},
        {**START, "headers": (LENGTH,)},
        {**START, "headers": []},
        {**START, "headers": [LENGTH, LENGTH]},
        {**START, "headers": [(b"content-length", "2")]},
        {**START, "headers": [(b"content-length", b"02")]},
        {**START, "headers": [(b"content-length", b"-1")]},
        {**START, "headers": [LENGTH, (b"connection", b"close")]},
        {**START, "headers": [LENGTH], "trailers": True},
        {**START, "headers": [LENGTH], "status": 99},
        {"type": "http.response.start", "headers": [LENGTH]},
    ],
)
def test_a_head_that_only_a_server_can_write(message: Any) -> None:
    assert read_start(message) is None


def test_a_head_with_other_fields() -> None:
    head = read_start({**START, "headers": [(b"x-a", b"1"), LENGTH]})
    assert head is not None
    assert (head.length, head.is_planned) == (2, False)
    assert sorted(head.lines.split(b"\r\n")) == [b"", b"content-length: 2", b"x-a: 1"]
