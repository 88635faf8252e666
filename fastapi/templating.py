"""Starlette's templates. Needs jinja2."""

from __future__ import annotations

from starlette.templating import Jinja2Templates as Jinja2Templates
