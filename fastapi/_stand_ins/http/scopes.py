"""Enters and leaves cancel scopes and task groups of anyio in fewer steps than anyio takes.

They are anyio's own objects in the state that anyio gives them, for a task that is in no other scope. `learn` makes
some in both ways and compares them. Until it has found them equal, and for a task in a scope, anyio's own code runs.
"""

from __future__ import annotations

import math
import sys
from asyncio import AbstractEventLoop, Task, _get_running_loop
from functools import lru_cache
from types import FunctionType
from typing import Any, Awaitable, Callable, Dict, Optional, Set
from weakref import WeakKeyDictionary, ref

if sys.version_info >= (3, 12):
    from asyncio import current_task as current_task_of
else:
    from asyncio.tasks import _current_tasks  # type: ignore[attr-defined]

    # PERF: the public function is written in Python (benchmark `mw`).
    current_task_of = _current_tasks.get

# A cancel scope or a task group of anyio, with the private attributes that its type does not show.
OpenScope = Any
OpenGroup = Any

_UNCANCELLATIONS = 0 if sys.version_info >= (3, 11) else None


@lru_cache(maxsize=None)
def backend() -> Any:
    # Not imported together with this module: it takes its time, and is there when an event loop runs.
    from anyio._backends import _asyncio

    return _asyncio


class _ScopeParts:
    """Parts of anyio's module, once `learn` has found that scopes have the expected attributes."""

    scope: Any = None
    state: Any = None
    # The dictionary inside anyio's weak one, and the callback that removes a task that is gone.
    states: Dict[Any, Any] = {}
    remove: Any = None


def enter(host: Any, shield: bool = False) -> OpenScope:
    """Return a cancel scope that `host`, the current task, has entered."""
    kind = _ScopeParts.scope
    if kind is None:
        return backend().CancelScope(shield=shield).__enter__()
    scope = _entered(kind, host)
    scope._shield = shield
    key = ref(host, _ScopeParts.remove)
    state = _ScopeParts.states.get(key)
    if state is None:
        _ScopeParts.states[key] = _ScopeParts.state(None, scope)
        return scope
    parent, state.cancel_scope = state.cancel_scope, scope
    if parent is not None:
        scope._parent_scope = parent
        parent._child_scopes.add(scope)
        parent._tasks.discard(host)
    return scope


def _entered(kind: Any, host: Any) -> OpenScope:
    scope = object.__new__(kind)
    scope._deadline = math.inf
    scope._shield = scope._cancel_called = scope._cancelled_caught = False
    scope._parent_scope = scope._cancel_reason = scope._timeout_handle = scope._cancel_handle = None
    scope._active = True
    scope._child_scopes = set()
    scope._tasks = {host}
    scope._host_task = host
    scope._pending_uncancellations = _UNCANCELLATIONS
    scope._cancelling_at_enter = 0 if _UNCANCELLATIONS is None else host.cancelling()
    return scope


def leave(scope: OpenScope, host: Any) -> None:
    """Leave a scope after which nothing is to be raised. `host` is the current task."""
    if _ScopeParts.scope is not None:
        state = _ScopeParts.states.get(ref(host))
        if (
            state is not None
            and state.cancel_scope is scope
            and scope._host_task is host
            and scope._active
            and scope._timeout_handle is None
            and not scope._pending_uncancellations
            and not scope._cancel_called
            and (scope._parent_scope is None or not _is_cancelled(scope._parent_scope))
        ):
            parent = scope._parent_scope
            scope._active = False
            scope._tasks.remove(host)
            scope._host_task, state.cancel_scope = None, parent
            if parent is not None:
                parent._child_scopes.remove(scope)
                parent._tasks.add(host)
            return
    scope.__exit__(None, None, None)


def _is_cancelled(scope: OpenScope) -> bool:
    """Whether a scope or one around it was cancelled."""
    while scope is not None:
        if scope._cancel_called:
            return True
        scope = scope._parent_scope
    return False


def group_of(scope: OpenScope) -> OpenGroup:
    """Return the task group that has entered a scope."""
    group = backend().TaskGroup()
    group.cancel_scope = scope
    group._entered = True
    return group


@lru_cache(maxsize=None)
def waits_in_scope() -> bool:
    """Whether a task group of anyio waits for its tasks in a cancel scope of its own."""
    return "CancelScope" in backend().TaskGroup.__aexit__.__code__.co_names


def leave_group_within(scope: OpenScope) -> Callable[..., Awaitable[Optional[bool]]]:
    """Return the function that leaves a task group and waits in `scope`, which has been entered."""
    genuine: Any = backend().TaskGroup.__aexit__

    class Entered:
        def __enter__(self) -> OpenScope:
            return scope

        def __exit__(self, *error: object) -> object:
            return scope.__exit__(*error)

    return FunctionType(genuine.__code__, {**genuine.__globals__, "CancelScope": Entered}, genuine.__name__)


def add_child(scope: OpenScope, task: Task[Any]) -> None:
    """Put a new task into a scope, as a child of the task that has entered it."""
    if _ScopeParts.scope is not None:
        _ScopeParts.states[ref(task, _ScopeParts.remove)] = _ScopeParts.state(id(scope._host_task), scope)
    else:
        parts = backend()
        parts._task_states[task] = parts.TaskState(id(scope._host_task), scope)
    scope._tasks.add(task)


def forget_child(task: Task[Any]) -> None:
    """Take a task that has ended out of its scope."""
    if _ScopeParts.scope is not None:
        state = _ScopeParts.states.pop(ref(task))
    else:
        state = backend()._task_states.pop(task)
    state.cancel_scope._tasks.discard(task)


def is_in_cancelled_scope(task: Task[Any]) -> bool:
    """Whether a scope that a task is in was cancelled."""
    state = backend()._task_states.get(task)
    scope = None if state is None else state.cancel_scope
    return scope is not None and bool(scope._effectively_cancelled)


def forget_cancellation(task: Any) -> None:
    """Take back the count of a cancellation by a scope that a task has not met."""
    scope = backend()._task_states[task].cancel_scope
    while not scope._cancel_called:
        scope = scope._parent_scope
    # A scope counts the cancellations of its own host, and takes them back when it is left.
    if sys.version_info >= (3, 11) and scope._host_task is not task:
        task.uncancel()


# ── Whether anyio does the same ──


async def learn(loop: AbstractEventLoop) -> None:
    """Use the shorter way from now on if it does the same as anyio. The current task is in no scope."""
    parts = backend()
    states: Any = parts._task_states
    if type(states) is not WeakKeyDictionary:
        return
    places: Any = states
    host: Any = current_task_of(loop)
    if host in states:
        return
    group = parts.TaskGroup()
    await group.__aenter__()
    genuine = group.cancel_scope
    state = states[host]
    try:
        made = _entered(parts.CancelScope, host)
        own = group_of(made)
        is_equal = _slots(genuine) == _slots(made) and {**vars(group), "cancel_scope": made} == vars(own)
        is_equal = is_equal and _slots(state) == {"parent_id": None, "cancel_scope": genuine}
        is_equal = is_equal and places.data.get(ref(host)) is state
    except AttributeError:
        # A scope has no such place.
        is_equal = False
    genuine.__exit__(None, None, None)
    if not is_equal:
        return
    left = _slots(genuine), _slots(state)
    _ScopeParts.state, _ScopeParts.states, _ScopeParts.remove = parts.TaskState, places.data, places._remove
    _ScopeParts.scope = parts.CancelScope
    scope = enter(host)
    leave(scope, host)
    if (_slots(scope), _slots(states[host])) != left or not _are_alike_inside(host, states[host]):
        _ScopeParts.scope = None


class _Tries:
    # The requests that may still try to learn. A task that was in a scope before cannot.
    left = 100


def have_tried_scopes() -> bool:
    """Whether there is nothing to learn any more."""
    return _ScopeParts.scope is not None or _Tries.left == 0


async def try_scopes() -> None:
    """Call `learn`, in a task of asyncio."""
    _Tries.left -= 1
    loop = _get_running_loop()
    if loop is not None and current_task_of(loop) is not None:
        await learn(loop)


def _are_alike_inside(host: Any, state: Any) -> bool:
    """Whether a scope inside of another one has the same effects here as in anyio."""

    def enter_genuinely(host: Any) -> Any:
        return backend().CancelScope().__enter__()

    def leave_genuinely(scope: Any, host: Any) -> None:
        scope.__exit__(None, None, None)

    outer = enter_genuinely(host)
    seen = []
    for enter_scope, leave_scope in ((enter_genuinely, leave_genuinely), (enter, leave)):
        inner = enter_scope(host)
        inside = [_slots_without(inner, each) for each in (inner, outer, state)]
        leave_scope(inner, host)
        seen.append((inside, [_slots_without(inner, each) for each in (inner, outer, state)]))
    leave_genuinely(outer, host)
    return seen[0] == seen[1]


def _slots_without(scope: Any, value: Any) -> Dict[str, Any]:
    """Return the attributes of an object as they are now, with a word for `scope`."""

    def named(value: Any) -> Any:
        if isinstance(value, set):
            return {named(each) for each in value}
        return "the scope" if value is scope else value

    return {name: named(each) for name, each in _slots(value).items()}


def are_learned() -> bool:
    """Whether scopes are entered and left here."""
    return _ScopeParts.scope is not None


def _slots(value: Any) -> Dict[str, Any]:
    names: Set[str] = set(getattr(value, "__dict__", ()))
    for kind in type(value).__mro__:
        slots = vars(kind).get("__slots__", ())
        names.update([slots] if isinstance(slots, str) else slots)
    names -= {"__weakref__", "__dict__"}
    return {name: getattr(value, name, "nothing") for name in names}
