"""The errors of tokens and keys: one base class, and a reason for each error."""

from __future__ import annotations

from typing_extensions import Literal

Reason = Literal[
    "malformed",  # not three parts of base64url, or not JSON where JSON must be
    "algorithm",  # not one of the caller's algorithms, or not supported
    "critical",  # the header requires an extension (RFC 7515 section 4.1.11)
    "signature",
    "expired",
    "immature",  # before its nbf or iat
    "missing_claim",
    "invalid_claim",  # a claim of the wrong type
    "audience",
    "issuer",
    "subject",
    "key",  # the key cannot be read, or is for another algorithm
    "weak_key",
    "unavailable",  # the algorithm needs the core, and this process runs without it
]


class JWTError(Exception):
    """A token or a key is not accepted. `reason` is the reason in one word, for programs."""

    def __init__(self, message: str, reason: Reason) -> None:
        super().__init__(message)
        self.reason: Reason = reason


class InvalidTokenError(JWTError):
    """The token is not valid: an error of the client."""


class ExpiredTokenError(InvalidTokenError):
    """The token is correctly signed, and its time has passed."""


class JWTKeyError(JWTError):
    """The key or the list of algorithms is wrong: an error of the application."""
