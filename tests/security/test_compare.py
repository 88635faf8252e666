"""Comparison in constant time, and API keys."""

from __future__ import annotations

import hmac
from typing import Any

import pytest

from fastapi.security import constant_time_compare, verify_api_key


@pytest.mark.parametrize(
    "a, b, equal",
    [
        ("secret", "secret", True),
        ("secret", b"secret", True),
        ("secret", "Secret", False),
        ("secret", "secret ", False),
        ("", "", True),
        ("sch\u00f6n", "sch\u00f6n", True),
        ("sch\u00f6n", "sch\u00f6n".encode(), True),
        ("sch\u00f6n", "scho\u0308n", False),
        ("\ud800", "\ud800", True),
    ],
)
def test_constant_time_compare(a: Any, b: Any, equal: bool) -> None:
    assert constant_time_compare(a, b) is equal


def test_every_accepted_key_is_compared(monkeypatch: Any) -> None:
    compared = []
    original = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda a, b: compared.append(b) or original(a, b))
    assert verify_api_key("first", ["first", "second", b"third"])
    assert compared == [b"first", b"second", b"third"]


@pytest.mark.parametrize(
    "presented, accepted, right",
    [
        ("key", "key", True),
        (b"key", "key", True),
        ("key", ["other", "key"], True),
        ("key", {"key": "a client"}, True),
        ("key", (each for each in ("a", "key")), True),
        ("key", [], False),
        ("key", "", False),
        ("k", "key", False),
        ("", "", False),
        ("", [""], False),
        (None, "key", False),
        (None, [None], False),
    ],
)
def test_verify_api_key(presented: Any, accepted: Any, right: bool) -> None:
    assert verify_api_key(presented, accepted) is right


@pytest.mark.parametrize("wrong", [3, 500_000_000, 10**12, True, None, 1.5, [97, 98], {}, [], 0, (97,)])
@pytest.mark.parametrize("other", ["ab", b"ab", ""])
def test_other_types_raise_type_error(wrong: Any, other: Any) -> None:
    """A number must not become bytes: `bytes(3)` is three zeros."""
    for pair in ((wrong, other), (other, wrong)):
        with pytest.raises(TypeError):
            constant_time_compare(*pair)
        if pair[0] is not None and not (isinstance(pair[1], (list, dict)) and not pair[1]):
            with pytest.raises(TypeError):
                verify_api_key(*pair)


def test_other_bytes_like_objects_are_compared_as_by_hmac() -> None:
    assert constant_time_compare(bytearray(b"a"), b"a") is True  # type: ignore[arg-type]
    assert constant_time_compare(memoryview(b"a"), bytearray(b"b")) is False  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        constant_time_compare(bytearray(b"a"), "a")  # type: ignore[arg-type]


def test_an_accepted_key_of_another_type_is_not_zeros() -> None:
    for accepted in (bytearray(b"a"), memoryview(b"a"), [1], [None, "ab"], None):
        with pytest.raises(TypeError):
            verify_api_key("\0" * 97, accepted)  # type: ignore[arg-type]
