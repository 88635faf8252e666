"""WSGI applications inside of an ASGI one: Starlette's middleware."""

from __future__ import annotations

from starlette.middleware.wsgi import WSGIMiddleware as WSGIMiddleware
