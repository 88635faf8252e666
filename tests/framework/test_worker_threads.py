"""`call_in_thread` and `run_in_threadpool` have the same observable effects.

Each scenario runs twice, once with each function, on its own event loop with one idle thread. Its results must be
equal, and `call_in_thread` must not fall back to `run_in_threadpool` unless the scenario says so.
"""

import asyncio
import gc
import logging
import sys
import threading
import weakref
from contextvars import Context, ContextVar
from typing import Any, Awaitable, Callable, Dict, List, Tuple

import anyio
import anyio.from_thread
import anyio.to_thread
import pytest
import sniffio
from starlette.concurrency import run_in_threadpool

from fastapi import Depends, FastAPI
from fastapi._stand_ins import worker_threads as _worker_threads
from fastapi._stand_ins.accelerators import WORKER_THREADS, Accelerator
from fastapi._stand_ins.worker_threads import call_in_thread
from tests.framework.support import client

Run = Callable[..., Awaitable[Any]]
Scenario = Callable[[Run], Awaitable[Any]]

is_known = _worker_threads._known_backend() is not None
variable: ContextVar[str] = ContextVar("variable", default="nothing")


async def shortly(function: Callable[..., Any], **arguments: Any) -> Any:
    return await call_in_thread(run_in_threadpool, function, arguments)


def workers() -> List[Any]:
    """Return the worker threads of the event loop that runs here."""
    loop = asyncio.get_running_loop()
    return [thread for thread in threading.enumerate() if getattr(thread, "loop", None) is loop]


def observe(scenario: Scenario, run: Run) -> Any:
    async def main() -> Any:
        await run_in_threadpool(int)
        return await asyncio.wait_for(scenario(run), 20)

    return asyncio.run(main())


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> List[Any]:
    """Grows when `call_in_thread` leaves something to anyio."""
    calls: List[Any] = []
    genuine = _worker_threads.Backend.pool

    def pool(self: Any) -> Any:
        found = genuine(self)
        if found is None:
            calls.append(self)
        return found

    monkeypatch.setattr(_worker_threads.Backend, "pool", pool)
    return calls


SCENARIOS: List[Scenario] = []


def scenario(function: Scenario) -> Scenario:
    SCENARIOS.append(function)
    return function


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda function: function.__name__)
def test_equal(scenario: Scenario, left: List[Any]) -> None:
    expected = observe(scenario, run_in_threadpool)
    assert expected is not None
    left.clear()
    assert observe(scenario, shortly) == expected
    assert not left or not is_known


# ── In the thread ──


@scenario
async def the_thread(run: Run) -> Any:
    def look() -> Tuple[str, str, bool]:
        thread = threading.current_thread()
        return thread.name, type(thread).__name__, thread.daemon

    return await run(look)


@scenario
async def the_same_thread_again(run: Run) -> Any:
    first = await anyio.to_thread.run_sync(threading.get_ident)
    seen = [await run(threading.get_ident), await run_in_threadpool(threading.get_ident)]
    return [ident == first for ident in seen], len(workers())


@scenario
async def arguments_and_result(run: Run) -> Any:
    return await run(dict, a=1, b=[2])


@scenario
async def context_variables(run: Run) -> Any:
    def look() -> str:
        before = variable.get()
        variable.set("of the thread")
        return before

    variable.set("of the task")
    return await run(look), variable.get(), await run(look)


@scenario
async def no_event_loop(run: Run) -> Any:
    def look() -> Any:
        found: List[Any] = []
        for ask in (asyncio.get_running_loop, sniffio.current_async_library):
            try:
                found.append(ask())
            except Exception as error:
                found.append(type(error).__name__)
        return found

    token = sniffio.current_async_library_cvar.set("asyncio")
    try:
        return await run(look), sniffio.current_async_library()
    finally:
        sniffio.current_async_library_cvar.reset(token)


@scenario
async def back_to_the_event_loop(run: Run) -> Any:
    async def outer(value: int) -> Any:
        await anyio.sleep(0)
        with anyio.CancelScope() as scope:
            scope.cancel()
            await anyio.sleep(1)
        return value, scope.cancelled_caught, await run_in_threadpool(lambda: 7)

    def work() -> Any:
        anyio.from_thread.check_cancelled()
        return anyio.from_thread.run(outer, 5), anyio.from_thread.run_sync(threading.current_thread).name

    return await run(work)


@scenario
async def an_error(run: Run) -> Any:
    def fail() -> None:
        raise KeyError("x")

    try:
        await run(fail)
    except KeyError as error:
        traceback = error.__traceback__
        names = []
        while traceback:
            names.append(traceback.tb_frame.f_code.co_name)
            traceback = traceback.tb_next
        return repr(error), names[-2:], error.__cause__, error.__context__


@scenario
async def stop_iteration(run: Run) -> Any:
    def fail() -> None:
        raise StopIteration(5)

    try:
        await run(fail)
    except RuntimeError as error:
        return str(error), repr(error.__cause__)


class OwnInterrupt(BaseException):
    pass


@scenario
async def an_interrupt(run: Run) -> Any:
    def fail() -> None:
        raise OwnInterrupt("x")

    try:
        await run(fail)
    except OwnInterrupt as error:
        return repr(error), await run(lambda: 5)


# ── The limiter ──


@scenario
async def a_token_is_borrowed(run: Run) -> Any:
    limiter = anyio.to_thread.current_default_thread_limiter()
    task = asyncio.current_task()

    def look() -> Any:
        statistics = limiter.statistics()
        return statistics.borrowed_tokens, statistics.borrowers == (task,), statistics.tasks_waiting

    return await run(look), limiter.borrowed_tokens


@scenario
async def a_token_is_given_back_after_an_error(run: Run) -> Any:
    with pytest.raises(ZeroDivisionError):
        await run(lambda: 1 / 0)
    return anyio.to_thread.current_default_thread_limiter().borrowed_tokens, await run(lambda: 5)


@scenario
async def one_token(run: Run) -> Any:
    limiter = anyio.to_thread.current_default_thread_limiter()
    limiter.total_tokens = 1
    running, most, order = [0], [0], []

    def work(n: int) -> None:
        running[0] += 1
        most[0] = max(most[0], running[0])
        order.append((n, limiter.statistics().tasks_waiting))
        running[0] -= 1

    await asyncio.gather(*(run(work, n=n) for n in range(5)))
    return most, order, limiter.borrowed_tokens


@scenario
async def a_token_of_the_same_task(run: Run) -> Any:
    async with anyio.to_thread.current_default_thread_limiter():
        try:
            await run(int)
        except RuntimeError as error:
            return str(error)


@scenario
async def tokens_come_while_tasks_wait(run: Run) -> Any:
    limiter = anyio.to_thread.current_default_thread_limiter()
    limiter.total_tokens = 1
    go = threading.Event()
    first = asyncio.ensure_future(run(go.wait))
    second = asyncio.ensure_future(run_in_threadpool(lambda: 2))
    while limiter.statistics().tasks_waiting != 1:
        await asyncio.sleep(0)
    limiter.total_tokens = 2
    result = await second
    go.set()
    return result, await first, limiter.borrowed_tokens


# ── Order and cancellation ──


@scenario
async def how_often_the_loop_goes_round_before(run: Run) -> Any:
    rounds: List[int] = []
    handed_over: List[int] = []
    (worker,) = workers()
    queue = worker.queue
    genuine = queue.put_nowait

    def put_nowait(item: Any) -> None:
        if not handed_over:
            handed_over.append(len(rounds))
        genuine(item)

    async def count() -> None:
        while not handed_over:
            rounds.append(anyio.to_thread.current_default_thread_limiter().borrowed_tokens)
            await asyncio.sleep(0)

    queue.put_nowait = put_nowait
    await asyncio.gather(run(int), count())
    return rounds, handed_over


@scenario
async def a_cancellation_that_waits(run: Run) -> Any:
    """The function is not called."""
    calls: List[int] = []

    async def request() -> None:
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await run(calls.append, **{})

    task = asyncio.ensure_future(request())
    with pytest.raises(asyncio.CancelledError):
        await task
    return calls, anyio.to_thread.current_default_thread_limiter().borrowed_tokens


@scenario
async def a_cancellation_before_the_thread(run: Run) -> Any:
    outcomes = []
    for rounds in range(3):
        calls: List[int] = []
        task = asyncio.ensure_future(run(lambda calls=calls: calls.append(1)))
        for _ in range(rounds):
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        outcomes.append((list(calls), anyio.to_thread.current_default_thread_limiter().borrowed_tokens))
    return outcomes


@scenario
async def a_native_cancellation_does_not_wait_for_the_thread(run: Run) -> Any:
    started, go, done = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        started.set()
        go.wait(10)
        done.set()

    task = asyncio.ensure_future(run(work))
    while not started.is_set():
        await asyncio.sleep(0.001)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    before, borrowed = done.is_set(), anyio.to_thread.current_default_thread_limiter().borrowed_tokens
    go.set()
    done.wait(10)
    await asyncio.sleep(0.02)
    return before, borrowed, await run(lambda: 5)


@scenario
async def a_cancelled_scope_waits_for_the_thread(run: Run) -> Any:
    started, go = threading.Event(), threading.Event()
    log: List[str] = []

    def work() -> None:
        started.set()
        go.wait(10)
        try:
            anyio.from_thread.check_cancelled()
        except BaseException as error:
            log.append(type(error).__name__)
        log.append("done")

    async def request() -> None:
        await run(work)
        log.append("returned")
        await anyio.sleep(0)
        log.append("went on")

    async with anyio.create_task_group() as group:
        group.start_soon(request)
        while not started.is_set():
            await anyio.sleep(0.001)
        group.cancel_scope.cancel()
        log.append("cancelled")
        go.set()
    return log, anyio.to_thread.current_default_thread_limiter().borrowed_tokens


@scenario
async def a_scope_that_is_cancelled_already(run: Run) -> Any:
    calls: List[int] = []
    with anyio.CancelScope() as scope:
        scope.cancel()
        await run(lambda: calls.append(1))
    return calls, scope.cancelled_caught, anyio.to_thread.current_default_thread_limiter().borrowed_tokens


@scenario
async def a_shielded_scope_in_a_cancelled_one(run: Run) -> Any:
    with anyio.CancelScope() as scope:
        scope.cancel()
        with anyio.CancelScope(shield=True):
            return await run(lambda: 5)


@scenario
async def a_time_limit(run: Run) -> Any:
    go = threading.Event()
    log: List[str] = []
    with anyio.move_on_after(0.01) as scope:
        asyncio.get_running_loop().call_later(0.05, go.set)
        await run(go.wait)
        log.append("returned")
        await anyio.sleep(0)
        log.append("went on")
    return log, scope.cancelled_caught


# ── Calls that fall back to anyio ──


def growing(run: Run) -> Awaitable[Any]:
    async def main() -> Any:
        barrier = threading.Barrier(6)
        idents = await asyncio.gather(*(run(lambda: barrier.wait(10) and 0 or threading.get_ident()) for _ in range(6)))
        return len(set(idents)), anyio.to_thread.current_default_thread_limiter().borrowed_tokens

    return main()


def shrinking(run: Run) -> Awaitable[Any]:
    async def main() -> Any:
        await growing(run)
        threads = workers()
        alive = len(threads)
        for thread in threads:
            thread.idle_since -= 60
        await run(int)
        await asyncio.sleep(0.05)
        return alive, sum(thread.is_alive() for thread in threads)

    return main()


@pytest.mark.parametrize("scenario", [growing, shrinking])
def test_the_pool_grows_and_shrinks_equally(scenario: Scenario) -> None:
    expected = observe(scenario, run_in_threadpool)
    assert expected in [(6, 0), (6, 1)]  # How many threads, and tokens or threads that are left.
    assert observe(scenario, shortly) == expected


def test_a_replaced_function_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: List[str] = []

    def telling(name: str, function: Any) -> Any:
        async def call(*arguments: Any, **options: Any) -> Any:
            calls.append(name)
            return await function(*arguments, **options)

        return call

    async def main() -> Any:
        await run_in_threadpool(int)
        own = telling("own", run_in_threadpool)
        assert await call_in_thread(own, int, {}) == 0
        with monkeypatch.context() as patch:
            patch.setattr(anyio.to_thread, "run_sync", telling("run_sync", anyio.to_thread.run_sync))
            assert await shortly(int) == 0
        from anyio._backends._asyncio import AsyncIOBackend

        genuine = AsyncIOBackend.run_sync_in_worker_thread
        with monkeypatch.context() as patch:
            patch.setattr(AsyncIOBackend, "run_sync_in_worker_thread", telling("backend", genuine))
            assert await shortly(int) == 0
        assert await shortly(int) == 0

    asyncio.run(main())
    assert calls == ["own", "run_sync", "backend"]


async def _call_later(*arguments: Any) -> Any:
    await asyncio.sleep(0)
    return await _genuine_call(*arguments)


_genuine_call = _worker_threads._call


@pytest.mark.skipif(not is_known, reason="the installed anyio is left to itself")
@pytest.mark.parametrize(
    ("name", "other", "why"),
    [
        ("_call", _call_later, "a result"),
        ("copy_context", Context, "context variables"),
        ("partial", lambda function, **_: function, "a result"),
    ],
)
def test_a_difference_leaves_all_calls_to_anyio(
    name: str, other: Any, why: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(_worker_threads, name, other)
    _ask_again(monkeypatch)

    async def main() -> Any:
        return [await shortly(dict, a=1) for _ in range(3)]

    with caplog.at_level(logging.WARNING, logger="fastapi"):
        assert asyncio.run(main()) == [{"a": 1}] * 3
    assert _worker_threads._ShorterWay.backend is None
    (record,) = caplog.records
    assert f"'worker threads' is off (differences: {why});" in record.getMessage()


def test_an_anyio_without_a_part_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from anyio._backends import _asyncio as parts

    monkeypatch.delattr(parts, "_threadpool_idle_workers")
    again = _ask_again(monkeypatch)
    assert "_threadpool_idle_workers" in str(again.verdict().why_off)


def _ask_again(monkeypatch: pytest.MonkeyPatch) -> Accelerator:
    known = WORKER_THREADS
    again = Accelerator(known.name, known.replaces, known.packages, known.check)
    monkeypatch.setattr(_worker_threads, "WORKER_THREADS", again)
    monkeypatch.setattr(_worker_threads._ShorterWay, "backend", None)
    return again


def test_trio_has_its_own_threads() -> None:
    pytest.importorskip("trio")

    async def main() -> Any:
        return [await shortly(lambda: threading.current_thread().name) for _ in range(2)]

    names = anyio.run(main, backend="trio")
    assert names[0] and names == anyio.run(main, backend="trio")


def test_an_application_under_both_backends() -> None:
    pytest.importorskip("trio")
    app = FastAPI()

    def dependency(q: str) -> str:
        return q

    @app.get("/sync")
    def endpoint(q: str = Depends(dependency)) -> Dict[str, str]:
        return {"q": q, "thread": type(threading.current_thread()).__name__}

    for backend in ("asyncio", "trio"):
        with client(app, backend=backend) as connected:
            answers = [connected.get("/sync", params={"q": str(n)}).json() for n in range(3)]
        assert [answer["q"] for answer in answers] == ["0", "1", "2"]
        assert len({answer["thread"] for answer in answers}) == 1


@pytest.mark.skipif(sys.version_info < (3, 12), reason="tasks that start at once came with 3.12")
def test_a_task_that_starts_at_once() -> None:
    async def main() -> Any:
        await run_in_threadpool(int)
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)  # type: ignore[attr-defined]
        tasks = [asyncio.ensure_future(shortly(lambda n=n: n)) for n in range(5)]
        return await asyncio.gather(*tasks)

    assert asyncio.run(main()) == [0, 1, 2, 3, 4]


def test_nothing_is_kept_of_a_call() -> None:
    class Value:
        pass

    async def main() -> Any:
        await run_in_threadpool(int)
        value = Value()
        reference = weakref.ref(value)
        await shortly(lambda x: None, x=value)
        del value
        for _ in range(50):
            gc.collect()
            if reference() is None:
                break
            await shortly(int)
        return reference()

    assert asyncio.run(main()) is None
