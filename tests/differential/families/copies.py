"""Copies of applications, routers and routes (copied, deep-copied, pickled), made before or after the first requests."""

from __future__ import annotations

from tests.differential.bricks.guarded import guarded
from tests.differential.bricks.requests import bare, with_json
from tests.differential.draw import Draw
from tests.differential.program import Request

BEGINNING = """
class Item(BaseModel):
    a: int = 1
async def plain(q: int = 1):
    note("plain")
    return q
def yielding(h: Annotated[str, Header()] = "d"):
    yield h
    note("yielding after")
class Needs:
    def __init__(self, x: int = 2):
        self.x = x
checks = APIKeyHeader(name="x-key", auto_error=False)
base = FastAPI(title="T")
router = APIRouter(prefix="/r", tags=["t"])
"""
ENDPOINTS = (
    "@TARGET.get('/NAME/{i}')\nasync def NAME(i: int, d=Depends(plain)):\n    return [i, d]\n",
    "@TARGET.get('/NAME/{i}')\ndef NAME(i: str, d=Depends(yielding)):\n    return {'i': i, 'd': d}\n",
    "@TARGET.post('/NAME/{i}', response_model=Item)\nasync def NAME(i: int, item: Item):\n    return item\n",
    "@TARGET.get('/NAME/{i}')\ndef NAME(i: int, n: Annotated[Needs, Depends()], key=Security(checks)):\n    return [n.x, key]\n",
    "@TARGET.get('/NAME/{i}', dependencies=[Depends(plain)], status_code=201)\nasync def NAME(request: Request, i: int):\n    return request.url.path\n",
    "@TARGET.get('/NAME/{i}')\nasync def NAME(i: int):\n    for n in range(i):\n        yield n\n",
)
MIDDLEWARE = "@base.middleware('http')\nasync def around(request, call_next):\n    note('around')\n    return await call_next(request)\n"
HANDLER = "@base.exception_handler(RequestValidationError)\nasync def handles(request, error):\n    return JSONResponse({'e': error.errors()}, 400)\n"
ROUTES_COPY = "app = FastAPI()\napp.router.routes = [COPY(route) for route in base.routes]\n"
WAYS = {
    "app": "app = COPY(base)\n",
    "routes": ROUTES_COPY,
    "router included": "app = FastAPI()\napp.include_router(COPY(router))\n",
    "router of the app": "app = FastAPI()\napp.include_router(COPY(base.router), prefix='/again')\n",
    "mounted": "app = FastAPI()\napp.mount('/m', COPY(base))\n",
    "dependant": "app = base\nfor route in base.routes:\n    if isinstance(route, APIRoute):\n        route.dependant = COPY(route.dependant)\n",
    "dictionary": "app = FastAPI()\napp.__dict__.update(COPY(base.__dict__))\n",
    "route added": "app = FastAPI()\nfor route in base.routes[4:]:\n    app.router.routes.append(COPY(route))\n",
    "body fields": "app = base\nnote([repr(COPY(f)) for r in base.routes if isinstance(r, APIRoute) for f in r.dependant.query_params + r.dependant.body_params])\n",
}
COPIES = (
    "copy.copy",
    "copy.deepcopy",
    "copy.deepcopy",
    "lambda x: pickle.loads(pickle.dumps(x))",
    "lambda x: cloudpickle.loads(cloudpickle.dumps(x))",
)
CHANGES = (
    "@app.get('/new/{i}')\ndef new(i: int):\n    return 'new'\n",
    "app.dependency_overrides[plain] = lambda: 'overridden'\n",
    "base.dependency_overrides[plain] = lambda: 'overridden'\n",
    "base.router.routes.clear()\n",
    "app.routes[-1].endpoint = lambda: 1\n",
    "",
    "",
)


def draw(draw: Draw) -> tuple[str, list[Request]]:
    text, places = BEGINNING, []
    if draw.chance(0.3):
        text += MIDDLEWARE
    if draw.chance(0.3):
        text += HANDLER
    for _ in range(draw.number(1, 4)):
        name, on_router = draw.name("endpoint"), draw.chance(0.5)
        body = draw.one(ENDPOINTS)
        text += body.replace("NAME", name).replace("TARGET", "router" if on_router else "base")
        places.append((("/r" if on_router else "") + f"/{name}", ".post" in body))
    included = draw.chance(0.8)
    text += "base.include_router(router)\n" * included + "app = base\n"
    way, copied = draw.one(list(WAYS)), draw.one(COPIES)
    used = draw.chance(0.5)
    draw.kind(f"{way} by {copied.partition('(')[0].replace('lambda x: ', '')}{', used before' * used}")
    making = f"copied = {copied}\n" + guarded(WAYS[way].replace("COPY", "copied")) + draw.one(CHANGES)
    before = {"router of the app": "/again", "mounted": "/m"}.get(way, "")
    requests = requests_for(draw, places, "") if used else []
    after = requests_for(draw, places, before)
    if used:
        after[0] = {**after[0], "before": making}
    else:
        text += making
    return text, [*requests, *after]


def requests_for(draw: Draw, places: list[tuple[str, bool]], before: str) -> list[Request]:
    requests: list[Request] = [{"way": "text", "text": "app.openapi()"}] * draw.chance(0.5)
    for place, posts in [*places, *places]:
        at = f"{before}{place}/{draw.one(('1', '2', '3', 'x'))}"
        if posts:
            requests.append(with_json(draw.one(({"a": 5}, {"a": "x"}, {})), path=at))
        else:
            requests.append(bare(path=f"{at}{draw.one(('', '', '?q=5', '?q=x&x=3'))}"))
    requests += [bare(path="/new/1"), {"way": "text", "text": "app.openapi()"}]
    requests.append(
        {"way": "text", "text": "[(type(route).__name__, getattr(route, 'path', None)) for route in app.routes]"}
    )
    return requests
