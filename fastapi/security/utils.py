"""The grammar of the Authorization header."""

from __future__ import annotations

from typing import Optional, Tuple


def get_authorization_scheme_param(
    authorization_header_value: Optional[str],
) -> Tuple[str, str]:
    """Return the scheme and the rest of the header: `("Bearer", "token")` for `"Bearer token"`.

    A missing part is an empty text.

    RFC 9110 section 11.4: credentials = auth-scheme [ 1*SP ( token68 / #auth-param ) ].
    """
    scheme, _, param = (authorization_header_value or "").partition(" ")
    return scheme, param.strip()
