"""JSON Web Tokens (RFC 7519) signed with HS256, HS384, HS512, RS256, ES256 or EdDSA.

The arguments of both functions are PyJWT's, in its order. Stricter than PyJWT, as RFC 7515, 7518 and 8725 ask:

- Which algorithm is used is decided by the caller's list; the token only says which of them it claims. `none` is none.
- A secret shorter than the hash is refused (`enforce_minimum_key_length=False` in the options lets old ones verify),
  an RSA key under 2048 bits always; anything that looks like an asymmetric key or a certificate is no secret.
- `crit` in the header is refused, base64url has one text for some bytes, dates are numbers, options are spelt right.

HS256, HS384 and HS512 work without the core; the other three then raise a `JWTError` whose reason is `unavailable`.
"""

from __future__ import annotations

import json
import re
from calendar import timegm
from datetime import datetime, timedelta
from typing import Any, Dict, NoReturn, Optional, Sequence, Tuple, Type, Union

from fastapi.security import _base64url, _jwt_claims, _jwt_keys, _signatures
from fastapi.security._jwt_claims import Audience, Issuer
from fastapi.security._jwt_keys import Key
from fastapi.security.errors import ExpiredTokenError as ExpiredTokenError
from fastapi.security.errors import InvalidTokenError as InvalidTokenError
from fastapi.security.errors import JWTError as JWTError
from fastapi.security.errors import JWTKeyError as JWTKeyError

# RFC 7515 section 7.1; the alphabet is that of RFC 4648 section 5. `re.ASCII` is implied by the class.
_COMPACT = re.compile(rb"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]*)")

# Headers hardly vary: text -> (alg, header). Neither secret nor large, and forgotten when there are too many.
_headers: Dict[bytes, Tuple[str, Dict[str, Any]]] = {}
_MOST_HEADERS, _LONGEST_HEADER = 64, 256
# With its key it has to fit into the security module's 1 MiB.
_LONGEST_TOKEN = 1_000_000


def encode_jwt(
    payload: Dict[str, Any],
    key: Key,
    algorithm: str = "HS256",
    headers: Optional[Dict[str, Any]] = None,
    json_encoder: Optional[Type[json.JSONEncoder]] = None,
    sort_headers: bool = True,
) -> str:
    """Return a signed token with these claims; `exp`, `nbf` and `iat` may be datetimes.

    ```python
    token = encode_jwt({"sub": "alice", "exp": datetime.now(timezone.utc) + timedelta(minutes=15)}, secret)
    ```
    """
    if not isinstance(payload, dict):
        raise TypeError(f"the claims of a token are a dict, not {type(payload).__name__}")
    _require_algorithm(algorithm)
    header: Dict[str, Any] = {"typ": "JWT", **(headers or {})}
    if header.setdefault("alg", algorithm) != algorithm:
        raise JWTKeyError(f"the header says {header['alg']!r}, the argument {algorithm!r}", "algorithm")
    if "crit" in header or "b64" in header:
        raise NotImplementedError("critical headers (RFC 7515 section 4.1.11) and unencoded payloads (RFC 7797)")
    if not header["typ"]:
        del header["typ"]
    material = _jwt_keys.read(key, algorithm, signing=True)
    first = json.dumps(header, separators=(",", ":"), cls=json_encoder, sort_keys=sort_headers)
    second = json.dumps(_with_numeric_dates(payload), separators=(",", ":"), cls=json_encoder)
    message = b".".join((_base64url.encode(first.encode()), _base64url.encode(second.encode())))
    signature = _signatures.sign(algorithm, material, message)
    return b".".join((message, _base64url.encode(signature))).decode("ascii")


def decode_jwt(
    jwt: Union[str, bytes],
    key: Key = "",
    algorithms: Optional[Sequence[str]] = None,
    options: Optional[Dict[str, Any]] = None,
    verify: Optional[bool] = None,
    detached_payload: Optional[bytes] = None,
    audience: Audience = None,
    subject: Optional[str] = None,
    issuer: Issuer = None,
    leeway: Union[float, timedelta] = 0,
) -> Dict[str, Any]:
    """Return the claims of a token whose signature and dates are right; raise a `JWTError` otherwise.

    Verified are `exp`, `nbf`, `iat` (with `leeway`), `aud`, `iss`, `sub` and `jti` where the token has them; a token
    without
    `exp` never expires, so ask for what must be there: `options={"require": ["exp", "sub"]}`.

    ```python
    claims = decode_jwt(token, secret, algorithms=["HS256"], audience="https://api.example.com")
    ```
    """
    if detached_payload is not None:
        raise NotImplementedError("detached payloads (RFC 7515 appendix F)")
    if verify is False and (options or {}).get("verify_signature", True):
        raise TypeError('verify=False does nothing; it is options={"verify_signature": False} that verifies nothing')
    chosen = _jwt_claims.complete(options)
    header, payload, signature = _split(jwt)
    if chosen["verify_signature"]:
        algorithm = _choose(_read_header(header)[0], algorithms)
        material = _jwt_keys.read(key, algorithm, False, chosen["enforce_minimum_key_length"])
        if not _signatures.verify(algorithm, material, header + b"." + payload, _bytes(signature)):
            raise InvalidTokenError("the signature is wrong", "signature")
    claims = _read_json(payload, "the payload")
    _jwt_claims.check(claims, chosen, audience, issuer, subject, leeway)
    return claims


def unverified_header(jwt: Union[str, bytes]) -> Dict[str, Any]:
    """Return the header of a token. Nothing of it is known to be true: it may choose a key, never an algorithm."""
    return dict(_read_header(_split(jwt)[0])[1])


def _choose(claimed: str, algorithms: Optional[Sequence[str]]) -> str:
    """The caller's algorithm that the token claims."""
    if not algorithms or isinstance(algorithms, (str, bytes)):
        raise TypeError('decode_jwt needs a list of the algorithms that are accepted, such as algorithms=["HS256"]')
    for algorithm in algorithms:
        if algorithm == claimed:
            _require_algorithm(algorithm)
            return algorithm
    raise InvalidTokenError("the token's algorithm is not accepted", "algorithm")


def _require_algorithm(algorithm: Optional[str]) -> None:
    if algorithm not in _signatures.ALGORITHMS:
        known = ", ".join(_signatures.ALGORITHMS)
        raise JWTKeyError(f"{algorithm!r} is not an algorithm of signatures here; there are {known}", "algorithm")


def _split(jwt: Union[str, bytes]) -> Tuple[bytes, bytes, bytes]:
    if isinstance(jwt, str):
        try:
            jwt = jwt.encode("ascii")
        except UnicodeEncodeError:
            raise InvalidTokenError("the token is not ASCII", "malformed") from None
    elif not isinstance(jwt, bytes):
        raise TypeError(f"a token is str or bytes, not {type(jwt).__name__}")
    if len(jwt) > _LONGEST_TOKEN:
        raise InvalidTokenError(f"the token is longer than {_LONGEST_TOKEN} characters", "malformed")
    parts = _COMPACT.fullmatch(jwt)
    if parts is None:
        raise InvalidTokenError("the token is not three parts of base64url", "malformed")
    header, payload, signature = parts.groups()
    return header, payload, signature


def _read_header(text: bytes) -> Tuple[str, Dict[str, Any]]:
    found = _headers.get(text)
    if found is None:
        header = _read_json(text, "the header")
        if "crit" in header:
            raise InvalidTokenError("the header demands extensions that are not known here", "critical")
        algorithm = header.get("alg")
        if not isinstance(algorithm, str):
            raise InvalidTokenError("the header names no algorithm", "malformed")
        found = algorithm, header
        if len(text) <= _LONGEST_HEADER:
            if len(_headers) >= _MOST_HEADERS:
                _headers.clear()
            _headers[text] = found
    return found


def _read_json(text: bytes, what: str) -> Dict[str, Any]:
    try:
        value = _decoder.decode(_bytes(text).decode("utf-8"))
    except (ValueError, RecursionError):
        raise InvalidTokenError(f"{what} is not JSON", "malformed") from None
    if not isinstance(value, dict):
        raise InvalidTokenError(f"{what} is not a JSON object", "malformed")
    return value


def _bytes(text: bytes) -> bytes:
    try:
        return _base64url.decode(text)
    except ValueError as error:
        raise InvalidTokenError(f"a part of the token is not base64url: {error}", "malformed") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_decoder = json.JSONDecoder(parse_constant=_refuse_constant)


def _with_numeric_dates(payload: Dict[str, Any]) -> Dict[str, Any]:
    dates = {
        name: timegm(payload[name].utctimetuple())
        for name in ("exp", "iat", "nbf")
        if isinstance(payload.get(name), datetime)
    }
    if not isinstance(payload.get("iss", ""), str):
        raise TypeError("the issuer (iss) is a str")
    return {**payload, **dates}
