"""The rows of the benchmark: one request each, with the aim relative to the real package.

This package imports no framework; the applications are in `apps/`, `controls.py` and `peers.py`.
"""

from __future__ import annotations

from dataclasses import dataclass

from .features import FEATURES
from .requests import BODY as BODY
from .requests import JSON as JSON
from .requests import MANY as MANY
from .requests import ROUTERS as ROUTERS
from .requests import ROWS as FIRST
from .row import Row as Row
from .service import SERVICE
from .sizes import NO_ENDPOINT, POSITIONS
from .sizes import SIZES as SIZES

ROWS: list[Row] = [*FIRST, *FEATURES, *SERVICE, *NO_ENDPOINT, *POSITIONS]
BY_NAME: dict[str, Row] = {row.name: row for row in ROWS}

# The aims for the geometric mean over all rows, and over the first ones.
WHOLE_MEAN = 8.0
GEOMETRIC_MEAN = 10.0
GEOMETRIC_ROWS = [row.name for row in ROWS[: [row.name for row in ROWS].index("many") + 1]]


def in_mean(name: str) -> bool:
    """Return whether a row counts in the mean over all rows: the many rows about sizes would outweigh the others."""
    return BY_NAME[name].group != "sizes"


@dataclass(frozen=True)
class Function:
    """One function that is called without a request.

    `reach` is the aimed factor as for requests; `times_base` is the largest allowed multiple of the time of `base` in
    the same process.
    """

    title: str
    reach: float | None = None
    base: str = ""
    times_base: float | None = None


FUNCTIONS: dict[str, Function] = {
    "jsonable10k": Function("jsonable_encoder of the objects of json10k", reach=10),
    "floats1000": Function("1000 random floats as JSON", base="to_json", times_base=2),
    "threads": Function("def endpoint, beside anyio's own way to a thread", base="anyio", times_base=0.9),
}

# Behind uvicorn: server CPU per request, times the real package.
SERVER_REACH: dict[str, float] = {"plain": 3.0, "items": 4.0, "p8": 5.0, "body": 3.0}
