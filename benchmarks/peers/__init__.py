"""The same workloads on other frameworks, written in the style of their documentation: controls, never a target.

Their headers differ from the real package's. The benchmark compares status and body, except for the text of an error
that the framework writes. `notes.py` has the reasons where a framework has no answer.

first                                             the first rows
litestar_rows, falcon_rows, blacksheep_rows       rows of one feature
litestar_service                                  the service
"""

from __future__ import annotations

import importlib
from typing import Any, Awaitable, Callable

from workloads import Row

from .first import FIRST, answers

Application = Callable[[Any, Any, Any], Awaitable[None]]


def make(peer: str, row: Row) -> Application | None:
    """Return the peer's application for a workload, or None when it has none."""
    if answers(row):
        return FIRST[peer](row.app)
    factory = importlib.import_module(f"peers.{peer}_rows").ROWS.get(row.name)
    return factory() if factory else None
