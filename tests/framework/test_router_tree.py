"""Routers in routers: prefixes, options of the levels, routes that are added later, and other routes beside them."""

import re
from typing import Any, Callable, List, get_type_hints

import pytest
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Host, Match, Mount, Route, Router

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.exceptions import FastAPIError
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from tests.framework.support import client


def say(text: str) -> Callable[[], str]:
    def endpoint() -> str:
        return text

    endpoint.__name__ = f"say_{text}"
    return endpoint


def note(log: List[str], text: str) -> Callable[[], None]:
    def dependency() -> None:
        log.append(text)

    return dependency


def three_levels(log: List[str]) -> FastAPI:
    app = FastAPI(dependencies=[Depends(note(log, "app"))])
    outer = APIRouter(prefix="/outer", tags=["outer"], dependencies=[Depends(note(log, "outer"))])
    inner = APIRouter(prefix="/inner", tags=["inner"], dependencies=[Depends(note(log, "inner"))])

    @inner.get("/leaf/{n}", tags=["leaf"], dependencies=[Depends(note(log, "leaf"))])
    def leaf(n: int):
        log.append("endpoint")
        return n

    outer.include_router(inner, prefix="/through", tags=["inclusion"], dependencies=[Depends(note(log, "inclusion"))])
    app.include_router(outer, prefix="/v1")
    return app


def test_prefixes_add_up():
    app = three_levels([])
    assert client(app).get("/v1/outer/through/inner/leaf/3").json() == 3
    assert client(app).get("/v1/outer/through/inner/leaf").status_code == 404
    assert app.url_path_for("leaf", n="3") == "/v1/outer/through/inner/leaf/3"


def test_dependencies_run_outermost_first():
    log: List[str] = []
    client(three_levels(log)).get("/v1/outer/through/inner/leaf/3")
    assert log == ["app", "outer", "inclusion", "inner", "leaf", "endpoint"]


def test_tags_come_outermost_first():
    operation = three_levels([]).openapi()["paths"]["/v1/outer/through/inner/leaf/{n}"]["get"]
    assert operation["tags"] == ["outer", "inclusion", "inner", "leaf"]


def test_routes_may_be_added_after_the_inclusion_and_after_the_first_request():
    app, outer, inner = FastAPI(), APIRouter(), APIRouter()
    outer.include_router(inner, prefix="/inner")
    app.include_router(outer, prefix="/outer")
    with client(app) as calls:
        assert calls.get("/outer/inner/late").status_code == 404
        inner.add_api_route("/late", say("late"))
        assert calls.get("/outer/inner/late").json() == "late"
        app.add_api_route("/later", say("later"))
        assert calls.get("/later").json() == "later"
        assert sorted(calls.get("/openapi.json").json()["paths"]) == ["/later", "/outer/inner/late"]


def test_one_router_may_be_included_many_times():
    app, router = FastAPI(), APIRouter()
    router.add_api_route("/x", say("x"))
    for prefix in ("/a", "/b"):
        app.include_router(router, prefix=prefix, tags=[prefix])
    assert [client(app).get(f"{prefix}/x").json() for prefix in ("/a", "/b")] == ["x", "x"]
    paths = app.openapi()["paths"]
    assert [paths[path]["get"]["operationId"] for path in ("/a/x", "/b/x")] == ["say_x_a_x_get", "say_x_b_x_get"]


def test_a_later_full_match_beats_an_earlier_partial_one():
    app, first, second = FastAPI(), APIRouter(), APIRouter()
    first.add_api_route("/x", say("get"), methods=["GET"])
    second.add_api_route("/x", say("post"), methods=["POST"])
    app.include_router(first)
    app.include_router(second)
    assert client(app).post("/x").json() == "post"
    refused = client(app).put("/x")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET")


def test_an_exact_match_further_down_beats_a_slash_redirect():
    app, first, second = FastAPI(), APIRouter(), APIRouter()
    first.add_api_route("/x/", say("slash"))
    second.add_api_route("/x", say("none"))
    app.include_router(first)
    app.include_router(second)
    assert client(app).get("/x", follow_redirects=False).json() == "none"
    assert client(app).get("/x/", follow_redirects=False).json() == "slash"


@pytest.mark.parametrize("prefix, message", [("x", "must start with '/'"), ("/x/", "must not end with '/'")])
def test_prefixes_that_are_refused(prefix, message):
    with pytest.raises(AssertionError, match=message):
        APIRouter(prefix=prefix)
    with pytest.raises(AssertionError, match=message):
        FastAPI().include_router(APIRouter(), prefix=prefix)


def test_routers_that_include_each_other_are_refused():
    one, two = APIRouter(), APIRouter()
    one.include_router(two)
    with pytest.raises(AssertionError, match="Cannot include the same APIRouter instance into itself"):
        one.include_router(one)
    with pytest.raises(AssertionError):
        two.include_router(one)


def test_an_operation_needs_a_path():
    app, router = FastAPI(), APIRouter()
    router.add_api_route("", say("x"))
    with pytest.raises(FastAPIError, match="Prefix and path cannot be both empty"):
        app.include_router(router)


class NamedRoute(APIRoute):
    def get_route_handler(self) -> Callable[[Request], Any]:
        original = super().get_route_handler()

        async def handler(request: Request) -> Response:
            response = await original(request)
            response.headers["x-route"] = type(self).__name__
            return response

        return handler


class PickyRoute(APIRoute):
    def matches(self, scope: Any) -> Any:
        if dict(scope["headers"]).get(b"x-picky") != b"yes":
            return Match.NONE, {}
        return super().matches(scope)


def test_custom_route_classes_are_used_where_they_are_declared():
    app, router = FastAPI(), APIRouter(route_class=NamedRoute)
    router.add_api_route("/in", say("in"))
    app.add_api_route("/out", say("out"))
    app.include_router(router, prefix="/r")
    inside, outside = client(app).get("/r/in"), client(app).get("/out")
    assert (inside.json(), inside.headers["x-route"]) == ("in", "NamedRoute")
    assert "x-route" not in outside.headers


def test_a_route_class_may_be_set_on_the_router_of_the_application():
    app = FastAPI()
    app.router.route_class = NamedRoute
    app.add_api_route("/x", say("x"))
    assert client(app).get("/x").headers["x-route"] == "NamedRoute"


def test_a_route_class_may_override_matches():
    app, router = FastAPI(), APIRouter(route_class=PickyRoute)
    router.add_api_route("/x", say("picky"))
    app.include_router(router)
    app.add_api_route("/x", say("plain"))
    assert client(app).get("/x").json() == "plain"
    assert client(app).get("/x", headers={"x-picky": "yes"}).json() == "picky"


def plain_text(request: Request) -> Response:
    return PlainTextResponse(str(request.url.path))


def test_plain_routes_mounts_and_hosts_answer_beside_operations():
    app, router = FastAPI(), APIRouter()
    router.add_route("/plain", plain_text)
    router.mount("/mounted", Router([Route("/{rest:path}", plain_text)]))
    app.include_router(router, prefix="/r")
    app.mount("/sub", FastAPI())
    app.host("api.example.org", Router([Route("/", plain_text)]))
    calls = client(app)
    assert calls.get("/r/plain").text == "/r/plain"
    assert calls.get("/r/mounted/x/y").status_code == 200
    assert calls.get("/sub/openapi.json").json()["paths"] == {}
    assert calls.get("/", headers={"host": "api.example.org"}).text == "/"
    assert calls.get("/").status_code == 404


def test_mounted_applications_have_their_own_documentation_and_prefix():
    app, sub = FastAPI(title="outer"), FastAPI(title="inner")
    sub.add_api_route("/x/{n}", say("sub"))
    app.mount("/sub", sub)
    assert client(app).get("/sub/x/1").json() == "sub"
    document = client(app).get("/sub/openapi.json").json()
    assert (document["info"]["title"], document["servers"]) == ("inner", [{"url": "/sub"}])
    assert "/sub/openapi.json" in client(app).get("/sub/docs").text


def test_contexts_walk_the_whole_tree():
    app = three_levels([])
    mounted = Router([Route("/x", plain_text)])
    app.mount("/m", mounted, name="mounted")
    contexts = {context.path: context for context in iter_route_contexts(app.routes) if context.path}
    leaf = contexts["/v1/outer/through/inner/leaf/{n}"]
    assert isinstance(leaf, RouteContext)
    assert (leaf.name, leaf.methods, leaf.path_format) == ("leaf", {"GET"}, "/v1/outer/through/inner/leaf/{n}")
    assert isinstance(leaf.original_route, APIRoute) and leaf.original_route.path == "/inner/leaf/{n}"
    assert leaf.tags == ["outer", "inclusion", "inner", "leaf"]
    assert isinstance(contexts["/m"].original_route, Mount)


def test_the_scope_tells_the_route_and_its_context():
    seen = {}
    app, router = FastAPI(), APIRouter()

    @router.get("/x/{n}")
    def endpoint(request: Request, n: int):
        seen.update(request.scope)

    app.include_router(router, prefix="/r")
    client(app).get("/r/x/1")
    assert (seen["route"].path, seen["endpoint"]) == ("/x/{n}", endpoint)
    assert seen["fastapi"]["effective_route_context"].path == "/r/x/{n}"
    assert seen["path_params"] == {"n": "1"}
    assert (seen["app"], seen["router"]) == (app, app.router)


def test_responses_deprecation_and_visibility_of_levels_merge():
    app = FastAPI(responses={500: {"description": "app"}, 400: {"description": "app"}})
    router = APIRouter(responses={400: {"description": "router"}}, deprecated=True)
    router.add_api_route("/x", say("x"), responses={418: {"description": "route"}})
    hidden = APIRouter(include_in_schema=False)
    hidden.add_api_route("/hidden", say("hidden"))
    app.include_router(router)
    app.include_router(hidden)
    paths = app.openapi()["paths"]
    assert list(paths) == ["/x"]
    operation = paths["/x"]["get"]
    assert operation["deprecated"] is True
    told = {status: answer["description"] for status, answer in operation["responses"].items()}
    assert told == {"200": "Successful Response", "400": "router", "418": "route", "500": "app"}


@pytest.fixture
def site(tmp_path):
    for name, text in {"index.html": "<p>home</p>", "app.js": "let a", "docs/index.html": "<p>docs</p>"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


HTML = {"accept": "text/html"}


@pytest.mark.parametrize(
    "method, path, headers, status, text",
    [
        ("GET", "/app.js", {}, 200, "let a"),
        ("GET", "/", {}, 200, "<p>home</p>"),
        ("GET", "/docs/", {}, 200, "<p>docs</p>"),
        ("GET", "/any/page", HTML, 200, "<p>home</p>"),
        ("GET", "/any/page", {"accept": "*/*"}, 404, '{"detail":"Not Found"}'),
        ("GET", "/any/page", {"accept": "text/html;q=0"}, 404, '{"detail":"Not Found"}'),
        ("GET", "/api/x", HTML, 200, '"x"'),
        ("POST", "/api/x", HTML, 405, '{"detail":"Method Not Allowed"}'),
        ("POST", "/app.js", HTML, 405, '{"detail":"Method Not Allowed"}'),
        ("POST", "/any/page", HTML, 404, '{"detail":"Not Found"}'),
    ],
)
def test_frontends_answer_after_everything_else(site, method, path, headers, status, text):
    app = FastAPI(docs_url=None)
    app.frontend("/", directory=site)
    app.add_api_route("/api/x", say("x"))
    response = client(app).request(method, path, headers=headers)
    assert (response.status_code, response.text) == (status, text)


def test_frontends_of_routers_have_their_prefix_and_dependencies(site):
    log: List[str] = []
    app = FastAPI()
    router = APIRouter(prefix="/ui", dependencies=[Depends(note(log, "checked"))])
    router.frontend("/", directory=site, fallback="index.html")
    app.include_router(router, prefix="/v1")
    assert client(app).get("/v1/ui/app.js").text == "let a"
    assert client(app).get("/v1/ui/deep/link", headers=HTML).text == "<p>home</p>"
    assert log == ["checked", "checked"]
    assert client(app).get("/app.js").status_code == 404


def test_a_missing_page_of_ones_own(site):
    (site / "404.html").write_text("<p>nothing</p>")
    app = FastAPI(docs_url=None)
    app.frontend("/", directory=site)
    response = client(app).get("/any/page", headers=HTML)
    assert (response.status_code, response.text) == (404, "<p>nothing</p>")


@pytest.mark.parametrize(
    "options, error",
    [
        ({"directory": "missing-folder"}, RuntimeError),
        ({"directory": ".", "fallback": "other.html"}, AssertionError),
    ],
)
def test_frontends_that_are_refused(options, error):
    with pytest.raises(error):
        FastAPI().frontend("/", **options)


def test_hosts_inside_included_routers():
    app, router = FastAPI(), APIRouter()
    router.routes.append(Host("a.example.org", Router([Route("/x", plain_text)])))
    app.include_router(router)
    assert client(app).get("/x", headers={"host": "a.example.org"}).text == "/x"
    assert client(app).get("/x", headers={"host": "b.example.org"}).status_code == 404


def test_nodes_and_contexts_show_their_attributes():
    app, router, inner = FastAPI(openapi_url=None), APIRouter(tags=["t"]), APIRouter(strict_content_type=False)

    @router.get("/a")
    def endpoint() -> None: ...

    @inner.websocket("/w")
    def socket() -> None: ...

    router.include_router(inner, prefix="/in")
    app.include_router(router, prefix="/out", responses={404: {}})
    node: Any = app.routes[0]
    shown = re.sub("0x[0-9a-f]+", "0x", repr(node))
    inclusion = (
        "_IncludedRouter(original_router=<fastapi.routing.APIRouter object at 0x>, include_context="
        "_RouterIncludeContext(included_router=<fastapi.routing.APIRouter object at 0x>, prefix='/out', tags=[], "
        "dependencies=[], default_response_class=<fastapi.datastructures.DefaultPlaceholder object at 0x>, "
        "responses={404: {}}, callbacks=[], deprecated=None, include_in_schema=True, generate_unique_id_function="
        "<fastapi.datastructures.DefaultPlaceholder object at 0x>, strict_content_type=True, "
        "dependency_overrides_provider=<fastapi.applications.FastAPI object at 0x>, max_body_size=None, form_limits={})"
    )
    assert shown == (
        f"{inclusion}, _effective_candidates=[], _effective_candidates_version=None, "
        "_effective_low_priority_routes=[], _effective_low_priority_routes_version=None)"
    )
    context, nested = node.effective_candidates()
    assert repr(node).count("_EffectiveRouteContext(original_route=") == 1
    assert repr(context).startswith(
        "_EffectiveRouteContext(original_route=APIRoute(path='/a', name='endpoint', methods=['GET']), "
        "starlette_route=None, frontend_prefix='', path='/out/a', endpoint=<function "
    )
    assert repr(context).endswith(
        "_embed_body_fields=False, body_field=None, is_sse_stream=False, is_json_stream=False)"
    )
    assert nested.include_context.strict_content_type is True and nested.include_context.tags == ["t"]
    [socket_context] = nested.effective_candidates()
    assert repr(socket_context).startswith(
        "_EffectiveRouteContext(original_route=APIWebSocketRoute(path='/w', name='socket'), "
        "starlette_route=APIWebSocketRoute(path='/out/in/w', name='socket'), frontend_prefix='', path='', endpoint=None"
    )
    assert socket_context.methods == set() and socket_context.tags is socket_context.tags
    for shown_object, name in [
        (node, "_IncludedRouter"),
        (node.include_context, "_RouterIncludeContext"),
        (context, "_EffectiveRouteContext"),
        (socket_context, "_EffectiveRouteContext"),
    ]:
        kind = type(shown_object)
        assert (kind.__module__, kind.__name__, kind.__qualname__) == ("fastapi.routing", name, name)
        assert get_type_hints(kind) and get_type_hints(kind.__init__)


def test_a_router_may_be_changed_between_its_inclusion_and_its_first_use():
    app, router = FastAPI(), APIRouter()

    @router.get("/a")
    def endpoint() -> str:
        return "a"

    app.include_router(router, default_response_class=HTMLResponse)
    router.default_response_class = PlainTextResponse
    router.generate_unique_id_function = lambda route: f"own_{route.name}"
    assert client(app).get("/a").headers["content-type"] == "text/plain; charset=utf-8"
    assert app.openapi()["paths"]["/a"]["get"]["operationId"] == "own_endpoint"


def test_a_mount_whose_path_was_changed_is_found_where_it_was_built():
    app, sub = FastAPI(), FastAPI()
    sub.get("/x")(say("x"))
    app.mount("/sub", sub)
    app.router.routes.append(Route("/plain", lambda request: PlainTextResponse("plain")))
    http = client(app)
    assert http.get("/sub/x").json() == "x"
    mount: Any = app.routes[-2]
    plain: Any = app.routes[-1]
    mount.path, plain.path = "/moved", "/moved-too"
    paths = ("/sub/x", "/moved/x", "/plain", "/moved-too")
    assert [http.get(path).status_code for path in paths] == [200, 404, 200, 404]


def test_a_router_without_a_prefix_has_routes_that_can_be_built_when_it_is_included():
    app = FastAPI()
    outer, middle, inner = APIRouter(), APIRouter(), APIRouter()
    inner.get("/a")(say("a"))
    middle.include_router(inner, prefix="/{z}")
    outer.include_router(middle, prefix="/{z}")
    with pytest.raises(ValueError, match=re.escape("Duplicated param name z at path /{z}/{z}/a")):
        app.include_router(outer)
    assert not [route for route in app.routes if type(route) is not Route]
