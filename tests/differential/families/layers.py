"""Applications with middleware, handlers, dependencies and endpoints of every kind, and events in any of them."""

from __future__ import annotations

from tests.differential.bricks.dependencies import dependencies
from tests.differential.bricks.endpoints import MODELS, STREAMS, Endpoint, endpoints
from tests.differential.bricks.events import OWN
from tests.differential.bricks.handlers import handlers
from tests.differential.bricks.middleware import layers
from tests.differential.bricks.requests import bare, varied
from tests.differential.draw import Draw
from tests.differential.program import Request

REQUESTS = 40
OVERRIDES = "app.dependency_overrides[NAME] = unused"


def without_racing(made: list[Endpoint], text: str) -> list[Endpoint]:
    """Return the endpoints without streams of `def` generators. Two of them at once race in worker threads."""
    kept = [each for each in made if not (each.name.startswith("stream") and f"\ndef {each.name}(" in text)]
    return kept or [Endpoint("nothing", (bare(path="/nothing"),))]


def draw(draw: Draw) -> tuple[str, list[Request]]:
    around, around_points = layers(draw)
    handled, handler_points = handlers(draw)
    needed, needed_points, known = dependencies(draw)
    routed, routed_points, made = endpoints(draw, known, draw.number(2, 5))
    if "middleware: calls next twice" in draw.counted:
        made = without_racing(made, routed)
    body = OWN + MODELS + STREAMS + "app = FastAPI()\n" + around + handled + needed + routed
    points = around_points + handler_points * 2 + needed_points + routed_points
    requests = []
    for _ in range(REQUESTS):
        if draw.chance(0.05):
            request = draw.one(
                (
                    bare(path="/nothing"),
                    bare(path="/openapi.json"),
                    bare(path="/docs"),
                    bare(method="PUT", path="/late"),
                )
            )
        else:
            endpoint = draw.one(made)
            request = endpoint.requests[0] if draw.chance(0.6) else draw.one(endpoint.requests)
        # Most events are at points that this request reaches.
        near = [
            point
            for point in points
            if not point.name.startswith(("endpoint", "stream")) or f"/{point.name.split()[0]}" in request["path"]
        ]
        request = varied(draw, request, near, 0.3)
        if known and draw.chance(0.06):
            request["before"] = OVERRIDES.replace("NAME", draw.one(known).name)
        requests.append(request)
    requests.append({"way": "text", "text": "app.openapi()"})
    return body, requests
