"""Programs that replace names of public modules and methods: before the application, after it, between requests."""

from __future__ import annotations

from tests.differential.bricks.requests import bare, varied, with_form, with_json, with_parts
from tests.differential.draw import Draw
from tests.differential.program import Request

# `wanted.toml` names two more, which are wanted differences.
TARGETS = (
    "fastapi.routing.get_request_handler",
    "fastapi.routing.run_endpoint_function",
    "fastapi.routing.serialize_response",
    "fastapi.routing.solve_dependencies",
    "fastapi.routing.get_dependant",
    "fastapi.routing.jsonable_encoder",
    "fastapi.routing.request_response",
    "fastapi.routing.run_in_threadpool",
    "fastapi.routing.is_body_allowed_for_status_code",
    "fastapi.routing.get_body_field",
    "fastapi.routing.get_flat_dependant",
    "fastapi.routing.compile_path",
    "fastapi.routing.get_websocket_app",
    "fastapi.routing.APIRoute.get_route_handler",
    "fastapi.routing.APIRoute.matches",
    "fastapi.routing.APIRoute.handle",
    "fastapi.routing.APIRouter.add_api_route",
    "fastapi.routing.APIRouter.__call__",
    "fastapi.dependencies.utils.solve_dependencies",
    "fastapi.dependencies.utils.request_params_to_args",
    "fastapi.dependencies.utils.request_body_to_args",
    "fastapi.dependencies.utils.run_in_threadpool",
    "fastapi.dependencies.utils.get_typed_signature",
    "fastapi.dependencies.utils.analyze_param",
    "fastapi.dependencies.utils.get_dependant",
    "fastapi.dependencies.utils.is_scalar_field",
    "fastapi.dependencies.utils.add_param_to_fields",
    "fastapi.dependencies.utils.contextmanager_in_threadpool",
    "fastapi.dependencies.utils.asynccontextmanager",
    "fastapi.encoders.jsonable_encoder",
    "fastapi.encoders.isoformat",
    "fastapi.encoders.decimal_encoder",
    "fastapi.applications.http_exception_handler",
    "fastapi.applications.request_validation_exception_handler",
    "fastapi.applications.get_openapi",
    "fastapi.applications.get_swagger_ui_html",
    "fastapi.applications.FastAPI.build_middleware_stack",
    "fastapi.applications.FastAPI.__call__",
    "fastapi.applications.FastAPI.openapi",
    "fastapi.applications.FastAPI.setup",
    "fastapi.exception_handlers.http_exception_handler",
    "fastapi.exception_handlers.jsonable_encoder",
    "fastapi.openapi.utils.get_openapi",
    "fastapi.openapi.utils.get_openapi_path",
    "fastapi.openapi.docs.get_swagger_ui_html",
    "fastapi.concurrency.run_in_threadpool",
    "fastapi.concurrency.contextmanager_in_threadpool",
    "fastapi.responses.JSONResponse.render",
    "fastapi.responses.JSONResponse.__init__",
    "fastapi.responses.Response.__call__",
    "starlette.responses.JSONResponse.render",
    "starlette.responses.Response.__init__",
    "starlette.responses.Response.init_headers",
    "starlette.responses.Response.__call__",
    "starlette.requests.Request.__init__",
    "starlette.requests.Request.body",
    "starlette.requests.Request.json",
    "starlette.requests.Request.form",
    "starlette.requests.Request.stream",
    "starlette.requests.HTTPConnection.__init__",
    "starlette.routing.Router.app",
    "starlette.routing.Router.not_found",
    "starlette.routing.Route.matches",
    "starlette.routing.get_route_path",
    "starlette.concurrency.run_in_threadpool",
    "starlette.middleware.errors.ServerErrorMiddleware.__call__",
    "starlette.middleware.exceptions.ExceptionMiddleware.__call__",
    "starlette.middleware.exceptions.ExceptionMiddleware.http_exception",
    "starlette._exception_handler.wrap_app_handling_exceptions",
    "starlette.middleware.base.BaseHTTPMiddleware.__call__",
    "starlette.middleware.base.BaseHTTPMiddleware.call_next",
    "starlette.formparsers.FormParser.parse",
    "starlette.formparsers.MultiPartParser.parse",
    "starlette.datastructures.UploadFile.read",
    "starlette.background.BackgroundTask.__call__",
    "starlette.background.BackgroundTasks.add_task",
    "starlette.datastructures.QueryParams.__init__",
    "starlette.datastructures.Headers.get",
    "starlette.requests.cookie_parser",
    "json.dumps",
    "json.loads",
    "anyio.to_thread.run_sync",
    "pydantic.BaseModel.model_dump",
    "fastapi._compat.v2.ModelField.validate",
    "fastapi._compat.ModelField.serialize",
    "fastapi._compat.serialize_sequence_value",
    "fastapi.security.api_key.APIKeyHeader.__call__",
    "fastapi.security.utils.get_authorization_scheme_param",
    "fastapi.security.oauth2.get_authorization_scheme_param",
    "fastapi.utils.generate_unique_id",
    "fastapi.utils.get_value_or_default",
)
BEGINNING = """
real = {}
def replace(target):
    patch = mock.patch(target)
    real[target] = original = patch.get_original()[0]
    def replaced(*args, **named):
        note("replaced", target)
        return original(*args, **named)
    if asyncio.iscoroutinefunction(original):
        inner = replaced
        async def replaced(*args, **named):
            return await inner(*args, **named)
    mock.patch(target, functools.wraps(original)(replaced)).start()
def broken(target):
    def fails(*args, **named):
        raise ValueError("broken")
    mock.patch(target, fails).start()
"""
APPLICATION = """
class Item(BaseModel):
    a: int
def needed(q: int = 1):
    return q
async def yielding():
    yield 1
app = FastAPI()
ok = APIKeyHeader(name="x-key", auto_error=False)
@app.get("/a")
async def a(d=Depends(needed), e=Depends(yielding)):
    return [d, e]
@app.get("/b/{i}")
def b(i: int, h: Annotated[str, Header()] = "d"):
    return {"i": i}
@app.post("/c")
async def c(item: Item):
    return item
@app.post("/d")
async def d(n: Annotated[int, Form()], f: Annotated[Optional[UploadFile], File()] = None):
    return n
@app.get("/e", response_model=Item)
def e(k=Security(ok)):
    return {"a": 1, "b": 2}
@app.get("/f")
async def f(request: Request, tasks: BackgroundTasks):
    tasks.add_task(note, "task")
    return PlainTextResponse("f")
@app.get("/g")
async def g():
    raise HTTPException(418)
@app.get("/h")
async def h(when: date = date(2020, 1, 1)):
    return {"when": when, "d": Decimal("1.5")}
"""
ASKED = (
    bare(path="/a"),
    bare(path="/a?q=x"),
    bare(path="/b/1"),
    bare(path="/b/x"),
    with_json({"a": 1}, path="/c"),
    with_json({"a": "x"}, path="/c"),
    with_form({"n": "1"}, path="/d"),
    with_parts([("n", None, "1"), ("f", "f", "x")], path="/d"),
    bare(path="/e"),
    bare(path="/f"),
    bare(path="/g"),
    bare(path="/h?when=2020-01-02"),
    bare(path="/nothing"),
    bare(path="/a", method="PUT"),
    bare(path="/openapi.json"),
    bare(path="/docs"),
)
AROUND = "@app.middleware('http')\nasync def around(request, call_next):\n    return await call_next(request)\n"


def draw(draw: Draw) -> tuple[str, list[Request]]:
    targets = draw.some(TARGETS, 2, 1)
    when = draw.one(("before", "after", "later"))
    draw.kind(f"replaced {when}")
    for target in targets:
        draw.kind(target.rpartition(".")[0])
    calls = "\n".join(f"{draw.one(('replace',) * 5 + ('broken',))}({target!r})" for target in targets)
    around = AROUND if draw.chance(0.3) else ""
    text = (
        BEGINNING
        + (calls + "\n" if when == "before" else "")
        + APPLICATION
        + around
        + (calls + "\n" if when == "after" else "")
    )
    requests = [varied(draw, request, [], 0) for request in draw.some(ASKED, len(ASKED), 8)]
    if when == "later":
        middle = draw.number(1, len(requests) - 1)
        requests[middle] = {**requests[middle], "before": calls}
        if draw.chance(0.3):
            requests[-1] = {**requests[-1], "before": "mock.patch.stopall()"}
    return text, requests
