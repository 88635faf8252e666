"""Base64url without padding. RFC 7515 section 2."""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64

_FROM_URL = bytes.maketrans(b"-_", b"+/")
_TO_URL = bytes.maketrans(b"+/", b"-_")
# By what is left of four characters: the padding, and the last characters whose unused bits are zero.
_PADDING = (b"", b"", b"==", b"=")
_LAST = (b"", b"", b"AQgw", b"AEIMQUYcgkosw048")


def encode(data: bytes) -> bytes:
    """The text of some bytes."""
    return b2a_base64(data, newline=False).translate(_TO_URL).rstrip(b"=")


def decode(text: bytes) -> bytes:
    """The bytes of a text that holds nothing but the alphabet; ValueError when no bytes have that text.

    Unused bits must be zero (RFC 4648 section 3.5), so that there is one text for some bytes and not four: a list
    of revoked tokens would be of little use otherwise.
    """
    rest = len(text) % 4
    if rest and text[-1] not in _LAST[rest]:
        raise ValueError("there are no such bytes")
    return a2b_base64(text.translate(_FROM_URL) + _PADDING[rest])
