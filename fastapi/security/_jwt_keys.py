"""Keys as users have them (text, bytes, PEM, JSON Web Keys) to the parts that the security module reads.

Nothing here does cryptography. What a key is for is decided before it is used: RFC 8725 section 3.1.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from typing import Any, Dict, Mapping, Tuple, Union

from fastapi._wasm.contract import (
    KEY_JWK_PRIVATE,
    KEY_JWK_PUBLIC,
    KEY_PKCS1,
    KEY_PKCS1_PUBLIC,
    KEY_PKCS8,
    KEY_SEC1,
    KEY_SECRET,
    KEY_SPKI,
)
from fastapi.security import _base64url
from fastapi.security.errors import JWTKeyError

Key = Union[str, bytes, Mapping[str, Any]]
# The format's number and its parts.
Material = Tuple[int, Tuple[bytes, ...]]

# RFC 7518 section 3.2: "A key of the same size as the hash output or larger MUST be used".
LEAST_SECRET = {"HS256": 32, "HS384": 48, "HS512": 64}
# Algorithm -> (kty, crv) of its JSON Web Keys.
_JWK_TYPES: Dict[str, Tuple[str, Any]] = {
    "HS256": ("oct", None),
    "HS384": ("oct", None),
    "HS512": ("oct", None),
    "RS256": ("RSA", None),
    "ES256": ("EC", "P-256"),
    "EdDSA": ("OKP", "Ed25519"),
}
# kty -> members of the public and of the private form, RFC 7518 section 6 and RFC 8037 section 2.
_JWK_PUBLIC = {"RSA": ("n", "e"), "EC": ("x", "y"), "OKP": ("x",)}
_JWK_PRIVATE = {"RSA": ("n", "e", "d", "p", "q"), "EC": ("d",), "OKP": ("d",)}

_PEM = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----")
# RFC 7468 and, for the older ones, OpenSSL.
_PEM_FORMATS = {
    b"PRIVATE KEY": KEY_PKCS8,
    b"RSA PRIVATE KEY": KEY_PKCS1,
    b"EC PRIVATE KEY": KEY_SEC1,
    b"PUBLIC KEY": KEY_SPKI,
    b"RSA PUBLIC KEY": KEY_PKCS1_PUBLIC,
}
_PEM_REFUSED = {
    b"CERTIFICATE": "a certificate is no key: take its public key out (openssl x509 -pubkey -noout)",
    b"X509 CERTIFICATE": "a certificate is no key: take its public key out (openssl x509 -pubkey -noout)",
    b"ENCRYPTED PRIVATE KEY": "the private key is encrypted: decrypt it first (openssl pkey)",
    b"OPENSSH PRIVATE KEY": "OpenSSH's format is not read: convert the key (ssh-keygen -p -m PKCS8)",
}
_BASE64 = re.compile(rb"[A-Za-z0-9+/]+={0,2}")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")
_SSH = (b"ssh-", b"ecdsa-sha2-", b"sk-ssh-", b"sk-ecdsa-")


def read(key: Key, algorithm: str, signing: bool, enforce_length: bool = True) -> Material:
    """The parts of a key for an algorithm; JWTKeyError when it cannot be one."""
    if isinstance(key, str):
        key = key.encode("utf-8")
    elif isinstance(key, Mapping):
        return _read_jwk(key, algorithm, signing, enforce_length)
    elif not isinstance(key, bytes):
        raise TypeError(f"a key is str, bytes or a JSON Web Key as a mapping, not {type(key).__name__}")
    if algorithm in LEAST_SECRET:
        return _secret(key, algorithm, enforce_length)
    return _read_pem(key, algorithm)


def _secret(key: bytes, algorithm: str, enforce_length: bool) -> Material:
    if is_asymmetric(key):
        raise JWTKeyError(
            f"an asymmetric key, a certificate or a JSON Web Key in its text form is no secret for {algorithm}", "key"
        )
    least = LEAST_SECRET[algorithm] if enforce_length else 1
    if len(key) < least:
        raise JWTKeyError(f"the secret has {len(key)} bytes; {algorithm} needs {least} or more", "weak_key")
    return KEY_SECRET, (key,)


def is_asymmetric(key: bytes) -> bool:
    """Whether these bytes are a key that others may know: everyone could sign with it as a secret.

    CVE-2017-11424, CVE-2022-29217: PEM in any place, OpenSSH, DER, and a JSON Web Key that was not taken apart.
    """
    start = key.lstrip()
    if b"-----BEGIN " in key or start.startswith(_SSH) or (start[:1] == b"{" and b'"kty"' in key):
        return True
    return key[:1] == b"\x30" and _is_der(key)


def _is_der(key: bytes) -> bool:
    """Whether this is one SEQUENCE from start to end (X.690 section 8.1.3)."""
    if len(key) < 2:
        return False
    if key[1] < 0x80:
        return len(key) == 2 + key[1]
    count = key[1] & 0x7F
    return 0 < count <= 4 and len(key) == 2 + count + int.from_bytes(key[2 : 2 + count], "big")


def _read_pem(key: bytes, algorithm: str) -> Material:
    blocks = [(label, body) for label, body in _PEM.findall(key) if label != b"EC PARAMETERS"]
    for label, _ in blocks:
        if label in _PEM_REFUSED:
            raise JWTKeyError(_PEM_REFUSED[label], "key")
    if len(blocks) != 1 or blocks[0][0] not in _PEM_FORMATS:
        raise JWTKeyError(f"{algorithm} needs one key in PEM or a JSON Web Key", "key")
    label, body = blocks[0]
    text = b"".join(body.split())
    if not _BASE64.fullmatch(text) or len(text) % 4:
        raise JWTKeyError("the PEM block is not base64, or it is encrypted", "key")
    return _PEM_FORMATS[label], (a2b_base64(text),)


def _read_jwk(key: Mapping[str, Any], algorithm: str, signing: bool, enforce_length: bool) -> Material:
    kty, curve = _JWK_TYPES[algorithm]
    if key.get("kty") != kty or (curve and key.get("crv") != curve):
        wanted = f"{kty} with {curve}" if curve else kty
        raise JWTKeyError(f"{algorithm} needs a JSON Web Key of type {wanted}", "key")
    if key.get("alg", algorithm) != algorithm:
        raise JWTKeyError(f"the JSON Web Key is for {key['alg']!r}, not for {algorithm}", "key")
    # RFC 7517 sections 4.2 and 4.3.
    operations = key.get("key_ops", ["sign", "verify"])
    if key.get("use", "sig") != "sig" or not {"sign", "verify"} & set(operations):
        raise JWTKeyError("the JSON Web Key is not for signatures", "key")
    if kty == "oct":
        return _secret(_member(key, "k"), algorithm, enforce_length)
    members = _JWK_PRIVATE[kty] if signing else _JWK_PUBLIC[kty]
    parts = tuple(_member(key, name) for name in members)
    if kty == "RSA":
        parts = tuple(part.lstrip(b"\0") for part in parts)
    return KEY_JWK_PRIVATE if signing else KEY_JWK_PUBLIC, parts


def _member(key: Mapping[str, Any], name: str) -> bytes:
    value = key.get(name)
    if not isinstance(value, str) or not _BASE64URL.fullmatch(value):
        raise JWTKeyError(f"the JSON Web Key has no {name!r}, or it is not base64url", "key")
    try:
        return _base64url.decode(value.encode("ascii"))
    except ValueError as error:
        raise JWTKeyError(f"{name!r} of the JSON Web Key: {error}", "key") from None
