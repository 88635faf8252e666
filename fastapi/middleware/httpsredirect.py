"""Redirects from http to https and from ws to wss: Starlette's middleware."""

from __future__ import annotations

from starlette.middleware.httpsredirect import (
    HTTPSRedirectMiddleware as HTTPSRedirectMiddleware,
)
