"""Exception handlers for classes, base classes and statuses. They read the request and may raise."""

from __future__ import annotations

from tests.differential.bricks.events import Point
from tests.differential.draw import Draw

KEYS = (
    "HTTPException",
    "StarletteHTTPException",
    "RequestValidationError",
    "ResponseValidationError",
    "Exception",
    "Exception",
    "ValueError",
    "LookupError",
    "Own",
    "404",
    "405",
    "418",
    "422",
    "500",
    "ExceptionGroup",
)
ASYNC = """
@app.exception_handler(KEY)
async def NAME(request, error):
    note("NAME handles", error)
    await on("NAME", request=request)
    return JSONResponse({"NAME": str(error)[:200]}, STATUS)
"""
PLAIN = """
@app.exception_handler(KEY)
def NAME(request, error):
    note("NAME handles", error)
    at("NAME", request=request)
    return PlainTextResponse("NAME", STATUS, background=BackgroundTask(note, "after NAME"))
"""
READING = """
@app.exception_handler(KEY)
async def NAME(request, error):
    READER
    return JSONResponse({"NAME": 1}, STATUS)
"""
READERS = (
    "note('NAME body', await request.body())",
    "note('NAME json', await request.json())",
    "note('NAME form', list((await request.form()).items()))",
    "note('NAME stream', [piece async for piece in request.stream()])",
)


def handlers(draw: Draw, most: int = 3) -> tuple[str, list[Point]]:
    text, points = "", []
    for key in draw.some(KEYS, draw.one(range(most + 1))):
        name = draw.name("handler")
        draw.kind(f"handler: {key}")
        kind = draw.one((ASYNC, ASYNC, PLAIN, READING))
        body = kind.replace("READER", draw.one(READERS))
        text += body.replace("NAME", name).replace("KEY", key).replace("STATUS", str(draw.one((400, 418, 500, 200))))
        if kind is not READING:
            points.append(Point(name, awaits=kind is ASYNC, seen=("request",), in_thread=kind is PLAIN))
    return text, points
