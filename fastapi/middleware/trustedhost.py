"""A check of the Host header: Starlette's middleware."""

from __future__ import annotations

from starlette.middleware.trustedhost import (
    TrustedHostMiddleware as TrustedHostMiddleware,
)
