"""For any bytes, the core reads a request's head as h11 does, or leaves it to the server's parser."""

from __future__ import annotations

import marshal
from typing import Any, List, Optional, Tuple
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastapi import _rust
from fastapi._wasm import contract

h11 = pytest.importorskip("h11")
pytestmark = pytest.mark.skipif(not _rust.rust_available(), reason="no core here")
thorough = settings(max_examples=1500, deadline=None)

PLAN = (contract.PLAN_VERSION, 0, ((0, "/{rest:path}", (), ()),))
PIECES: List[bytes] = [
    *(
        b"GET ",
        b"POST ",
        b"HEAD ",
        b"get ",
        b"/",
        b"/a",
        b"?q=1",
        b"%41",
        b"%2",
        b"%c3%a9",
        b"%00",
        b"\xe9",
        b"*",
        b"//",
    ),
    *(b"http://x/", b"#f", b" HTTP/1.1", b" HTTP/1.0", b" HTTP/1.1 ", b" HTTP/2", b"\r\n", b"\n", b"\r", b"\0", b" "),
    *(b"\t", b"Host: x", b"host:x", b"Host : x", b"Content-Length: 3", b"Content-Length: +3", b"Content-Length: 03"),
    *(b"Content-Length: 3, 3", b"content-length: 4", b"Transfer-Encoding: chunked", b"Transfer-Encoding : chunked"),
    *(
        b"Connection: close",
        b"Connection: keep-alive",
        b"Connection: upgrade",
        b"Connection: close, te",
        b"X: y",
        b"X:",
    ),
    *(
        b"Expect: 100-continue",
        b"Upgrade: h2c",
        b" folded",
        b"X-Forwarded-For: 1.2.3.4",
        b"X: \xe9",
        b"X: y\x01",
        b"abc",
    ),
]
SIMPLE = b"GET /a%20b?q=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\nX: y\r\n\r\nabc"


def heads() -> Any:
    """Draw heads of pieces, and a simple head with some bytes replaced."""
    fields = st.lists(st.sampled_from(PIECES[22:]), max_size=5).map(b"\r\n".join)
    usual = st.tuples(st.sampled_from(PIECES[:4]), st.sampled_from(PIECES[4:16]), fields).map(
        lambda drawn: drawn[0] + b"/" + drawn[1] + b" HTTP/1.1\r\nHost: x\r\n" + drawn[2] + b"\r\n\r\n"
    )
    changed = st.tuples(st.integers(0, len(SIMPLE)), st.integers(0, 3), st.sampled_from(PIECES)).map(
        lambda drawn: SIMPLE[: drawn[0]] + drawn[2] + SIMPLE[drawn[0] + drawn[1] :]
    )
    return st.one_of(
        st.lists(st.sampled_from(PIECES), max_size=12).map(b"".join), usual, changed, st.binary(max_size=80)
    )


@thorough
@given(heads())
def test_a_simple_head_has_the_parts_that_h11_finds(data: bytes) -> None:
    answer = ask(data)
    if answer is not None:
        assert answer[:8] == oracle(data)


def test_a_simple_head_is_read() -> None:
    answer = ask(SIMPLE)
    headers = [(b"host", b"x"), (b"content-length", b"3"), (b"connection", b"close"), (b"x", b"y")]
    assert answer is not None
    assert answer[:7] == (len(SIMPLE) - 3, 3, contract.HEAD_FLAG_CLOSE, "GET", "/a b", b"/a%20b", b"q=1")
    assert answer[7:] == (headers, (0, {"rest": "a b"}))


@pytest.mark.parametrize("end", range(len(SIMPLE) - 3))
def test_a_cut_head_is_left(end: int) -> None:
    assert ask(SIMPLE[:end]) is None


def ask(data: bytes) -> Optional[Tuple[Any, ...]]:
    core = _rust._require_core()
    answer: Optional[Tuple[Any, ...]] = core.exchange(
        "match_head", marshal.dumps(data, 2), _plan.number_in(core.lease().instance)
    )
    return answer


_plan: Any = _rust.LoadedPlan(marshal.dumps(PLAN, 2)) if _rust.rust_available() else None


def oracle(data: bytes) -> Tuple[Any, ...]:
    """Return the parts that h11 finds. Raises an error of h11 for a head that it refuses."""
    connection = h11.Connection(h11.SERVER)
    connection.receive_data(data)
    request = connection.next_event()
    raw_path, _, query = request.target.partition(b"?")
    headers = [(name, value) for name, value in request.headers]
    named = dict(headers)
    names = [name for name, _ in headers]
    length = int(named.get(b"content-length", b"-1"))
    is_forwarded = any(name == b"forwarded" or name.startswith(b"x-forwarded-") for name in names)
    flags = contract.HEAD_FLAG_CLOSE if named.get(b"connection") == b"close" else 0
    flags |= contract.HEAD_FLAG_FORWARDED if is_forwarded else 0
    end = data.index(b"\r\n\r\n") + 4
    assert names.count(b"host") == 1 and b"transfer-encoding" not in named
    return end, length, flags, request.method.decode(), unquote(raw_path.decode()), raw_path, query, headers
