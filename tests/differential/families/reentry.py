"""Requests within requests: a profiler starts one between two calls of Python, as a signal handler or finalizer could."""

from __future__ import annotations

from tests.differential.bricks.requests import bare, with_form, with_json
from tests.differential.draw import Draw
from tests.differential.program import Request

# trio cannot start a step while it runs another one.
LOOPS = ("asyncio",)
TEXT = """
class Item(BaseModel):
    a: int
    s: str = ""
def needed(q: str = "d"):
    return q
app = FastAPI()
@app.get("/get/{i}")
async def get(i: int, d=Depends(needed), h: Annotated[str, Header()] = "h"):
    return {"i": i, "d": d, "h": h}
@app.post("/json/{i}")
async def json_body(i: str, item: Item):
    return [i, item, {"nested": [item.s] * 3}]
@app.post("/form")
async def form(a: Annotated[int, Form()], b: Annotated[str, Form()] = ""):
    return [a, b]
async def inner(path, method, body, headers):
    answer = []
    async def receive():
        return {"type": "http.request", "body": body}
    async def send(message):
        answer.append(message.get("status", message.get("body")))
    scope = {"type": "http", "method": method, "path": path.partition("?")[0], "raw_path": b"", "query_string": path.partition("?")[2].encode(),
             "headers": headers, "root_path": "", "http_version": "1.1", "scheme": "http", "server": ("s", 80), "client": ("c", 1), "asgi": {"version": "3.0"}}
    await app(scope, receive, send)
    return answer
INNER = [
    ("/get/7?q=inner", "GET", b"", [(b"h", b"inner")]),
    ("/get/x", "GET", b"", []),
    ("/json/inner", "POST", b'{"a": 9, "s": "inner"}', [(b"content-type", b"application/json")]),
    ("/form", "POST", b"a=9&b=inner", [(b"content-type", b"application/x-www-form-urlencoded")]),
    ("/nothing", "GET", b"", []),
]
class Interrupts:
    def __init__(self, every, kind, skipped):
        self.every, self.kind, self.count, self.busy, self.answers = every, kind, -skipped, False, set()
    def __call__(self, frame, event, argument):
        if self.busy or event not in ("call", "c_call", "return", "c_return"):
            return
        self.count += 1
        if self.count < 0 or self.count % self.every or self.count > 60 * self.every:
            return
        self.busy = True
        try:
            coroutine = inner(*INNER[self.kind])
            try:
                coroutine.send(None)
                coroutine.close()
            except StopIteration as ended:
                self.answers.add(repr(ended.value))
            except anyio.NoEventLoopError:
                pass  # the loop itself was interrupted: no request can run there
            except BaseException as error:
                self.answers.add(repr(error))
        finally:
            self.busy = False
class Interrupted:
    def __init__(self, app):
        self.app = app
    async def __call__(self, scope, receive, send):
        headers = dict(scope["headers"])
        if b"every" not in headers:
            return await self.app(scope, receive, send)
        interrupts = Interrupts(int(headers[b"every"]), int(headers[b"kind"]), int(headers[b"skipped"]))
        expected = repr(await inner(*INNER[interrupts.kind]))
        sys.setprofile(interrupts)
        try:
            await self.app(scope, receive, send)
        finally:
            sys.setprofile(None)
            note("within", sorted(interrupts.answers - {expected}), "expected", expected)
whole = Interrupted(app)
inside, app = app, whole
"""


def draw(draw: Draw) -> tuple[str, list[Request]]:
    text = TEXT.replace("await app(scope, receive, send)\n    return", "await inside(scope, receive, send)\n    return")
    requests = []
    for _ in range(25):
        word = draw.one(("outer", "o" * 500, "\u00e9"))
        request = draw.one(
            (
                bare(path=f"/get/{draw.number(1, 9)}?q=outer", headers=[["h", "outer"]]),
                bare(path="/get/y"),
                bare(path="/other"),
                with_json({"a": 1, "s": word}, path="/json/outer"),
                with_json({"a": "x"}, path="/json/outer"),
                with_form({"a": "1", "b": word}, path="/form"),
            )
        )
        numbers = {"every": draw.one((1, 1, 2, 3, 5)), "kind": draw.number(0, 4), "skipped": draw.number(0, 400)}
        draw.kind("a request within a request")
        headers = [*request.get("headers", []), *[[name, str(number)] for name, number in numbers.items()]]
        requests.append({**request, "headers": headers})
    return text, requests
