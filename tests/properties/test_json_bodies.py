"""For any body, `load_json` returns and raises the same as `json.loads`."""

import json
import math
from typing import Any, Callable, List, Tuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastapi import Body, FastAPI
from fastapi._routing.planned.running.json_body import load_json
from tests.planned.transcript import ask

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
def test_odd_documents(raw: Any) -> None:
    assert outcome(load_json, raw) == outcome(json.loads, raw)


def test_a_replaced_reader_is_called_once(monkeypatch: pytest.MonkeyPatch) -> None:
    app = FastAPI()
    asked: List[Any] = []

    @app.post("/")
    async def read(body: Any = Body()) -> Any:
        return body

    def load(raw: Any) -> Any:
        asked.append(raw)
        if raw == b"{}":
            raise ValueError
        return "own"

    monkeypatch.setattr(json, "loads", load)
    assert ask(app, "/", "POST", b"[1]").sent == [200, b'"own"']
    assert ask(app, "/", "POST", b"{}").sent == [400, b'{"detail":"There was an error parsing the body"}']
    assert asked == [b"[1]", b"{}"]


def test_constants_are_read_as_by_json_loads() -> None:
    assert math.isnan(load_json(b"[NaN]")[0])
