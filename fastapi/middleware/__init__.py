"""Middleware. `Middleware` pairs a class with its arguments for `FastAPI(middleware=[...])`."""

from __future__ import annotations

from starlette.middleware import Middleware as Middleware
