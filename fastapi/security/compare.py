"""Compare secrets without telling by the time how much of them was right."""

from __future__ import annotations

import hmac
from typing import Iterable, Optional, Union

Secret = Union[str, bytes]


def constant_time_compare(a: Secret, b: Secret) -> bool:
    """Tell whether two secrets are equal, in a time that depends on their lengths alone.

    Text is compared by its UTF-8 bytes, so it may hold any character and may be compared with bytes. The comparison is
    the interpreter's own, `hmac.compare_digest`, on every platform: a crossing to the core would only copy the secrets.
    """
    return hmac.compare_digest(_bytes(a), _bytes(b))


def verify_api_key(presented: Optional[Secret], accepted: Union[Secret, Iterable[Secret]]) -> bool:
    """Tell whether a presented API key is one of the accepted ones; `None` and an empty key never are.

    All accepted keys are compared, also after the right one, so that the time does not tell its place.

    ```python
    api_key = APIKeyHeader(name="X-API-Key")

    def authorised(key: str = Depends(api_key)) -> None:
        if not verify_api_key(key, settings.api_keys):
            raise HTTPException(401)
    ```
    """
    if not presented:
        return False
    given = _bytes(presented)
    found = False
    for key in (accepted,) if isinstance(accepted, (str, bytes)) else accepted:
        expected = _bytes(key)
        # An empty setting must not open the door, whatever was presented.
        found |= bool(expected) & hmac.compare_digest(given, expected)
    return found


def _bytes(secret: Secret) -> bytes:
    # Lone surrogates come from the environment and from broken clients; they are compared, not refused.
    return secret.encode("utf-8", "surrogatepass") if isinstance(secret, str) else bytes(secret)
