"""Routers (nested, included twice, included late), mounts, hosts, subclasses, dependency overrides and lifespans."""

from __future__ import annotations

from tests.differential.bricks.events import OWN, Point
from tests.differential.bricks.guarded import guarded
from tests.differential.bricks.requests import bare, varied, with_json
from tests.differential.draw import Draw
from tests.differential.program import Request

BEGINNING = (
    OWN
    + """
class Item(BaseModel):
    a: int
def unused():
    return 0
async def fails():
    raise ValueError("task failed")
async def needed(q: int = 1):
    await on("needed")
    return q
def checked(request: Request):
    note("checked", request.scope.get("root_path"), request.url.path, request.base_url.path)
async def over(z: int = 9):
    return z
def over_yields():
    yield "yielded"
    note("over after")
class OwnRoute(APIRoute):
    def get_route_handler(self):
        inner = super().get_route_handler()
        async def handler(request):
            await on("own route", request=request)
            response = await inner(OwnRequest(request.scope, request.receive))
            response.headers["x-own"] = "1"
            return response
        return handler
class OwnMatches(APIRoute):
    def matches(self, scope):
        note("matches", scope["path"])
        return super().matches(scope)
class OwnRequest(Request):
    async def body(self):
        note("own body")
        return await super().body()
class OwnJSON(JSONResponse):
    media_type = "application/own"
    def render(self, content):
        return b"own:" + super().render(content)
class OwnRouter(APIRouter):
    def add_api_route(self, path, endpoint, **options):
        note("adds", path, sorted(options))
        return super().add_api_route(path, endpoint, **options)
@asynccontextmanager
async def lifespan(app):
    note("starts", type(app).__name__)
    await on("lifespan starts")
    yield {"from": "lifespan"}
    note("stops")
    await on("lifespan stops")
async def raw(scope, receive, send):
    note("raw", scope["root_path"], scope.get("app_root_path"), str(scope.get("path_params")), sorted(scope))
    await on("raw")
    await PlainTextResponse("raw " + scope["path"])(scope, receive, send)
    await on("raw")
async def page(request):
    return PlainTextResponse("page " + request.url.path + " " + str(request.path_params))
"""
)
APPLICATIONS = (
    "app = FastAPI()\n",
    "app = FastAPI(lifespan=lifespan)\n",
    "app = FastAPI(root_path='/root', dependencies=[Depends(checked)])\n",
    "app = FastAPI(default_response_class=OwnJSON)\n",
    "app = FastAPI(redirect_slashes=False, openapi_url='/api.json', docs_url=None)\n",
    "app = FastAPI(on_startup=[lambda: note('startup')], on_shutdown=[lambda: note('shutdown')])\n",
    "app = FastAPI(routes=[Route('/page/{x}', page)])\n",
    "app = FastAPI(exception_handlers={404: lambda request, error: PlainTextResponse('nowhere', 404)})\n",
    "app = FastAPI(strict_content_type=False)\n",
    "app = FastAPI(generate_unique_id_function=lambda route: route.name)\n",
)
ROUTERS = (
    "APIRouter()",
    "APIRouter(prefix='/pre')",
    "APIRouter(prefix='/{pre}', tags=['t'])",
    "APIRouter(dependencies=[Depends(needed)])",
    "APIRouter(route_class=OwnRoute)",
    "APIRouter(route_class=OwnMatches)",
    "APIRouter(default_response_class=OwnJSON)",
    "APIRouter(responses={418: {'model': Item}}, deprecated=True)",
    "APIRouter(lifespan=lifespan)",
    "OwnRouter()",
    "APIRouter(include_in_schema=False)",
    "APIRouter(redirect_slashes=False)",
    "APIRouter(on_startup=[lambda: note('router startup')])",
)
ENDPOINTS = (
    "@TARGET.get('/NAME')\nasync def NAME(request: Request, d=Depends(needed)):\n    await on('NAME', request=request)\n    return [request.url.path, d]\n",
    "@TARGET.get('/NAME/{i}')\ndef NAME(i: int):\n    at('NAME')\n    return i\n",
    "@TARGET.get('/NAME/{rest:path}')\nasync def NAME(rest: str, request: Request):\n    return [rest, request.scope['root_path']]\n",
    "@TARGET.post('/NAME', response_model=Item, name='named NAME')\nasync def NAME(item: Item, d=Depends(needed)):\n    await on('NAME')\n    return item\n",
    "@TARGET.get('/NAME/')\nasync def NAME(request: Request):\n    return str(request.url_for('NAME')) if 'url' in request.query_params else 1\n",
    "@TARGET.api_route('/NAME', methods=['GET', 'POST', 'TRACE'])\ndef NAME(response: Response):\n    response.headers['x-n'] = 'NAME'\n    return {}\n",
    "TARGET.add_route('/NAME', page)\n",
    "TARGET.mount('/NAME', Starlette(routes=[Route('/page', page)]))\n",
    "TARGET.mount('/NAME', raw)\n",
    "@TARGET.head('/NAME')\nasync def NAME():\n    return Response(headers={'x-head': '1'})\n",
    "@TARGET.websocket('/NAME')\nasync def NAME(websocket: WebSocket):\n    await websocket.accept()\n    await websocket.close()\n",
)
INCLUDES = (
    "TARGET.include_router(ROUTER)\n",
    "TARGET.include_router(ROUTER, prefix='/inc')\n",
    "TARGET.include_router(ROUTER, prefix='/inc2', dependencies=[Depends(checked)], tags=['x'])\n",
    "TARGET.include_router(ROUTER, prefix='/{z}', default_response_class=OwnJSON)\n",
    "TARGET.include_router(ROUTER, responses={400: {}}, deprecated=True, include_in_schema=False)\n",
)
BETWEEN = (
    "app.dependency_overrides[needed] = over",
    "app.dependency_overrides[needed] = over_yields",
    "app.dependency_overrides = {}",
    "app.dependency_overrides.clear()",
    "app.dependency_overrides[needed] = lambda: 1 / 0",
    "app.dependency_overrides[checked] = lambda: None",
    "ROUTER.get('/late')(lambda: 'late')",
    "app.include_router(ROUTER, prefix='/late2')",
    "app.get('/late3')(lambda: 'late')",
    "app.router.routes.reverse()",
    "app.router.routes.pop()",
    "app.add_exception_handler(KeyError, lambda request, error: PlainTextResponse('key', 410))",
    "app.exception_handlers[ZeroDivisionError] = lambda request, error: PlainTextResponse('zero', 411)",
    "app.root_path = '/other'",
    "app.routes[-1].path = '/moved'",
    "app.router.redirect_slashes = False",
    "app.openapi_schema = None",
    "app.add_middleware(GZipMiddleware)",
    "ROUTER.routes.clear()",
    "ROUTER.routes[0].endpoint = page",
    "ROUTER.prefix = '/changed'",
    "app.routes[-1].status_code = 202",
    "app.routes[-1].response_class = PlainTextResponse",
    "app.state.x = 1",
    "app.router.default = page",
    "app.mount('/sub2', FastAPI())",
    "app.host('h', FastAPI())",
    "app.title = 'changed'",
)
SUB = (
    "sub = FastAPI()\nENDPOINTapp.mount('/sub', sub)\n",
    "sub = FastAPI(lifespan=lifespan)\nENDPOINTapp.mount('/sub', sub, name='sub')\n",
    "sub = APIRouter()\nENDPOINTapp.mount('/sub', sub)\n",
    "sub = FastAPI()\nsub.add_middleware(GZipMiddleware)\nENDPOINTapp.mount('/sub', sub)\n",
    "sub = FastAPI()\nENDPOINTapp.mount('/sub', sub)\napp.add_exception_handler(Own, lambda request, error: PlainTextResponse('own', 409))\n",
    "sub = FastAPI(root_path='/own')\nENDPOINTapp.mount('/{s}', sub)\n",
    "sub = FastAPI()\nENDPOINTapp.host('{d}.host', sub)\n",
    "sub = FastAPI()\nENDPOINTapp.router.routes.append(Host('server', sub))\n",
    "sub = FastAPI()\nENDPOINTapp = Starlette(routes=[Mount('/sub', sub), Mount('/', app)])\n",
    "sub = app\napp = FastAPI()\napp.mount('/sub', sub)\n",
)
POINTS = [Point("needed"), Point("needed"), Point("raw"), Point("own route", seen=("request",))]


def draw(draw: Draw) -> tuple[str, list[Request]]:
    text = BEGINNING + draw.one(APPLICATIONS)
    names, routers = [], []
    own_prefix: dict[str, str] = {}
    places: dict[str, list[str]] = {"app": []}  # router -> the paths below it
    for _ in range(draw.number(1, 3)):
        router = draw.name("router")
        routers.append(router)
        made = draw.one(ROUTERS)
        own_prefix[router], places[router] = prefix_in(made), []
        text += f"{router} = {made}\n"
    for target in ["app", *routers, draw.one(routers)]:
        for _ in range(draw.number(1, 2)):
            body, name, path = endpoint(draw, target)
            names.append(name)
            text += body
            places[target].append(own_prefix.get(target, "") + path)
    # The last router first: an inclusion takes only the routes that the router has at that moment.
    for i, router in reversed(list(enumerate(routers))):
        for target in draw.some(["app", "app", *routers[:i]], 2, 1):
            kind = draw.one(INCLUDES)
            draw.kind(f"included into {'app' if target == 'app' else 'a router'}")
            text += guarded(kind.replace("TARGET", target).replace("ROUTER", router))
            places[target] += [own_prefix.get(target, "") + prefix_in(kind) + each for each in places[router]]
    if draw.chance(0.5):
        kind = draw.one(SUB)
        draw.kind("a sub-application")
        body, name, path = endpoint(draw, "sub")
        names.append(name)
        text += kind.replace("ENDPOINT", body)
        places["app"] = [
            *places["app"],
            *["/sub" + each for each in places["app"][:3] * (kind.startswith("sub = app"))],
            "/sub" + path,
        ]
    points = POINTS + [Point(name) for name in names]
    requests: list[Request] = [
        {"way": "text", "text": "[(type(r).__name__, getattr(r, 'path', None)) for r in app.routes]"}
    ]
    for _ in range(30):
        requests.append(request_for(draw, places["app"], routers, points))
    requests.append({"way": "text", "text": "app.openapi()"})
    return text, requests


def endpoint(draw: Draw, target: str) -> tuple[str, str, str]:
    """Return the text of an endpoint, its name, and a path that matches it."""
    name, body = draw.name("endpoint"), draw.one(ENDPOINTS)
    path = f"/{name}" + ("/1" if "/{" in body else "/page" if "mount(" in body else "/" if "NAME/'" in body else "")
    return body.replace("TARGET", target).replace("NAME", name), name, path


def prefix_in(text: str) -> str:
    return text.partition("prefix='")[2].partition("'")[0]


def request_for(draw: Draw, places: list[str], routers: list[str], points: list[Point]) -> Request:
    place = draw.one(places).replace("{pre}", "p").replace("{z}", "5")
    name = next(part for part in place.split("/") if part.startswith("endpoint"))
    place += draw.one(("",) * 25 + ("/", "/x", "x"))
    place = draw.one(("",) * 25 + ("/sub", "/root", "/late2")) + place
    place = draw.one((place,) * 40 + ("/late", "/late3", "/openapi.json", "/page/1", "//", "/docs"))
    query = draw.one(("", "", "", "?q=3", "?q=x", "?z=1", "?url=1"))
    request = (
        with_json({"a": draw.one((1, 1, "x"))}, path=place + query) if draw.chance(0.12) else bare(path=place + query)
    )
    if draw.chance(0.07):
        request["method"] = draw.one(("HEAD", "OPTIONS", "PUT", "TRACE", "get"))
    if draw.chance(0.07):
        request["headers"] = [["host", draw.one(("a.host", "server", "h:80"))], *request.get("headers", [])]
    request = varied(
        draw, request, [point for point in points if not point.name.startswith("endpoint") or point.name == name], 0.25
    )
    if draw.chance(0.15):
        request["before"] = draw.one(BETWEEN).replace("ROUTER", draw.one(routers))
    if draw.chance(0.05) and request.get("way", "asgi") == "asgi":
        request["scope"] = draw.one(({"root_path": "/root"}, {"root_path": "/sub"}, {"app": None}))
    if draw.chance(0.03):
        return {
            "type": "lifespan",
            "messages": [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}],
            "at": request.get("at", {}),
        }
    return request
