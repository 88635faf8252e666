"""Starlette's requests."""

from __future__ import annotations

from starlette.requests import HTTPConnection as HTTPConnection
from starlette.requests import Request as Request
