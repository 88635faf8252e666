"""Reload: checked first, swapped at once with the routes that use it, safe under threads and requests in flight."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import threading
import time
from pathlib import Path
from typing import Any, Dict, List

import pytest

from fastapi import (
    APIRouter,
    Depends,
    FastAPI,
    ParamsSchemaError,
    WebSocket,
    get_param_schema,
    load_params_schema,
    param_factory,
    reload_params_schema,
)
from fastapi._changes import changes
from fastapi._schema_file import reload
from fastapi._schema_file.registry import registry
from fastapi.testclient import TestClient
from tests.planned.asgi import answered_by_core, call, exactly
from tests.schema_file.conftest import WriteFile

FILE = """\
version: 1
endpoints:
  read:
    params:
      q: {in: query, type: str, max_length: 3, default: ""}
      n: {in: query, type: int, le: 3, default: 0}
  token:
    params:
      t: {in: query, type: str, max_length: 3, default: ""}
  create:
    params:
      a: {in: body, type: int, le: 3}
      b: {in: body, type: int, le: 3}
"""
LARGER = FILE.replace(": 3", ": 5")


@pytest.fixture
def path(write: WriteFile) -> str:
    path = write(FILE)
    load_params_schema(path)
    return path


def application() -> FastAPI:
    app = FastAPI()

    @app.get("/plain")
    async def plain(q: str = param_factory("read", "q"), n: int = param_factory("read", "n")) -> Any:
        return [q, n]

    async def token(t: str = param_factory("token", "t")) -> str:
        return t

    @app.get("/dependency")
    async def dependency(t: str = Depends(token)) -> Any:
        return t

    router = APIRouter()

    @router.get("/included")
    async def included(q: str = param_factory("read", "q")) -> Any:
        return q

    @router.get("/untouched")
    async def untouched(q: str = "") -> Any:
        return q

    app.include_router(router, prefix="/v1", dependencies=[Depends(token)])

    @app.post("/create")
    async def create(a: int = param_factory("create", "a"), b: int = param_factory("create", "b")) -> Any:
        return [a, b]

    return app


def statuses(app: FastAPI) -> List[int]:
    targets = ("/plain?q=aaaa", "/plain?n=4", "/dependency?t=aaaa", "/v1/included?q=aaaa", "/v1/untouched?t=aaaa")
    found = [call(app, target).status for target in targets]
    body = call(app, "/create", "POST", [(b"content-type", b"application/json")], b'{"a": 4, "b": 1}')
    return [*found, body.status]


@pytest.mark.parametrize("way", ["planned", "exact"])
def test_every_route_that_uses_the_file_has_the_new_parameters(path: str, write: WriteFile, way: str) -> None:
    app = application() if way == "planned" else exactly(application())
    assert statuses(app) == [422] * 6
    write(LARGER)
    assert reload_params_schema() is True
    before = answered_by_core()
    assert statuses(app) == [200] * 6
    assert (answered_by_core() > before) == (way == "planned")
    write(FILE)
    assert reload_params_schema(path)
    assert statuses(app) == [422] * 6


def test_the_documentation_has_the_new_parameters(path: str, write: WriteFile) -> None:
    app = application()

    def limits() -> Any:
        paths = app.openapi()["paths"]
        body = app.openapi()["components"]["schemas"]["Body_create_create_post"]["properties"]["a"]["maximum"]
        places = [paths[each]["get"]["parameters"][-1]["schema"] for each in ("/plain", "/dependency", "/v1/included")]
        return [body, *(place.get("maximum", place.get("maxLength")) for place in places)]

    assert limits() == [3] * 4
    write(LARGER)
    reload_params_schema()
    assert limits() == [5] * 4


def test_a_parameter_may_move_to_another_place_and_type(path: str, write: WriteFile) -> None:
    app = FastAPI()

    @app.post("/")
    async def read(q=param_factory("read", "q"), n=param_factory("read", "n")) -> Any:
        return [q, n]

    assert call(app, "/?q=a", "POST").body == b'["a",0]'
    write(
        FILE.replace(
            'q: {in: query, type: str, max_length: 3, default: ""}', "q: {in: body, type: 'list[int]'}"
        ).replace("n: {in: query", "n: {in: header")
    )
    assert reload_params_schema()
    seen = call(app, "/", "POST", [(b"content-type", b"application/json"), (b"n", b"2")], b"[1]")
    assert seen.body == b"[[1],2]"
    assert "requestBody" in app.openapi()["paths"]["/"]["post"]
    write(FILE)
    assert reload_params_schema()
    assert call(app, "/?q=a", "POST").body == b'["a",0]'


def test_a_websocket_has_the_new_parameters(path: str, write: WriteFile) -> None:
    app = FastAPI()

    @app.websocket("/ws")
    async def ws(websocket: WebSocket, q: str = param_factory("read", "q")) -> None:
        await websocket.accept()
        await websocket.send_text(q)
        await websocket.close()

    from starlette.websockets import WebSocketDisconnect

    client = TestClient(app)
    with pytest.raises(WebSocketDisconnect):
        with client.websocket_connect("/ws?q=aaaa"):
            pass
    write(LARGER)
    reload_params_schema()
    with client.websocket_connect("/ws?q=aaaa") as session:
        assert session.receive_text() == "aaaa"


BROKEN = {
    "not YAML": "version: 1\nendpoints: {",
    "a wrong constraint": LARGER.replace("max_length: 5", "max_lenght: 5"),
    "an endpoint gone": LARGER.replace("  token:", "  tokens:"),
    "a parameter gone": LARGER.replace("      n:", "      m:"),
    "a type the code contradicts": LARGER.replace(
        "n: {in: query, type: int, le: 5, default: 0}", "n: {in: query, type: date}"
    ),
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=list(BROKEN))
def test_a_broken_file_leaves_the_old_in_force_and_logs_why(
    path: str, write: WriteFile, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    app = application()
    schema, document, count = get_param_schema(), app.openapi(), changes.declarations
    write(text)
    assert reload_params_schema(path) is False
    assert get_param_schema() is schema and changes.declarations == count
    assert statuses(app) == [422] * 6 and app.openapi() is document
    (record,) = [record for record in caplog.records if record.levelname == "ERROR"]
    assert "stay as they were" in record.getMessage() and "params_schema.yaml" in record.getMessage()
    write(LARGER)
    assert reload_params_schema(path) is True
    assert statuses(app) == [200] * 6


def test_a_missing_file_leaves_the_old_in_force(path: str) -> None:
    app = application()
    os.remove(path)
    assert reload_params_schema() is False
    assert call(app, "/plain?q=aaa").status == 200


def test_loading_the_file_again_swaps_too_and_a_broken_one_raises(path: str, write: WriteFile) -> None:
    app = application()
    load_params_schema(write(LARGER))
    assert statuses(app) == [200] * 6
    with pytest.raises(ParamsSchemaError):
        load_params_schema(write(BROKEN["an endpoint gone"]))
    assert statuses(app) == [200] * 6


def test_a_route_whose_application_was_replaced_is_not_touched(
    path: str, write: WriteFile, caplog: pytest.LogCaptureFixture
) -> None:
    app = application()
    route: Any = next(route for route in app.routes if getattr(route, "path", "") == "/plain")
    inner = route.app

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        await inner(scope, receive, send)

    route.app = wrapped
    write(LARGER)
    assert reload_params_schema() is False
    assert "the route /plain was replaced" in caplog.text
    assert statuses(app) == [422] * 6


def test_the_subclass_of_a_route_builds_its_handler_again(path: str, write: WriteFile) -> None:
    from fastapi.routing import APIRoute

    class Counting(APIRoute):
        def get_route_handler(self) -> Any:
            handler = super().get_route_handler()

            async def counted(request: Any) -> Any:
                response = await handler(request)
                response.headers["x-counted"] = "yes"
                return response

            return counted

    app = FastAPI()
    app.router.route_class = Counting

    @app.get("/")
    async def read(q: str = param_factory("read", "q")) -> Any:
        return q

    write(LARGER)
    reload_params_schema()
    seen = call(app, "/?q=aaaa")
    assert seen.body == b'"aaaa"' and (b"x-counted", b"yes") in seen.messages[0]["headers"]


def test_a_request_in_flight_keeps_the_old_parameters(path: str, write: WriteFile) -> None:
    app = FastAPI()
    events: Dict[str, asyncio.Event] = {}

    async def slow() -> None:
        if events:
            events["began"].set()
            await events["go on"].wait()

    @app.post("/")
    async def create(n: int = param_factory("create", "a"), wait: None = Depends(slow)) -> Any:
        return n

    exact = exactly(app)

    async def scenario() -> Any:
        # Before Python 3.10 an event belongs to the loop it is made in.
        events.update({"began": asyncio.Event(), "go on": asyncio.Event()})
        messages: List[Dict[str, Any]] = []
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/",
            "query_string": b"",
            "root_path": "",
            "scheme": "http",
            "headers": [(b"content-type", b"application/json")],
            "http_version": "1.1",
            "server": ("t", 80),
        }

        async def receive() -> Any:
            return {"type": "http.request", "body": b"4", "more_body": False}

        async def send(message: Any) -> None:
            messages.append(message)

        running = asyncio.ensure_future(exact(scope, receive, send))
        await events["began"].wait()
        write(LARGER)
        assert reload_params_schema()
        events["go on"].set()
        await running
        return messages[0]["status"]

    # The body is checked after the dependency: by the old limit, for the request began with it.
    assert asyncio.run(scenario()) == 422
    events.clear()
    assert call(app, "/", "POST", [(b"content-type", b"application/json")], b"4").status == 200


def test_threads_see_the_old_or_the_new_and_never_a_mixture(path: str, write: WriteFile) -> None:
    """`q` and `n` change together: a request accepts both or neither."""
    app = application()
    apps = [app, exactly(application())]
    seen: List[Any] = []
    stop = threading.Event()

    def ask(each: FastAPI) -> None:
        while not stop.is_set():
            seen.append(call(each, "/plain?q=aaaa&n=4").body)

    threads = [threading.Thread(target=ask, args=(each,)) for each in apps * 2]
    for thread in threads:
        thread.start()
    for text in [LARGER, FILE] * 10:
        write(text)
        assert reload_params_schema()
        time.sleep(0.01)
    stop.set()
    for thread in threads:
        thread.join()
    # Either the answer or both errors.
    assert all(body == b'["aaaa",4]' or (b'"q"' in body and b'"n"' in body) for body in seen)
    assert any(body == b'["aaaa",4]' for body in seen) and any(b"detail" in body for body in seen)


def test_routes_added_while_files_are_loaded_in_threads(path: str, write: WriteFile) -> None:
    app = FastAPI()
    errors: List[BaseException] = []

    def add() -> None:
        try:
            for number in range(30):

                async def read(q: str = param_factory("read", "q")) -> Any:
                    return q

                app.get(f"/{threading.get_ident()}/{number}")(read)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=add) for _ in range(3)]
    for thread in threads:
        thread.start()
    for text in [LARGER, FILE] * 4 + [LARGER]:
        write(text)
        assert reload_params_schema()
    for thread in threads:
        thread.join()
    assert not errors
    routes = [route.path for route in app.routes if route.path.count("/") == 2 and "oauth2" not in route.path]  # type: ignore[attr-defined]
    assert len(routes) == 90
    assert {call(app, f"{each}?q=aaaa").status for each in routes} == {200}


def test_routes_that_are_gone_are_forgotten(path: str) -> None:

    for _ in range(3):
        application()
    gc.collect()
    assert reload_params_schema()
    assert len(registry._watchers) == 0


# The environment variable.


def test_a_changed_file_is_seen(path: str, write: WriteFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTAPI_PARAMS_SCHEMA_RELOAD", "1")
    monkeypatch.setattr(reload, "INTERVAL", 0.02)
    app = application()
    assert statuses(app) == [422] * 6
    write(LARGER)
    deadline = time.monotonic() + 60
    while call(app, "/plain?q=aaaa").status != 200 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert statuses(app) == [200] * 6


def test_without_the_variable_no_thread_runs(path: str) -> None:
    application()
    assert not [thread for thread in threading.enumerate() if thread.name == "fastapi-params-schema"]


@pytest.mark.parametrize("value", ["", "0", "no", "false"])
def test_the_variable_can_say_no(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("FASTAPI_PARAMS_SCHEMA_RELOAD", value)
    assert not reload.is_wanted()


def test_the_identity_is_looked_at_once_a_second() -> None:
    assert reload.INTERVAL == 1.0


def test_each_state_of_a_file_is_tried_once(path: str, write: WriteFile, caplog: pytest.LogCaptureFixture) -> None:
    looker = reload.Looker()
    looker.look()
    write("version: 1\nendpoints: [")
    for _ in range(3):
        looker.look()
    assert caplog.text.count("stay as they were") == 1
    os.remove(path)
    for _ in range(3):
        looker.look()
    assert caplog.text.count("stay as they were") == 2
    write(LARGER)
    looker.look()
    assert get_param_schema("read", "q").options["max_length"] == 5


def test_a_replaced_file_of_the_same_size_and_time_is_another_file(path: str, tmp_path: Path) -> None:
    looker = reload.Looker()
    looker.look()
    status = os.stat(path)
    other = tmp_path / "new.yaml"
    other.write_text(FILE.replace(": 3", ": 9"))
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    os.replace(other, path)
    looker.look()
    assert get_param_schema("read", "q").options["max_length"] == 9


def test_a_file_written_in_place_with_its_old_time_is_another_state(path: str) -> None:
    """`cp -p` and `rsync --times` do that."""
    if os.name == "nt":
        pytest.skip("Windows has no time of change")
    looker = reload.Looker()
    status = os.stat(path)
    time.sleep(0.05)
    Path(path).write_text(FILE.replace(": 3", ": 9"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert os.stat(path)[6:9] == status[6:9]
    looker.look()
    assert get_param_schema("read", "q").options["max_length"] == 9


@pytest.mark.skipif(os.name == "nt", reason="symbolic links need rights there")
def test_a_link_that_points_elsewhere_is_another_file(tmp_path: Path) -> None:
    """So a volume of a ConfigMap is updated: a link to a folder is replaced."""
    for name, text in (("one", FILE), ("two", FILE.replace(": 3", ": 9"))):
        (tmp_path / name).mkdir()
        (tmp_path / name / "p.yaml").write_text(text)
    (tmp_path / "data").symlink_to("one")
    (tmp_path / "p.yaml").symlink_to(os.path.join("data", "p.yaml"))
    load_params_schema("p.yaml")
    looker = reload.Looker()
    looker.look()
    (tmp_path / "next").symlink_to("two")
    os.replace(tmp_path / "next", tmp_path / "data")
    looker.look()
    assert get_param_schema("read", "q").options["max_length"] == 9


def test_a_broken_file_that_is_put_back_needs_no_reload(
    path: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    looker = reload.Looker()
    os.rename(path, tmp_path / "aside.yaml")
    looker.look()
    assert caplog.text.count("stay as they were") == 1
    schema = get_param_schema()
    os.rename(tmp_path / "aside.yaml", path)
    looker.look()
    os.rename(path, tmp_path / "aside.yaml")
    looker.look()
    # A second time of missing is a second reason to complain.
    assert caplog.text.count("stay as they were") == 2
    assert get_param_schema("read", "q") == schema.param("read", "q")


def test_after_a_reload_by_hand_the_thread_has_nothing_to_do(
    path: str, write: WriteFile, caplog: pytest.LogCaptureFixture
) -> None:
    looker = reload.Looker()
    looker.look()
    write(LARGER)
    assert reload_params_schema(path)
    with caplog.at_level(logging.INFO, logger="fastapi"):
        looker.look()
    assert "loaded again" not in caplog.text


def test_the_thread_outlives_a_mistake(
    path: str, write: WriteFile, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("FASTAPI_PARAMS_SCHEMA_RELOAD", "1")
    monkeypatch.setattr(reload, "INTERVAL", 0.02)
    identity_of, calls = reload.identity_of, []

    def failing(*arguments: Any) -> Any:
        calls.append(arguments)
        if len(calls) == 1:
            raise ZeroDivisionError("a mistake of ours")
        return identity_of(*arguments)

    monkeypatch.setattr(reload, "identity_of", failing)
    load_params_schema(path)
    write(LARGER)
    deadline = time.monotonic() + 60
    while get_param_schema("read", "q").options["max_length"] != 5 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert get_param_schema("read", "q").options["max_length"] == 5
    assert "could not be looked at" in caplog.text and "a mistake of ours" in caplog.text


def test_where_no_thread_can_be_started_the_log_says_what_to_do(
    path: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """WebAssembly hosts have none, nor have some embedded interpreters."""
    monkeypatch.setenv("FASTAPI_PARAMS_SCHEMA_RELOAD", "1")

    def refuse(self: Any) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    load_params_schema(path)
    assert "can't start new thread" in caplog.text and "call reload_params_schema() instead" in caplog.text
    assert reload_params_schema(path) is True


def test_the_variable_alone_starts_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a parameter of a file does: an application without one pays nothing."""
    monkeypatch.setenv("FASTAPI_PARAMS_SCHEMA_RELOAD", "1")
    app = FastAPI()

    @app.get("/")
    async def read(q: str = "") -> Any:
        return q

    assert call(app, "/?q=a").body == b'"a"'
    assert not [thread for thread in threading.enumerate() if thread.name == "fastapi-params-schema"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_child_process_is_not_locked_by_a_thread_of_its_parent(path: str, write: WriteFile) -> None:
    """A fork during a reload in the parent's thread: the child has the locks, but not the thread that holds them."""
    app = application()
    assert statuses(app) == [422] * 6
    held, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        with registry.lock, changes.lock, registry._watching:
            held.set()
            go_on.wait(20)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(20)
    child = os.fork()
    if child == 0:
        import signal

        signal.alarm(10)
        try:
            write(LARGER)
            done = reload_params_schema(path) and get_param_schema("read", "q").options["max_length"] == 5
            os._exit(0 if done else 1)
        finally:
            os._exit(2)
    go_on.set()
    thread.join()
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_child_process_also_watches_the_file(path: str, write: WriteFile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FASTAPI_PARAMS_SCHEMA_RELOAD", "1")
    monkeypatch.setattr(reload, "INTERVAL", 0.02)
    load_params_schema(path)
    child = os.fork()
    if child == 0:
        try:
            write(LARGER)
            deadline = time.monotonic() + 60
            while get_param_schema("read", "q").options["max_length"] != 5 and time.monotonic() < deadline:
                time.sleep(0.01)
            os._exit(0 if get_param_schema("read", "q").options["max_length"] == 5 else 1)
        finally:
            os._exit(2)
    assert os.waitpid(child, 0)[1] == 0


def test_a_reload_says_so(path: str, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="fastapi"):
        reload_params_schema()
    assert "were loaded again" in caplog.text


# More than one file.


def of_two_files(write: WriteFile) -> FastAPI:
    one, two = write(FILE, "one.yaml"), write(FILE, "two.yaml")
    app = FastAPI()

    @app.get("/one")
    async def of_one(q: str = param_factory("read", "q", schema=one)) -> Any:
        return q

    @app.get("/two")
    async def of_two(q: str = param_factory("read", "q", schema=two)) -> Any:
        return q

    @app.get("/both")
    async def of_both(
        q: str = param_factory("read", "q", schema=one), n: int = param_factory("read", "n", schema=two)
    ) -> Any:
        return [q, n]

    return app


@pytest.mark.parametrize("name", ["one", "two"])
def test_a_file_changes_only_the_routes_that_use_it(write: WriteFile, name: str) -> None:
    app = of_two_files(write)
    write(LARGER, f"{name}.yaml")
    assert reload_params_schema(f"{name}.yaml")
    found = [call(app, target).status for target in ("/one?q=aaaa", "/two?q=aaaa", "/both?q=aaaa", "/both?n=4")]
    assert found == ([200, 422, 200, 422] if name == "one" else [422, 200, 422, 200])


def test_a_route_that_cannot_change_is_not_in_the_way_of_another_file(write: WriteFile) -> None:
    app = of_two_files(write)
    route: Any = next(route for route in app.routes if getattr(route, "path", "") == "/two")
    inner = route.app

    async def wrapped(*arguments: Any) -> None:
        await inner(*arguments)

    route.app = wrapped
    write(LARGER, "one.yaml")
    write(LARGER, "two.yaml")
    assert reload_params_schema("one.yaml") is True and reload_params_schema("two.yaml") is False
    assert [call(app, target).status for target in ("/one?q=aaaa", "/both?q=aaaa", "/two?q=aaaa")] == [200, 200, 422]


def test_a_route_that_goes_away_during_a_reload_does_not_make_it_start_again(
    path: str, write: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    apps = [application(), application()]
    prepare, calls = registry._prepare, []

    def prepared(*arguments: Any) -> Any:
        calls.append(1)
        found = prepare(*arguments)
        apps[:] = apps[:1]
        gc.collect()
        return found

    monkeypatch.setattr(registry, "_prepare", prepared)
    write(LARGER)
    assert reload_params_schema(path) and len(calls) == 1
    assert statuses(apps[0]) == [200] * 6


# Files that are written in their place.

LONG = "version: 1\nendpoints:\n  e:\n    params:\n      q:\n        in: query\n        type: int\n        le: 100\n"


@pytest.fixture
def torn(write: WriteFile) -> Any:
    path = Path(write(LONG))
    load_params_schema(path)
    app = FastAPI()

    @app.get("/")
    async def read(q=param_factory("e", "q")) -> Any:
        return q

    return path, app


def test_half_of_a_file_is_not_believed(torn: Any, caplog: pytest.LogCaptureFixture) -> None:
    path, app = torn
    with path.open("w") as file:
        file.write(LONG[:-3])
        file.flush()
        assert reload_params_schema() is False
        assert call(app, "/?q=50").status == 200
        assert "became shorter while it was written in its place" in caplog.text
        file.write(LONG[-3:])
    assert reload_params_schema() is True
    assert call(app, "/?q=50").status == 200


def test_a_shorter_file_is_believed_when_it_is_read_again(torn: Any) -> None:
    path, app = torn
    path.write_text(LONG[:-3])
    assert [reload_params_schema(), reload_params_schema()] == [False, True]
    assert call(app, "/?q=50").status == 422


def test_a_shorter_file_is_believed_at_once_when_it_is_old_or_another_one(torn: Any) -> None:
    path, app = torn
    path.write_text(LONG[:-3])
    os.utime(path, (1, 1))
    assert reload_params_schema() is True
    beside = path.with_name("beside.yaml")
    beside.write_text(LONG[:-3].replace("le: 1", "le: 9"))
    os.replace(beside, path)
    assert reload_params_schema() is True
    assert call(app, "/?q=9").status == 200


def test_the_thread_believes_a_shorter_file_at_its_second_look(torn: Any) -> None:
    path, app = torn
    looker = reload.Looker()
    path.write_text(LONG[:-3])
    looker.look()
    assert call(app, "/?q=50").status == 200
    looker.look()
    assert call(app, "/?q=50").status == 422
