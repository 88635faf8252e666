"""For any text, a token is accepted only if PyJWT accepts it, and a password hash only if argon2-cffi does."""

from __future__ import annotations

import base64
import json
from typing import Any, Optional

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from fastapi.security import (
    Argon2Parameters,
    InvalidTokenError,
    JWTError,
    PasswordHashError,
    decode_jwt,
    encode_jwt,
    password_needs_rehash,
)

pyjwt = pytest.importorskip("jwt")
argon2 = pytest.importorskip("argon2")
thorough = settings(max_examples=300, deadline=None)

SECRET = "k" * 64
ALGORITHMS = ["HS256", "HS384"]
GOOD = encode_jwt({"sub": "alice", "exp": 4_000_000_000, "aud": ["a", "b"]}, SECRET)


def changed(text: str) -> Any:
    """Draw the text with a few characters replaced, inserted or left out."""
    noise = st.sampled_from(
        ["", ".", "=", "A", "-", "_", "+", "/", " ", "\n", "$", ",", "0", "1", "\u00e9", "m=", "v="]
    )
    change = st.tuples(st.integers(0, len(text)), noise, st.integers(0, 2))

    def apply(changes: Any) -> str:
        result = text
        for place, inserted, dropped in changes:
            result = result[:place] + inserted + result[place + dropped :]
        return result

    return st.lists(change, max_size=3).map(apply)


def segment(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def signed(header: bytes, payload: bytes) -> str:
    """Return a correctly signed token with any header and payload."""
    message = f"{segment(header)}.{segment(payload)}"
    algorithm = pyjwt.get_algorithm_by_name("HS256")
    return f"{message}.{segment(algorithm.sign(message.encode(), SECRET.encode()))}"


values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.floats(), st.just(4e9), st.text(max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["aud", "a"]), inner, max_size=2)
    ),
    max_leaves=4,
)
names = st.sampled_from(["alg", "typ", "kid", "crit", "b64", "exp", "nbf", "iat", "aud", "iss", "sub", "jti"])
documents = st.one_of(
    st.dictionaries(names, values, max_size=4).map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=8),
    st.sampled_from(
        [b'{"alg":"HS256","alg":"none"}', b"\xef\xbb\xbf{}", b'{"exp":1e400}', b"[" * 2000, b'{"a":' * 2000]
    ),
)
headers = st.one_of(
    st.just(b'{"alg":"HS256"}'),
    st.sampled_from(["none", "None", "HS512", "RS256", "hs256", ""]).map(lambda name: b'{"alg":"%s"}' % name.encode()),
    documents,
)


def ours(token: str, audience: Optional[str]) -> Any:
    try:
        return decode_jwt(token, SECRET, ALGORITHMS, audience=audience)
    except JWTError as error:
        assert isinstance(error, InvalidTokenError) and error.reason, error
        return None


def check(token: str, audience: Optional[str]) -> None:
    claims = ours(token, audience)
    if claims is not None:
        assert pyjwt.decode(token, SECRET, ALGORITHMS, audience=audience) == claims


@thorough
@given(changed(GOOD), st.sampled_from([None, "a"]))
@example(GOOD, "a")
@example(GOOD + "=", "a")
def test_changed_tokens(token: str, audience: Optional[str]) -> None:
    check(token, audience)


def test_the_correct_token_is_accepted() -> None:
    assert ours(GOOD, "a") is not None


@thorough
@given(headers, documents, st.sampled_from([None, "a"]))
def test_signed_tokens_with_any_content(header: bytes, payload: bytes, audience: Optional[str]) -> None:
    check(signed(header, payload), audience)


@thorough
@given(st.text(max_size=40))
def test_random_texts_are_not_tokens(token: str) -> None:
    assert ours(token, None) is None


# Password hashes ----------------------------------------------------------------------------------------------------

SALT, DIGEST = "c29tZXNhbHRzb21lc2FsdA", "CTFhFdXPJO1aFaMaO6Mm5c8y7cJHApl8ArZWb2GRPPc"
PHC = f"$argon2id$v=19$m=65536,t=3,p=4${SALT}${DIGEST}"


@thorough
@given(
    st.one_of(changed(PHC), changed(PHC.replace("$v=19", "")), changed(PHC.replace("id", "i")), st.text(max_size=60))
)
@example(PHC)
@example(PHC.replace("m=65536", "m=065536"))
def test_hashes_are_read_as_by_argon2_cffi(text: str) -> None:
    try:
        as_default = not password_needs_rehash(text)
    except PasswordHashError:
        return
    theirs = argon2.extract_parameters(text)
    named = Argon2Parameters(theirs.memory_cost, theirs.time_cost, theirs.parallelism, theirs.hash_len, theirs.salt_len)
    is_newest = theirs.type is argon2.Type.ID and theirs.version == 19
    assert as_default is (is_newest and named == Argon2Parameters())
    # With the parameters that argon2-cffi reads, only an older version or variant needs another hash.
    assert password_needs_rehash(text, parameters=named) is not is_newest


def test_the_correct_hash_is_read() -> None:
    assert not password_needs_rehash(PHC)
