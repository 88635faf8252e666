"""Without the core, the standard library does HMAC and comparison, and the other functions raise a clear error."""

from __future__ import annotations

import pytest

from fastapi import _rust
from tests.contract.child import child

CODE = """
    import pytest, sys
    from fastapi import _rust
    from fastapi.security import *
    from fastapi.security import (PasswordHashingUnavailable, JWTError, constant_time_compare, decode_jwt, encode_jwt,
        hash_password, password_needs_rehash, verify_api_key, verify_password)
    assert _rust.mode() == "python" and _rust.security() is None
    secret = "k" * 64
    for algorithm in ("HS256", "HS384", "HS512"):
        token = encode_jwt({"sub": "a"}, secret, algorithm)
        assert decode_jwt(token, secret, [algorithm]) == {"sub": "a"}
        print(token)
        with pytest.raises(JWTError) as caught:
            decode_jwt(token, secret + "x", [algorithm])
        assert caught.value.reason == "signature"
    jwk = {"kty": "OKP", "crv": "Ed25519", "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}
    without = "EdDSA needs the core, and this process runs without it: FASTAPI_RS_MODE"
    with pytest.raises(JWTError, match=without) as caught:
        encode_jwt({}, jwk, "EdDSA")
    assert caught.value.reason == "unavailable"
    for call in (lambda: hash_password("a"), lambda: verify_password("a", HASH), lambda: verify_password("a", None)):
        with pytest.raises(PasswordHashingUnavailable, match="wasmtime"):
            call()
    assert not password_needs_rehash(HASH)
    assert constant_time_compare("a", b"a") and verify_api_key("a", ["b", "a"])
"""
HASH = "$argon2id$v=19$m=65536,t=3,p=4$MDEyMzQ1Njc4OWFiY2RlZg$MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY"


def test_python_rung() -> None:
    output = child(CODE.replace("HASH", repr(HASH)), FASTAPI_RS_MODE="python")
    tokens = output.split()
    assert len(tokens) == 3
    if _rust.rust_available():
        from fastapi.security import encode_jwt

        for algorithm, token in zip(("HS256", "HS384", "HS512"), tokens):
            assert encode_jwt({"sub": "a"}, "k" * 64, algorithm) == token


@pytest.mark.parametrize("mode", ["fast", "public", "pulley"])
def test_other_rungs(mode: str) -> None:
    code = """
        from fastapi import _rust
        from fastapi._wasm.instance import Unavailable
        from fastapi.security import Argon2Parameters, decode_jwt, encode_jwt, hash_password, verify_password
        jwk = {"kty": "OKP", "crv": "Ed25519", "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
            "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
        assert decode_jwt(encode_jwt({"a": 1}, jwk, "EdDSA"), jwk, ["EdDSA"]) == {"a": 1}
        assert decode_jwt(encode_jwt({"a": "x" * 99999}, "k" * 32), "k" * 32, ["HS256"])["a"]
        assert verify_password("a", hash_password("a", parameters=Argon2Parameters(64, 1, 1)))
        print(_rust.mode())
    """
    output = child(code, FASTAPI_RS_MODE=mode, expect=None)
    if "cannot be had" in output:
        pytest.skip(output.strip().splitlines()[-1])
    assert output.split() == [mode], output


def test_importing_the_package_imports_no_tokens_or_passwords() -> None:
    child(
        """
        import sys
        import fastapi, fastapi.security
        loaded = [name for name in sys.modules if name.startswith("fastapi.security.")]
        for name in ("jwt", "passwords", "compare", "errors", "jwt_bearer", "_jwt_keys", "_signatures"):
            assert "fastapi.security." + name not in loaded, loaded
        from fastapi import _rust
        from fastapi._wasm import ladder
        assert not ladder.opened_security
        assert "decode_jwt" not in vars(fastapi.security)
        fastapi.security.decode_jwt
        assert "decode_jwt" in vars(fastapi.security)
        try:
            fastapi.security.nothing
        except AttributeError as error:
            assert "nothing" in str(error)
        else:
            raise AssertionError
        """
    )
