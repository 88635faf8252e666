"""Starlette's test client. Needs httpx."""

from __future__ import annotations

from starlette.testclient import TestClient as TestClient
