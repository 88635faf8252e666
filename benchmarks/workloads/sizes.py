"""Rows about the number of routes: answers without an endpoint, and every size and position of an application."""

from __future__ import annotations

from .features import MODEL_QUERY
from .requests import MANY, ROUTERS
from .row import Row, grouped

SIZES = (1, 100, MANY)


def included_path(i: int) -> str:
    """Return the path of a route of an application of included routers."""
    return f"/router{i * ROUTERS // MANY}/route{i}"


def _answers(count: int, kind: str) -> list[Row]:
    """Return requests whose answers need no endpoint, addressed to the last route."""
    app, last = f"{kind}{count}", count - 1
    path = f"/route{last}" if kind == "flat" else included_path(last)
    routes = "route" if count == 1 else "routes"
    return [
        Row(f"405-{app}", f"405 of {count} {kind} {routes}", app, "POST", f"{path}/7"),
        Row(f"head-{app}", f"HEAD of {count} {kind} {routes}", app, "HEAD", f"{path}/7"),
        Row(f"options-{app}", f"OPTIONS of {count} {kind} {routes}", app, "OPTIONS", f"{path}/7"),
        Row(f"redirect-{app}", f"slash redirect of {count} {kind} {routes}", app, path=f"{path}/7/"),
    ]


def _hits(count: int, kind: str) -> list[Row]:
    app = f"{kind}{count}"
    places = {"first": 0, "middle": count // 2, "last": count - 1} if count > 1 else {"only": 0}
    found = []
    for place, i in places.items():
        path = f"/route{i}" if kind == "flat" else included_path(i)
        found.append(Row(f"{place}-{app}", f"{place} of {count} {kind}", app, path=f"{path}/7"))
    return [*found, Row(f"404-{app}", f"404 of {count} {kind}", app, path="/unknown")]


def _behind() -> list[Row]:
    """Return one row of each way to answer, behind 1000 included routes."""
    return [
        Row("behind-model", "query model behind 1000 routes", "behind", path="/query-model", query=MODEL_QUERY),
        Row("behind-yield", "dependency that yields behind 1000 routes", "behind", path="/yield/42"),
        Row("behind-raise", "HTTPException behind 1000 routes", "behind", path="/raise/42"),
        Row("behind-mount", "mounted sub-application behind 1000 routes", "behind", path="/mounted/items/42"),
        Row("behind-mount-404", "404 of that sub-application", "behind", path="/mounted/unknown"),
        Row("behind-exact", "a route class of its own behind 1000 routes", "behind", path="/exact/42"),
        Row("behind-def", "def endpoint behind 1000 routes", "behind", path="/def/42"),
        Row("behind-websocket", "WebSocket behind 1000 routes", "behind", path="/websocket", texts=("hello",)),
        Row("behind-websocket-404", "WebSocket of an unknown path", "behind", path="/unknown", texts=("hello",)),
    ]


NO_ENDPOINT: list[Row] = [
    *grouped("answers without an endpoint", 20, *_answers(1, "included")),
    *grouped("answers without an endpoint", 100, *_answers(MANY, "included")),
]
POSITIONS: list[Row] = grouped(
    "sizes",
    1.0,
    *(row for kind in ("flat", "included") for count in SIZES for row in _hits(count, kind)),
    *(row for kind in ("flat",) for count in SIZES for row in _answers(count, kind)),
    *_answers(100, "included"),
    *_behind(),
)
