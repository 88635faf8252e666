"""A signal handler, a finalizer or a tracer uses the core in the middle of another use: both get their own answers.

A trace function stands for all of them: Python calls it between any two bytecodes of the bridge. There it asks the core
for other things, or raises, or both.
"""

from __future__ import annotations

import gc
import hmac
import inspect
import itertools
import json
import marshal
import sys
from functools import partial
from types import FrameType
from typing import Any, Callable, Dict, Iterator, List, Optional

import pytest

from fastapi import _rust
from fastapi._wasm import contract, crossing, instance, native, security
from fastapi._wasm import core as _core
from fastapi._wasm import plan as _plan

FILES = {module.__file__ for module in (_rust, _core, crossing, _plan, instance, native, security)}
# Every place for the operations that are short, so many for the others.
MOST_PLACES = 150


# Python prints an exception in a finalizer and ignores it.
in_finalizers = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


class Interrupt(BaseException):
    """Raised between two bytecodes, as a signal handler may."""


class Interruption:
    """Calls `act` at the `place`-th bytecode of the bridge; without `act` it only counts."""

    def __init__(self, act: Optional[Callable[[], None]] = None, place: int = -1) -> None:
        self.count = 0
        self._act = act
        self._place = place

    def __enter__(self) -> Interruption:
        self._before = sys.gettrace()
        sys.settrace(self._call)
        return self

    def __exit__(self, *_: Any) -> None:
        sys.settrace(self._before)

    def _call(self, frame: FrameType, event: str, argument: Any) -> Any:
        if frame.f_code.co_filename not in FILES:
            return None
        frame.f_trace_opcodes = True
        return self._opcode

    def _opcode(self, frame: FrameType, event: str, argument: Any) -> Any:
        if event == "opcode":
            self.count += 1
            if self.count == self._place and self._act is not None:
                self._act()
        return self._opcode


def plan() -> _rust.LoadedPlan:
    rows = (
        (contract.KIND_PATH, "n", "n", contract.SCALAR_INT, contract.FLAG_REQUIRED, None, ()),
        (contract.KIND_QUERY, "q", "q", contract.SCALAR_STR, contract.FLAG_LIST, marshal.dumps([], 2), ()),
    )
    form = (
        (contract.KIND_HEADER, "content-type", "content-type", contract.SCALAR_STR, 0, marshal.dumps("", 2), ()),
        (contract.KIND_BODY, "f", "f", contract.SCALAR_STR, contract.FLAG_REQUIRED, None, ()),
    )
    routes = (
        (contract.ROUTE_OPERATION, "/a/{n}", ("GET",), rows),
        (contract.ROUTE_OPERATION, "/f", ("POST",), form),
    )
    return _rust.LoadedPlan(marshal.dumps((contract.PLAN_VERSION, 0, routes), 2))


HEAD = b'--B\r\nContent-Disposition: form-data; name="a"\r\n\r\n'


class Uses:
    """Uses of the core, each with the value that tells it from all others."""

    def __init__(self) -> None:
        self._plan = plan()
        self._match = self._plan.matcher()
        self._read = self._plan.form_reader()
        opened = _rust.open_form(b"multipart/form-data; boundary=B", 9, 9, 1 << 20)
        assert opened is not None
        self._state = opened[1]

    def match(self, i: int) -> None:
        assert self._match(("GET", f"/a/{i}", b"q=%d&q=x" % i, [])) == (0, {"n": str(i)}, i, [str(i), "x"])

    def match_errors(self, i: int) -> None:
        answer = self._match(("GET", f"/a/x{i}", b"", []))
        assert answer[0] == contract.OUTCOME_INVALID and answer[3][0]["input"] == f"x{i}"

    def match_with_a_new_matcher(self, i: int) -> None:
        assert self._plan.matcher()(("GET", f"/a/{i}", b"", []))[2] == i

    def match_with_a_new_plan(self, i: int) -> None:
        assert plan().matcher()(("GET", f"/a/{i}", b"", []))[2] == i

    def read_form(self, i: int) -> None:
        assert self._read((1, b"f=%d" % i, 10, 1 << 20))[-1] == str(i)

    def encode(self, i: int) -> None:
        assert _rust.encode_json({"n": i}) == b'{"n":%d}' % i

    def dump(self, i: int) -> None:
        assert _rust.dump_json([i, "a"]) == b'[%d,"a"]' % i

    def encode_large_input(self, i: int) -> None:
        rows = [i] * 20_000
        assert json.loads(_rust.encode_json(rows) or b"") == rows

    def encode_large_output(self, i: int) -> None:
        rows = [f"{i}\n" * 12_000]
        assert json.loads(_rust.encode_json(rows) or b"") == rows

    def open_form(self, i: int) -> None:
        opened = _rust.open_form(b"multipart/form-data; boundary=%d" % i, 9, 9, 1 << 20)
        assert opened is not None and opened[3] == b"\r\n--%d" % i

    def parse_form(self, i: int) -> None:
        piece = HEAD + b"%d\r\n--B--\r\n" % i
        answer = _rust.parse_form(self._state, contract.FORM_FLAG_LAST, piece)
        assert answer is not None and [(name, value) for name, value in answer[0]] == [("a", str(i))]

    def parse_large_piece(self, i: int) -> None:
        text = b"%d " % i * 3000
        answer = _rust.parse_form(self._state, contract.FORM_FLAG_LAST, HEAD + text + b"\r\n--B--\r\n")
        assert answer is not None and answer[0][0][1] == text.decode()

    def sign(self, i: int) -> None:
        message = b"message %d" % i
        core = _rust.security()
        assert core is not None
        answer = core.ask("sign_message", (contract.ALGORITHM_HS256, 0, (b"k" * 32,), message, None))
        assert answer == hmac.new(b"k" * 32, message, "sha256").digest()

    def count(self, i: int) -> None:
        assert min(_rust.counters().values()) >= 0

    def all(self) -> Dict[str, Callable[[int], None]]:
        return {name: getattr(self, name) for name in vars(Uses) if not name.startswith("_") and name != "all"}


USES = [name for name in vars(Uses) if not name.startswith("_") and name != "all"]
NESTED = ["match", "encode", "encode_large_output", "parse_form", "match_with_a_new_plan", "sign", "count"]


@pytest.fixture(scope="module")
def uses() -> Iterator[Dict[str, Callable[[int], None]]]:
    found = Uses().all()
    for use in found.values():
        for _ in range(2):
            # CPython 3.12 tells bytecodes from the second time on.
            with Interruption():
                use(1)
    gc.collect()
    yield found


def places(use: Callable[[int], None]) -> List[int]:
    """Places of one run at which to interrupt: all, or many of them in order."""
    for _ in range(3):
        with Interruption() as counted:
            use(2)
        # CPython 3.12 and 3.13 do not always tell the bytecodes of the first run.
        if counted.count:
            break
    step = 1 + counted.count // MOST_PLACES
    return list(range(1, counted.count + 10, step))


numbers = itertools.count(100)


def use_again(use: Callable[[int], None]) -> None:
    use(next(numbers))


@pytest.mark.parametrize("name", USES)
def test_a_use_between_any_two_bytecodes_of_another(name: str, uses: Dict[str, Callable[[int], None]]) -> None:
    use, traps = uses[name], _rust.counters()["traps"]
    found = places(use)
    assert len(found) > 15, "the bridge is traced"
    for place in found:
        for other in (uses[name], uses[NESTED[place % len(NESTED)]]):
            with Interruption(partial(use_again, other), place):
                use(next(numbers))
            use(next(numbers))
    assert _rust.counters()["traps"] == traps


@in_finalizers
@pytest.mark.parametrize("nested", [False, True], ids=["alone", "after another use"])
@pytest.mark.parametrize("name", USES)
def test_an_exception_between_any_two_bytecodes(
    name: str, nested: bool, uses: Dict[str, Callable[[int], None]]
) -> None:
    use, traps = uses[name], _rust.counters()["traps"]
    for place in places(use):

        def act() -> None:
            if nested:
                uses[name](next(numbers))
            raise Interrupt

        try:
            with Interruption(act, place):
                use(next(numbers))
        except Interrupt:
            pass
        for other in (use, uses["match"], uses["encode"]):
            other(next(numbers))
    assert _rust.counters()["traps"] == traps


@in_finalizers
def test_interrupted_instances_are_freed(uses: Dict[str, Callable[[int], None]]) -> None:
    def interrupt() -> None:
        raise Interrupt

    core = _rust._require_core()
    for place in places(uses["match"]) * 3:
        try:
            with Interruption(interrupt, place):
                uses["match"](1)
        except Interrupt:
            pass
        for use in uses.values():
            use(next(numbers))
    gc.collect()
    _rust.counters()
    assert len(core.instances) < 40


def test_a_nested_use_leaves_one_instance_to_the_thread(uses: Dict[str, Callable[[int], None]]) -> None:
    core = _rust._require_core()
    for place in places(uses["match"]):
        with Interruption(lambda: uses["match"](next(numbers)), place):
            uses["match"](next(numbers))
    for use in uses.values():
        use(next(numbers))
    lease = core.lease()
    del use
    assert lease.instance not in core._idle and not lease.instance.busy
    assert sum(not instance.dead and not instance.closed for instance in core.instances) < 40


class Finalized:
    """Garbage that uses the core when it is collected."""

    def __init__(self, use: Callable[[int], None], told: List[bool]) -> None:
        self.me = self
        self.use, self.told = use, told

    def __del__(self) -> None:
        number = next(numbers)
        try:
            self.use(number)
            self.told.append(True)
        except BaseException:
            self.told.append(False)


@pytest.mark.parametrize("name", USES)
def test_a_finalizer_at_every_allocation(name: str, uses: Dict[str, Callable[[int], None]]) -> None:
    use, threshold, told = uses[name], gc.get_threshold(), []  # type: Any, Any, List[bool]
    gc.collect()
    gc.freeze()
    try:
        for allocations in range(1, 60):
            for other in ("match_errors", "encode"):
                Finalized(uses[other], told)
                gc.set_threshold(allocations, 1, 1)
                try:
                    use(next(numbers))
                finally:
                    gc.set_threshold(*threshold)
    finally:
        gc.unfreeze()
    gc.collect()
    assert len(told) == 118 and all(told)


@in_finalizers
@pytest.mark.skipif(_rust.mode() == "public", reason="wasmtime's own classes lose track at the end of the stack")
def test_a_use_at_the_end_of_the_stack(uses: Dict[str, Callable[[int], None]]) -> None:
    def deep(levels: int, use: Callable[[int], None]) -> None:
        if levels:
            deep(levels - 1, use)
        else:
            use(next(numbers))

    limit, depth, before = sys.getrecursionlimit(), len(inspect.stack(0)), _rust.counters()
    exhausted = 0
    sys.setrecursionlimit(depth + 120)
    try:
        for levels in range(60, 118):
            for name in ("match", "encode", "encode_large_input", "parse_form"):
                try:
                    deep(levels, uses[name])
                except (RecursionError, AssertionError, TypeError, ValueError):
                    # The use failed, or the core left it to Python.
                    exhausted += 1
                uses[name](next(numbers))
    finally:
        sys.setrecursionlimit(limit)
    after = _rust.counters()
    assert exhausted and after["traps"] == before["traps"]
    assert after["matched"] - before["matched"] >= 58, "the instances that were lost are counted"
