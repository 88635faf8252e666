"""For any bytes as a frame, the core answers or declines, never traps, and answers the next request correctly."""

from __future__ import annotations

import marshal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastapi import _rust
from fastapi._wasm import contract
from tests.conformance.rows import parameter

pytestmark = pytest.mark.skipif(not _rust.rust_available(), reason="no core here")
thorough = settings(max_examples=500, deadline=None)

PLAN = (
    contract.PLAN_VERSION,
    3,
    (
        (
            0,
            "/items/{id}",
            ("GET",),
            (
                parameter("path", "id", "int", [("ge", 1)], required=True),
                parameter("query", "q", "float", [("multiple_of", 0.5)], list=True),
                parameter("header", "authorization", "authorization"),
                parameter("cookie", "c", "bool", default=marshal.dumps([1, None], 2)),
            ),
        ),
        (1, "/opaque/{rest:path}", (), ()),
        (2, "/{x}-{y}", ("GET",), ()),
    ),
)
REQUEST = ("GET", "/items/5", b"q=1.5&q=x", [(b"authorization", b"Bearer t"), (b"cookie", b"c=yes")])
HEAD = b"GET /items/5?q=1.5 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer t\r\nCookie: c=yes\r\n\r\n"
DOCUMENT = {"a": [1, 2.5, None, "text", ("b", True)], "b": {"a": "text"}, "_sa": 1, "deep": [[[[{"x": -1}]]]]}

values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=6),
        st.binary(max_size=6),
        st.just(...),
        st.complex_numbers(),
        st.frozensets(st.integers(), max_size=2),
        st.sampled_from([0, 1, 2, -1, 2**31, "GET", "/x/{y}"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.lists(inner, max_size=5).map(tuple),
        st.dictionaries(st.one_of(st.text(max_size=3), st.integers(), st.none()), inner, max_size=3),
    ),
    max_leaves=25,
)


@st.composite
def damaged(draw: Any, frame: bytes) -> bytes:
    """Draw a correct frame with bytes overwritten, removed or inserted."""
    made = bytearray(frame)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(made) - 1)))
        kind = draw(st.integers(0, 3))
        if kind == 0 and made:
            made[at] = draw(st.integers(0, 255))
        elif kind == 1:
            del made[at : at + draw(st.integers(0, 5))]
        elif kind == 2:
            made[at:at] = draw(st.binary(max_size=5))
        else:
            made[at : at + 4] = draw(
                st.sampled_from([b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\x80", b"\0\0\1\0", b"r\0\0\0"])
            )
    return bytes(made)


def frames(good: Any, version: int) -> Any:
    return st.one_of(
        st.binary(max_size=100),
        damaged(marshal.dumps(good, version)),
        values.map(lambda value: marshal.dumps(value, version)),
        st.binary(min_size=70_000, max_size=70_100),
        damaged(marshal.dumps([good] * 700, version)),
        st.sampled_from(
            [
                b"[" * 60_000,
                b"(\1\0\0\0" * 13_000,
                b"\xa9\1" * 30_000,
                b"{" * 60_000,
                b"[\1\0\0\0" * 40_000,
                b"\xdb\2\0\0\0r\0\0\0\0N",
                b"\xfb\xe1\1ar\0\0\0\0",
                b"",
                b"l\xff\xff\xff\x7f",
                b"s\xff\xff\xff\xff",
            ]
        ),
    )


@thorough
@given(frames(REQUEST, 2), st.one_of(st.none(), st.integers(-(2**31), 2**31 - 1)))
def test_match_request(frame: bytes, plan: Any) -> None:
    core = _rust._require_core()
    known = loaded()
    answer = core.exchange("match_request", frame, known if plan is None else plan)
    assert type(answer) is tuple and type(answer[0]) is int
    check_health(known)


@thorough
@given(frames(HEAD, 2), st.one_of(st.none(), st.integers(-(2**31), 2**31 - 1)))
def test_match_head(frame: bytes, plan: Any) -> None:
    core = _rust._require_core()
    known = loaded()
    answer = core.exchange("match_head", frame, known if plan is None else plan)
    assert answer is None or (type(answer) is tuple and len(answer) == 9 and type(answer[8]) is tuple)
    check_health(known)


@thorough
@given(frames(PLAN, 2))
def test_load_plan(frame: bytes) -> None:
    core = _rust._require_core()
    answer = core.exchange("load_plan", frame)
    if type(answer) is int:
        assert answer >= 0
        reply = core.exchange("match_request", marshal.dumps(REQUEST, 2), answer)
        assert type(reply) is tuple and type(reply[0]) is int
        core.lease().instance.invoke("drop_plan", answer)
        assert core.exchange("match_request", marshal.dumps(REQUEST, 2), answer)[0] == contract.OUTCOME_DECLINED
    else:
        assert answer[0] is None and isinstance(answer[1], str)


@thorough
@given(frames(DOCUMENT, 4))
def test_encode_json(frame: bytes) -> None:
    for name in ("encode_json", "dump_json"):
        answer = _rust._require_core().exchange(name, frame)
        assert answer is None or type(answer) is bytes
    check_health(loaded())


@thorough
@given(st.binary(max_size=50), st.integers(-(2**31), 2**31 - 1))
def test_the_other_operations(frame: bytes, number: int) -> None:
    core = _rust._require_core()
    known = loaded()
    assert core.exchange("describe", frame) == core.exchange("describe", b"")
    assert len(core.exchange("counters", frame)) == 6
    if number != known:
        core.lease().instance.invoke("drop_plan", number)
    check_health(known)


_plan = _rust.LoadedPlan(marshal.dumps(PLAN, 2)) if _rust.rust_available() else None


def loaded() -> int:
    assert _plan is not None
    return _plan.number_in(_rust._require_core().lease().instance)


def check_health(plan: int) -> None:
    """Check that the core still answers an ordinary request."""
    answer = _rust._require_core().exchange("match_request", marshal.dumps(REQUEST, 2), plan)
    assert answer[0] == -4 and answer[3][0]["loc"] == ("query", "q", 1)
