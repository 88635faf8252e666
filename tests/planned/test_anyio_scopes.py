"""Cancel scopes that are entered and left in fewer steps are in the same state as those of anyio."""

import asyncio
from typing import Any, Dict

import anyio
import pytest

from fastapi._stand_ins.accelerators import HTTP_MIDDLEWARE
from fastapi._stand_ins.http import scopes as _anyio_scopes
from fastapi._stand_ins.http.scopes import (
    _ScopeParts,
    _slots,
    add_child,
    backend,
    enter,
    forget_child,
    group_of,
    learn,
    leave,
)

needs_agreement = pytest.mark.skipif(not HTTP_MIDDLEWARE.is_on(), reason="the stand-in is off")


def in_task(function: Any) -> Any:
    async def run() -> Any:
        return function(asyncio.current_task())

    return asyncio.run(run())


@needs_agreement
def test_a_scope_is_in_the_state_that_anyio_gives_it():
    def look(host: Any) -> Any:
        with backend().CancelScope() as genuine:
            expected = _slots(genuine)
        expected_after = _slots(genuine)
        made = enter(host)
        found = _slots(made)
        leave(made, host)
        return found, expected, _slots(made), expected_after, anyio.get_current_task().parent_id

    assert _ScopeParts.scope is not None
    found, expected, after, expected_after, parent = in_task(look)
    # Both sets are empty by now.
    assert {**found, "_tasks": set()} == {**expected, "_tasks": set()}
    assert after == expected_after
    assert parent is None


@needs_agreement
def test_a_scope_in_another_one_is_entered_by_anyio():
    def look(host: Any) -> Any:
        with backend().CancelScope() as outer:
            inner = enter(host)
            found = inner._parent_scope is outer, inner in outer._child_scopes, host in outer._tasks
            leave(inner, host)
        return found, host in outer._tasks, outer._child_scopes

    assert in_task(look) == ((True, True, False), False, set())


@needs_agreement
def test_a_cancelled_scope_is_left_by_anyio():
    async def run() -> Any:
        host: Any = asyncio.current_task()
        scope = enter(host)
        scope.cancel()
        leave(scope, host)
        return scope.cancelled_caught, scope._active, host.cancelled()

    assert asyncio.run(run()) == (False, False, False)


@needs_agreement
def test_a_group_takes_over_a_scope_and_its_child():
    async def run() -> Any:
        host: Any = asyncio.current_task()
        scope = enter(host)
        child = asyncio.ensure_future(asyncio.sleep(0))
        add_child(scope, child)
        state = backend()._task_states[child]
        found = state.parent_id == id(host), state.cancel_scope is scope, child in scope._tasks
        await child
        forget_child(child)
        group, ended = group_of(scope), []
        group.start_soon(other, ended)
        await group.__aexit__(None, None, None)
        return found, child in scope._tasks, child in backend()._task_states, ended

    async def other(ended: Any) -> None:
        ended.append(anyio.get_current_task().parent_id is not None)

    assert asyncio.run(run()) == ((True, True, True), False, False, [True])


@needs_agreement
@pytest.mark.parametrize("place", ["_deadline", "_active", "_cancel_called"])
def test_scopes_with_unknown_attributes_are_left_to_anyio(monkeypatch, place):
    before: Dict[str, Any] = {}

    def entered(kind: Any, host: Any) -> Any:
        scope = genuine(kind, host)
        before[place] = getattr(scope, place)
        setattr(scope, place, "something else")
        return scope

    genuine = _anyio_scopes._entered
    monkeypatch.setattr(_ScopeParts, "scope", None)
    monkeypatch.setattr(_anyio_scopes, "_entered", entered)

    async def run() -> None:
        await learn(asyncio.get_running_loop())

    asyncio.run(run())
    assert before and _ScopeParts.scope is None
    monkeypatch.setattr(_anyio_scopes, "_entered", genuine)
    asyncio.run(run())
    assert _ScopeParts.scope is backend().CancelScope
