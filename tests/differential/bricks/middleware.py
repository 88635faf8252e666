"""Middleware of every kind, with points where events happen."""

from __future__ import annotations

from tests.differential.bricks.events import Point
from tests.differential.draw import Draw

# In each text a new name of the program replaces NAME.
FUNCTION = """
@app.middleware("http")
async def NAME(request, call_next):
    await on("NAME before", request=request, call_next=call_next)
    try:
        response = await call_next(request)
    finally:
        note("NAME finally")
    await on("NAME after", request=request, response=response)
    return response
"""
ANSWERS = """
@app.middleware("http")
async def NAME(request, call_next):
    if "answer" in request.query_params:
        return PlainTextResponse("answered by NAME", 203)
    response = await call_next(request)
    response.headers["x-NAME"] = "1"
    return response
"""
READS = """
@app.middleware("http")
async def NAME(request, call_next):
    body = await request.body()
    note("NAME read", body)
    await on("NAME before", request=request)
    return await call_next(request)
"""
TWICE = """
@app.middleware("http")
async def NAME(request, call_next):
    first = await call_next(request)
    note("NAME first", first.status_code)
    await on("NAME between", request=request)
    return await call_next(request)
"""
COLLECTS = """
@app.middleware("http")
async def NAME(request, call_next):
    response = await call_next(request)
    pieces = [piece async for piece in response.body_iterator]
    note("NAME collected", pieces)
    await on("NAME after", request=request)
    return Response(b"".join(pieces), response.status_code, dict(response.headers))
"""
TIMES_OUT = """
@app.middleware("http")
async def NAME(request, call_next):
    with anyio.move_on_after(60) as scope:
        await on("NAME before", request=request)
        return await call_next(request)
    return PlainTextResponse("too late", 504)
"""
CATCHES = """
@app.middleware("http")
async def NAME(request, call_next):
    try:
        return await call_next(request)
    except Exception as error:
        note("NAME caught", error)
        await on("NAME catching", request=request)
        return JSONResponse({"caught": type(error).__name__}, 599)
"""
CLASS = """
class NAME(BaseHTTPMiddleware):
    async def dispatch(self, request, call_next):
        await on("NAME before", request=request)
        try:
            return await call_next(request)
        except BaseException as error:
            note("NAME saw", error)
            raise
app.add_middleware(NAME)
"""
ASGI = """
class NAME:
    def __init__(self, app):
        self.app = app
    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        await on("NAME before", request=Request(scope, receive))
        async def seen(message):
            note("NAME sends", message["type"])
            await send(message)
        try:
            await self.app(scope, receive, seen)
        except BaseException as error:
            note("NAME saw", error)
            raise
        finally:
            note("NAME left")
app.add_middleware(NAME)
"""
BETWEEN = """
class NAME:
    def __init__(self, app):
        self.app = app
    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        request = Request(scope, receive)
        async def seen(message):
            await on("NAME sending", request=request)
            await send(message)
            note("NAME sent", message["type"])
            await on("NAME sent", request=request)
        await self.app(scope, receive, seen)
        await on("NAME after", request=request)
app.add_middleware(NAME)
"""
SWALLOWS = """
class NAME:
    def __init__(self, app):
        self.app = app
    async def __call__(self, scope, receive, send):
        try:
            await self.app(scope, receive, send)
        except Exception as error:
            note("NAME swallowed", error)
app.add_middleware(NAME)
"""
SCOPED = """
class NAME:
    requests = 0
    def __init__(self, app):
        self.app = app
    async def __call__(self, scope, receive, send):
        NAME.requests += 1
        number = NAME.requests
        with anyio.CancelScope() as cancel_scope:
            async def seen(message):
                await send(message)
                if number % 3 == 1:
                    note("NAME cancels", message["type"])
                    cancel_scope.cancel()
            await self.app(scope, receive, seen)
        note("NAME left", cancel_scope.cancelled_caught)
app.add_middleware(NAME)
"""
REPLACES = """
class NAME:
    def __init__(self, app):
        self.app = app
    async def __call__(self, scope, receive, send):
        async def other():
            message = await receive()
            if message["type"] == "http.request":
                message = {**message, "body": message.get("body", b"").replace(b"1", b"2")}
            return message
        await self.app(dict(scope), other, send)
app.add_middleware(NAME)
"""
TEXTS = {
    "function": (FUNCTION, ("before", "after")),
    "answers itself": (ANSWERS, ()),
    "reads the body": (READS, ("before",)),
    "calls next twice": (TWICE, ("between",)),
    "collects the response": (COLLECTS, ("after",)),
    "times out": (TIMES_OUT, ("before",)),
    "catches": (CATCHES, ("catching",)),
    "BaseHTTPMiddleware": (CLASS, ("before",)),
    "ASGI": (ASGI, ("before",)),
    "ASGI with events between": (BETWEEN, ("sending", "sent", "after")),
    "swallows": (SWALLOWS, ()),
    "cancels its scope": (SCOPED, ()),
    "replaces the body": (REPLACES, ()),
    "CORS": ('app.add_middleware(CORSMiddleware, allow_origins=["http://a"], allow_methods=["*"])', ()),
    "GZip": ("app.add_middleware(GZipMiddleware, minimum_size=10)", ()),
    "TrustedHost": ('app.add_middleware(TrustedHostMiddleware, allowed_hosts=["server", "*.a"])', ()),
    "sessions": ('app.add_middleware(SessionMiddleware, secret_key="secret")', ()),
}


def layers(draw: Draw, most: int = 3) -> tuple[str, list[Point]]:
    """Draw up to `most` middlewares."""
    text, points = "", []
    for _ in range(draw.one((0, 1, 1, 2, 2, 3)[: most + 3])):
        kind = draw.one([*TEXTS, "function", "function", "BaseHTTPMiddleware", "ASGI", "ASGI with events between"])
        draw.kind(f"middleware: {kind}")
        name = draw.name("layer")
        body, places = TEXTS[kind]
        text += body.replace("NAME", name) + "\n"
        seen = {"after": ("request", "response")}
        points += [Point(f"{name} {place}", seen=seen.get(place, ("request",))) for place in places]
    return text, points
