"""Keys for the tests, generated once."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, Dict, NamedTuple

import pytest

SECRET = "0123456789abcdef" * 4


class Pair(NamedTuple):
    """A pair of keys in the formats that applications use."""

    private: str
    public: str
    old_private: str
    jwk_private: Dict[str, Any]
    jwk_public: Dict[str, Any]


@lru_cache(maxsize=None)
def pair(algorithm: str) -> Pair:
    if algorithm.startswith("HS"):
        jwk = {
            "kty": "oct",
            "k": "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFiY2RlZg",
        }
        return Pair(SECRET, SECRET, SECRET, jwk, jwk)
    pytest.importorskip("cryptography")
    return _pair(algorithm, generate(algorithm))


@lru_cache(maxsize=None)
def generate(algorithm: str) -> Any:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if algorithm == "RS256":
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(ec.SECP256R1()) if algorithm == "ES256" else ed25519.Ed25519PrivateKey.generate()


def _pair(algorithm: str, key: Any) -> Pair:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    algorithms = pytest.importorskip("jwt.algorithms")
    kind = {"RS256": "RSAAlgorithm", "ES256": "ECAlgorithm", "EdDSA": "OKPAlgorithm"}[algorithm]
    to_jwk = getattr(algorithms, kind).to_jwk
    old = PrivateFormat.PKCS8 if algorithm == "EdDSA" else PrivateFormat.TraditionalOpenSSL
    return Pair(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
        key.private_bytes(Encoding.PEM, old, NoEncryption()).decode(),
        json.loads(to_jwk(key)),
        json.loads(to_jwk(key.public_key())),
    )
