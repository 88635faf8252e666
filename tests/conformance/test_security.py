"""The core and its extras compute the same signatures and password hashes as cryptography, hmac and argon2-cffi."""

from __future__ import annotations

import hmac
from typing import Any

import pytest

from fastapi import _rust
from fastapi._wasm import contract
from fastapi.security import _signatures
from tests.conformance.rows import rows

MESSAGES = rows("security_messages.toml")
PASSWORDS = rows("security_passwords.toml")
HASHES = {"HS256": "sha256", "HS384": "sha384", "HS512": "sha512"}


def core(algorithm: str = "HS256") -> Any:
    found = _rust.security(_signatures.MODULES[algorithm])
    if found is None:
        pytest.skip("no core here")
    return found


def key(case: dict[str, Any]) -> tuple[int, int, tuple[bytes, ...]]:
    return (
        contract.TOKEN_ALGORITHMS.index(case["algorithm"]),
        contract.KEY_FORMATS.index(case["format"]),
        tuple(map(bytes.fromhex, case["parts"])),
    )


def expected(case: dict[str, Any]) -> Any:
    if "refused" in case:
        return contract.SECURITY_REFUSALS.index(case["refused"])
    return bytes.fromhex(case["value_hex"]) if "value_hex" in case else case["value"]


@pytest.mark.parametrize("case", [case for case in MESSAGES if "signature_hex" in case.values[0]])
@pytest.mark.parametrize("released", [False, True])
def test_core_verifies(case: dict[str, Any], released: bool) -> None:
    frame = (*key(case), bytes.fromhex(case["message_hex"]), bytes.fromhex(case["signature_hex"]))
    assert core(case["algorithm"]).ask("verify_message", frame, released) is expected(case)


@pytest.mark.parametrize("case", [case for case in MESSAGES if case.values[0].get("sign", True)])
def test_core_signs(case: dict[str, Any]) -> None:
    answer = core(case["algorithm"]).ask("sign_message", (*key(case), bytes.fromhex(case["message_hex"]), b"s" * 32))
    if "refused" in case:
        assert answer == expected(case)
    else:
        assert (answer == bytes.fromhex(case["signature_hex"])) is case["value"]


@pytest.mark.parametrize("case", PASSWORDS)
def test_core_derives(case: dict[str, Any]) -> None:
    assert core().ask_apart("derive_password", password_frame(case)) == expected(case)


@pytest.mark.parametrize("algorithm", contract.TOKEN_ALGORITHMS)
def test_a_module_refuses_algorithms_of_another_module(algorithm: str) -> None:
    own = _signatures.MODULES[algorithm]
    number = contract.TOKEN_ALGORITHMS.index(algorithm)
    frame = (number, contract.KEY_SECRET, (b"k" * 32,), b"message", b"s" * 32)
    for each, module in _signatures.MODULES.items():
        for operation in ("sign_message", "verify_message"):
            answer = core(each).ask(operation, frame)
            assert (answer == contract.REFUSED_PARAMETERS and answer is not True) is (module != own)


def test_only_one_module_hashes_passwords() -> None:
    frame = (2, 0x13, 256, 1, 1, 32, b"password", b"salt" * 4)
    assert len(core().ask_apart("derive_password", frame)) == 32
    for algorithm in ("RS256", "ES256"):
        assert core(algorithm).ask_apart("derive_password", frame) == contract.REFUSED_PARAMETERS


def password_frame(case: dict[str, Any]) -> tuple[Any, ...]:
    costs = (case["version"], case["memory"], case["passes"], case["lanes"], case["length"])
    return (["d", "i", "id"].index(case["variant"]), *costs, case["password"].encode(), case["salt"].encode())


@pytest.mark.parametrize("case", [case for case in PASSWORDS if "value_hex" in case.values[0]])
def test_argon2_cffi_derives(case: dict[str, Any]) -> None:
    low_level = pytest.importorskip("argon2.low_level")
    kinds = {"d": low_level.Type.D, "i": low_level.Type.I, "id": low_level.Type.ID}
    arguments = (case["passes"], case["memory"], case["lanes"], case["length"], kinds[case["variant"]])
    found = low_level.hash_secret_raw(
        case["password"].encode(), case["salt"].encode(), *arguments, version=case["version"]
    )
    assert found == expected(case)


@pytest.mark.parametrize("case", [case for case in MESSAGES if "value" in case.values[0]])
def test_oracle_verifies(case: dict[str, Any]) -> None:
    message, signature = bytes.fromhex(case["message_hex"]), bytes.fromhex(case["signature_hex"])
    if case["algorithm"] in HASHES:
        made = hmac.new(bytes.fromhex(case["parts"][0]), message, HASHES[case["algorithm"]]).digest()
        assert hmac.compare_digest(made, signature) is case["value"]
        return
    pytest.importorskip("cryptography")
    if case["name"] == "eddsa-small-order-key":
        pytest.skip("OpenSSL does not refuse keys of small order; the core does (RFC 8032 section 8.9)")
    assert cryptography_verifies(case, message, signature) is case["value"]


def cryptography_verifies(case: dict[str, Any], message: bytes, signature: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, padding
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    public = cryptography_key(case)
    try:
        if case["algorithm"] == "RS256":
            public.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        elif case["algorithm"] == "ES256":
            if len(signature) != 64:
                return False
            halves = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
            public.verify(encode_dss_signature(*halves), message, ec.ECDSA(hashes.SHA256()))
        else:
            public.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def cryptography_key(case: dict[str, Any]) -> Any:
    """Return the public key of a row."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    parts = [bytes.fromhex(part) for part in case["parts"]]
    kind = case["format"]
    if kind in ("pkcs8", "pkcs1", "sec1"):
        private: Any = serialization.load_der_private_key(parts[0], None)
        return private.public_key()
    if kind in ("spki", "pkcs1_public"):
        return serialization.load_der_public_key(parts[0])
    numbers = [int.from_bytes(part, "big") for part in parts]
    if case["algorithm"] == "RS256":
        return rsa.RSAPublicNumbers(numbers[1], numbers[0]).public_key()
    if case["algorithm"] == "ES256" and kind == "jwk_private":
        return ec.derive_private_key(numbers[0], ec.SECP256R1()).public_key()
    if case["algorithm"] == "ES256":
        return ec.EllipticCurvePublicNumbers(numbers[0], numbers[1], ec.SECP256R1()).public_key()
    if kind == "jwk_private":
        return ed25519.Ed25519PrivateKey.from_private_bytes(parts[0]).public_key()
    return ed25519.Ed25519PublicKey.from_public_bytes(parts[0])
