"""What can be wrong with a token or a key: one family, each error with a reason."""

from __future__ import annotations

from typing_extensions import Literal

Reason = Literal[
    "malformed",  # not three parts of base64url, or not JSON where JSON must be
    "algorithm",  # not one of the caller's algorithms, or none of ours
    "critical",  # the header demands an extension (RFC 7515 section 4.1.11)
    "signature",
    "expired",
    "immature",  # before its nbf or iat
    "missing_claim",
    "invalid_claim",  # a claim of the wrong type
    "audience",
    "issuer",
    "subject",
    "key",  # the key cannot be read, or is no key of the algorithm
    "weak_key",
    "unavailable",  # the core is needed and not there
]


class JWTError(Exception):
    """A token or a key is not accepted; `reason` says why in one word, for programs."""

    def __init__(self, message: str, reason: Reason) -> None:
        super().__init__(message)
        self.reason: Reason = reason


class InvalidTokenError(JWTError):
    """The token is not to be trusted: the client's fault."""


class ExpiredTokenError(InvalidTokenError):
    """The token was right once."""


class JWTKeyError(JWTError):
    """The key or the list of algorithms is wrong: the application's fault."""
