"""One instance per thread, none shared, all found again; children of os.fork continue."""

from __future__ import annotations

import gc
import marshal
import os
import sys
import threading
import time
from typing import Any, Callable

import pytest

from fastapi import _rust
from fastapi._wasm import contract
from tests.contract.child import child
from tests.contract.fake_core import encoder, fake_core, plan


@pytest.fixture
def core(monkeypatch: Any) -> Any:
    monkeypatch.setenv("FASTAPI_RS_CACHE", "off")
    return fake_core()


def in_threads(count: int, work: Callable[[int], None]) -> None:
    """Run `work(i)` in so many threads at once; their failures are failures here."""
    failures: list[BaseException] = []
    gate = threading.Barrier(count)

    def run(i: int) -> None:
        try:
            gate.wait()
            work(i)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


@pytest.fixture
def hasty() -> Any:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_each_thread_gets_its_own_answers(core: Any, hasty: None) -> None:
    made = plan(core)

    def hammer(i: int) -> None:
        match, encode = made.matcher(), encoder(core)
        for n in range(4000):
            assert match((i, n, "x" * (n % 50))) == (i, n, "x" * (n % 50))
            assert encode(b"%d-%d" % (i, n)) == b"%d-%d" % (i, n)

    in_threads(8, hammer)
    gc.collect()
    assert core.counters()["matched"] == core.counters()["encoded"] == 8 * 4000


def real_plan() -> Any:
    rows = (
        (contract.KIND_PATH, "n", "n", contract.SCALAR_INT, contract.FLAG_REQUIRED, None, ()),
        (contract.KIND_QUERY, "q", "q", contract.SCALAR_STR, 0, None, ()),
    )
    routes = tuple((contract.ROUTE_OPERATION, f"/{i}/{{n}}", ("GET",), rows) for i in range(8))
    return _rust.LoadedPlan(marshal.dumps((contract.PLAN_VERSION, 0, routes), 2))


def test_each_thread_gets_its_own_answers_from_the_real_core(hasty: None) -> None:
    before, made = _rust.counters(), real_plan()

    def hammer(i: int) -> None:
        match = made.matcher()
        for n in range(2000):
            assert match(("GET", f"/{i}/{n}", b"q=%d" % (i * n), [(b"host", b"x")])) == (
                i,
                {"n": str(n)},
                n,
                str(i * n),
            )
            if n % 3 == 0:
                assert match(("GET", f"/{i}/x{n}", b"", []))[3][0]["input"] == f"x{n}"
            assert _rust.encode_json({"thread": i, "n": n}) == b'{"thread":%d,"n":%d}' % (i, n)

    in_threads(8, hammer)
    after = _rust.counters()
    assert after["matched"] - before["matched"] == after["encoded"] - before["encoded"] == 8 * 2000
    assert after["invalid"] - before["invalid"] == 8 * 667 and after["traps"] == before["traps"]


def test_a_thread_is_counted_when_it_asks_and_when_it_ends() -> None:
    before, made, turn = _rust.counters()["matched"], real_plan(), threading.Barrier(2)
    seen: list[int] = []

    def work() -> None:
        match = made.matcher()
        match(("GET", "/1/1", b"", []))
        seen.append(_rust.counters()["matched"] - before)
        turn.wait()
        match(("GET", "/1/1", b"", []))

    thread = threading.Thread(target=work)
    thread.start()
    turn.wait()
    thread.join()
    gc.collect()
    assert seen == [1] and _rust.counters()["matched"] == before + 2


def test_counting_does_not_disturb_crossings(core: Any, hasty: None) -> None:
    made, done = plan(core), threading.Event()
    counted: list[int] = []

    def hammer(i: int) -> None:
        if i == 0:
            while not done.is_set():
                counted.append(core.counters()["matched"])
            return
        match, encode = made.matcher(), encoder(core)
        for n in range(3000):
            assert match((i, n)) == (i, n)
            if n % 7 == 0:
                assert len(encode(None)) == 100_000
                assert encode(b"x" * 80_000) == b"room"
        time.sleep(0.02)
        left.append(i)
        if len(left) == 3:
            done.set()

    left: list[int] = []
    in_threads(4, hammer)
    gc.collect()
    assert counted == sorted(counted)
    assert core.counters()["matched"] == 9000


def test_instances_of_threads_that_ended_are_used_again(core: Any) -> None:
    made = plan(core)
    for i in range(30):
        in_threads(1, lambda i: made.matcher()((i,)) and encoder(core)(b"a") and None)
    assert len(core.instances) == 1
    assert core.counters()["matched"] == core.counters()["encoded"] == 30


def test_closure_that_outlives_its_thread_keeps_the_instance(core: Any) -> None:
    made, kept = plan(core), []
    in_threads(1, lambda i: kept.append(made.matcher()))
    in_threads(1, lambda i: kept.append(made.matcher()))
    assert len(core.instances) == 2
    assert kept[0]((1,)) == (1,) and kept[1]((2,)) == (2,)
    kept.clear()
    in_threads(2, lambda i: made.matcher()((i,)) and None)
    assert len(core.instances) == 2


def test_plans_are_freed_everywhere(core: Any) -> None:
    plans = [plan(core)]
    gate, left = threading.Event(), threading.Event()

    def hold() -> None:
        plans[0].matcher()((1,))
        left.set()
        gate.wait()
        encoder(core)(b"next use")

    thread = threading.Thread(target=hold)
    thread.start()
    left.wait()
    plans[0].matcher()((1,))
    assert all(len(instance.plans) == 1 for instance in core.instances) and len(core.instances) == 2
    plans.clear()
    gc.collect()
    encoder(core)(b"next use")
    gate.set()
    thread.join()
    assert [instance.plans for instance in core.instances] == [{}, {}]
    assert core.counters()["not_found"] == 2  # the fake counts dropped plans there


def test_matcher_keeps_its_plan(core: Any) -> None:
    match = plan(core).matcher()
    gc.collect()
    encoder(core)(b"a")
    assert match((1,)) == (1,)
    assert core.counters()["not_found"] == 0


forking = pytest.mark.skipif(not hasattr(os, "fork"), reason="no os.fork")


@forking
def test_children_of_fork_continue() -> None:
    told = child(
        """
        import os, sys, threading
        from fake_core import encoder, fake_core, plan
        core = fake_core()
        made = plan(core)
        match, encode = made.matcher(), encoder(core)
        children = []
        for i in range(4):
            pid = os.fork()
            if not pid:
                for n in range(5000):
                    assert match((i, n)) == (i, n) and encode(b"%d" % n) == b"%d" % n
                assert encode(False) is None and encode(b"a") == b"a" and match((i,)) == (i,)
                other = []
                thread = threading.Thread(target=lambda: other.append(made.matcher()((i, "thread"))))
                thread.start(); thread.join()
                assert other == [(i, "thread")]
                fake_core()  # compiles again: hangs if compiling had threads in the parent
                os._exit(0)
            children.append(pid)
        for n in range(5000):
            assert match(("p".encode(), n)) == (b"p", n)
        print([os.waitpid(pid, 0)[1] for pid in children])
    """,
        FASTAPI_RS_CACHE="off",
    )
    assert told.splitlines()[-1] == "[0, 0, 0, 0]"


@forking
def test_fork_while_the_ladder_is_climbed() -> None:
    told = child("""
        import os, threading, time
        from fastapi import _rust
        from fastapi._wasm import ladder
        ladder._choice_lock.acquire()
        pid = os.fork()
        if not pid:
            os._exit(0 if _rust.mode() in _rust.MODES else 1)
        print(os.waitpid(pid, 0)[1])
    """)
    assert told.splitlines()[-1] == "0"


def test_nothing_is_said_at_the_end_of_the_process() -> None:
    told = child(
        """
        import threading, time
        from fake_core import encoder, fake_core, plan
        core = fake_core()
        made = plan(core)
        match, encode = made.matcher(), encoder(core)
        import logging; logging.disable(logging.CRITICAL)
        encode(False), encode(b"a")
        cycle = [match]; cycle.append(cycle)
        thread = threading.Thread(target=lambda: [made.matcher(), time.sleep(30)], daemon=True)
        thread.start()
        time.sleep(0.05)
    """,
        FASTAPI_RS_CACHE="off",
    )
    assert told == ""


@forking
def test_fork_while_other_threads_compile_encode_and_count() -> None:
    told = child(
        """
        import os, signal, threading
        from fake_core import encoder, fake_core
        from fastapi import _rust
        rows, stop = ["\\u00e9" * 400_000], threading.Event()
        def encode():
            while not stop.is_set():
                assert len(_rust.encode_json(rows)) == 800_004
        def compile():
            while not stop.is_set():
                fake_core()
        def count():
            while not stop.is_set():
                _rust.counters()
        threads = [threading.Thread(target=work, daemon=True) for work in (encode, encode, compile, compile, count)]
        for thread in threads: thread.start()
        def use(out):
            for n in range(50):
                assert _rust.encode_json({"n": n}) == b'{"n":%d}' % n
            assert len(_rust.encode_json(rows)) == 800_004
            assert min(_rust.counters().values()) >= 0
            out.append(1)
        failed = []
        for i in range(25):
            use([])
            pid = os.fork()
            if not pid:
                signal.alarm(60)
                out = []
                use(out)
                others = [threading.Thread(target=use, args=(out,)) for _ in range(4)]
                for thread in others: thread.start()
                for thread in others: thread.join()
                assert encoder(fake_core())(b"a") == b"a"
                os._exit(0 if len(out) == 5 else 1)
            status = os.waitpid(pid, 0)[1]
            if status: failed.append(status)
        stop.set()
        for thread in threads: thread.join()
        print("failed", failed)
    """,
        FASTAPI_RS_CACHE="off",
    )
    assert told.splitlines()[-1] == "failed []", told


@forking
def test_fork_in_the_middle_of_a_use() -> None:
    told = child("""
        import os, sys
        from fastapi import _rust
        from fastapi._wasm import core, crossing, ladder
        files = {module.__file__ for module in (_rust, core, crossing, ladder)}
        wanted = {"a": 1}
        assert _rust.encode_json(wanted) == b'{"a":1}'
        children, seen = [], []
        def opcode(frame, event, argument):
            if event == "opcode":
                seen.append(1)
                if len(seen) % 7 == 0 and os.getpid() == parent:
                    pid = os.fork()
                    if pid: children.append(pid)
                    else: assert _rust.encode_json({"b": 2}) == b'{"b":2}'
            return opcode
        def call(frame, event, argument):
            if frame.f_code.co_filename not in files: return None
            frame.f_trace_opcodes = True
            return opcode
        parent = os.getpid()
        for i in range(3):
            sys.settrace(call)
            answer = _rust.encode_json(wanted)
            sys.settrace(None)
            if answer != b'{"a":1}': os._exit(1)
            if os.getpid() != parent:
                os._exit(0 if _rust.encode_json([3]) == b"[3]" else 1)
        print(len(children) > 3, {os.waitpid(pid, 0)[1] for pid in children})
    """)
    assert told.splitlines()[-1] == "True {0}", told


@forking
def test_a_child_plans_although_a_thread_of_the_parent_was_planning() -> None:
    told = child("""
        import os, signal, threading
        from fastapi._changes import changes
        held, go = threading.Event(), threading.Event()
        def plan():
            with changes.lock:
                held.set()
                go.wait()
        thread = threading.Thread(target=plan)
        thread.start()
        held.wait()
        pid = os.fork()
        if not pid:
            signal.alarm(60)
            with changes.lock:
                os._exit(0)
        go.set()
        print(os.waitpid(pid, 0)[1])
    """)
    assert told.splitlines()[-1] == "0", told
