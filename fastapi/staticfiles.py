"""Starlette's static files."""

from __future__ import annotations

from starlette.staticfiles import StaticFiles as StaticFiles
