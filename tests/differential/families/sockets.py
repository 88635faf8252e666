"""WebSockets: their parameters, the messages in both directions, and the ways in which they end."""

from __future__ import annotations

from typing import Any

from tests.differential.bricks.dependencies import dependencies, depends
from tests.differential.bricks.events import OWN, Point, events
from tests.differential.draw import Draw
from tests.differential.program import Request

BEGINNING = (
    OWN
    + """
def unused():
    return 1
async def fails():
    note("fails")
app = FastAPI()
"""
)
ENDING = (
    "await websocket.close()",
    "await websocket.close(3001, 'bye')",
    "pass",
    "raise WebSocketException(1008, 'no')",
    "raise HTTPException(403, 'no')",
)
TALKS = (
    "note(await websocket.receive_text())",
    "note(await websocket.receive_json())",
    "note(await websocket.receive_bytes())",
    "note(await websocket.receive())",
    "await websocket.send_text('t')",
    "await websocket.send_json({'a': 1})",
    "await websocket.send_bytes(b'b')",
    "async for text in websocket.iter_text(): note(text)",
    "async for value in websocket.iter_json(): await websocket.send_json(value)",
    "await websocket.accept(subprotocol='p', headers=[(b'x', b'1')])",
    "note(websocket.client_state.name, websocket.application_state.name)",
    "note(sorted(websocket.scope))",
    "await websocket.send_denial_response(PlainTextResponse('denied', 403))",
)
PARAMETERS = (
    "",
    "",
    "q: int",
    "q: int = 1",
    "x_token: Annotated[str, Header()] = 'none'",
    "c: Annotated[str, Cookie(min_length=2)] = 'none'",
)
HANDLERS = (
    "@app.exception_handler(WebSocketRequestValidationError)\nasync def invalid(websocket, error):\n    note('invalid', error)\n    await websocket.close(4000)\n",
    "@app.exception_handler(WebSocketException)\nasync def refused(websocket, error):\n    note('refused', error)\n    await websocket.close(4001)\n",
    "@app.exception_handler(ValueError)\nasync def value(websocket, error):\n    note('value', error)\n    await websocket.close(4002)\n",
    "@app.exception_handler(Exception)\nasync def other(request, error):\n    note('other', error)\n",
    "@app.middleware('http')\nasync def around(request, call_next):\n    return await call_next(request)\n",
)
# Routes in front of the sockets, by kind. A WebSocket asks most of them for nothing.
BEFORE = {
    "an operation": "@app.get('/aREST')\nasync def aREST(): return 1\n",
    "included operations": "bREST = APIRouter()\n@bREST.get('/socket0')\nasync def get_bREST(): return 1\n@bREST.post('/x')\ndef post_bREST(): return 1\napp.include_router(bREST)\n",
    "operations of a nested router": "cREST = APIRouter(prefix='/c')\nccREST = APIRouter()\n@ccREST.get('/x')\nasync def get_cREST(): return 1\ncREST.include_router(ccREST)\napp.include_router(cREST)\n",
    "an included socket": "dREST = APIRouter()\n@dREST.get('/x')\ndef get_dREST(): return 1\n@dREST.websocket('/dREST')\nasync def socket_dREST(websocket: WebSocket):\n    await websocket.accept()\n    note(sorted(websocket.scope))\n    await websocket.close()\napp.include_router(dREST)\n",
    "a route that notes": "class NotesREST(APIRoute):\n    def matches(self, scope):\n        note('asked', scope['type'], sorted(scope.get('fastapi', {})))\n        return super().matches(scope)\neREST = APIRouter(route_class=NotesREST)\n@eREST.get('/x')\ndef get_eREST(): return 1\napp.include_router(eREST)\n",
    "a router that notes": "class AsksREST(APIRouter):\n    def matches(self, scope):\n        note('asks', scope['type'], sorted(scope.get('fastapi', {})))\n        return super().matches(scope)\nfREST = AsksREST()\n@fREST.get('/x')\ndef get_fREST(): return 1\napp.include_router(fREST)\n",
    "a mount": "app.mount('/mREST', FastAPI())\n",
}
# Changes between requests.
LATER = (
    "app.routes[-1].matches = lambda scope: (note('replaced'), (Match.NONE, {}))[1]",
    "app.router.get('/late')(lambda: 1)",
    "late = APIRouter(); late.get('/late')(lambda: 1); app.include_router(late)",
    "[route for route in app.routes if hasattr(route, 'original_router')][0].original_router.get('/late')(lambda: 1)",
    "@[route for route in app.routes if hasattr(route, 'original_router')][0].original_router.websocket('/late')\nasync def late(websocket: WebSocket): await websocket.close(3000)",
    "[route for route in app.routes if hasattr(route, 'original_router')][0].original_router.routes[0].matches = lambda scope: (note('replaced below'), (Match.NONE, {}))[1]",
    "[route for route in app.routes if hasattr(route, 'original_router')][0].original_router.matches = lambda scope: (note('replaced router'), (Match.NONE, {}))[1]",
    "app.routes.reverse()",
    "mock.patch.object(APIRoute, 'matches', lambda self, scope: (note('replaced class'), (Match.NONE, {}))[1]).start()",
)


def draw(draw: Draw) -> tuple[str, list[Request]]:
    needed, points, known = dependencies(draw, 2)
    needed = (
        needed.replace("request: Request", "request: WebSocket")
        .replace("response: Response", "websocket: WebSocket")
        .replace("response=response", "websocket=websocket")
    )
    points = [Point(point.name, point.awaits, (), point.in_thread) for point in points]
    text = BEGINNING + "".join(draw.some(HANDLERS, 2)) + needed
    names = ["/late"]
    for number, kind in enumerate(draw.some(tuple(BEFORE), 3)):
        draw.kind(f"before sockets: {kind}")
        text += BEFORE[kind].replace("REST", str(number))
        names += [f"/d{number}"] * (kind == "an included socket")
    for _ in range(draw.number(1, 3)):
        name = draw.name("socket")
        parameters = ["websocket: WebSocket", *[each for each in [draw.one(PARAMETERS)] if each]]
        parameters += [f"d{i}={depends(draw, each)}" for i, each in enumerate(draw.some(known, 2))]
        talk = draw.some(TALKS, 4)
        if draw.chance(0.85):
            talk.insert(0, "await websocket.accept()")
        path = f"/{name}" + draw.one(("", "", "/{p}"))
        parameters += ["p: int = 0"] if "{p}" in path and "=" in parameters[-1] else ["p: int"] if "{p}" in path else []
        parameters.sort(key=lambda each: "=" in each.rpartition("]")[2].partition("(")[0])
        names.append(path.replace("{p}", "1"))
        points.append(Point(name, seen=("websocket",)))
        body = [*talk, f"await on({name!r}, websocket=websocket)", draw.one(ENDING)]
        text += f"@app.websocket({path!r})\nasync def {name}({', '.join(parameters)}):\n" + "".join(
            f"    {line}\n" for line in body
        )
        draw.kind("socket")
    return text, [request_for(draw, names, points) for _ in range(25)]


def request_for(draw: Draw, names: list[str], points: list[Point]) -> Request:
    path = draw.one(names) + draw.one(("",) * 9 + ("x", "/x")) + draw.one(("", "?q=1", "?q=1", "?q=1", "?q=x"))
    messages: list[dict[str, Any]] = [{"type": "websocket.connect"}]
    for _ in range(draw.number(0, 3)):
        messages.append(
            draw.one(
                (
                    {"type": "websocket.receive", "text": "text"},
                    {"type": "websocket.receive", "text": '{"a": 1}'},
                    {"type": "websocket.receive", "bytes": "raw"},
                    {"type": "websocket.receive", "text": None, "bytes": "[1]"},
                )
            )
        )
    if draw.chance(0.7):
        messages.append({"type": "websocket.disconnect", "code": draw.one((1000, 1001, 1006)), "reason": "r"})
    request: Request = {"type": "websocket", "path": path, "messages": messages[draw.chance(0.03) :]}
    at = events(draw, points) if draw.chance(0.5) else {}
    if draw.chance(0.1):
        at[f"send{draw.number(0, 2)}"] = draw.one(
            ("raise OSError('lost')", "raise WebSocketDisconnect(1006)", "await cancel()")
        )
    if draw.chance(0.1):
        request["headers"] = [["x-token", "t"], ["cookie", "c=1"]]
    if draw.chance(0.2):
        request["pace"] = draw.one((1, 3))
    if draw.chance(0.1):
        request["scope"] = {"extensions": {"websocket.http.response": {}}}
    if draw.chance(0.06):
        request["before"] = draw.one(LATER)
    return {**request, "at": at} if at else request
