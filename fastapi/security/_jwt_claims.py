"""The registered claims of a token. RFC 7519 section 4.1."""

from __future__ import annotations

import time
from datetime import timedelta
from math import isfinite
from typing import Container, Iterable, Iterator, NamedTuple, Optional, Tuple, Union

from fastapi.security.errors import ExpiredTokenError, InvalidTokenError
from fastapi.types import JSONObject

CLAIM_OPTIONS = ("verify_exp", "verify_nbf", "verify_iat", "verify_aud", "verify_iss", "verify_sub", "verify_jti")

Audience = Optional[Union[str, Iterable[str]]]
Issuer = Optional[Union[str, Container[str]]]

DEFAULTS: JSONObject = {
    **dict.fromkeys(CLAIM_OPTIONS, True),
    "verify_signature": True,
    "require": (),
    "strict_aud": False,
    "enforce_minimum_key_length": True,
}


class Rules(NamedTuple):
    """The caller's requirements for the claims of any token."""

    options: JSONObject
    audience: Audience
    issuer: Issuer
    subject: Optional[str]
    leeway: float


_MOST_LEEWAY = 100 * 366 * 86400
_NO_RULES = Rules(DEFAULTS, None, None, None, 0)


def make_rules(
    options: Optional[JSONObject],
    audience: Audience,
    issuer: Issuer,
    subject: Optional[str],
    leeway: Union[float, timedelta],
) -> Rules:
    """Return the caller's rules; raise TypeError or ValueError if one is wrong.

    A wrong rule is an error of the application for every token, so it is raised even if no token has the claim.
    """
    if options is audience is issuer is subject is None and leeway == 0:
        return _NO_RULES
    if audience is not None and not isinstance(audience, str):
        if isinstance(audience, (bytes, bytearray)) or not isinstance(audience, Iterable):
            raise TypeError(f"audience is a str or an iterable of str, not {type(audience).__name__}")
        if isinstance(audience, Iterator):
            audience = tuple(audience)
    if issuer is not None and not isinstance(issuer, str):
        if isinstance(issuer, (bytes, bytearray)) or not isinstance(issuer, Container):
            raise TypeError(f"issuer is a str or a container of str, not {type(issuer).__name__}")
    if subject is not None and not isinstance(subject, str):
        raise TypeError(f"subject is a str, not {type(subject).__name__}")
    return Rules(_complete(options), audience, issuer, subject, _leeway(leeway))


def _leeway(leeway: Union[float, timedelta]) -> float:
    seconds = leeway.total_seconds() if isinstance(leeway, timedelta) else leeway
    if not isinstance(seconds, (int, float)):
        raise TypeError(f"leeway is a number or a timedelta, not {type(leeway).__name__}")
    # A NaN fails this comparison. With it as the leeway, no token would ever expire.
    if not -_MOST_LEEWAY <= seconds <= _MOST_LEEWAY:
        raise ValueError("leeway is a number of seconds, at most a century")
    return seconds


def _complete(options: Optional[JSONObject]) -> JSONObject:
    """Return the options with their defaults: without a verified signature, claims are not verified either."""
    if not options:
        return DEFAULTS
    unknown = set(options) - set(DEFAULTS)
    if unknown:
        raise TypeError(f"decode_jwt has no option {', '.join(sorted(map(repr, unknown)))}")
    required = _required(options.get("require", ()))
    if options.get("verify_signature", True):
        return {**DEFAULTS, **options, "require": required}
    return {**DEFAULTS, **dict.fromkeys(CLAIM_OPTIONS, False), **options, "require": required}


def _required(names: Iterable[str]) -> Tuple[str, ...]:
    # A string would require claims of one letter each, and an iterator would be exhausted after the first token.
    required = () if isinstance(names, (str, bytes)) else tuple(names)
    if isinstance(names, (str, bytes)) or not all(isinstance(name, str) for name in required):
        raise TypeError('"require" is a list of the required claims, such as ["exp"]')
    return required


def check_claims(claims: JSONObject, rules: Rules) -> None:
    """Raise InvalidTokenError for the first rule that the claims break."""
    options, audience, issuer, subject, leeway = rules
    for name in options["require"]:
        if claims.get(name) is None:
            raise InvalidTokenError(f"the token has no claim {name!r}", "missing_claim")
    _check_times(claims, options, leeway)
    if issuer is not None and options["verify_iss"]:
        _check_issuer(claims, issuer)
    if options["verify_aud"] and (audience is not None or claims.get("aud")):
        _check_audience(claims.get("aud"), audience, options["strict_aud"])
    if options["verify_sub"] and "sub" in claims:
        _check_text(claims["sub"], "sub")
        if subject is not None and claims["sub"] != subject:
            raise InvalidTokenError("the token is about another subject", "subject")
    if options["verify_jti"] and "jti" in claims:
        _check_text(claims["jti"], "jti")


def _check_times(claims: JSONObject, options: JSONObject, leeway: float) -> None:
    now = time.time()
    for name in ("iat", "nbf"):
        if name in claims and options["verify_" + name] and _seconds(claims[name], name) > now + leeway:
            raise InvalidTokenError(f"the token is not valid yet ({name})", "immature")
    if "exp" in claims and options["verify_exp"] and _seconds(claims["exp"], "exp") <= now - leeway:
        raise ExpiredTokenError("the token has expired", "expired")


def _seconds(value: object, name: str) -> int:
    """Return a NumericDate (RFC 7519 section 2), a JSON number, without its fraction."""
    if type(value) is int:
        return int(value)
    if type(value) is float and isfinite(value):
        return int(value)
    raise InvalidTokenError(f"the claim {name!r} is not a number", "invalid_claim")


def _check_text(value: object, name: str) -> None:
    if not isinstance(value, str):
        raise InvalidTokenError(f"the claim {name!r} is not a string", "invalid_claim")


def _check_issuer(claims: JSONObject, issuer: Union[str, Container[str]]) -> None:
    if "iss" not in claims:
        raise InvalidTokenError("the token has no claim 'iss'", "missing_claim")
    _check_text(claims["iss"], "iss")
    if (claims["iss"] != issuer) if isinstance(issuer, str) else (claims["iss"] not in issuer):
        raise InvalidTokenError("the token is from another issuer", "issuer")


def _check_audience(claimed: object, audience: Audience, strict: bool) -> None:
    if audience is None:
        # RFC 7519 section 4.1.3: a principal that does not identify itself with a value in "aud" MUST reject the token.
        raise InvalidTokenError("the token is for an audience, and the application expects none", "audience")
    if not claimed:
        raise InvalidTokenError("the token has no claim 'aud'", "missing_claim")
    if strict and not (isinstance(audience, str) and isinstance(claimed, str)):
        raise InvalidTokenError("the token must be for one audience", "audience")
    found = [claimed] if isinstance(claimed, str) else claimed
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise InvalidTokenError("the claim 'aud' is neither a string nor a list of strings", "invalid_claim")
    wanted = (audience,) if isinstance(audience, str) else audience
    if not any(each in found for each in wanted):
        raise InvalidTokenError("the token is for another audience", "audience")
