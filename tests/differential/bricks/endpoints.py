"""Endpoints of every kind: their parameters, their return values, and requests for them."""

from __future__ import annotations

from dataclasses import dataclass

from tests.differential.bricks.dependencies import INJECTED, Dependency, depends
from tests.differential.bricks.events import Point
from tests.differential.bricks.requests import bare, with_body, with_form, with_json, with_parts
from tests.differential.draw import Draw
from tests.differential.program import Request

MODELS = """
class Item(BaseModel):
    a: int
    b: Optional[str] = None
class Wide(BaseModel):
    items: List[Item] = []
    when: Optional[datetime] = None
"""


@dataclass(frozen=True)
class Endpoint:
    name: str
    requests: tuple[Request, ...]


# Parameters, with requests that are valid and invalid for them.
TAKES: dict[str, tuple[str, tuple[Request, ...]]] = {
    "nothing": ("", (bare(),)),
    "query": (
        "q: int, s: str = 'd'",
        (bare(path="?q=1"), bare(path="?q=x"), bare(path=""), bare(path="?q=1&s=%C3%A9")),
    ),
    "list": ("q: Annotated[List[int], Query(max_length=2)] = []", (bare(path="?q=1&q=2"), bare(path="?q=1&q=2&q=3"))),
    "header": (
        "x_number: Annotated[int, Header()], c: Annotated[str, Cookie()] = ''",
        (bare(headers=[["x-number", "1"], ["cookie", "c=v"]]), bare(headers=[["X-Number", "x"]])),
    ),
    "json": (
        "item: Item",
        (
            with_json({"a": 1}),
            with_json({"a": 2, "b": "x"}),
            with_json({"a": "x"}),
            with_body("{", [("content-type", "application/json")]),
            with_body("", ()),
            with_body("\xff", [("content-type", "application/json")]),
            with_body('{"a": 1}', [("content-type", "text/plain")]),
        ),
    ),
    "embedded": (
        "item: Annotated[Item, Body(embed=True)], n: Annotated[int, Body()] = 1",
        (with_json({"item": {"a": 1}, "n": 2}), with_json({"item": {"a": 1}}), with_json({"a": 1}), with_json([1])),
    ),
    "dict": ("value: Annotated[dict, Body()]", (with_json({"x": [1, None, 1.5]}), with_json(1), with_body("nul"))),
    "form": (
        "a: Annotated[int, Form()], b: Annotated[str, Form()] = ''",
        (
            with_form({"a": "1", "b": "x"}),
            with_form({"a": "x"}),
            with_form({}),
            with_parts([("a", None, "1")]),
            with_parts([("b", None, "1"), ("a", "f.txt", "1")]),
            with_body("--B\r\nX : 1\r\n\r\n", [("content-type", "multipart/form-data; boundary=B")]),
            with_body("a=1", [("content-type", "multipart/form-data")]),
        ),
    ),
    "file": (
        "f: UploadFile, n: Annotated[int, Form()] = 1",
        (
            with_parts([("f", "a.txt", "content")]),
            with_parts([("n", None, "2"), ("f", "b", "1" * 90)]),
            with_parts([("n", None, "x")]),
            with_form({"f": "x"}),
        ),
    ),
    "login": (
        "form: Annotated[OAuth2PasswordRequestForm, Depends()]",
        (
            with_form({"username": "u", "password": "p"}),
            with_form({"username": "u"}),
            with_parts([("username", None, "u"), ("password", None, "p")]),
        ),
    ),
}
GIVES = (
    "{'x': 1}",
    "[1, 'a', None, 1.5]",
    "'text'",
    "None",
    "Item(a=1)",
    "[Item(a=1, b='x')]",
    "{'when': datetime(2020, 1, 2), 'd': Decimal('1.5')}",
    "Response('raw', 201, {'x-own': '1'}, 'text/plain')",
    "JSONResponse({'own': 1}, 201)",
    "JSONResponse({'own': 1}, background=BackgroundTask(on, 'own task'))",
    "PlainTextResponse('plain')",
    "StreamingResponse(pieces())",
    "StreamingResponse(sync_pieces(), media_type='text/plain')",
    "RedirectResponse('/x')",
    "{1, 2}",
    "object()",
    "float('nan')",
    "{'nested': {'item': Item(a=1)}}",
    "b'bytes'",
)
OPTIONS = (
    "",
    "",
    "",
    "response_model=Item",
    "response_model=Optional[Item], response_model_exclude_unset=True",
    "response_model=None",
    "status_code=201",
    "status_code=204",
    "response_class=PlainTextResponse",
    "response_class=HTMLResponse, status_code=202",
    "responses={404: {'model': Item}}, tags=['t']",
)
STREAMS = """
async def pieces():
    try:
        for n in range(2):
            await on(f"pieces {n}")
            yield f"piece {n};"
    finally:
        note("pieces finally")
def sync_pieces():
    for n in range(2):
        at(f"sync pieces {n} in a thread")
        yield b"sync piece;"
async def fails():
    note("fails")
    raise ValueError("task failed")
def unused():
    return 1
"""
STREAM_POINTS = [
    Point("pieces 0"),
    Point("pieces 1"),
    Point("sync pieces 1 in a thread", awaits=False, in_thread=True),
    Point("own task"),
]
GENERATORS = {
    "sse": ("response_class=EventSourceResponse", "AsyncIterable[int]", "n", True),
    "sse event": ("response_class=EventSourceResponse", "", "ServerSentEvent(data={'n': n}, id=str(n))", True),
    "sse def": ("response_class=EventSourceResponse", "Iterable[int]", "n", False),
    "sse invalid": (
        "response_class=EventSourceResponse",
        "AsyncIterable[Item]",
        "Item(a=n) if n != 1 else {'a': 'x'}",
        True,
    ),
    "sse lines": ("response_class=EventSourceResponse", "", "ServerSentEvent(raw_data='a\\r\\nb\\n', retry=n)", True),
    "sse options": (
        "response_class=EventSourceResponse, response_model_exclude_none=True, response_model_by_alias=False",
        "AsyncIterable[Item]",
        "Item(a=n)",
        True,
    ),
    "sse undeclared": ("response_class=EventSourceResponse", "", "{'n': float(n), 'nan': float('nan')}", True),
    "json lines invalid": ("", "AsyncIterable[Item]", "{'a': n} if n != 1 else {'a': 'x'}", True),
    "json lines unset": ("response_model_exclude_unset=True", "AsyncIterable[Item]", "Item(a=n)", True),
    "json lines": ("", "AsyncIterable[Item]", "Item(a=n)", True),
    "json lines def": ("", "Iterable[Item]", "Item(a=n)", False),
    "bytes": ("response_class=StreamingResponse", "AsyncIterable[bytes]", "b'n'", True),
    "text def": ("response_class=StreamingResponse", "Iterable[str]", "'n'", False),
}


def endpoints(
    draw: Draw, known: list[Dependency], count: int, on_router: str = "app"
) -> tuple[str, list[Point], list[Endpoint]]:
    text, points, made = "", list(STREAM_POINTS), []
    for _ in range(count):
        maker = generator if draw.chance(0.2) else plain
        body, own, endpoint = maker(draw, known, on_router)
        text, points = text + body, points + own
        made.append(endpoint)
    return text, points, made


def parameters_of(draw: Draw, known: list[Dependency], declared: str) -> tuple[str, list[str]]:
    seen = draw.some(list(INJECTED), draw.one((0, 0, 0, 1, 1, 2)))
    parameters = [INJECTED[each] for each in seen] + ([declared] if declared else [])
    parameters += [f"d{i}={depends(draw, each)}" for i, each in enumerate(draw.some(known, draw.one((0, 1, 1, 2))))]
    return ", ".join(parameters), seen


def plain(draw: Draw, known: list[Dependency], on_router: str) -> tuple[str, list[Point], Endpoint]:
    name, takes = draw.name("endpoint"), draw.one(list(TAKES))
    declared, requests = TAKES[takes]
    parameters, seen = parameters_of(draw, known, declared)
    awaits, gives = draw.chance(0.6), draw.one(GIVES)
    draw.kind(f"endpoint: {'async' if awaits else 'def'} {takes}")
    route_dependencies = [depends(draw, each) for each in draw.some(known, 1)] if draw.chance(0.15) else []
    options = [
        each
        for each in (draw.one(OPTIONS), f"dependencies=[{', '.join(route_dependencies)}]" if route_dependencies else "")
        if each
    ]
    kind, call = ("async def", "await on") if awaits else ("def", "at")
    path = f"/{name}/{{p}}" if draw.chance(0.3) else f"/{name}"
    if "{p}" in path:
        parameters = f"p: {draw.one(('int', 'str'))}, {parameters}"
    method = "get" if "method" not in requests[0] else "post"
    names = "".join(f", {each}={each}" for each in seen)
    text = (
        f"@{on_router}.{method}({', '.join([repr(path), *options])})\n"
        f"{kind} {name}({parameters}):\n"
        f'    {call}("{name}"{names})\n'
        f"    return {gives}\n"
    )
    place = path.replace("{p}", "1")
    fitting = tuple({**request, "path": place + request.get("path", "")} for request in requests)
    if "{p}" in path:
        fitting += ({**requests[0], "path": path.replace("{p}", "x") + requests[0].get("path", "")},)
    return text, [Point(name, awaits, tuple(seen), in_thread=not awaits)] * 3, Endpoint(name, fitting)


def generator(draw: Draw, known: list[Dependency], on_router: str) -> tuple[str, list[Point], Endpoint]:
    name, kind = draw.name("stream"), draw.one(list(GENERATORS))
    draw.kind(f"endpoint: {kind}")
    option, returns, gives, awaits = GENERATORS[kind]
    parameters, seen = parameters_of(draw, known, draw.one(("", "", "q: int = 1")))
    define, call = ("async def", "await on") if awaits else ("def", "at")
    names = "".join(f", {each}={each}" for each in seen)
    where = "" if awaits else " in a thread"
    text = (
        f"@{on_router}.get('/{name}'{', ' + option if option else ''})\n"
        f"{define} {name}({parameters}){' -> ' + returns if returns else ''}:\n"
        f"    try:\n"
        f'        {call}("{name} start{where}"{names})\n'
        f"        for n in range(3):\n"
        f"            yield {gives}\n"
        f'            {call}(f"{name} {{n}}{where}"{names})\n'
        f"    finally:\n"
        f'        note("{name} finally{where}")\n'
    )
    places = [f"{name} {place}{where}" for place in ("start", 0, 1, 2)]
    points = [Point(place, awaits, tuple(seen), in_thread=not awaits) for place in places]
    return text, points, Endpoint(name, (bare(path=f"/{name}"), bare(path=f"/{name}?q=x")))
