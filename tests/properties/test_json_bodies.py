"""Any body: `load_json` returns what `json.loads` returns, and raises what it raises."""

import json
import math
from typing import Any, Callable, Tuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastapi._routing import runner
from fastapi._routing.runner import load_json

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
)
encodings = st.sampled_from(
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"]
)
around = st.sampled_from(["", " ", "\n", "\t\r\n", "\x0c", "x", "\x00", "{}"])


def outcome(load: Callable[[Any], Any], raw: Any) -> Tuple[Any, ...]:
    try:
        return ("value", repr(load(raw)))
    except Exception as error:
        return (type(error), str(error))


@given(values, encodings, around, around, st.booleans())
def test_documents(value: Any, encoding: str, before: str, after: str, is_ascii: bool) -> None:
    text = before + json.dumps(value, ensure_ascii=is_ascii) + after
    raw = text.encode(encoding, "surrogatepass")
    assert outcome(load_json, raw) == outcome(json.loads, raw)


@given(st.binary(max_size=12) | st.text('{}[],:"0n1eE.- \\u\x00', max_size=12).map(str.encode))
def test_any_bytes(raw: bytes) -> None:
    for candidate in (raw, b"{" + raw, b"[" + raw, b"{" + raw + b"}", b"[" + raw + b"]"):
        assert outcome(load_json, candidate) == outcome(json.loads, candidate)


@pytest.mark.parametrize(
    "raw",
    [b"[" * 100_000, b'{"a":' * 100_000, b"[NaN, Infinity, -Infinity, 1e999]", b'{"a": 1, "a": 2}', b'["\\ud800"]']
    + [
        b'["\xed\xa0\x80"]',
        b'["\xff"]',
        b"[1]\xff",
        bytearray(b"[1]"),
        "[1]",
        b"[",
        b"{",
        b"",
        b"[\x00]",
        b"[0" + b"1" * 5000,
    ],
)
def test_odd_ones(raw: Any) -> None:
    assert outcome(load_json, raw) == outcome(json.loads, raw)


def test_a_replaced_reader_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json, "loads", lambda raw: ("own", raw))
    assert runner.load_json(b"[1]") == ("own", b"[1]")


def test_a_constant_is_read_as_ever() -> None:
    assert math.isnan(load_json(b"[NaN]")[0])
