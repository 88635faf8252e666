"""The row of a whole service, whose requests `service/mix.py` draws."""

from __future__ import annotations

from service import mix

from .row import Row, grouped

SERVICE: list[Row] = grouped(
    "service", 4, Row("service", "the service: a mix of its operations", "service", steps=mix.steps())
)
