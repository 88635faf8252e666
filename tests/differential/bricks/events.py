"""Events at the points of a program: a request brings a text of Python, and the point runs it."""

from __future__ import annotations

from dataclasses import dataclass

from tests.differential.draw import Draw

RAISES = (
    "raise HTTPException(418, 'tea', {'x-tea': '1'})",
    "raise StarletteHTTPException(404, 'gone')",
    "raise HTTPException(204)",
    "raise ValueError('v')",
    "raise KeyError('k')",
    "raise RuntimeError('r') from KeyError('cause')",
    "raise OSError(5, 'io')",
    "raise Own('own')",
    "raise OwnBase('base')",
    "raise GeneratorExit('g')",
    "raise ExceptionGroup('eg', [ValueError('a'), KeyError('b')])",
    "raise BaseExceptionGroup('beg', [ValueError('a'), GeneratorExit('b')])",
    "raise RequestValidationError([{'type': 't', 'loc': ('q',), 'msg': 'm', 'input': 1}])",
    "raise StopIteration('s')",
    "raise StopAsyncIteration('s')",
    "raise TimeoutError('t')",
    "raise SystemExit(3)",
    "raise KeyboardInterrupt('ki')",
)
# A future throws `GeneratorExit` into the task, as if it closed the coroutine: see the row of docs/differences.md.
RAISES_IN_THREAD = tuple(text for text in RAISES if not text.startswith("raise GeneratorExit"))
# Definitions for every program that uses these texts.
OWN = """
class Own(Exception):
    pass
class OwnBase(BaseException):
    pass
class Local:
    def __init__(self):
        self.plan = dict(PLAN)
    def __del__(self):
        if self.plan == PLAN and not is_collecting():
            note("a local variable has ended")
"""
READERS = (
    "note(await request.body())",
    "note(await request.json())",
    "note(sorted((await request.form()).items()))",
    "note([piece async for piece in request.stream()])",
    "note(await request.is_disconnected())",
    "note(await request.is_disconnected(), await request.is_disconnected())",
    "note(await request.body(), await request.body())",
    "async for piece in request.stream(): break",
    "note(await request.receive())",
)
LOOKERS = (
    "note(sorted(request.scope))",
    "note(request.url.path, request.query_params.multi_items(), request.cookies)",
    "note(request.path_params, request.scope.get('route'), request.scope.get('endpoint'))",
    "request.state.x = 1; note(request.state.x)",
    "request.scope['extra'] = 1",
    "note(request.headers.raw)",
)
STRANGERS = (
    "APIRouter().get('/stranger')(lambda: 1)",
    "FastAPI().get('/stranger')(lambda q: 1)",
    "app.get('/late')(lambda: 'late')",
    "app.routes[-1].stranger = 1",
    "app.dependency_overrides[unused] = lambda: 1",
    "app.dependency_overrides.clear()",
    "app.openapi()",
    "gc.collect(1)",
)
RESPONSE = (
    "response.status_code = 202",
    "response.headers['x-set'] = '1'",
    "response.set_cookie('c', 'v')",
    "response.status_code = 204",
    "response.headers['content-length'] = '1'",
)
PAUSES = ("await turns()", "await turns(3)", "await anyio.sleep(0)")


@dataclass(frozen=True)
class Point:
    """A place in a program where a text may run, with the names that the text can use."""

    name: str
    awaits: bool = True
    seen: tuple[str, ...] = ()
    in_thread: bool = False


def text_for(draw: Draw, point: Point) -> str:
    """Draw the text for a point."""
    kinds = ["raise"] * 6 + ["stranger", "stranger"]
    if point.awaits:
        kinds += ["cancel", "cancel", "gone", "pause"]
        kinds += ["cancelled"] * (draw.backend == "asyncio")
    if point.in_thread:
        kinds += ["hold"]
    if "request" in point.seen:
        kinds += ["look"] + ["read"] * (3 * point.awaits)
    if "response" in point.seen:
        kinds += ["response"] * 2
    if "background" in point.seen:
        kinds += ["background"]
    kind = draw.one(kinds)
    if kind == "raise":
        raises = RAISES_IN_THREAD if point.in_thread else RAISES
        return draw.one(raises[:-2] if draw.chance(0.97) else raises)
    choices = {
        "stranger": STRANGERS,
        "cancel": ("await cancel()",),
        "gone": ("await gone()",),
        "pause": PAUSES,
        "cancelled": ("raise asyncio.CancelledError('c')",),
        "hold": ("hold_and_cancel()",),
        "look": LOOKERS,
        "read": READERS,
        "response": RESPONSE,
        "background": (
            "background.add_task(note, 'task')",
            "background.add_task(fails)",
            "background.add_task(on, 'task')",
        ),
    }
    return draw.one(choices[kind])


def events(draw: Draw, points: list[Point]) -> dict[str, str]:
    """Draw the events of one request, in most cases one."""
    count = draw.one((0, 1, 1, 1, 2, 2, 3))
    drawn = {point.name: text_for(draw, point) for point in draw.some(points, count, count)}
    if len(drawn) == 1 and not any(point.in_thread and point.name in drawn for point in points):
        return {name: _with_local(draw, text) for name, text in drawn.items()}
    return drawn


def _with_local(draw: Draw, text: str) -> str:
    """Give some texts that end with an exception a local variable, which ends with its frame.

    It tells its end if that is in the same request: nothing may keep the exception. A thread of a pool may hold a frame
    longer, and an exception that another one has replaced may be its context or not be kept at all.
    """
    ends = text.startswith(("raise ", "await cancel"))
    return f"local = Local(); {text}" if ends and draw.chance(0.4) else text
