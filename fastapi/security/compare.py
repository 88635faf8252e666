"""Compare secrets without telling by the time how much of them was right."""

from __future__ import annotations

import hmac
from typing import Iterable, Optional, Union

Secret = Union[str, bytes]


def constant_time_compare(a: Secret, b: Secret) -> bool:
    """Tell whether two secrets are equal, in a time that depends on their lengths alone.

    Text is compared by its UTF-8 bytes, so it may hold any character and may be compared with bytes. For values of any
    other type `hmac.compare_digest` decides: it compares bytes-like values, and raises `TypeError` for the rest.

    The comparison is the interpreter's own on every platform: a crossing to the core would only copy the secrets.
    """
    if isinstance(a, (str, bytes)) and isinstance(b, (str, bytes)):
        return hmac.compare_digest(_bytes(a, "a secret"), _bytes(b, "a secret"))
    return hmac.compare_digest(a, b)


def verify_api_key(presented: Optional[Secret], accepted: Union[Secret, Iterable[Secret]]) -> bool:
    """Tell whether a presented API key is one of the accepted ones; `None` and an empty key never are.

    The function compares all accepted keys, also after the right one, so that the time does not tell its place. A key
    that is neither `str` nor `bytes` raises `TypeError`.

    ```python
    api_key = APIKeyHeader(name="X-API-Key")

    def authorised(key: str = Depends(api_key)) -> None:
        if not verify_api_key(key, settings.api_keys):
            raise HTTPException(401)
    ```
    """
    if presented is None:
        return False
    given = _bytes(presented, "an API key")
    found = False
    for key in (accepted,) if isinstance(accepted, (str, bytes)) else accepted:
        expected = _bytes(key, "an accepted API key")
        # An empty setting must not open the door, whatever the client presents.
        found |= bool(expected) & hmac.compare_digest(given, expected)
    return found


def _bytes(secret: Secret, title: str) -> bytes:
    if isinstance(secret, str):
        # Lone surrogates come from the environment and from broken clients; they are compared, not refused.
        return str.encode(secret, "utf-8", "surrogatepass")
    if isinstance(secret, bytes):
        return secret
    raise TypeError(f"{title} is str or bytes, not {type(secret).__name__}")
