"""Signatures of bytes, made and verified by the core and its extras. Without the core, the standard library does HMAC.

RSA, ECDSA and Ed25519 take from a tenth of a millisecond to some milliseconds, during which other threads run.
"""

from __future__ import annotations

import hmac
import os
from typing import Any

from fastapi import _rust
from fastapi._wasm import artifact
from fastapi._wasm.contract import (
    REFUSED_WEAK_KEY,
    SECURITY_REFUSALS,
    TOKEN_ALGORITHMS,
)
from fastapi.security._jwt_keys import LEAST_SECRET, Material
from fastapi.security.errors import JWTError, JWTKeyError

ALGORITHMS = {name: number for number, name in enumerate(TOKEN_ALGORITHMS)}
# The module for each algorithm.
MODULES = {
    **dict.fromkeys(("HS256", "HS384", "HS512"), artifact.MODULE),
    "RS256": artifact.RSA_MODULE,
    **dict.fromkeys(("ES256", "EdDSA"), artifact.CURVES_MODULE),
}
_HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}


def sign(algorithm: str, key: Material, message: bytes) -> bytes:
    """Return the signature of a message."""
    core = _rust.security(MODULES[algorithm])
    if core is None:
        return hmac.new(key[1][0], message, _hash(algorithm)).digest()
    # The seed blinds the private operation of RSA. The signature does not depend on it.
    seed = os.urandom(32) if algorithm == "RS256" else None
    frame = (ALGORITHMS[algorithm], key[0], key[1], message, seed)
    answer = core.ask("sign_message", frame, algorithm not in LEAST_SECRET)
    if answer.__class__ is int:
        raise _make_refusal(answer, algorithm, "signing")
    signature: bytes = answer
    return signature


def verify(algorithm: str, key: Material, message: bytes, signature: bytes) -> bool:
    """Return whether the signature is right for the message."""
    core = _rust.security(MODULES[algorithm])
    if core is None:
        return hmac.compare_digest(hmac.new(key[1][0], message, _hash(algorithm)).digest(), signature)
    frame = (ALGORITHMS[algorithm], key[0], key[1], message, signature)
    answer: Any = core.ask("verify_message", frame, algorithm not in LEAST_SECRET)
    if answer is True:
        return True
    if answer.__class__ is int:
        raise _make_refusal(answer, algorithm, "verifying")
    return False


def _hash(algorithm: str) -> str:
    name = _HASHES.get(algorithm)
    if name is None:
        raise JWTError(
            f"{algorithm} needs the core, and this process runs without it: {_rust.why()}. "
            "HS256, HS384 and HS512 work without it.",
            "unavailable",
        )
    return name


def _make_refusal(number: int, algorithm: str, purpose: str) -> JWTKeyError:
    if number == REFUSED_WEAK_KEY:
        return JWTKeyError(f"the key is too small: {algorithm} needs 2048 bits or more", "weak_key")
    if SECURITY_REFUSALS[number] == "key":
        return JWTKeyError(f"the key cannot be read, or is not a key for {purpose} with {algorithm}", "key")
    raise AssertionError(f"the core refused: {SECURITY_REFUSALS[number]}")
