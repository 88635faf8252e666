"""Tokens and password hashes beside PyJWT, cryptography and argon2-cffi: `python benchmarks/security_functions.py`.

Both sides alternate in one process, on the clock of the thread. The smallest of many rounds counts; the script compares
the answers first.
The exit status is 1 if `decode_jwt` with HS256 is less than three times as fast as PyJWT's.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any, Callable

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import argon2
import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from fastapi import _rust
from fastapi.security import decode_jwt, encode_jwt, hash_password, verify_password

REACH = 3.0
SECRET = "k" * 64
CLAIMS = {"sub": "alice", "exp": 4_000_000_000, "scopes": ["items:read", "items:write"]}


def pem(key: Any) -> tuple[str, str]:
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return private.decode(), key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def compare(title: str, ours: Callable[[], Any], theirs: Callable[[], Any], count: int, rounds: int = 15) -> float:
    best = [float("inf"), float("inf")]
    for _ in range(rounds):
        for i, call in enumerate((ours, theirs)):
            started = time.thread_time()
            for _ in range(count):
                call()
            best[i] = min(best[i], (time.thread_time() - started) / count)
    ratio = best[1] / best[0]
    print(f"{title:24} ours {best[0] * 1e6:10.1f} us   theirs {best[1] * 1e6:10.1f} us   {ratio:6.2f}x")
    return ratio


def main() -> int:
    print(f"mode {_rust.mode()}, {sys.version.split()[0]}, PyJWT {jwt.__version__}")
    keys = dict.fromkeys(("HS256", "HS384", "HS512"), (SECRET, SECRET))
    if _rust.rust_available():
        keys["RS256"] = pem(rsa.generate_private_key(65537, 2048))
        keys["ES256"] = pem(ec.generate_private_key(ec.SECP256R1()))
        keys["EdDSA"] = pem(ed25519.Ed25519PrivateKey.generate())
    reached = 0.0
    for name, (private, public) in keys.items():
        token, count = jwt.encode(CLAIMS, private, name), 1000 if name[0] == "H" else 10
        assert decode_jwt(token, public, [name]) == jwt.decode(token, public, [name]) == CLAIMS
        ratio = compare(
            f"decode_jwt {name}",
            lambda t=token, k=public, n=name: decode_jwt(t, k, [n]),
            lambda t=token, k=public, n=name: jwt.decode(t, k, [n]),
            count,
        )
        compare(
            f"encode_jwt {name}",
            lambda k=private, n=name: encode_jwt(CLAIMS, k, n),
            lambda k=private, n=name: jwt.encode(CLAIMS, k, n),
            count,
            3 if count == 10 else 15,
        )
        reached = ratio if name == "HS256" else reached
    if _rust.rust_available():
        hasher = argon2.PasswordHasher(parallelism=4)
        assert hasher.verify(hash_password("secret"), "secret") and verify_password("secret", hasher.hash("secret"))
        passwords()
    print(f"decode_jwt HS256: {reached:.2f}x, reach {REACH}x")
    return int(reached < REACH)


def passwords() -> None:
    """Measure wall time: argon2-cffi uses a thread per lane, and the clock of this thread does not count them."""
    hasher = argon2.PasswordHasher()
    for title, call in (("ours", lambda: hash_password("secret")), ("argon2-cffi", lambda: hasher.hash("secret"))):
        times = []
        for _ in range(5):
            started = time.perf_counter()
            call()
            times.append(time.perf_counter() - started)
        print(f"hash_password {title:12} {min(times) * 1e3:8.1f} ms")


if __name__ == "__main__":
    sys.exit(main())
