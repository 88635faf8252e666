"""For any value the core writes the text of jsonable_encoder and json.dumps, or declines."""

from __future__ import annotations

import json
import math
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastapi import _rust
from fastapi.encoders import jsonable_encoder

pytestmark = pytest.mark.skipif(not _rust.rust_available(), reason="no core here")
thorough = settings(max_examples=600, deadline=None)

any_text = st.text(st.characters(), max_size=10)  # with lone surrogates
keys = st.one_of(
    any_text,
    st.sampled_from(["a", "_sa", "_sa_x", "sa", "", "_s"]),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
)
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(2**130), 2**130),
    st.floats(),
    st.floats(-1e6, 1e6).map(lambda x: round(x, 2)),
    any_text,
    st.sampled_from(["a", "b"]),
    st.binary(max_size=3),
)
documents = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=5),
        st.lists(inner, max_size=5).map(tuple),
        st.dictionaries(keys, inner, max_size=5),
        inner.map(lambda value: [value, value, {"again": value}]),  # references
    ),
    max_leaves=30,
)


def expected(value: Any) -> Any:
    try:
        text = json.dumps(
            jsonable_encoder(value), ensure_ascii=False, allow_nan=False, indent=None, separators=(",", ":")
        )
        return text.encode("utf-8")
    except Exception:
        return None


@thorough
@given(documents)
def test_documents(value: Any) -> None:
    answer = _rust.encode_json(value)
    assert answer is None or answer == expected(value)


@thorough
@given(
    st.recursive(
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(-(2**63), 2**63),
            st.floats(allow_nan=False, allow_infinity=False),
            st.text(max_size=8),
        ),
        lambda inner: st.one_of(st.lists(inner, max_size=5), st.dictionaries(st.text(max_size=5), inner, max_size=5)),
        max_leaves=30,
    )
)
def test_the_core_writes_all_ordinary_documents(value: Any) -> None:
    assert _rust.encode_json(value) == expected(value) != None  # noqa: E711


@thorough
@given(documents)
def test_encoded_documents(value: Any) -> None:
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=None, separators=(",", ":"))
        dumped = text.encode("utf-8")
    except Exception:
        dumped = None
    assert _rust.dump_json(value) in (None, dumped)


@settings(max_examples=2000, deadline=None)
@given(st.integers(0, 2**64 - 1))
def test_every_float(bits: int) -> None:
    number = struct.unpack("<d", struct.pack("<Q", bits))[0]
    assert _rust.encode_json([number]) == (f"[{number!r}]".encode() if math.isfinite(number) else None)


@thorough
@given(st.text(max_size=50), st.integers(0, 70_000))
def test_long_text(text: str, times: int) -> None:
    value = text + "x" * times + text
    assert _rust.encode_json(value) == expected(value)
