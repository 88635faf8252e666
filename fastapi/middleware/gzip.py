"""Compressed responses: Starlette's middleware."""

from __future__ import annotations

from starlette.middleware.gzip import GZipMiddleware as GZipMiddleware
