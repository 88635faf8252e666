"""JSON Web Tokens (RFC 7519) signed with HS256, HS384, HS512, RS256, ES256 or EdDSA.

Both functions take the arguments of PyJWT, in its order. They are stricter than PyJWT, as RFC 7515, 7518 and 8725
require:

- The caller lists the accepted algorithms, and the token names one of them. The algorithm `none` is never accepted.
- A secret must be as long as the hash; `enforce_minimum_key_length=False` in the options lets shorter ones verify. An
  RSA key must have 2048 bits. An asymmetric key or a certificate is refused as a secret.
- A header with `crit` is refused, base64url has one text for some bytes, dates are numbers, and unknown options raise.

HS256, HS384 and HS512 work without the core. The other three then raise a `JWTError` with the reason `unavailable`.
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
from fastapi.types import JSONObject

# RFC 7515 section 7.1, with the alphabet of RFC 4648 section 5.
_COMPACT = re.compile(rb"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]*)")

# The `alg` of each header by its text, because most tokens of an application have the same few headers. They are
# neither secret nor large, and the cache is cleared when it is full. It does not keep the dict of a header, because
# callers of `unverified_header` may change that.
_algorithms_of_headers: Dict[bytes, str] = {}
_MOST_CACHED_HEADERS, _LONGEST_HEADER = 64, 256
# A token of this length and its key fit together into 1 MiB, the room that an instance keeps.
_LONGEST_TOKEN = 1_000_000
# The limit of Python 3.11: the time for converting an integer grows with the square of its digits.
_MOST_DIGITS = 4300

# The types of registered parameters (RFC 7515 section 4.1). A function that chooses a key may rely on them.
_HEADER_TYPES: Dict[str, type] = {
    **dict.fromkeys(("typ", "cty", "kid", "jku", "x5u", "x5t", "x5t#S256"), str),
    "jwk": dict,
    "x5c": list,
}


def encode_jwt(
    payload: JSONObject,
    key: Key,
    algorithm: str = "HS256",
    headers: Optional[JSONObject] = None,
    json_encoder: Optional[Type[json.JSONEncoder]] = None,
    sort_headers: bool = True,
) -> str:
    """Return a signed token with these claims; `exp`, `nbf` and `iat` may be datetimes.

    ```python
    token = encode_jwt({"sub": "alice", "exp": datetime.now(timezone.utc) + timedelta(minutes=15)}, secret)
    ```

    Raises:
        JWTKeyError: The key is not a key for signing with the algorithm, or the header names another algorithm.
        TypeError: A claim or a header has no JSON, or is of the wrong type.
        ValueError: A claim has no JSON, or the token has more than 1,000,000 characters, which `decode_jwt` refuses.
    """
    if not isinstance(payload, dict):
        raise TypeError(f"the claims of a token are a dict, not {type(payload).__name__}")
    _require_algorithm(algorithm)
    header: JSONObject = {"typ": "JWT", **(headers or {})}
    if header.setdefault("alg", algorithm) != algorithm:
        raise JWTKeyError(f"the header says {header['alg']!r}, the argument {algorithm!r}", "algorithm")
    if "crit" in header or "b64" in header:
        raise NotImplementedError("critical headers (RFC 7515 section 4.1.11) and unencoded payloads (RFC 7797)")
    if not header["typ"]:
        del header["typ"]
    name = _wrong_type(header)
    if name:
        raise TypeError(f"the header {name!r} is a {_HEADER_TYPES[name].__name__}")
    material = _jwt_keys.read_key(key, algorithm, signing=True)
    first = _dump(header, json_encoder, sort_headers)
    second = _dump(_with_numeric_dates(payload), json_encoder, False)
    message = b".".join((_base64url.encode(first), _base64url.encode(second)))
    _require_length(len(message))
    token = b".".join((message, _base64url.encode(_signatures.sign(algorithm, material, message))))
    _require_length(len(token))
    return token.decode("ascii")


def decode_jwt(
    jwt: Union[str, bytes],
    key: Key = "",
    algorithms: Optional[Sequence[str]] = None,
    options: Optional[JSONObject] = None,
    verify: Optional[bool] = None,
    detached_payload: Optional[bytes] = None,
    audience: Audience = None,
    subject: Optional[str] = None,
    issuer: Issuer = None,
    leeway: Union[float, timedelta] = 0,
) -> JSONObject:
    """Return the claims of a token after verifying its signature and its claims.

    The claims `exp`, `nbf`, `iat` (with `leeway`), `aud`, `iss`, `sub` and `jti` are verified if the token has them. A
    token without `exp` never expires, so list the required claims: `options={"require": ["exp", "sub"]}`.

    ```python
    claims = decode_jwt(token, secret, algorithms=["HS256"], audience="https://api.example.com")
    ```

    Raises:
        ExpiredTokenError: The time in `exp` has passed.
        InvalidTokenError: The token is not valid for another reason, which `reason` names.
        JWTKeyError: The key is not a key for the algorithm, whatever the token.
        TypeError: An argument or an option is wrong.
    """
    if detached_payload is not None:
        raise NotImplementedError("detached payloads (RFC 7515 appendix F)")
    if verify is False and (options or {}).get("verify_signature", True):
        raise TypeError('verify=False has no effect; options={"verify_signature": False} turns verification off')
    return decode_by_rules(jwt, key, algorithms, _jwt_claims.make_rules(options, audience, issuer, subject, leeway))


def decode_by_rules(
    jwt: Union[str, bytes], key: Key, algorithms: Optional[Sequence[str]], rules: _jwt_claims.Rules
) -> JSONObject:
    """Return the result of `decode_jwt` for rules that the caller made in advance."""
    header, payload, signature = _split(jwt)
    if rules.options["verify_signature"]:
        _verify(header, payload, signature, key, algorithms, rules.options["enforce_minimum_key_length"])
    claims = _read_object(payload, "the payload")
    _jwt_claims.check_claims(claims, rules)
    return claims


def unverified_header(jwt: Union[str, bytes]) -> JSONObject:
    """Return the header of a token, unverified. It may serve to choose a key, but never to choose an algorithm."""
    return _read_header(_split(jwt)[0])


def _verify(
    header: bytes,
    payload: bytes,
    signature: bytes,
    key: Key,
    algorithms: Optional[Sequence[str]],
    enforce_length: bool,
) -> None:
    """Raise InvalidTokenError unless the signature is right, or JWTKeyError if the key fits no accepted algorithm.

    A key may fit one of several accepted algorithms. A token that names another of them is an error of the client.
    """
    algorithm = _choose_algorithm(_read_algorithm(header), algorithms)
    try:
        _require_algorithm(algorithm)
        material = _jwt_keys.read_key(key, algorithm, False, enforce_length)
        if _signatures.verify(algorithm, material, header + b"." + payload, _decode_part(signature)):
            return
    except JWTKeyError as error:
        if any(_fits(key, other, enforce_length) for other in algorithms or () if other != algorithm):
            raise InvalidTokenError("the key is not for the token's algorithm", "key") from error
        raise
    raise InvalidTokenError("the signature is wrong", "signature")


def _fits(key: Key, algorithm: str, enforce_length: bool) -> bool:
    """Return whether the key verifies tokens of this algorithm: the core tries an empty token."""
    try:
        _require_algorithm(algorithm)
        _signatures.verify(algorithm, _jwt_keys.read_key(key, algorithm, False, enforce_length), b"", b"")
    except JWTKeyError:
        return False
    except JWTError:
        # Without the core, the key cannot be read.
        return True
    return True


def _choose_algorithm(claimed: str, algorithms: Optional[Sequence[str]]) -> str:
    """Return the accepted algorithm that the token names."""
    if not algorithms or isinstance(algorithms, (str, bytes)):
        raise TypeError('decode_jwt needs a list of the accepted algorithms, such as algorithms=["HS256"]')
    for algorithm in algorithms:
        if algorithm == claimed:
            return algorithm
    raise InvalidTokenError("the token's algorithm is not accepted", "algorithm")


def _require_algorithm(algorithm: Optional[str]) -> None:
    if algorithm not in _signatures.ALGORITHMS:
        known = ", ".join(_signatures.ALGORITHMS)
        raise JWTKeyError(f"{algorithm!r} is not a supported algorithm; these are: {known}", "algorithm")


def _require_length(length: int) -> None:
    if length > _LONGEST_TOKEN:
        raise ValueError(f"the token would be longer than {_LONGEST_TOKEN} characters")


def _split(jwt: Union[str, bytes]) -> Tuple[bytes, bytes, bytes]:
    if isinstance(jwt, str):
        try:
            jwt = str.encode(jwt, "ascii")
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


def _read_algorithm(text: bytes) -> str:
    algorithm = _algorithms_of_headers.get(text)
    if algorithm is None:
        algorithm = _read_header(text)["alg"]
        if len(text) <= _LONGEST_HEADER:
            if len(_algorithms_of_headers) >= _MOST_CACHED_HEADERS:
                _algorithms_of_headers.clear()
            _algorithms_of_headers[text] = algorithm
    return algorithm


def _read_header(text: bytes) -> JSONObject:
    header = _read_object(text, "the header")
    # RFC 7797 section 6: "crit" must name "b64", and with it the payload is not base64url.
    if "crit" in header or header.get("b64", True) is not True:
        raise InvalidTokenError("the header requires unsupported extensions", "critical")
    if not isinstance(header.get("alg"), str):
        raise InvalidTokenError("the header names no algorithm", "malformed")
    name = _wrong_type(header)
    if name:
        raise InvalidTokenError(f"the value of the header {name!r} has the wrong type", "malformed")
    return header


def _wrong_type(header: JSONObject) -> Optional[str]:
    """Return the first registered parameter of the header with a value of a wrong type, or None."""
    for name, value in header.items():
        if name in _HEADER_TYPES and not isinstance(value, _HEADER_TYPES[name]):
            return name
    return None


def _read_object(text: bytes, title: str) -> JSONObject:
    try:
        value = _decode_json(_decode_part(text).decode("utf-8"))
    except (ValueError, RecursionError):
        raise InvalidTokenError(f"{title} is not JSON", "malformed") from None
    if not isinstance(value, dict):
        raise InvalidTokenError(f"{title} is not a JSON object", "malformed")
    return value


def _decode_json(text: str) -> Any:
    decoder = _decoder if len(text) <= _MOST_DIGITS else _decoder_of_long_texts
    return decoder.decode(text)


def _decode_part(text: bytes) -> bytes:
    try:
        return _base64url.decode(text)
    except ValueError as error:
        raise InvalidTokenError(f"a part of the token is not base64url: {error}", "malformed") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _parse_int(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError("an integer of too many digits")
    return int(digits)


_decoder = json.JSONDecoder(parse_constant=_refuse_constant)
_decoder_of_long_texts = json.JSONDecoder(parse_constant=_refuse_constant, parse_int=_parse_int)


def _dump(value: JSONObject, encoder: Optional[Type[json.JSONEncoder]], sort_keys: bool) -> bytes:
    try:
        text = json.dumps(value, separators=(",", ":"), cls=encoder, sort_keys=sort_keys, allow_nan=False)
    except RecursionError:
        raise ValueError("the header or the claims are nested too deeply") from None
    return text.encode("utf-8")


def _with_numeric_dates(payload: JSONObject) -> JSONObject:
    dates = {
        name: timegm(payload[name].utctimetuple())
        for name in ("exp", "iat", "nbf")
        if isinstance(payload.get(name), datetime)
    }
    if not isinstance(payload.get("iss", ""), str):
        raise TypeError("the issuer (iss) is a str")
    return {**payload, **dates}
