"""A trap loses one request to the exact way, and nothing else: never an old answer, never the process."""

from __future__ import annotations

import gc
import logging
from typing import Any

import pytest

from fastapi import _rust
from fastapi._wasm import instance as instance_module
from fastapi._wasm.instance import Trapped, Unavailable
from fastapi._wasm.native import find_library, major
from tests.contract.child import child
from tests.contract.fake_core import LARGE_LENGTH, encoder, fake_core, plan


@pytest.fixture(params=["fast", "public", "pulley"])
def core(request: Any, monkeypatch: Any) -> Any:
    monkeypatch.setenv("FASTAPI_RS_CACHE", "off")
    logging.getLogger("fastapi").setLevel(logging.CRITICAL)
    try:
        yield fake_core(request.param)
    except Unavailable as error:
        pytest.skip(str(error))
    finally:
        logging.getLogger("fastapi").setLevel(logging.NOTSET)


def test_answers_of_every_size(core: Any) -> None:
    encode = encoder(core)
    for document in (b"a", b"x" * 60_000):
        assert encode(document) == document
    assert encode(b"x" * 80_000) == encode(b"x" * 1_000_000) == b"room"
    assert encode(b"after") == b"after"
    assert encode(None) == b"x" * LARGE_LENGTH
    assert encode(b"after") == b"after"


def test_values_that_marshal_refuses_are_left_to_python(core: Any) -> None:
    encode = encoder(core)
    assert encode(object()) is None and encode([set, b""]) is None
    cycle: Any = []
    cycle.append(cycle)
    deep: Any = []
    for _ in range(5000):
        deep = [deep]
    assert encode(deep) is None


@pytest.mark.parametrize("killer", [False, True], ids=["unreachable", "stack overflow"])
def test_trap_never_shows_the_previous_answer(core: Any, killer: bool) -> None:
    encode = encoder(core)
    assert encode(b"the previous answer") == b"the previous answer"
    assert encode(killer) is None
    assert encode(b"the next one") == b"the next one"
    assert core.counters()["traps"] == 1


def test_trap_of_one_operation_costs_the_others_nothing(core: Any) -> None:
    encode, match, second = encoder(core), plan(core).matcher(), plan(core).matcher()
    assert match((1, "a")) == (1, "a") == second((1, "a"))
    assert match((False,)) is None
    assert second((2, "b")) == (2, "b")
    assert encode(b"c") == b"c"
    assert match((3, "d")) == (3, "d")


def test_plans_are_loaded_again_after_a_trap(core: Any) -> None:
    made = plan(core)
    match = made.matcher()
    assert core.counters()["invalid"] == 1  # the fake counts its plans there
    assert match((False,)) is None
    assert match((1,)) == (1,)
    instance = core.lease().instance
    assert list(instance.plans) == [made._serial]


def test_many_traps(core: Any) -> None:
    encode = encoder(core)
    for i in range(300):
        assert encode(False) is None
        assert encode(b"%d" % i) == b"%d" % i
    assert core.counters()["traps"] == 300
    gc.collect()  # wasmtime's own classes make cycles
    assert len(core.instances) <= 2, "instances that trapped are freed"


def test_trap_with_a_large_input(core: Any) -> None:
    match = plan(core).matcher()
    with pytest.raises(_rust.RustExtensionError, match="trapped"):
        core.exchange("encode_json", b"F" + b"x" * 100_000)
    assert match((1,)) == (1,)


def test_interruption_in_the_middle_of_a_large_input(core: Any, monkeypatch: Any) -> None:
    encode, instance = encoder(core), core.lease().instance
    invoke = instance.invoke

    def interrupted(name: str, *arguments: int, **options: Any) -> int:
        if name == "encode_json":
            raise KeyboardInterrupt
        return int(invoke(name, *arguments, **options))

    monkeypatch.setattr(instance, "invoke", interrupted)
    with pytest.raises(KeyboardInterrupt):
        encode(b"x" * 100_000)
    assert encode(b"small") == b"small", "not what the room holds"


def test_counters_survive_an_instance(core: Any) -> None:
    encode = encoder(core)
    for _ in range(3):
        encode(b"a")
    assert core.counters()["encoded"] == 3
    encode(False)
    encode(b"a")
    assert core.counters()["encoded"] == 4


def test_thread_continues_without_the_core_when_it_gets_no_instance(core: Any, monkeypatch: Any) -> None:
    encode = encoder(core)

    def refuse(exports: Any) -> None:
        raise Unavailable("mmap failed")

    monkeypatch.setattr(core.host, "instance", refuse)
    assert encode(b"a") == b"a"
    assert encode(False) is None
    assert encode(b"a") is None and encode(b"a") is None


def test_plan_that_traps_when_loaded_is_loaded_into_another_instance(core: Any, monkeypatch: Any) -> None:
    made = plan(core)
    instance = core.lease().instance

    def trap(*_: Any) -> None:
        raise Trapped("unreachable")

    monkeypatch.setattr(instance, "exchange", trap)
    assert made.matcher()((1,)) == (1,)
    assert core.counters()["traps"] == 1 and core.lease().instance is not instance


@pytest.mark.parametrize("when", ["before", "after", "both"])
def test_faulthandler_and_traps_do_not_meet(when: str) -> None:
    if major(find_library()[1]) == 25 and when != "before":
        pytest.skip("wasmtime 25 cannot do without signals: a trap after faulthandler.enable() kills the process")
    told = child(
        f"""
        import faulthandler
        if {when!r} != "after": faulthandler.enable()
        from fake_core import encoder, fake_core
        encode = encoder(fake_core())
        if {when!r} != "before": faulthandler.enable()
        print([encode(value) for value in (b"a", False, True, b"b")])
    """,
        FASTAPI_RS_CACHE="off",
    )
    assert "[b'a', None, None, b'b']" in told


def test_a_thread_without_an_instance_gets_one_when_there_is_memory_again(core: Any, monkeypatch: Any) -> None:
    def refuse(exports: Any) -> None:
        attempts.append(exports)
        raise Unavailable("mmap failed")

    attempts: Any = []
    encode, match = encoder(core), plan(core).matcher()
    monkeypatch.setattr(core.host, "instance", refuse)
    assert encode(False) is None
    answers = [use(value) for _ in range(100) for use, value in ((encode, b"a"), (match, (1,)))]
    assert set(answers) == {None} and len(attempts) < 12, "a failure is not repeated for each request"
    monkeypatch.undo()
    for _ in range(300):
        encode(b"a")
    assert encode(b"b") == b"b" and match((2,)) == (2,)


def test_a_large_document_is_no_trap_for_the_next_ones(core: Any, monkeypatch: Any) -> None:
    encode, match = encoder(core), plan(core).matcher()
    first = core.lease().instance
    monkeypatch.setattr(instance_module, "MOST_GROWTH", 64 << 10)
    for _ in range(5):
        # The fake grows by the length of its input.
        assert encode(b"x" * 1_000_000) == b"room"
        assert encode(b"x" * 80_000) == b"room" and encode(None) == b"x" * LARGE_LENGTH
        assert match((1,)) == (1,)
    assert core.counters()["traps"] == 0
    gc.collect()
    assert first.closed and core.lease().instance is not first, "its memory is given back"
