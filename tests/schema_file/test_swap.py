"""The step from one file to the next: one, for all routes, whoever looks."""

from __future__ import annotations

import gc
import sys
import threading
import time
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List

import pytest

from fastapi import (
    APIRouter,
    Depends,
    FastAPI,
    get_param_schema,
    load_params_schema,
    param_factory,
    reload_params_schema,
)
from fastapi._changes import changes
from fastapi._schema_file import swap as swap_module
from fastapi._schema_file.registry import registry
from fastapi._schema_file.swap import Assignment, swap
from tests.planned.asgi import call, exactly
from tests.schema_file.conftest import WriteFile

FILE = """\
version: 1
endpoints:
  read:
    params:
      q: {in: query, type: str, max_length: 3, default: ""}
  token:
    params:
      t: {in: query, type: str, max_length: 3, default: ""}
"""
LARGER = FILE.replace(": 3", ": 5")


@pytest.fixture
def path(write: WriteFile) -> str:
    path = write(FILE)
    load_params_schema(path)
    return path


@pytest.fixture
def hasty_threads() -> Iterator[None]:
    """Threads that change places as often as they can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)


class Owner:
    state = 0


needs_the_lock = pytest.mark.skipif(
    not getattr(sys, "_is_gil_enabled", lambda: True)(), reason="this build has no step that is one for all threads"
)


def one_after_the_other(assignments: List[Assignment]) -> None:
    """Do the work of `swap` without its atomic step: for the test of the test."""
    for target, values in assignments:
        target.update(values)
    changes.declarations += 1
    changes.bump()


def mixtures_seen(replace_all: Callable[[List[Assignment]], None]) -> int:
    """Let two threads look at the first and at the last of many objects, while all are replaced again and again."""
    owners = [Owner() for _ in range(10_000)]
    first, last = vars(owners[0]), vars(owners[-1])
    for owner in owners:
        owner.state = 0
    found: List[int] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            # The first is replaced first: whoever sees it new sees the last one new after it.
            seen = first["state"]
            if last["state"] < seen:
                found.append(seen)

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    for number in range(1, 31):
        if found:
            break
        with changes.lock:
            replace_all([Assignment(vars(owner), {"state": number}) for owner in owners])
        time.sleep(0)
    stop.set()
    for thread in threads:
        thread.join()
    return len(found)


@needs_the_lock
@pytest.mark.usefixtures("hasty_threads")
def test_no_thread_sees_some_of_the_new_and_some_of_the_old() -> None:
    assert mixtures_seen(swap) == 0
    # The looking threads do see it where it is not one step.
    assert mixtures_seen(one_after_the_other) > 0


@needs_the_lock
def test_finalizers_and_the_collector_wait_until_it_is_done() -> None:
    """Both run Python code, and where Python code runs, threads change."""
    seen: List[Any] = []
    targets: List[Dict[str, Any]] = [{}, {}]

    class Old:
        def __del__(self) -> None:
            seen.append([target["state"] for target in targets])

    for target in targets:
        target["state"] = Old()
    was = gc.isenabled()
    swap([Assignment(target, {"state": "new"}) for target in targets])
    assert seen == [["new", "new"]] * 2
    assert gc.isenabled() == was


def test_the_collector_stays_off_where_it_was_off() -> None:
    gc.disable()
    try:
        swap([])
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_all_of_a_reload_goes_through_the_one_step(
    path: str, write: WriteFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Routes, routers, plans and the schema itself: before the step all are old, after it all are new."""
    app = application()

    def state() -> List[Any]:
        return [get_param_schema("read", "q").options["max_length"], *statuses(app)]

    seen: List[Any] = []

    def watched(assignments: Any) -> None:
        seen.append(state())
        swap(assignments)

    assert state() == [3] + [422] * 6
    monkeypatch.setattr("fastapi._schema_file.registry.swap", watched)
    counts = changes.declarations, changes.count
    write(LARGER)
    assert reload_params_schema(path)
    seen.append(state())
    assert seen == [[3] + [422] * 6, [5] + [200] * 6]
    assert changes.declarations == counts[0] + 1 and changes.count > counts[1]
    assert swap_module.changes is changes


def application() -> FastAPI:
    app = FastAPI()

    async def token(t: str = param_factory("token", "t")) -> str:
        return t

    router = APIRouter()

    @router.get("/own")
    async def own(q: str = param_factory("read", "q")) -> Any:
        return q

    @router.get("/guarded")
    async def guarded() -> Any:
        return 1

    @app.get("/plain")
    async def plain(q: str = param_factory("read", "q")) -> Any:
        return q

    app.include_router(router, prefix="/v1", dependencies=[Depends(token)])
    return app


def statuses(app: FastAPI) -> List[int]:
    targets = ("/plain?q=aaaa", "/v1/own?q=aaaa", "/v1/guarded?t=aaaa")
    return [call(each, target).status for each in (app, exactly(app)) for target in targets]


@pytest.mark.usefixtures("hasty_threads")
def test_each_request_after_one_that_saw_the_new_file_also_sees_it(path: str, write: WriteFile) -> None:
    """Across routes and ways: first an answer by one route, then one by another."""
    app = application()
    order = ["/plain?q=aaaa", "/v1/own?q=aaaa", "/v1/guarded?t=aaaa"]
    backwards: List[str] = []
    errors: List[BaseException] = []
    stop = threading.Event()

    def ask(first: FastAPI, then: FastAPI, number: int) -> None:
        try:
            before, after = order[number % 3], order[(number + 1) % 3]
            # Until the only reload of the round, an answer can change once, from 422 to 200.
            while not stop.is_set():
                if call(first, before).status == 200 and call(then, after).status != 200:
                    backwards.append(f"{before} -> {after}")
        except BaseException as error:
            errors.append(error)

    exact = exactly(app)
    for _ in range(4):
        write(FILE)
        assert reload_params_schema()
        stop.clear()
        pairs = [(app, app), (app, exact), (exact, app), (exact, exact)]
        threads = [threading.Thread(target=ask, args=(*pair, number)) for number, pair in enumerate(pairs)]
        for thread in threads:
            thread.start()
        time.sleep(0.02)
        write(LARGER)
        assert reload_params_schema()
        time.sleep(0.05)
        stop.set()
        for thread in threads:
            thread.join()
    assert not backwards and not errors


# A reload also checks the routes that the application builds only later.


def include_only() -> FastAPI:
    """The file is used by a dependency of an inclusion alone: no route is built with it before the first request."""
    app = FastAPI()

    async def token(t: str = param_factory("token", "t")) -> str:
        return t

    router = APIRouter()

    @router.get("/guarded")
    async def guarded() -> Any:
        return 1

    app.include_router(router, prefix="/v1", dependencies=[Depends(token)])
    return app


@pytest.mark.parametrize("asked_before", [False, True])
def test_a_file_without_a_parameter_of_an_inclusion_is_refused(
    path: str, write: WriteFile, asked_before: bool, caplog: pytest.LogCaptureFixture
) -> None:
    app = include_only()
    if asked_before:
        assert call(app, "/v1/guarded?t=aaaa").status == 422
    write(FILE.replace("  token:", "  tokens:"))
    assert reload_params_schema() is False
    assert "there is no such endpoint" in caplog.text and "did you mean tokens?" in caplog.text
    assert call(app, "/v1/guarded?t=aaa").status == 200 and call(app, "/v1/guarded?t=aaaa").status == 422
    assert call(exactly(app), "/v1/guarded?t=aaa").status == 200


def test_a_file_that_contradicts_the_dependency_of_an_inclusion_is_refused(path: str, write: WriteFile) -> None:
    app = include_only()
    assert call(app, "/v1/guarded").status == 200
    write(
        FILE.replace("t: {in: query, type: str, max_length: 3", "t: {in: query, type: date").replace(': ""', ": null")
    )
    assert reload_params_schema() is False
    assert call(app, "/v1/guarded?t=aaa").status == 200


def test_a_reload_ignores_parameters_that_the_code_no_longer_holds(path: str, write: WriteFile) -> None:
    app = include_only()
    assert len(registry._made) >= 1
    del app
    gc.collect()
    write(FILE.replace("  token:", "  tokens:"))
    assert reload_params_schema() is True


def test_the_registry_forgets_parameters_that_are_gone(path: str) -> None:
    for _ in range(1000):
        param_factory("read", "q")
    gc.collect()
    param_factory("read", "q")
    assert len(registry._made) <= 250


def test_requests_of_inclusions_and_compiling_plans_do_not_wait_for_each_other_in_a_ring(
    path: str, write: WriteFile
) -> None:
    app = application()
    exact = exactly(app)
    stop = threading.Event()
    done: List[int] = []

    def ask(each: FastAPI) -> None:
        while not stop.is_set():
            call(each, "/v1/own?q=a")
        done.append(1)

    threads = [threading.Thread(target=ask, args=(each,), daemon=True) for each in (app, exact) * 2]
    for thread in threads:
        thread.start()
    for text in [LARGER, FILE] * 12:
        write(text)
        assert reload_params_schema()
    stop.set()
    for thread in threads:
        thread.join(20)
    assert len(done) == 4


def test_many_threads_read_a_file_once(write: WriteFile, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(FILE, "other.yaml")
    from fastapi._schema_file import registry as module

    reads: List[Path] = []
    read = module.read_schema

    def counted(*arguments: Any) -> Any:
        reads.append(arguments[0])
        time.sleep(0.02)
        return read(*arguments)

    monkeypatch.setattr(module, "read_schema", counted)
    threads = [threading.Thread(target=lambda: registry.current(path)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(reads) == 1
