"""Base64url without padding. RFC 7515 section 2."""

from __future__ import annotations

from binascii import a2b_base64, b2a_base64

_FROM_URL = bytes.maketrans(b"-_", b"+/")
_TO_URL = bytes.maketrans(b"+/", b"-_")
# By the length modulo four: the padding, and the last characters whose unused bits are zero.
_PADDING = (b"", b"", b"==", b"=")
_LAST = (b"", b"", b"AQgw", b"AEIMQUYcgkosw048")


def encode(data: bytes) -> bytes:
    """Return the text for some bytes."""
    return b2a_base64(data, newline=False).translate(_TO_URL).rstrip(b"=")


def decode(text: bytes) -> bytes:
    """Return the bytes for a text of characters of the alphabet; raise ValueError if no bytes have that text.

    Unused bits must be zero (RFC 4648 section 3.5), so that one text stands for some bytes, not several. Otherwise a
    client could pass a list of revoked tokens with another text for the same token.
    """
    rest = len(text) % 4
    if rest and text[-1] not in _LAST[rest]:
        raise ValueError("no bytes have this text")
    return a2b_base64(text.translate(_FROM_URL) + _PADDING[rest])
