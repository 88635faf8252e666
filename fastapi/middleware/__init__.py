"""Middleware. `Middleware` holds a class and its arguments for `FastAPI(middleware=[...])`."""

from __future__ import annotations

from starlette.middleware import Middleware as Middleware
