"""Tokens equal those of PyJWT, unless RFC 7515, 7518, 7519 or 8725 requires a refusal."""

from __future__ import annotations

import base64
import inspect
import json
import random
import threading
import time
import warnings
from datetime import datetime, timedelta, timezone
from typing import Any, Dict, List, Optional

import pytest

from fastapi import _rust
from fastapi.security import (
    ExpiredTokenError,
    InvalidTokenError,
    JWTError,
    JWTKeyError,
    decode_jwt,
    encode_jwt,
    unverified_header,
)
from tests.security.keys import SECRET, generate, pair

HMAC = ("HS256", "HS384", "HS512")
ALL = HMAC + (("RS256", "ES256", "EdDSA") if _rust.rust_available() else ())
CLAIMS = {"sub": "alice", "n": 1.5, "list": [1, None, True], "text": "\u00e4\u20ac\U0001f600"}


def segment(value: Any) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def signed(header: Any, payload: Any, key: str = SECRET) -> str:
    """Return a token with this header and payload, valid or not, signed with HS256."""
    import hmac

    message = f"{segment(header)}.{segment(payload)}"
    return f"{message}.{segment(hmac.new(key.encode(), message.encode(), 'sha256').digest())}"


def reason(token: Any, key: Any = SECRET, algorithms: Any = ("HS256",), **arguments: Any) -> Optional[str]:
    try:
        decode_jwt(token, key, algorithms=algorithms, **arguments)
    except JWTError as error:
        return error.reason
    return None


# With PyJWT ---------------------------------------------------------------------------------------------------------


def test_arguments_are_those_of_pyjwt() -> None:
    jwt = pytest.importorskip("jwt")
    theirs = [name for name in inspect.signature(jwt.decode).parameters if name != "kwargs"]
    ours = list(inspect.signature(decode_jwt).parameters)
    assert ours == theirs if "subject" in theirs else [name for name in ours if name != "subject"] == theirs
    assert list(inspect.signature(encode_jwt).parameters) == list(inspect.signature(jwt.encode).parameters)


@pytest.mark.parametrize("algorithm", ALL)
@pytest.mark.parametrize("form", ["PEM", "old PEM", "JWK", "bytes"])
def test_tokens_go_both_ways(algorithm: str, form: str) -> None:
    jwt = pytest.importorskip("jwt")
    keys = pair(algorithm)
    private, public = {
        "PEM": (keys.private, keys.public),
        "old PEM": (keys.old_private, keys.public),
        "JWK": (keys.jwk_private, keys.jwk_public),
        "bytes": (keys.private.encode(), keys.public.encode()),
    }[form]
    headers = {"kid": "1", "alg": algorithm}
    token = encode_jwt(CLAIMS, private, algorithm, headers)
    theirs = jwt.encode(CLAIMS, keys.private, algorithm, headers)
    assert token == theirs or algorithm == "ES256"
    assert jwt.decode(token, keys.public, [algorithm]) == CLAIMS
    assert decode_jwt(theirs, public, [algorithm]) == decode_jwt(theirs.encode(), public, [algorithm]) == CLAIMS
    assert unverified_header(theirs) == {"alg": algorithm, "kid": "1", "typ": "JWT"}
    # The public half of a private key also verifies.
    assert decode_jwt(theirs, private, [algorithm]) == CLAIMS


@pytest.mark.parametrize("algorithm", ALL)
def test_every_changed_character_makes_a_token_invalid(algorithm: str) -> None:
    keys = pair(algorithm)
    token = encode_jwt({"sub": "a"}, keys.private, algorithm)
    chosen = range(len(token)) if algorithm in HMAC else random.Random(1).sample(range(len(token)), 25)
    for at in chosen:
        other = "B" if token[at] == "A" else "A"
        assert reason(token[:at] + other + token[at + 1 :], keys.public, [algorithm]) in (
            "signature",
            "malformed",
            "algorithm",
        )


NOW = int(time.time())
# (claims, arguments): the result must be that of PyJWT.
VERDICTS: Any = [
    ({}, {}),
    ({"exp": NOW + 100, "nbf": NOW - 100, "iat": NOW - 100}, {}),
    ({"exp": NOW - 100}, {}),
    ({"exp": NOW - 100}, {"leeway": 200}),
    ({"exp": NOW - 100}, {"leeway": timedelta(seconds=200)}),
    ({"exp": NOW - 100}, {"options": {"verify_exp": False}}),
    ({"exp": "soon"}, {}),
    ({"exp": None}, {}),
    ({"exp": [1]}, {}),
    ({"exp": NOW + 0.9}, {}),
    ({"exp": 1e400}, {}),
    ({"nbf": NOW + 100}, {}),
    ({"nbf": NOW + 100}, {"leeway": 200}),
    ({"nbf": NOW + 100}, {"options": {"verify_nbf": False}}),
    ({"nbf": {}}, {}),
    ({"iat": NOW + 100}, {}),
    ({"iat": NOW + 100}, {"options": {"verify_iat": False}}),
    ({"iat": "x"}, {}),
    ({"aud": "a"}, {}),
    ({"aud": []}, {}),
    ({"aud": ""}, {}),
    ({"aud": "a"}, {"audience": "a"}),
    ({"aud": "a"}, {"audience": "b"}),
    ({"aud": ["a", "b"]}, {"audience": "b"}),
    ({"aud": ["a", "b"]}, {"audience": ["c", "b"]}),
    ({"aud": ["a", "b"]}, {"audience": ["c"]}),
    ({"aud": ["a", 1]}, {"audience": "a"}),
    ({"aud": {"a": 1}}, {"audience": "a"}),
    ({"aud": 7}, {"audience": "a"}),
    ({}, {"audience": "a"}),
    ({"aud": "a"}, {"options": {"verify_aud": False}}),
    ({"aud": ["a"]}, {"audience": "a", "options": {"strict_aud": True}}),
    ({"aud": "a"}, {"audience": "a", "options": {"strict_aud": True}}),
    ({"aud": "a"}, {"audience": ["a"], "options": {"strict_aud": True}}),
    ({"iss": "i"}, {}),
    ({"iss": "i"}, {"issuer": "i"}),
    ({"iss": "i"}, {"issuer": "j"}),
    ({"iss": "i"}, {"issuer": ["i", "j"]}),
    ({"iss": "i"}, {"issuer": {"k"}}),
    ({"iss": "i"}, {"issuer": "xix"}),
    ({}, {"issuer": "i"}),
    ({"sub": "s"}, {"subject": "s"}),
    ({"sub": "s"}, {"subject": "t"}),
    ({"sub": 1}, {}),
    ({"sub": 1}, {"options": {"verify_sub": False}}),
    ({"jti": 1}, {}),
    ({"jti": "1"}, {}),
    ({"a": 1}, {"options": {"require": ["a"]}}),
    ({"a": None}, {"options": {"require": ["a"]}}),
    ({}, {"options": {"require": ["exp", "a"]}}),
]


@pytest.mark.parametrize("claims, arguments", VERDICTS, ids=range(len(VERDICTS)))
def test_claims_are_verified_as_by_pyjwt(claims: Dict[str, Any], arguments: Dict[str, Any]) -> None:
    jwt = pytest.importorskip("jwt", minversion="2.10")
    if claims == {"exp": 1e400}:
        token = signed({"alg": "HS256"}, b'{"exp":1e400}')
    else:
        token = signed({"alg": "HS256"}, claims)
    try:
        theirs = jwt.decode(token, SECRET, ["HS256"], **arguments)
    except jwt.PyJWTError:
        theirs = None
    try:
        ours = decode_jwt(token, SECRET, ["HS256"], **arguments)
    except JWTError:
        ours = None
    assert ours == theirs


def test_dates_may_be_datetimes() -> None:
    moment = datetime.now(timezone.utc) + timedelta(minutes=5)
    claims = {"exp": moment, "iat": datetime.now(timezone.utc)}
    assert decode_jwt(encode_jwt(claims, SECRET), SECRET, ["HS256"])["exp"] == int(moment.timestamp())
    assert claims["exp"] is moment


# Refused --------------------------------------------------------------------------------------------------------------


def test_the_algorithm_none_is_never_accepted() -> None:
    for name in ("none", "None", "NONE", "nOnE", ""):
        token = f"{segment({'alg': name})}.{segment({'sub': 'a'})}."
        assert reason(token) == "algorithm"
        assert reason(token, algorithms=[name]) == "algorithm"
    for algorithm in ("none", "HS257", "", None):
        with pytest.raises(JWTKeyError):
            encode_jwt({}, SECRET, algorithm)  # type: ignore[arg-type]


def test_the_token_does_not_choose_its_algorithm() -> None:
    token = encode_jwt({}, SECRET, "HS512")
    assert reason(token, algorithms=["HS256"]) == "algorithm"
    assert reason(token, algorithms=["HS256", "HS512"]) is None
    for header in ({}, {"alg": None}, {"alg": ["HS256"]}, {"alg": 256}):
        assert reason(signed(header, {})) == "malformed"
    for wrong in (None, [], "HS256", b"HS256"):
        with pytest.raises(TypeError):
            decode_jwt(token, SECRET, algorithms=wrong)  # type: ignore[arg-type]


def asymmetric_material() -> Dict[str, Any]:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    found: Dict[str, Any] = {}
    for algorithm in ("RS256", "ES256", "EdDSA"):
        keys, key = pair(algorithm), generate(algorithm)
        public = key.public_key()
        der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        ssh = public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
        found.update(
            {
                f"{algorithm} PEM": keys.public,
                f"{algorithm} PEM after text": "Bag Attributes\n" + keys.public,
                f"{algorithm} private PEM": keys.private,
                f"{algorithm} old private PEM": keys.old_private,
                f"{algorithm} OpenSSH": public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
                f"{algorithm} OpenSSH private": key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()),
                f"{algorithm} DER": public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
                f"{algorithm} JWK": json.dumps(keys.jwk_public),
                f"{algorithm} set of JWKs": json.dumps({"keys": [keys.jwk_public]}),
                f"{algorithm} list of JWKs": "\ufeff" + json.dumps([keys.jwk_public], indent=1),
                f"{algorithm} JWK as a dict": str(keys.jwk_public),
                f"{algorithm} JWK in base64": base64.b64encode(json.dumps(keys.jwk_public).encode()),
                f"{algorithm} PEM in base64": base64.b64encode(keys.public.encode()),
                f"{algorithm} PEM in lower case": keys.public.lower(),
                f"{algorithm} PEM on one line": keys.public.replace("\n", " "),
                f"{algorithm} PEM without armour": "".join(keys.public.splitlines()[1:-1]),
                f"{algorithm} private PEM without armour": "\n".join(keys.private.splitlines()[1:-1]),
                f"{algorithm} PEM without its end": keys.public.splitlines()[0] + keys.public.splitlines()[1],
                f"{algorithm} PEM without its beginning": "\n".join(keys.public.splitlines()[1:]),
                f"{algorithm} DER in base64url": base64.urlsafe_b64encode(der).rstrip(b"="),
                f"{algorithm} DER in hexadecimal": der.hex(),
                f"{algorithm} OpenSSH with options": b'from="10.0.0.0/8" ' + ssh,
                f"{algorithm} OpenSSH without its name": ssh.split()[1],
                f"{algorithm} RFC 4716": b"---- BEGIN SSH2 PUBLIC KEY ----\n" + ssh.split()[1],
                f"{algorithm} certificate": certificate(key).public_bytes(Encoding.PEM),
                f"{algorithm} certificate in DER": certificate(key).public_bytes(Encoding.DER),
            }
        )
    return found


def certificate(key: Any) -> Any:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    start = datetime(2026, 1, 1)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(start).not_valid_after(start + timedelta(days=9))
    return builder.sign(key, None if isinstance(key, Ed25519PrivateKey) else hashes.SHA256())


@pytest.mark.parametrize("algorithm", HMAC)
def test_asymmetric_keys_and_certificates_are_refused_as_secrets(algorithm: str) -> None:
    """CVE-2015-9235, CVE-2017-11424, CVE-2022-29217, CVE-2024-33663: a public key as the secret of HMAC."""
    pytest.importorskip("cryptography")
    token = encode_jwt({}, SECRET, algorithm)
    for name, key in asymmetric_material().items():
        with pytest.raises(JWTKeyError) as caught:
            encode_jwt({}, key, algorithm)
        assert caught.value.reason == "key", name
        assert reason(token, key, [algorithm, "RS256"]) == "key", name


@pytest.mark.skipif(not _rust.rust_available(), reason="the core reads keys")
@pytest.mark.parametrize("algorithm", ["RS256", "ES256", "EdDSA"])
def test_keys_of_another_algorithm_are_refused(algorithm: str) -> None:
    pytest.importorskip("cryptography")
    own = pair(algorithm)
    token = encode_jwt({}, own.private, algorithm)
    others = [pair(other) for other in ("RS256", "ES256", "EdDSA") if other != algorithm]
    for key in [SECRET, "", pair("HS256").jwk_public, {}] + [key for other in others for key in other]:
        assert reason(token, key, [algorithm]) == "key"
        with pytest.raises(JWTKeyError):
            encode_jwt({}, key, algorithm)
    for key in (own.public, own.jwk_public):
        with pytest.raises(JWTKeyError):
            encode_jwt({}, key, algorithm)
    damaged = own.public.replace("M", "N", 1) if algorithm != "RS256" else own.public[:60] + own.public[80:]
    assert reason(token, damaged, [algorithm]) == "key"
    assert reason(token, own.public + own.public, [algorithm]) == "key"


@pytest.mark.skipif(not _rust.rust_available(), reason="the core reads keys")
def test_errors_name_encrypted_keys_certificates_and_small_keys() -> None:
    pytest.importorskip("cryptography")
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

    key = generate("RS256")
    secret = BestAvailableEncryption(b"password")
    for form in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL):
        with pytest.raises(JWTKeyError, match="encrypted"):
            encode_jwt({}, key.private_bytes(Encoding.PEM, form, secret), "RS256")
    with pytest.raises(JWTKeyError, match="certificate"):
        encode_jwt({}, certificate(key).public_bytes(Encoding.PEM), "RS256")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        small = rsa.generate_private_key(65537, 1024).private_numbers().public_numbers
    numbers = {"n": segment(small.n.to_bytes(128, "big")), "e": "AQAB"}
    assert reason(encode_jwt({}, pair("RS256").private, "RS256"), {"kty": "RSA", **numbers}, ["RS256"]) == "weak_key"


def test_short_secrets() -> None:
    for algorithm, least in (("HS256", 32), ("HS384", 48), ("HS512", 64)):
        encode_jwt({}, "k" * least, algorithm)
        for key in ("", "k" * (least - 1)):
            with pytest.raises(JWTKeyError) as caught:
                encode_jwt({}, key, algorithm)
            assert caught.value.reason == "weak_key"
    old = signed({"alg": "HS256"}, {"sub": "a"}, "short")
    assert reason(old, "short") == "weak_key"
    assert reason(old, "short", options={"enforce_minimum_key_length": False}) is None
    assert reason(old, "", options={"enforce_minimum_key_length": False}) == "weak_key"


def test_the_purpose_of_a_json_web_key_is_checked() -> None:
    token, jwk = encode_jwt({}, SECRET), pair("HS256").jwk_public
    assert reason(token, {**jwk, "alg": "HS256", "use": "sig", "key_ops": ["verify"]}) is None
    for wrong in (
        {"alg": "HS512"},
        {"use": "enc"},
        {"key_ops": ["encrypt"]},
        {"kty": "RSA"},
        {"k": "a?"},
        {"k": 1},
        {"k": "A"},
    ):
        assert reason(token, {**jwk, **wrong}) == "key", wrong
    with pytest.raises(TypeError):
        decode_jwt(token, 7, ["HS256"])  # type: ignore[arg-type]


MALFORMED = [
    "",
    ".",
    "..",
    "a.b",
    "a.b.c.d",
    "\u00e4.b.c",
    "a b.c.d",
    "a=.b.c",
    "a.b.c\n",
    "a+.b/.c",
    f"{segment(b'{')}.e30.",
    f"{segment([])}.e30.",
    f"{segment(b'{}')[:-1]}.e30.",
]


@pytest.mark.parametrize("token", MALFORMED)
def test_malformed_tokens(token: str) -> None:
    assert reason(token) == "malformed"


@pytest.mark.parametrize(
    "payload", [b"", b"x", b"[]", b'"a"', b"\xff", b'{"a":NaN}', b'{"a":Infinity}', b"[" * 100_000, b'{"a":1}x']
)
def test_payloads_that_are_not_json_objects(payload: bytes) -> None:
    token = signed({"alg": "HS256"}, payload or b" ")
    assert reason(token) == "malformed"


def test_a_signature_has_only_one_text() -> None:
    token = encode_jwt({}, SECRET)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    accepted = [letter for letter in alphabet if reason(token[:-1] + letter) is None]
    assert accepted == [token[-1]]
    assert (reason(token + "="), reason(token + "A")) == ("malformed", "signature")


def test_critical_headers_are_refused() -> None:
    assert reason(signed({"alg": "HS256", "crit": ["b64"], "b64": False}, {})) == "critical"
    for headers in ({"crit": ["exp"]}, {"b64": False}):
        with pytest.raises(NotImplementedError):
            encode_jwt({}, SECRET, headers=headers)
    with pytest.raises(NotImplementedError):
        decode_jwt("a.b.c", SECRET, ["HS256"], detached_payload=b"")


def test_arguments_without_any_verification() -> None:
    token = encode_jwt({"exp": 1}, SECRET)
    with pytest.raises(TypeError):
        decode_jwt(token, SECRET, ["HS256"], verify=False)
    with pytest.raises(TypeError, match="verify_expp"):
        decode_jwt(token, SECRET, ["HS256"], options={"verify_expp": True})
    assert decode_jwt(token, options={"verify_signature": False}) == {"exp": 1}
    assert reason(token, options={"verify_signature": False, "verify_exp": True}) == "expired"


def test_headers() -> None:
    with pytest.raises(JWTKeyError):
        encode_jwt({}, SECRET, headers={"alg": "HS512"})
    assert unverified_header(encode_jwt({}, SECRET, headers={"typ": None})) == {"alg": "HS256"}
    assert unverified_header(encode_jwt({}, SECRET, headers={"typ": "at+jwt"}))["typ"] == "at+jwt"
    header = unverified_header(encode_jwt({}, SECRET))
    header["alg"] = "none"
    assert unverified_header(encode_jwt({}, SECRET))["alg"] == "HS256"


def test_the_cache_of_headers_has_a_limit() -> None:
    from fastapi.security import jwt as module

    for i in range(300):
        assert reason(signed({"alg": "HS256", "kid": str(i)}, {})) is None
    assert reason(signed({"alg": "HS256", "kid": "k" * 10_000}, {})) is None
    assert len(module._algorithms_of_headers) <= 64


def test_all_errors_have_one_base_class() -> None:
    assert issubclass(ExpiredTokenError, InvalidTokenError)
    assert issubclass(InvalidTokenError, JWTError) and issubclass(JWTKeyError, JWTError)
    assert not issubclass(JWTKeyError, InvalidTokenError)
    with pytest.raises(ExpiredTokenError):
        decode_jwt(encode_jwt({"exp": 1}, SECRET), SECRET, ["HS256"])


def test_large_tokens() -> None:
    claims = {"text": "x" * 700_000}
    assert decode_jwt(encode_jwt(claims, SECRET), SECRET, ["HS256"]) == claims
    assert reason("a." + "b" * 999_998 + ".c") == "malformed"
    with pytest.raises(ValueError, match="longer than 1000000 characters"):
        encode_jwt({"text": "x" * 1_000_000}, SECRET)
    assert reason(encode_jwt({}, SECRET)) is None


def test_threads_do_not_mix_their_results() -> None:
    def work(number: int) -> None:
        secret, claims = f"{number:064}", {"n": number}
        for _ in range(200):
            failures.extend([] if decode_jwt(encode_jwt(claims, secret), secret, ["HS256"]) == claims else [number])
            failures.extend([] if reason(encode_jwt(claims, secret), secret[::-1] + "x") == "signature" else [number])

    failures: List[int] = []
    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


def test_claims_are_a_dict() -> None:
    for payload in ([], "a", None):
        with pytest.raises(TypeError):
            encode_jwt(payload, SECRET)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        encode_jwt({"iss": 1}, SECRET)


@pytest.mark.parametrize("seed", range(20))
def test_random_tokens_raise_only_documented_errors(seed: int) -> None:
    rng = random.Random(seed)
    token = encode_jwt({"sub": "a", "exp": NOW + 100}, SECRET).encode()
    for _ in range(300):
        changed = bytearray(token)
        for _ in range(rng.randint(1, 4)):
            at = rng.randrange(len(changed))
            changed[at : at + rng.randint(0, 3)] = bytes(
                rng.choice(b"A._-={}\x00\xffz9") for _ in range(rng.randint(0, 3))
            )
        assert reason(bytes(changed)) is not None or bytes(changed) == token


def test_secrets_that_begin_like_a_key_are_accepted() -> None:
    """Secrets as generators and people make them: hexadecimal, base64 and words."""
    rng = random.Random(1)
    for secret in (
        "30" * 32,
        "M" * 44,
        "MIGHTY-secret-of-32-characters-or-more",
        "AAAA" * 16,
        "ey" + "a" * 40,
        "ssh is not what this secret is for, at all",
        "{" + "x" * 40,
        b"0\x80" + b"\x80" * 40,
        b"0" + b"\x7f" * 40,
        "-" * 40,
        " " * 40,
        *(b"0" + bytes(rng.getrandbits(8) for _ in range(63)) for _ in range(200)),
        *(base64.b64encode(b"0" + bytes(rng.getrandbits(8) for _ in range(47))) for _ in range(200)),
    ):
        assert reason(encode_jwt({}, secret), secret) is None, secret


def test_a_truncated_key_without_armour_is_refused_as_a_secret() -> None:
    for secret in (b"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIB", "\ufeffMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIB"):
        assert reason("a.e30.a", secret) == "malformed"
        with pytest.raises(JWTKeyError):
            encode_jwt({}, secret)


# Errors of the client and of the application --------------------------------------------------------------------------


@pytest.mark.skipif(not _rust.rust_available(), reason="the core reads keys")
@pytest.mark.parametrize("claimed", ["HS256", "HS384", "HS512", "RS256", "ES256", "EdDSA", "PS256"])
@pytest.mark.parametrize("own", ["HS256", "RS256", "ES256", "EdDSA"])
def test_a_token_of_another_accepted_algorithm_is_an_error_of_the_client(claimed: str, own: str) -> None:
    """The key fits one of the accepted algorithms, so the application made no error."""
    pytest.importorskip("cryptography")
    key = SECRET[:40] if own == "HS256" else pair(own).public
    token = f"{segment({'alg': claimed})}.{segment({})}.{segment(b'x' * 64)}"
    with pytest.raises(InvalidTokenError) as caught:
        decode_jwt(token, key, [claimed, own])
    assert "40" not in str(caught.value), "the error must not reveal the length of the secret"
    if claimed != own and (own != "HS256" or claimed not in ("HS256",)):
        with pytest.raises(JWTKeyError):
            decode_jwt(token, key, [claimed])


def test_a_key_that_fits_no_algorithm_is_an_error_of_the_application() -> None:
    token = f"{segment({'alg': 'HS256'})}.{segment({})}.{segment(b'x' * 32)}"
    for algorithms in (["HS256"], ["HS256", "HS512"], ["HS256", "PS256"]):
        with pytest.raises(JWTKeyError):
            decode_jwt(token, "short", algorithms)
    with pytest.raises(TypeError):
        decode_jwt(token, None, ["HS256"])  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [None, 1, True, ["a"], {"a": 1}, 1.5])
@pytest.mark.parametrize("name", ["kid", "typ", "cty", "jku", "x5u", "x5t", "x5t#S256", "jwk", "x5c"])
def test_headers_have_the_types_of_the_standard(name: str, value: Any) -> None:
    """PyJWT: "Key ID header parameter must be a string"; the others choose keys as well."""
    right = (name == "jwk" and isinstance(value, dict)) or (name == "x5c" and isinstance(value, list))
    token = signed({"alg": "HS256", name: value}, {})
    assert reason(token) == (None if right else "malformed")
    if right:
        assert unverified_header(token)[name] == value
        return
    with pytest.raises(InvalidTokenError):
        unverified_header(token)
    if value is not None or name != "typ":
        with pytest.raises(TypeError):
            encode_jwt({}, SECRET, headers={name: value})


@pytest.mark.parametrize("header", [{"b64": False}, {"b64": 0}, {"b64": None}, {"crit": []}, {"crit": None}])
def test_extensions_are_refused(header: Any) -> None:
    assert reason(signed({"alg": "HS256", **header}, {})) == "critical"
    assert reason(signed({"alg": "HS256", "b64": True}, {})) is None


def test_the_caller_may_change_a_header() -> None:
    token = encode_jwt({}, SECRET, headers={"kid": "1", "jwk": {"kty": "oct", "x": [1]}})
    header = unverified_header(token)
    header["jwk"]["x"].append("mine")
    header["jwk"]["kty"] = "changed"
    assert unverified_header(token)["jwk"] == {"kty": "oct", "x": [1]}
    assert reason(token) is None


def test_integers_have_a_limit_on_every_python() -> None:
    assert reason(signed({"alg": "HS256"}, b'{"a":' + b"9" * 4300 + b"}")) is None
    assert reason(signed({"alg": "HS256"}, b'{"a":-' + b"9" * 4301 + b"}")) == "malformed"
    assert reason(signed(b'{"alg":"HS256","a":' + b"9" * 500_000 + b"}", {})) == "malformed"


def test_keys_have_a_limit() -> None:
    """The longest key and the longest token fit together into the memory of the core."""
    claims = {"text": "x" * 749_900}
    for key in ("k" * 32768, {"kty": "oct", "k": segment(b"k" * 32768)}):
        token = encode_jwt(claims, key)
        assert 999_000 < len(token) <= 1_000_000
        assert decode_jwt(token, key, ["HS256"]) == claims
    long_jwk = {"kty": "RSA", "n": "A" * 50_000, "e": "AQAB"}
    for key, algorithm in (("k" * 32769, "HS256"), ("k" * 32769, "RS256"), (long_jwk, "RS256")):
        token = f"{segment({'alg': algorithm})}.{segment({})}.AA"
        with pytest.raises(JWTKeyError):
            decode_jwt(token, key, [algorithm])  # type: ignore[arg-type]


def test_key_ops_are_respected() -> None:
    jwk, token = pair("HS256").jwk_public, encode_jwt({}, SECRET)
    for operations, signs, verifies in (
        (["sign"], True, False),
        (["verify"], False, True),
        (["sign", "verify"], True, True),
        (("sign",), True, False),
        ([], False, False),
        ("sign", False, False),
        (5, False, False),
        (None, False, False),
        ([["sign"]], False, False),
    ):
        key = {**jwk, "key_ops": operations}
        assert (reason(token, key) is None) is verifies, operations
        if signs:
            assert encode_jwt({}, key) == token
        else:
            with pytest.raises(JWTKeyError):
                encode_jwt({}, key)


@pytest.mark.skipif(not _rust.rust_available(), reason="the core reads keys")
def test_both_forms_of_a_signature_of_es256_verify() -> None:
    """RFC 7518 section 3.4 allows both, and half of the signatures of other libraries have the greater number."""
    jwt = pytest.importorskip("jwt")
    keys = pair("ES256")
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
    for number in range(8):
        token = jwt.encode({"n": number}, keys.private, "ES256")
        message, _, last = token.rpartition(".")
        raw = base64.urlsafe_b64decode(last + "==")
        twin = raw[:32] + (order - int.from_bytes(raw[32:], "big")).to_bytes(32, "big")
        for signature in (raw, twin):
            other = f"{message}.{segment(signature)}"
            assert decode_jwt(other, keys.public, ["ES256"]) == jwt.decode(other, keys.public, ["ES256"])
        for wrong in (raw[:63], raw + b"\0", raw[:32] + bytes(32), bytes(32) + raw[32:], b"\xff" * 64, b""):
            assert reason(f"{message}.{segment(wrong)}", keys.public, ["ES256"]) == "signature"


@pytest.mark.parametrize(
    "rules",
    [
        {"audience": 5},
        {"audience": b"a"},
        {"issuer": 5},
        {"issuer": b"i"},
        {"subject": 5},
        {"leeway": "5"},
        {"leeway": None},
        {"leeway": float("nan")},
        {"leeway": float("inf")},
        {"leeway": timedelta.max},
        {"leeway": 10**400},
        {"options": {"require": "exp"}},
        {"options": {"require": 5}},
        {"options": {"require": [5]}},
        {"options": {"verify": False}},
    ],
    ids=str,
)
def test_wrong_rules_raise_for_any_token(rules: Any) -> None:
    for claims in ({}, {"aud": "a", "iss": "i", "sub": "s", "exp": 4e9}):
        with pytest.raises((TypeError, ValueError)):
            decode_jwt(encode_jwt(claims, SECRET), SECRET, ["HS256"], **rules)


def test_claims_without_json_are_not_signed() -> None:
    deep: Any = []
    for _ in range(100_000):
        deep = [deep]
    for claims in ({"a": float("nan")}, {"a": float("inf")}, {"a": deep}):
        with pytest.raises(ValueError):
            encode_jwt(claims, SECRET)
    with pytest.raises(TypeError):
        encode_jwt({"a": object()}, SECRET)
