"""For any value of any type, the functions of `fastapi.security` raise only the documented errors."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any, Callable, Tuple

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from fastapi import Depends, FastAPI, _rust
from fastapi.security import (
    Argon2Parameters,
    InvalidTokenError,
    JWTBearer,
    JWTError,
    PasswordError,
    PasswordHashError,
    constant_time_compare,
    decode_jwt,
    encode_jwt,
    hash_password,
    password_needs_rehash,
    unverified_header,
    verify_api_key,
    verify_password,
)
from fastapi.testclient import TestClient

thorough = settings(max_examples=300, deadline=None)

SECRET = "k" * 64
CHEAP = Argon2Parameters(64, 1, 1)


class Text(str):
    """A string whose methods show another string."""

    def encode(self, *arguments: Any) -> bytes:
        return b"other"


class Bytes(bytes):
    """Bytes of a subclass, which a frame for the core cannot contain."""


any_text = st.text(st.characters(), max_size=20)
texts = st.one_of(any_text, any_text.map(Text))
data = st.one_of(st.binary(max_size=20), st.binary(max_size=20).map(Bytes))
secrets = st.one_of(texts, data)
numbers = st.one_of(st.integers(), st.floats(), st.booleans(), st.just(2**4000), st.just(10**12))
strangers = st.one_of(
    st.none(),
    numbers,
    st.binary(max_size=5).map(bytearray),
    st.binary(max_size=5).map(memoryview),
    st.lists(st.integers(0, 255), max_size=5),
    st.dictionaries(any_text, st.integers(), max_size=2),
    st.just(object()),
    st.just(int),
    st.just(len),
)
anything = st.one_of(secrets, strangers)


def is_secret(value: Any) -> bool:
    return isinstance(value, (str, bytes))


def outcome(function: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
    """Return the result, or the type of the error."""
    try:
        return function(*arguments, **more)
    except Exception as error:
        assert str(error), "every error has a message"
        return type(error)


# Comparison -----------------------------------------------------------------------------------------------------------


@thorough
@given(anything, anything)
@example(3, "\0\0\0")
@example(10**12, "secret")
@example([97, 98], "ab")
@example(bytearray(b"a"), b"a")
@example(memoryview(b"a"), "a")
def test_comparison_equals_that_of_hmac(a: Any, b: Any) -> None:
    found = outcome(constant_time_compare, a, b)
    expected = outcome(hmac.compare_digest, a, b)
    if is_secret(a) and is_secret(b):
        assert found is (raw(a) == raw(b))
        # `hmac` has the same result where it compares; it refuses text beyond ASCII, and text with bytes.
        assert expected in (found, TypeError)
    else:
        assert found is expected


def raw(value: Any) -> bytes:
    return str.encode(value, "utf-8", "surrogatepass") if isinstance(value, str) else bytes(value)


@thorough
@given(anything, st.one_of(anything, st.lists(anything, max_size=3)))
@example("\0" * 97, bytearray(b"a"))
@example("\0", [1])
def test_api_keys_are_text_or_bytes(presented: Any, accepted: Any) -> None:
    found = outcome(verify_api_key, presented, accepted)
    if presented is None:
        assert found is False
    elif not is_secret(presented):
        assert found is TypeError
    elif is_secret(accepted) or (isinstance(accepted, (list, dict)) and all(map(is_secret, accepted))):
        keys = [accepted] if is_secret(accepted) else accepted
        assert found is any(raw(presented) == raw(key) != b"" for key in keys)
    elif isinstance(accepted, (bytearray, memoryview)) and not accepted:
        assert found is False
    else:
        assert found is TypeError


# Passwords ------------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not _rust.rust_available(), reason="no Argon2 without a core")
@settings(max_examples=100, deadline=None)
@given(anything)
@example("\ud800")
@example(300_000_000)
@example("x" * 65536)
@example("x" * 65537)
@example("\u20ac" * 21846)
def test_passwords_are_text_or_bytes_with_a_limit(password: Any) -> None:
    made = outcome(hash_password, password, parameters=CHEAP)
    stored = hash_password(b"another", parameters=CHEAP)
    if not is_secret(password):
        assert made is TypeError
        assert outcome(verify_password, password, stored) is TypeError
        assert outcome(verify_password, password, None) is TypeError
    elif made is PasswordError:
        assert len(raw(password)) > 65536 or any("\ud800" <= letter <= "\udfff" for letter in password)
        assert verify_password(password, stored) is False and verify_password(password, None) is False
    else:
        assert verify_password(password, made) is True
        assert verify_password(raw(password), made.encode()) is True
        assert verify_password(password, stored) is (raw(password) == b"another")


costs = st.one_of(st.integers(-2, 300), st.sampled_from([2**31, 2**32 - 1, 2**32, 2**63, 2**64, 10**30]), anything)


@settings(max_examples=200, deadline=None)
@given(st.tuples(costs, costs, costs, costs, costs))
def test_parameters_are_numbers_with_limits(values: Tuple[Any, ...]) -> None:
    parameters = Argon2Parameters(*values)
    # Parameters that occupy a processor for seconds are allowed; another test uses them once.
    assume(not (all(type(each) is int for each in values) and 40_000 < values[0] * values[1] <= 1966080))
    found = outcome(hash_password, "secret", parameters=parameters)
    if not all(type(each) is int for each in values):
        assert found is TypeError
    elif isinstance(found, str):
        assert verify_password("secret", found) and not password_needs_rehash(found, parameters=parameters)
    elif _rust.rust_available():
        assert found is PasswordHashError


@thorough
@given(anything)
def test_stored_hashes_are_text_or_bytes(stored: Any) -> None:
    expected = PasswordHashError if is_secret(stored) else TypeError
    assert outcome(password_needs_rehash, stored) is expected
    if stored is not None:
        assert outcome(verify_password, "secret", stored) is expected


number_texts = st.one_of(st.integers(0, 9).map(str), st.integers(0, 2**34).map(str))


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from(["d", "i", "id"]), number_texts, number_texts, number_texts, st.sampled_from(["", "$v=16", "$v=19"])
)
@example("id", "8192", "400", "1", "$v=19")
@example("id", "8", "4294967295", "1", "$v=19")
@example("id", "0", "4294967295", "1", "$v=19")
@example("id", "196608", "11", "1", "$v=19")
def test_a_stored_hash_never_takes_long(variant: str, memory: str, time: str, lanes: str, version: str) -> None:
    assume(not 40_000 < int(memory) * int(time) <= 1966080)
    stored = f"$argon2{variant}{version}$m={memory},t={time},p={lanes}${'A' * 22}${'A' * 43}"
    found = outcome(verify_password, "secret", stored)
    if int(memory) * int(time) > 1966080:
        assert found is PasswordHashError
    elif _rust.rust_available():
        assert found in (False, PasswordHashError)


# Tokens ---------------------------------------------------------------------------------------------------------------

json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), any_text, st.just(10**400), st.just(1e308)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(any_text, inner, max_size=3)),
    max_leaves=6,
)
registered = ["alg", "kid", "typ", "cty", "jku", "jwk", "x5u", "x5c", "x5t", "x5t#S256", "crit", "b64"]
claims_of_note = ["exp", "nbf", "iat", "aud", "iss", "sub", "jti"]


def objects(names: Any) -> Any:
    return st.dictionaries(st.one_of(st.sampled_from(names), any_text), json_values, max_size=4)


headers = st.builds(lambda first, more: {**first, **more}, st.just({"alg": "HS256"}), objects(registered[1:]))
claims = st.builds(lambda first, more: {**first, **more}, st.just({"exp": 4e9}), objects(claims_of_note))


def segment(value: Any) -> str:
    content = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def signed(header: Any, payload: Any) -> str:
    message = f"{segment(header)}.{segment(payload)}"
    return f"{message}.{segment(hmac.new(SECRET.encode(), message.encode(), hashlib.sha256).digest())}"


contents = st.one_of(
    st.tuples(st.one_of(headers, objects(registered), json_values), st.one_of(claims, json_values)),
    st.tuples(st.binary(max_size=30), st.binary(max_size=30)),
    st.tuples(headers, st.binary(max_size=30)),
)
WHOLE = {"options": {"require": ["exp"]}, "audience": ["me"], "issuer": "us", "subject": "s", "leeway": 5}


@thorough
@given(contents, st.sampled_from([{}, WHOLE]))
@example(({"alg": "HS256", "kid": [1]}, {"exp": 4e9}), {})
@example(({"alg": "HS256"}, b'{"exp":' + b"9" * 5000 + b"}"), {})
@example(({"alg": "HS256"}, b'{"exp":1e999}'), {})
@example((b'{"alg":"HS256","alg":"none"}', {}), {})
@example((b"[" * 3000, {}), {})
@example((b'{"alg":"HS256","kid":"\\ud800"}', {"sub": 1}), WHOLE)
def test_a_signed_token_is_accepted_or_refused(content: Any, arguments: Any) -> None:
    """The issuer may have signed any claims, such as texts of users."""
    token = signed(*content)
    try:
        found = decode_jwt(token, SECRET, ["HS256"], **arguments)
    except InvalidTokenError:
        return
    assert isinstance(found, dict)


@thorough
@given(st.one_of(anything, contents.map(lambda content: signed(*content))))
def test_a_token_is_text_or_bytes(token: Any) -> None:
    for found in (outcome(decode_jwt, token, SECRET, ["HS256"]), outcome(unverified_header, token)):
        if not is_secret(token):
            assert found is TypeError
        elif isinstance(found, type):
            assert issubclass(found, InvalidTokenError)


jwks = st.builds(
    lambda kty, more: {**kty, **more},
    st.sampled_from([{"kty": "oct"}, {"kty": "RSA"}, {"kty": "EC", "crv": "P-256"}, {"kty": "OKP", "crv": "Ed25519"}]),
    st.dictionaries(
        st.sampled_from(["k", "n", "e", "d", "p", "q", "x", "y", "alg", "use", "key_ops"]),
        st.one_of(json_values, st.just("A" * 43), st.just("A" * 60_000), st.just(["verify"])),
        max_size=9,
    ),
)
pems = st.builds(
    lambda label, body: f"-----BEGIN {label}-----\n{body}\n-----END {label}-----",
    st.sampled_from(["PUBLIC KEY", "PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "CERTIFICATE", "X"]),
    st.one_of(st.binary(max_size=60).map(lambda content: base64.b64encode(content).decode()), any_text),
)
keys = st.one_of(anything, jwks, pems, st.just("k" * 100_000))
algorithm_names = ["HS256", "HS512", "RS256", "ES256", "EdDSA", "none", "PS256", ""]


@thorough
@given(keys, st.sampled_from(algorithm_names), st.lists(st.sampled_from(algorithm_names), min_size=1, max_size=3))
def test_a_wrong_key_raises_a_documented_error(key: Any, claimed: str, algorithms: Any) -> None:
    token = signed({"alg": claimed}, {})
    found = outcome(decode_jwt, token, key, algorithms)
    assert found == {} or found is TypeError or issubclass(found, JWTError)
    if found is TypeError:
        assert not is_secret(key) and not isinstance(key, dict)
    made = outcome(encode_jwt, {}, key, claimed)
    assert isinstance(made, str) or made is TypeError or issubclass(made, JWTError)


@thorough
@given(anything, anything, anything, anything, st.one_of(anything, st.just(timedelta.max), st.just(float("nan"))))
def test_rules_of_a_wrong_type_raise_for_any_token(
    audience: Any, issuer: Any, subject: Any, require: Any, leeway: Any
) -> None:
    arguments = {"audience": audience, "issuer": issuer, "subject": subject, "leeway": leeway}
    tokens = [signed({"alg": "HS256"}, payload) for payload in ({}, {"aud": "a", "iss": "i", "sub": "s", "exp": 4e9})]
    found = [
        outcome(decode_jwt, token, SECRET, ["HS256"], options={"require": require}, **arguments) for token in tokens
    ]
    wrong = [each for each in found if each in (TypeError, ValueError)]
    assert not wrong or wrong == found, "only some tokens show that a rule is wrong"
    assert all(
        isinstance(each, dict) or each in (TypeError, ValueError) or issubclass(each, JWTError) for each in found
    )


@thorough
@given(
    st.one_of(claims, st.dictionaries(st.one_of(secrets, numbers, st.none()), anything, max_size=2) | anything),
    st.one_of(st.none(), objects(registered), anything),
)
def test_signed_tokens_can_be_read(payload: Any, header: Any) -> None:
    try:
        token = encode_jwt(payload, SECRET, headers=header)
    except (TypeError, ValueError, JWTError, NotImplementedError):
        return
    none = dict.fromkeys(("verify_exp", "verify_nbf", "verify_iat", "verify_aud", "verify_sub", "verify_jti"), False)
    assert isinstance(decode_jwt(token, SECRET, ["HS256"], options=none), dict)
    assert unverified_header(token)["alg"] == "HS256"


# In an application ----------------------------------------------------------------------------------------------------

KNOWN = {"a": SECRET, "b": "short"}
app = FastAPI()
choosers: Any = {
    "fixed": SECRET,
    "get": lambda header: KNOWN.get(header.get("kid")),
    "item": lambda header: KNOWN[header["kid"]],
    "thumbprint": lambda header: KNOWN.get(header.get("x5t"), SECRET),
    "chain": lambda header: KNOWN.get((header.get("x5c") or [""])[0], SECRET) if not header.get("x5c") else SECRET,
    "embedded": lambda header: header.get("jwk", SECRET),
}
for title, chooser in choosers.items():

    @app.get("/" + title)
    def read(found: Any = Depends(JWTBearer(key=chooser, algorithms=["HS256", "HS512", "RS256"]))) -> Any:
        return "accepted"


client = TestClient(app)
tokens_for_requests = st.one_of(
    contents.map(lambda content: signed(*content)),
    st.text(st.characters(min_codepoint=33, max_codepoint=255), min_size=1, max_size=40),
    st.builds(
        lambda algorithm, kid: signed({"alg": algorithm, "kid": kid}, {"exp": 4e9}),
        st.sampled_from(algorithm_names),
        st.sampled_from(["a", "b", "c"]),
    ),
)


@thorough
@given(st.sampled_from(sorted(choosers)), tokens_for_requests)
def test_no_token_makes_the_application_fail(title: str, token: str) -> None:
    answer = client.get("/" + title, headers={b"Authorization": b"Bearer " + token.encode("latin-1")})
    assert answer.status_code in (200, 401), token
    if answer.status_code == 401:
        challenge = answer.headers["www-authenticate"]
        assert challenge == "Bearer" or challenge.startswith('Bearer error="invalid_token", error_description="')
        assert all(" " <= letter <= "~" for letter in challenge) and challenge.count('"') in (0, 4)
