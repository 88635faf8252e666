"""Comparison of secrets in a time that does not depend on their contents."""

from __future__ import annotations

import hmac
from typing import Iterable, Optional, Union

Secret = Union[str, bytes]


def constant_time_compare(a: Secret, b: Secret) -> bool:
    """Return whether two secrets are equal, in a time that depends on their lengths alone.

    Text is compared by its UTF-8 bytes, so it may contain any character, and a text may be compared with bytes. Values
    of other types go to `hmac.compare_digest`, which compares bytes-like objects and raises `TypeError` for all others.

    Python compares the secrets on every platform: a call of the core would only copy them.
    """
    if isinstance(a, (str, bytes)) and isinstance(b, (str, bytes)):
        return hmac.compare_digest(_to_bytes(a, "a secret"), _to_bytes(b, "a secret"))
    return hmac.compare_digest(a, b)


def verify_api_key(presented: Optional[Secret], accepted: Union[Secret, Iterable[Secret]]) -> bool:
    """Return whether a presented API key is one of the accepted ones. `None` and an empty key never are.

    The function compares all accepted keys, also after a match, so that the time does not reveal which one matches. A
    key that is neither `str` nor `bytes` raises `TypeError`.

    ```python
    api_key = APIKeyHeader(name="X-API-Key")

    def authorised(key: str = Depends(api_key)) -> None:
        if not verify_api_key(key, settings.api_keys):
            raise HTTPException(401)
    ```
    """
    if presented is None:
        return False
    given = _to_bytes(presented, "an API key")
    found = False
    for key in (accepted,) if isinstance(accepted, (str, bytes)) else accepted:
        expected = _to_bytes(key, "an accepted API key")
        # An empty key in the settings accepts no client.
        found |= bool(expected) & hmac.compare_digest(given, expected)
    return found


def _to_bytes(secret: Secret, title: str) -> bytes:
    if isinstance(secret, str):
        # Environment variables and faulty clients may contain lone surrogates. They are compared like other characters.
        return str.encode(secret, "utf-8", "surrogatepass")
    if isinstance(secret, bytes):
        return secret
    raise TypeError(f"{title} is str or bytes, not {type(secret).__name__}")
