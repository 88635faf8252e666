"""Instances that are used for secrets keep no part of a secret in their memory.

One test searches the memory for keys, the numbers of keys in either byte order, passwords and answers. The other test
compares the whole memory of new instances after calls with different secrets: every byte must be equal.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from marshal import dumps
from typing import Any, Dict, Iterator, List, Tuple

import pytest

from fastapi import _rust
from fastapi._wasm import contract
from fastapi._wasm.contract import KEY_JWK_PRIVATE, KEY_JWK_PUBLIC, KEY_PKCS8, KEY_SECRET
from fastapi._wasm.security import _Own
from fastapi.security import _signatures

rsa = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.rsa")
ec = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ec")
ed25519 = pytest.importorskip("cryptography.hazmat.primitives.asymmetric.ed25519")
serialization = pytest.importorskip("cryptography.hazmat.primitives.serialization")

if not _rust.rust_available():
    pytest.skip("no core here", allow_module_level=True)

MESSAGE = b"header.payload" * 20


def number(value: int, length: int) -> bytes:
    return value.to_bytes(length, "big")


def pkcs8(key: Any) -> bytes:
    der: bytes = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return der


def rsa_case(der: bool) -> Tuple[str, Any, List[bytes]]:
    key = rsa.generate_private_key(65537, 2048)
    numbers = key.private_numbers()
    secrets = [number(numbers.d, 256)] + [
        number(each, 128) for each in (numbers.p, numbers.q, numbers.dmp1, numbers.dmq1, numbers.iqmp)
    ]
    parts = (number(numbers.public_numbers.n, 256), b"\1\0\1", *secrets[:3])
    material = (KEY_PKCS8, (pkcs8(key),)) if der else (KEY_JWK_PRIVATE, parts)
    seed = os.urandom(32)
    return "sign_message", (contract.ALGORITHM_RS256, *material, MESSAGE, seed), [*secrets, seed]


def ec_case(der: bool) -> Tuple[str, Any, List[bytes]]:
    key = ec.generate_private_key(ec.SECP256R1())
    secret = number(key.private_numbers().private_value, 32)
    material = (KEY_PKCS8, (pkcs8(key),)) if der else (KEY_JWK_PRIVATE, (secret,))
    return "sign_message", (contract.ALGORITHM_ES256, *material, MESSAGE, None), [secret]


def ed_case(der: bool) -> Tuple[str, Any, List[bytes]]:
    key = ed25519.Ed25519PrivateKey.generate()
    secret = key.private_bytes(
        serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption()
    )
    material = (KEY_PKCS8, (pkcs8(key),)) if der else (KEY_JWK_PRIVATE, (secret,))
    return (
        "sign_message",
        (contract.ALGORITHM_EDDSA, *material, MESSAGE, None),
        [secret, hashlib.sha512(secret).digest()],
    )


def hmac_case(algorithm: int, message: bytes = MESSAGE) -> Tuple[str, Any, List[bytes]]:
    key = os.urandom(64)
    pads = [bytes(byte ^ pad for byte in key) for pad in (0x36, 0x5C)]
    message += os.urandom(16)
    return "sign_message", (algorithm, KEY_SECRET, (key,), message, None), [key, *pads, message[-16:]]


def verify_case() -> Tuple[str, Any, List[bytes]]:
    key, message = os.urandom(32), os.urandom(200)
    signature = hmac.new(key, message, "sha256").digest()
    frame = (contract.ALGORITHM_HS256, KEY_SECRET, (key,), message, signature)
    return "verify_message", frame, [key, message, signature]


def ec_verify_case() -> Tuple[str, Any, List[bytes]]:
    point = ec.generate_private_key(ec.SECP256R1()).public_key().public_numbers()
    parts = (number(point.x, 32), number(point.y, 32))
    signature = b"\1" * 31 + os.urandom(1) + b"\1" * 32
    return "verify_message", (contract.ALGORITHM_ES256, KEY_JWK_PUBLIC, parts, MESSAGE, signature), list(parts)


def password_case(memory: int = 256, lanes: int = 1) -> Tuple[str, Any, List[bytes]]:
    password, salt = os.urandom(40), os.urandom(16)
    return "derive_password", (2, 0x13, memory, 2, lanes, 32, password, salt), [password, salt]


def malformed_case() -> Tuple[str, Any, List[bytes]]:
    secret = os.urandom(40)
    return "sign_message", (0, "no frame", (secret,), secret, None), [secret]


CASES: Dict[str, Any] = {
    "HS256": lambda: hmac_case(contract.ALGORITHM_HS256),
    "HS384": lambda: hmac_case(contract.ALGORITHM_HS384),
    "HS512": lambda: hmac_case(contract.ALGORITHM_HS512),
    "HS256 of 200 kB": lambda: hmac_case(contract.ALGORITHM_HS256, MESSAGE * 700),
    "HS256 verified": verify_case,
    "RS256 from DER": lambda: rsa_case(True),
    "RS256 from a JWK": lambda: rsa_case(False),
    "ES256 from DER": lambda: ec_case(True),
    "ES256 from a JWK": lambda: ec_case(False),
    "ES256 verified": ec_verify_case,
    "EdDSA from DER": lambda: ed_case(True),
    "EdDSA from a JWK": lambda: ed_case(False),
    "Argon2id": password_case,
    "Argon2id, four lanes": lambda: password_case(1024, 4),
    "not a frame": malformed_case,
}


def run(name: str, frame: Any) -> Tuple[_Own, Any]:
    algorithm = contract.TOKEN_ALGORITHMS[frame[0]] if name != "derive_password" else "HS256"
    core = _rust.security(_signatures.MODULES[algorithm])
    assert core is not None
    own = _Own(core.host.instance(contract.SECURITY_EXPORTS))
    answer = own.exchange(name, dumps(frame, 2), released=False)
    return own, answer


def memory(own: _Own) -> bytes:
    return bytes(own.instance.view(0, own.instance.size()))


def windows(secret: bytes) -> Iterator[bytes]:
    """Return the secret in pieces of eight bytes, also in the order of little-endian numbers."""
    for text in (secret, secret[::-1]):
        for at in range(0, len(text) - 7, 4):
            yield text[at : at + 8]


@pytest.mark.parametrize("case", CASES)
def test_memory_contains_no_part_of_a_secret(case: str) -> None:
    name, frame, secrets = CASES[case]()
    own, answer = run(name, frame)
    assert (answer is False) is (case == "ES256 verified")
    assert isinstance(answer, (bool, bytes)) is (case != "not a frame")
    if isinstance(answer, bytes):
        secrets.append(answer)
    found = memory(own)
    left = [
        (i, found.find(window)) for i, secret in enumerate(secrets) for window in windows(secret) if window in found
    ]
    assert not left, f"{case}: (secret, address) {left[:5]}"


@pytest.mark.parametrize("case", CASES)
def test_memory_does_not_depend_on_the_secrets(case: str) -> None:
    first, second = (memory(run(*CASES[case]()[:2])[0]) for _ in range(2))
    assert len(first) == len(second)
    differing = [at for at in range(0, len(first), 4) if first[at : at + 4] != second[at : at + 4]]
    if case.startswith("RS256"):
        # The key decides how often numbers of several sizes are allocated, and the allocator keeps their addresses and
        # sizes.
        assert len(differing) < 200
        differing = [at for at in differing if not (is_bookkeeping(first, at) and is_bookkeeping(second, at))]
    assert not differing, f"{case}: {len(differing)} words differ, the first at {differing[:8]}"


def is_bookkeeping(found: bytes, at: int) -> bool:
    """Return whether a word may be an address or a size; one random word in two thousand may."""
    return int.from_bytes(found[at : at + 4], "little") < len(found)


def test_the_search_finds_a_secret() -> None:
    name, frame, secrets = verify_case()
    own, _ = run(name, frame)
    own.instance.view(own.instance.size() - 100, 8)[:] = secrets[0][::-1][4:12]
    found = memory(own)
    assert any(window in found for window in windows(secrets[0]))


@pytest.mark.parametrize("case", ["HS256", "Argon2id"])
def test_a_trap_or_an_interrupt_leaves_the_buffers_empty(case: str, monkeypatch: Any) -> None:
    core = _rust.security()
    assert core is not None
    name, frame, secrets = CASES[case]()
    core.ask("describe", None)
    own = core._idle[-1]
    instance = own.instance
    monkeypatch.setattr(instance, "invoke", interrupted)
    with pytest.raises(KeyboardInterrupt):
        core.ask(name, frame, released=True)
    found = bytes(instance.into) + bytes(instance.out)
    assert not found.strip(b"\0") and instance.dead
    monkeypatch.undo()
    assert core.ask("describe", None)[0] == contract.CONTRACT_HASH


def interrupted(*_: Any, **__: Any) -> Any:
    raise KeyboardInterrupt
