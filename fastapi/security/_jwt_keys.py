"""Conversion of keys (text, bytes, PEM, JSON Web Keys) to the parts that the core and its extras read.

There is no cryptography here. The purpose of a key is checked before its use: RFC 8725 section 3.1.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from typing import Dict, Iterator, Mapping, Optional, Tuple, Union

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

Key = Union[str, bytes, Mapping[str, object]]
# The number of the format, and the parts of the key.
Material = Tuple[int, Tuple[bytes, ...]]

# RFC 7518 section 3.2: "A key of the same size as the hash output or larger MUST be used".
LEAST_SECRET = {"HS256": 32, "HS384": 48, "HS512": 64}
# Algorithm -> (kty, crv) of its JSON Web Keys.
_JWK_TYPES: Dict[str, Tuple[str, Optional[str]]] = {
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
# The labels of RFC 7468, and the older labels of OpenSSL.
_PEM_FORMATS = {
    b"PRIVATE KEY": KEY_PKCS8,
    b"RSA PRIVATE KEY": KEY_PKCS1,
    b"EC PRIVATE KEY": KEY_SEC1,
    b"PUBLIC KEY": KEY_SPKI,
    b"RSA PUBLIC KEY": KEY_PKCS1_PUBLIC,
}
_PEM_REFUSED = {
    b"CERTIFICATE": "a certificate is not a key: extract its public key (openssl x509 -pubkey -noout)",
    b"X509 CERTIFICATE": "a certificate is not a key: extract its public key (openssl x509 -pubkey -noout)",
    b"ENCRYPTED PRIVATE KEY": "the private key is encrypted: decrypt it first (openssl pkey)",
    b"OPENSSH PRIVATE KEY": "the format of OpenSSH is not supported: convert the key (ssh-keygen -p -m PKCS8)",
}
_BASE64 = re.compile(rb"[A-Za-z0-9+/]+={0,2}")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]+")

# A key of this length and the longest token fit together into 1 MiB, the room that an instance keeps.
_LONGEST_KEY = 32768


def read_key(key: Key, algorithm: str, signing: bool, enforce_length: bool = True) -> Material:
    """Return the parts of a key for an algorithm; raise JWTKeyError if the key is not for it."""
    if isinstance(key, str):
        try:
            key = str.encode(key, "utf-8")
        except UnicodeEncodeError:
            raise JWTKeyError("the key contains lone surrogates, which have no UTF-8", "key") from None
    elif isinstance(key, Mapping):
        return _read_jwk(key, algorithm, signing, enforce_length)
    elif isinstance(key, bytes):
        key = bytes(key)
    else:
        raise TypeError(f"a key is str, bytes or a JSON Web Key as a mapping, not {type(key).__name__}")
    if algorithm in LEAST_SECRET:
        return _read_secret(key, algorithm, enforce_length)
    return _read_pem(key, algorithm)


def _read_secret(key: bytes, algorithm: str, enforce_length: bool) -> Material:
    _require_size(len(key))
    if is_asymmetric(key):
        raise JWTKeyError(
            f"an asymmetric key, a certificate or a JSON Web Key as text is not a secret for {algorithm}", "key"
        )
    least = LEAST_SECRET[algorithm] if enforce_length else 1
    if len(key) < least:
        raise JWTKeyError(f"the secret has {len(key)} bytes; {algorithm} needs {least} or more", "weak_key")
    return KEY_SECRET, (key,)


# The text formats of keys that are not secrets: PEM (RFC 7468) with its armour in any place and spelling, also that of
# OpenSSH and of RFC 4716 (four hyphens and a space); the public line of OpenSSH, with or without options before it; the
# file of PuTTY; a JSON Web Key or a set of them, as JSON or as Python prints a dict.
_KEY_TEXT = re.compile(
    rb"-{4,5} ?(?:BEGIN|END)\b"
    rb"|\A(?:ssh-|ecdsa-sha2-|sk-ssh-|sk-ecdsa-)|\s(?:ssh|ecdsa|sk)-[A-Za-z0-9@.-]+[ \t]+AAAA"
    rb"|\APuTTY-User-Key-File"
    rb"|\A[{\[][\s\S]*[\"']kty[\"']",
    re.IGNORECASE,
)
_BOM = b"\xef\xbb\xbf"
# The same keys without armour, in base64 or hexadecimal: the first characters of DER (0x30), "-----", "{", "[", "ssh-"
# and the binary format of OpenSSH (0, 0, 0, length of the name). Only a secret that begins like this is decoded.
_MAY_BE_ENCODED = (b"M", b"LS0t", b"ey", b"W", b"AAAA", b"30", b"c3No")
# PERF: the first bytes of these formats. A format that begins otherwise contains a hyphen. Most secrets do neither
# (benchmark `decode_jwt`).
_FIRST_BYTES = frozenset(bytes((byte,)) for byte in b"{[sSeEpP\xef0MLWc3A")
_FIRST_BYTES_OF_TEXT = frozenset(bytes((byte,)) for byte in b"{[sSeEpP")
_HEXADECIMAL = re.compile(rb"(?:[0-9a-fA-F]{2})+")
_SSH_BINARY = re.compile(rb"\0\0\0[\x07-\x40](?:ssh-|ecdsa-sha2-|sk-ssh-|sk-ecdsa-)")


def is_asymmetric(key: bytes) -> bool:
    """Return whether these bytes are a key that may be public: with it as the secret, every client
    that has the public key could sign.

    CVE-2017-11424, CVE-2022-29217: PEM, OpenSSH, DER, and a JSON Web Key as text; also in base64 or hexadecimal without
    armour, as environment variables contain them.
    """
    text = key.strip()
    if text[:1] in _FIRST_BYTES or b"-" in text:
        if text.startswith(_BOM):
            text = text[len(_BOM) :].lstrip()
        if _is_key(key, text):
            return True
        return text.startswith(_MAY_BE_ENCODED) and any(_is_key(data, data.strip()) for data in _decoded(text))
    return False


def _is_key(data: bytes, text: bytes) -> bool:
    if data[:1] == b"\x30" and _is_der(data) or _SSH_BINARY.match(data):
        return True
    is_marked = text[:1] in _FIRST_BYTES_OF_TEXT or b"----" in text or b"AAAA" in text
    return is_marked and _KEY_TEXT.search(text) is not None


def _decoded(text: bytes) -> Iterator[bytes]:
    """Yield the bytes whose base64, base64url or hexadecimal this text may be."""
    compact = b"".join(text.split())
    if _HEXADECIMAL.fullmatch(compact):
        yield bytes.fromhex(compact.decode("ascii"))
    compact = compact.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
    if _BASE64.fullmatch(compact):
        # The beginning of a text that was cut off is enough.
        compact = compact[: len(compact) - (len(compact) % 4 == 1)]
        yield a2b_base64(compact + b"=" * (-len(compact) % 4))


# INTEGER and SEQUENCE: the SEQUENCE of every key and every certificate begins with one of them.
_DER_FIRST = (0x02, 0x30)


def _is_der(data: bytes) -> bool:
    """Return whether the data begins like the DER of a key or a certificate (X.690 section 8.1.3).

    A structure with a short length must end where its length says. One with a long length, as most keys have, may be
    cut off, or other data may follow. One of some million random secrets begins like this.
    """
    if len(data) < 5:
        return False
    if data[1] < 0x80:
        return len(data) == 2 + data[1] and data[2] in _DER_FIRST
    if data[1] == 0x81:
        return data[2] >= 0x80 and data[3] in _DER_FIRST
    return data[1] == 0x82 and 0 < data[2] < 0x80 and data[4] in _DER_FIRST


def _require_size(length: int) -> None:
    if length > _LONGEST_KEY:
        raise JWTKeyError(f"the key has {length} bytes; the maximum is {_LONGEST_KEY}", "key")


def _read_pem(key: bytes, algorithm: str) -> Material:
    _require_size(len(key))
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


def _read_jwk(key: Mapping[str, object], algorithm: str, signing: bool, enforce_length: bool) -> Material:
    kty, curve = _JWK_TYPES[algorithm]
    if key.get("kty") != kty or (curve and key.get("crv") != curve):
        wanted = f"{kty} with {curve}" if curve else kty
        raise JWTKeyError(f"{algorithm} needs a JSON Web Key of type {wanted}", "key")
    _require_purpose(key, algorithm, "sign" if signing else "verify")
    if kty == "oct":
        return _read_secret(_member(key, "k"), algorithm, enforce_length)
    members = _JWK_PRIVATE[kty] if signing else _JWK_PUBLIC[kty]
    parts = tuple(_member(key, name) for name in members)
    _require_size(sum(map(len, parts)))
    if kty == "RSA":
        parts = tuple(part.lstrip(b"\0") for part in parts)
    return KEY_JWK_PRIVATE if signing else KEY_JWK_PUBLIC, parts


def _require_purpose(key: Mapping[str, object], algorithm: str, operation: str) -> None:
    """Raise JWTKeyError if `alg`, `use` or `key_ops` (RFC 7517 section 4) do not allow this operation."""
    if key.get("alg", algorithm) != algorithm:
        raise JWTKeyError(f"the JSON Web Key is for {key['alg']!r}, not for {algorithm}", "key")
    if key.get("use", "sig") != "sig":
        raise JWTKeyError("the JSON Web Key is not for signatures", "key")
    operations = key.get("key_ops", [operation])
    if not isinstance(operations, (list, tuple)) or not (
        # A private key that may sign also verifies, with its public half.
        operation in operations or (operation == "verify" and "d" in key and "sign" in operations)
    ):
        raise JWTKeyError(f"the JSON Web Key is not for the operation {operation!r} (key_ops)", "key")


def _member(key: Mapping[str, object], name: str) -> bytes:
    value = key.get(name)
    if not isinstance(value, str) or not _BASE64URL.fullmatch(value):
        raise JWTKeyError(f"the JSON Web Key has no {name!r}, or it is not base64url", "key")
    try:
        return _base64url.decode(value.encode("ascii"))
    except ValueError as error:
        raise JWTKeyError(f"{name!r} of the JSON Web Key: {error}", "key") from None
