"""Cross-origin resource sharing: Starlette's middleware."""

from __future__ import annotations

from starlette.middleware.cors import CORSMiddleware as CORSMiddleware
