"""Any replacement, at any time: the next request sees it as on the exact way."""

import asyncio
import copy
import functools
import gc
import pickle
from typing import Any, Callable, Dict, List, Optional, Set, Tuple

import pytest
from starlette.applications import Starlette
from starlette.middleware.errors import ServerErrorMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.routing import Route, Router
from typing_extensions import Annotated

import fastapi.routing
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.dependencies.utils import get_parameterless_sub_dependant
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from tests.planned.asgi import Seen, call, exactly, http_scope, run

Change = Callable[[FastAPI, List[Any], pytest.MonkeyPatch], Any]
TARGETS = ["/plain", "/sync", "/dep?n=1", "/dep?n=x", "/v1/included", "/raise", "/nowhere", "/new", "/openapi.json"]
TARGETS += ["POST /plain", "POST /v1/included", "POST /openapi.json"]


async def dependency(n: int) -> int:
    return n


def make_app() -> FastAPI:
    app = FastAPI()

    # Two methods in one route would give the same operation id twice.
    @app.api_route("/plain", methods=["GET", "POST"], include_in_schema=False)
    async def plain() -> Any:
        return {"hello": "world"}

    @app.get("/sync")
    def sync() -> Any:
        return 1

    @app.get("/dep")
    async def dep(n: Annotated[int, Depends(dependency)]) -> Any:
        return n

    @app.get("/raise")
    async def fail() -> Any:
        raise HTTPException(400, "said")

    router = APIRouter()

    @router.get("/included")
    async def included() -> Any:
        return 2

    app.state.router = router
    app.include_router(router, prefix="/v1")
    return app


def ask(app: FastAPI, calls: List[Any]) -> List[Any]:
    async def ask_all() -> List[Any]:
        answers = []
        for target in TARGETS:
            method, _, path = target.rpartition(" ")
            path, _, query = path.partition("?")
            seen = await run(app, Seen(http_scope(path, method or "GET", query_string=query.encode())))
            # Two applications have two descriptions with the same text.
            answers.append((target, seen.messages, repr(seen.error), list(calls)))
            calls.clear()
        return answers

    return asyncio.run(ask_all())


def telling(function: Any, calls: List[Any], name: str = "") -> Any:
    """Wrap a function, a method or a coroutine function: its calls are recorded."""
    name = name or function.__name__
    if asyncio.iscoroutinefunction(function):

        @functools.wraps(function)
        async def told(*args: Any, **kwargs: Any) -> Any:
            calls.append(name)
            return await function(*args, **kwargs)

    else:

        @functools.wraps(function)
        def told(*args: Any, **kwargs: Any) -> Any:
            calls.append(name)
            return function(*args, **kwargs)

    return told


async def other() -> Any:
    return "other"


def new_route(path: str = "/plain") -> APIRoute:
    return APIRoute(path, other, methods=["GET"])


def route_of(app: FastAPI, path: str) -> Any:
    return next(route for route in app.router.routes if getattr(route, "path", "") == path)


CHANGES: Dict[str, Change] = {}


def change(function: Change) -> Change:
    CHANGES[function.__name__] = function
    return function


def patching(kind: Any, name: str) -> None:
    def patch(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(kind, name, telling(getattr(kind, name), calls))

    CHANGES[f"{kind.__name__}.{name}"] = patch


for _name in (
    *("get_request_handler", "run_endpoint_function", "solve_dependencies", "serialize_response"),
    *("run_in_threadpool", "jsonable_encoder", "request_response"),
):
    patching(fastapi.routing, _name)

# Methods of this package and of Starlette.
METHODS = [
    (Starlette, "__call__"),
    (ServerErrorMiddleware, "__call__"),
    (ExceptionMiddleware, "__call__"),
    (AsyncExitStackMiddleware, "__call__"),
    (Route, "handle"),
    (Router, "__call__"),
    (APIRoute, "handle"),
    (APIRoute, "matches"),
    (APIRouter, "matches"),
    (APIRouter, "handle"),
]


# ── The application ──


@change
def build_middleware_stack(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    app.build_middleware_stack = telling(app.build_middleware_stack, calls)  # type: ignore[method-assign]
    app.middleware_stack = None


@change
def middleware_stack(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    inner = app.middleware_stack or app.build_middleware_stack()

    async def outer(scope: Any, receive: Any, send: Any) -> None:
        calls.append(scope["path"])
        await inner(scope, receive, send)

    app.middleware_stack = outer


@change
def late_middleware(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    async def around(request: Any, call_next: Any) -> Any:
        calls.append(request.url.path)
        return await call_next(request)

    app.middleware_stack = None
    app.middleware("http")(around)


@change
def late_exception_handlers(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no effect after the first request, as in Starlette."""

    async def handle(request: Any, error: Any) -> Response:
        return Response("handled", 418)

    app.add_exception_handler(HTTPException, handle)
    app.add_exception_handler(404, handle)


@change
def exception_handlers_of_the_stack(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    async def handle(request: Any, error: Any) -> Response:
        return Response("handled", 418)

    app.add_exception_handler(404, handle)
    app.add_exception_handler(fastapi.exceptions.RequestValidationError, handle)
    app.middleware_stack = app.build_middleware_stack()


@change
def openapi(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    app.openapi = lambda: calls.append("openapi") or {"own": "document"}  # type: ignore[method-assign, func-returns-value]


@change
def dependency_overrides(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    app.dependency_overrides[dependency] = telling(other, calls)


@change
def dependency_overrides_replaced(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    app.dependency_overrides = {dependency: telling(other, calls)}


@change
def a_default_of_the_router(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    app.router.default = telling(app.router.default, calls, "default")


@change
def redirect_slashes(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    app.router.routes.append(new_route("/new/"))
    app.router.redirect_slashes = False


@change
def root_path(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    app.root_path = "/v1"


@change
def router_of_the_application(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    app.router = app.state.router


# ── Routes ──


@change
def endpoint_of_a_route(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The request calls the function of the dependant; the endpoint is only in the scope."""
    route_of(app, "/plain").endpoint = other


@change
def call_of_a_dependant(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    route_of(app, "/plain").dependant.call = telling(other, calls)


@change
def call_of_a_dependency(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    route_of(app, "/dep").dependant.dependencies[0].call = telling(dependency, calls)


@change
def app_of_a_route(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    route_of(app, "/plain").app = telling(route_of(app, "/plain").app, calls)


@change
def handle_of_a_route(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    route_of(app, "/plain").handle = telling(route_of(app, "/plain").handle, calls)


@change
def matches_of_a_route(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    route_of(app, "/plain").matches = telling(route_of(app, "/plain").matches, calls)


@change
def path_of_a_route(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    route = route_of(app, "/plain")
    route.path, route.path_regex = "/new", new_route("/new").path_regex


@change
def methods_of_a_route(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    route_of(app, "/plain").methods = {"POST"}


@change
def path_alone_of_a_route(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """It is only shown; the compiled expression decides the match."""
    route_of(app, "/plain").path = "/new"


@change
def regex_alone_of_a_route(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    route_of(app, "/plain").path_regex = new_route("/new").path_regex


@change
def dependencies_of_a_dependant(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    depends = Depends(telling(other, calls))
    added = get_parameterless_sub_dependant(depends=depends, path="/plain")
    route_of(app, "/plain").dependant.dependencies.append(added)


@change
def dependant_of_a_route(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    route_of(app, "/plain").dependant = new_route().dependant


@change
def handler_rebuilt(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    route = route_of(app, "/plain")
    route.status_code = 201
    route.app = fastapi.routing.request_response(route.get_route_handler())


@change
def handler_wrapped(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    route = route_of(app, "/plain")
    route.app = fastapi.routing.request_response(telling(route.get_route_handler(), calls))


@change
def status_of_a_route(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no effect: the handler has the old status already."""
    route_of(app, "/plain").status_code = 201


@change
def a_route_at_run_time(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    app.get("/new")(telling(other, calls))


@change
def a_route_of_an_included_router_at_run_time(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    app.state.router.routes.clear()
    app.state.router.get("/included")(telling(other, calls))


@change
def a_router_at_run_time(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    router = APIRouter(dependencies=[Depends(telling(other, calls))])
    router.get("/new")(other)
    app.include_router(router)


@change
def a_mount_at_run_time(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    mounted = FastAPI(openapi_url=None)
    mounted.get("/")(telling(other, calls))
    app.mount("/new", mounted)


@change
def a_custom_route_class(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    class OwnRequest(Request):
        @property
        def query_params(self) -> Any:
            calls.append("query")
            return {"q": "own"}

    class OwnRoute(APIRoute):
        def get_route_handler(self) -> Any:
            inner = super().get_route_handler()

            async def handler(request: Request) -> Response:
                calls.append("handler")
                return await inner(OwnRequest(request.scope, request.receive))

            return handler

    app.router.route_class = OwnRoute

    @app.get("/new")
    async def new(q: Annotated[str, Query()]) -> str:
        return q


@change
def routes_replaced(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    app.router.routes = [new_route(), *app.router.routes]


LIST_CHANGES: Dict[str, Callable[[List[Any]], Any]] = {
    "append": lambda routes: routes.append(new_route("/new")),
    "extend": lambda routes: routes.extend([new_route("/new")]),
    "insert": lambda routes: routes.insert(0, new_route()),
    "remove": lambda routes: routes.remove(routes[4]),
    "pop": lambda routes: routes.pop(4),
    "clear": lambda routes: routes.clear(),
    "sort": lambda routes: routes.sort(key=lambda route: -len(getattr(route, "path", ""))),
    "reverse": lambda routes: (routes.append(new_route()), routes.reverse()),
    "setitem": lambda routes: routes.__setitem__(4, new_route("/new")),
    "setslice": lambda routes: routes.__setitem__(slice(None), [new_route()]),
    "delitem": lambda routes: routes.__delitem__(4),
    "delslice": lambda routes: routes.__delitem__(slice(3, 6)),
    "iadd": lambda routes: routes.__iadd__([new_route("/new")]),
    "imul": lambda routes: routes.__imul__(0),
}
for _name, _mutate in LIST_CHANGES.items():

    def mutate(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch, mutate: Any = _mutate) -> None:
        mutate(app.router.routes)

    def mutate_included(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch, mutate: Any = _mutate) -> None:
        routes = app.state.router.routes
        routes.extend(new_route(f"/{number}") for number in range(6))
        mutate(routes)

    CHANGES[f"routes {_name}"] = mutate
    CHANGES[f"included routes {_name}"] = mutate_included


SET_CHANGES: Dict[str, Callable[[Set[str]], Any]] = {
    "add": lambda methods: methods.add("POST"),
    "clear and add": lambda methods: (methods.clear(), methods.add("PUT")),
    "discard": lambda methods: methods.discard("GET"),
    "pop": lambda methods: methods.pop(),
    "remove": lambda methods: methods.remove("GET"),
    "update": lambda methods: methods.update(["POST"], ["PUT"]),
    "difference_update": lambda methods: methods.difference_update(["GET"]),
    "intersection_update": lambda methods: methods.intersection_update(["POST"]),
    "symmetric_difference_update": lambda methods: methods.symmetric_difference_update(["GET", "POST"]),
    "ior": lambda methods: methods.__ior__({"POST"}),
    "iand": lambda methods: methods.__iand__({"POST"}),
    "isub": lambda methods: methods.__isub__({"GET"}),
    "ixor": lambda methods: methods.__ixor__({"GET", "POST"}),
}
for _name, _mutate in SET_CHANGES.items():

    def mutate_methods(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch, mutate: Any = _mutate) -> None:
        for route in (*app.router.routes, *app.state.router.routes):
            mutate(getattr(route, "methods", set()) or {"GET"})

    CHANGES[f"methods {_name}"] = mutate_methods


def test_methods_behave_as_a_set() -> None:
    methods = APIRoute("/x", other, methods=["get", "POST"]).methods
    plain = {"GET", "POST"}
    assert isinstance(methods, set) and methods == plain and plain == methods
    assert repr(methods) == repr(set(methods)) and f"{methods}" == str(set(methods))
    made = [methods.copy(), copy.copy(methods), copy.deepcopy(methods), pickle.loads(pickle.dumps(methods))]
    made += [methods | {"PUT"}, methods & plain, methods - {"PUT"}, methods ^ {"PUT"}, plain | methods]
    assert [type(each) for each in made] == [set] * len(made)
    assert made[:4] == [plain] * 4
    with pytest.raises(TypeError):
        hash(methods)
    methods |= {"PUT"}
    assert methods == {"GET", "POST", "PUT"}


# ── Objects that a plan has not read ──


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> List[Any]:
    """The routers whose routes were compiled, in their order."""
    from fastapi._routing.planned import dispatch

    made: List[Any] = []
    compile_one = dispatch.CompiledApp.__init__

    def recorded(self: Any, router: Any, *args: Any) -> None:
        made.append(router)
        compile_one(self, router, *args)

    monkeypatch.setattr(dispatch.CompiledApp, "__init__", recorded)
    return made


STRANGERS: Dict[str, Callable[[FastAPI], Any]] = {
    "a router": lambda app: APIRouter(),
    "a route of another router": lambda app: APIRouter().get("/x")(other),
    "an application": lambda app: FastAPI().get("/x")(other),
    "a request of another application": lambda app: ask(make_app(), []),
    "an inclusion in another application": lambda app: FastAPI().include_router(APIRouter()),
    "an attribute of the user's": lambda app: setattr(route_of(app, "/plain"), "x", 1),
    "the same of a router": lambda app: setattr(app.router, "x", 1),
    "a dependant": lambda app: setattr(get_parameterless_sub_dependant(depends=Depends(other), path="/"), "call", ask),
    "a copy of a route": lambda app: setattr(copy.deepcopy(new_route()), "path", "/y"),
    "a route that was not added": lambda app: new_route().methods.add("PUT"),
}


@pytest.mark.parametrize("name", STRANGERS)
def test_changes_of_other_objects_compile_nothing_again(name: str, compilations: List[Any]) -> None:
    app = make_app()
    ask(app, [])
    before = compilations.count(app.router)
    STRANGERS[name](app)
    ask(app, [])
    assert compilations.count(app.router) == before == 1


def test_a_route_of_two_applications_reports_changes_to_both(compilations: List[Any]) -> None:
    route, apps = new_route(), [FastAPI(), FastAPI()]
    for app in apps:
        app.router.routes.append(route)
        assert call(app, "/plain").body == b'"other"'

    async def changed() -> str:
        return "changed"

    route.dependant.call = changed
    assert [call(app, "/plain").body for app in apps] == [b'"changed"', b'"changed"']
    route.methods.add("PUT")
    assert [call(app, "/plain", "PUT").body for app in apps] == [b'"changed"', b'"changed"']


def test_attributes_created_after_the_plan_report_changes(compilations: List[Any]) -> None:
    """Methods, lists of dependants and their dependants are created on the first access."""
    app = make_app()
    ask(app, [])
    route_of(app, "/dep").dependant.dependencies[0].call = other
    assert call(app, "/dep?n=1").status == 500
    route_of(app, "/dep").dependant.dependencies[0].query_params.clear()
    assert call(app, "/dep").body == b'"other"'
    route_of(app, "/dep").methods.add("PUT")
    assert call(app, "/dep", "PUT").body == b'"other"'


def test_dependants_that_were_moved_report_changes_to_the_new_plan() -> None:
    app = make_app()
    sub_dependant = get_parameterless_sub_dependant(depends=Depends(dependency), path="/plain")
    ask(app, [])
    route_of(app, "/plain").dependant.dependencies.append(sub_dependant)
    assert call(app, "/plain").status == 422
    sub_dependant.query_params.clear()
    sub_dependant.call = other
    assert call(app, "/plain").status == 200


def test_routes_keep_no_plan_of_an_application_alive() -> None:
    route = new_route()
    for _ in range(5):
        app = FastAPI(openapi_url=None)
        app.router.routes.append(route)
        call(app, "/plain")
        del app
        gc.collect()
    assert len(route._readers._versions) <= 2


# ── The tests ──


def both_ways(change: Change, asked_before: bool, undo: bool = False) -> Tuple[List[Any], List[Any]]:
    results = []
    for make in (lambda app: app, exactly):
        app, calls, seen = make(make_app()), [], []  # type: Tuple[FastAPI, List[Any], List[Any]]
        with pytest.MonkeyPatch.context() as monkeypatch:
            if asked_before:
                seen += ask(app, calls)
            change(app, calls, monkeypatch)
            seen += ask(app, calls)
        # The context has restored the original.
        seen += ask(app, calls)
        results.append(seen)
    return results[0], results[1]


@pytest.mark.parametrize("name", CHANGES)
@pytest.mark.parametrize("asked_before", [False, True], ids=["before the first request", "later"])
def test_changes_take_effect_at_once(name: str, asked_before: bool) -> None:
    planned, exact = both_ways(CHANGES[name], asked_before)
    assert planned == exact


@pytest.mark.parametrize("asked_before", [False, True], ids=["before the first request", "later"])
@pytest.mark.parametrize(("kind", "name"), METHODS)
def test_patched_classes(kind: Any, name: str, asked_before: bool) -> None:
    """A class of another package does not report that it was patched."""

    def patch(app: FastAPI, calls: List[Any], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(kind, name, telling(getattr(kind, name), calls))

    planned, exact = both_ways(patch, asked_before)
    assert planned == exact
    patched = slice(len(TARGETS) * asked_before, len(TARGETS) * (1 + asked_before))
    assert any(calls for *_, calls in planned[patched])


@pytest.mark.parametrize(
    ("before", "seen"),
    [
        ("/first", "changed"),
        ("/in/unknown", "as it was"),
        ("/in/5", "as it was"),
        ("/in/x", "as it was"),
        (None, "changed"),
    ],
)
def test_a_route_of_an_included_router_stays_as_the_first_request_to_the_inclusion_found_it(
    before: Optional[str], seen: str
) -> None:
    app, router = FastAPI(), APIRouter()

    @app.get("/first")
    async def first() -> None: ...

    @router.get("/{n}")
    async def endpoint(n: int) -> str:
        return "as it was"

    async def changed(n: int) -> str:
        return "changed"

    app.include_router(router, prefix="/in")
    client = TestClient(app)
    if before is not None:
        client.get(before)
    router.routes[0].endpoint = changed  # type: ignore[attr-defined]
    assert client.get("/in/5").json() == seen
